"""What the headers of a webhook of Shopify say of its payload."""

from typing import Final, NamedTuple

from connectors.refusal import Refused

LAST_WORD: Final = 1
"""A version after all statements, which are negated times."""


class Delivery(NamedTuple):
    """What the headers and the record say of the payload."""

    topic: str
    event_id: str
    triggered_us: int
    """When Shopify sent it; the record time where the header is missing."""

    def id(self, thing: int, at: str) -> str:
        """The event id of what happened to the thing with this id and state."""
        return f"{self.topic}:{self.event_id or f'{thing}:{at}'}"


def number_of(global_id: str) -> str:
    """The number of a thing in its global id, `gid://shopify/Customer/77`. Raises `Refused`."""
    number = global_id.rpartition("/")[2]
    if not number.isascii() or not number.isdigit():
        raise Refused("bad_id", "a global id of Shopify ends in a number")
    return number
