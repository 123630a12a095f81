"""What all events of Stripe have: the notice around an object, its customer, its money."""

from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias, TypeVar

import msgspec

from connectors import strict_json
from connectors.custom_fields import CustomFields, kept, own_names, stated
from connectors.event_types import Mapped, mapped
from connectors.money import exponent_of, parse_minor
from connectors.naming import Named
from connectors.strict_json import Id
from connectors.timestamps import parse_seconds
from service.event import AttributeValue, Event, Fact, Identifier, Ignored, Item, Money

TEST: Final = Ignored("an event of the test mode")

_UNITS: Final = {"ISK": 2, "UGX": 2, "MGA": 0}
"""Decimals of currencies that Stripe counts in other units than ISO 4217 has."""

Expandable: TypeAlias = str | dict[str, Any] | None
"""A reference to an object: its id, or the object itself where the account expands it."""

Shape = TypeVar("Shape", bound=msgspec.Struct)


class StripeOptions(CustomFields):
    """Keys of a source of Stripe. `fields` and `identifiers` are read from an object's metadata."""

    payments: Literal["charges", "invoices"] = "charges"
    """What payments are counted by: charges and all that name one, or invoices alone."""

    livemode: Literal["only", "any"] = "only"
    """Whether events of the test mode count too."""


class _Data(msgspec.Struct):
    object: dict[str, Any]
    previous_attributes: dict[str, Any] | None = None


class Notice(msgspec.Struct):
    """An event as Stripe sends it."""

    id: Id
    created: int
    livemode: bool
    data: _Data
    account: str | None = None

    @property
    def time_us(self) -> int:
        return parse_seconds(self.created, "created")

    @property
    def before(self) -> dict[str, Any]:
        """The values before an update, of the keys that changed."""
        return self.data.previous_attributes or {}


ToItems: TypeAlias = Callable[[Shape, Notice, StripeOptions], list[Item]]


def told(shape: type[Shape], items: ToItems[Shape]) -> Mapped[[object, StripeOptions]]:
    """`items` of a notice whose object has this shape."""

    def of_notice(notice: Notice, options: StripeOptions) -> list[Item]:
        if not notice.livemode and options.livemode == "only":
            return [TEST]
        thing = strict_json.shaped(notice.data.object, shape, "data.object")
        return items(thing, notice, options)

    return mapped(Notice, of_notice)


def id_of(reference: Expandable) -> str:
    """The id of a referenced object, or ""."""
    id_ = reference.get("id") if isinstance(reference, dict) else reference
    return id_ if isinstance(id_, str) else ""


def money(amount: int, currency: str, field: str) -> Money:
    """An amount in Stripe's units. Raises `Refused`."""
    code = currency.upper()
    return parse_minor(amount, _UNITS.get(code, exponent_of(code)), code, field)


def names_in_metadata(notice: Notice, options: StripeOptions) -> list[Identifier | None]:
    """How the source says that the company itself names the customer."""
    metadata = notice.data.object.get("metadata")
    return own_names(options, metadata) if isinstance(metadata, dict) else []


def event(
    notice: Notice, kind: str, who: Named, fact: Fact | None, options: StripeOptions, **about: str
) -> Event:
    """What every event has. `about` are attributes; without `fact` it is its own."""
    time_us = notice.time_us
    return Event(
        id=notice.id,
        kind=kind,
        occurred_at_us=time_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=fact or Fact(notice.id, time_us),
        attributes=_attributes(notice, options, about),
    )


def _attributes(
    notice: Notice, options: StripeOptions, about: dict[str, str]
) -> dict[str, AttributeValue]:
    metadata = notice.data.object.get("metadata")
    own = kept(options, metadata) if isinstance(metadata, dict) else {}
    return stated(**about, account=notice.account) | own
