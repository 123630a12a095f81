"""What the headers of a webhook of Shopify say of its payload."""

from typing import Final, NamedTuple, TypeAlias

from connectors.event_types import Mapped
from connectors.headers import header
from connectors.refusal import Refused
from connectors.timestamps import parse_time
from service.event import Record

LAST_WORD: Final = 1
"""A version after all statements, which are negated times."""


class Delivery(NamedTuple):
    """What the headers and the record say of the payload, read where it is asked for."""

    topic: str
    record: Record

    def id(self, thing: int, at: str) -> str:
        """The event id of what happened to the thing with this id and state. Raises `Refused`."""
        event_id = header(self.record, "x-shopify-event-id")
        return f"{self.topic}:{event_id or f'{thing}:{at}'}"

    @property
    def triggered_us(self) -> int:
        """When Shopify sent it; the record time where it does not say. Raises `Refused`."""
        triggered = header(self.record, "x-shopify-triggered-at")
        return parse_time(triggered, "X-Shopify-Triggered-At") if triggered else self.record.time_us


OfTopic: TypeAlias = Mapped[[object, Delivery]]
"""A payload and its delivery to items."""


def number_of(global_id: str) -> str:
    """The number of a thing in its global id, `gid://shopify/Customer/77`. Raises `Refused`."""
    number = global_id.rpartition("/")[2]
    if not number.isascii() or not number.isdigit():
        raise Refused("bad_id", "a global id of Shopify ends in a number")
    return number
