"""An object of HubSpot as its API gives it, and what it says of itself."""

from typing import Any, TypeAlias

import msgspec

from connectors.event_types import Mapped
from connectors.sales.hubspot_changes import moment
from connectors.sales.hubspot_options import HubspotOptions
from connectors.timestamps import parse_time
from service.event import Fact, Item, Retraction


class _Version(msgspec.Struct):
    timestamp: str
    value: str | int | float | bool | None = None


class _Other(msgspec.Struct):
    id: int | str


class _Others(msgspec.Struct):
    results: tuple[_Other, ...] = ()


class Row(msgspec.Struct, rename="camel"):
    """An object. Airbyte writes what belongs to it as plain lists of ids beside it."""

    id: int | str
    properties: dict[str, Any]
    created_at: str
    updated_at: str
    archived: bool | None = None
    archived_at: str | None = None
    properties_with_history: dict[str, tuple[_Version, ...]] | None = None
    associations: dict[str, _Others] | None = None
    contacts: tuple[int | str, ...] | None = None
    companies: tuple[int | str, ...] | None = None
    tickets: tuple[int | str, ...] | None = None

    @property
    def created_us(self) -> int:
        return parse_time(self.created_at, "createdAt")

    @property
    def updated_us(self) -> int:
        return parse_time(self.updated_at, "updatedAt")

    def text(self, property_: str) -> str:
        """The value of a property; "" if it has none."""
        value = self.properties.get(property_)
        is_one = isinstance(value, str | int | float) and not isinstance(value, bool)
        return str(value) if is_one else ""

    def said(self, property_: str) -> bool:
        """Whether a property is true."""
        return self.properties.get(property_) in (True, "true")

    def moment_us(self, *properties: str) -> int | None:
        """The time in the first of these properties that has one."""
        found = next((field for field in properties if self.text(field)), None)
        return None if found is None else moment(self.text(found), f"properties.{found}")

    def history(self, property_: str) -> tuple[_Version, ...]:
        """The values of a property since the beginning, the newest first."""
        return (self.properties_with_history or {}).get(property_, ())

    def others(self, resource: str, beside: tuple[int | str, ...] | None) -> list[str]:
        """The ids of the objects of a resource that belong to this one."""
        found = (self.associations or {}).get(resource, _Others()).results
        return [*(str(one.id) for one in found), *map(str, beside or ())]


OfRow: TypeAlias = Mapped[[object, str, HubspotOptions]]
"""A payload, the object that it is of, and the options to items."""


def retractions(row: Row, of_thing: str, facts: tuple[str, ...]) -> list[Item]:
    """What takes the facts of an archived object back."""
    time_us = row.updated_us
    if row.archived_at:
        time_us = max(time_us, parse_time(row.archived_at, "archivedAt"))
    return [
        Retraction(
            id=f"{of_thing}:{fact}:archived",
            fact=Fact(f"{of_thing}:{fact}", time_us),
            occurred_at_us=time_us,
        )
        for fact in facts
    ]
