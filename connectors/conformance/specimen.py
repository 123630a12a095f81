"""What a connector's fixtures are: a valid record of each event type that it maps."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from connectors.contract import Connector
from service.event import Position, Record

RECORD_TIME_US: Final = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z."""


@dataclass(frozen=True)
class Specimen:
    """A valid record: each of its items is an event, a retraction or ignored, and one is not that.

    `type` is its event type as `ignore` of a source would name it; "" if the system has none.
    `payload` is what the connector sees, without any envelope. `name` tells it from others of the
    same type.
    """

    type: str
    payload: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.type, self.name) if part) or "record"

    def record(self, payload: object) -> Record:
        """A record as this one with another payload, which may be bytes already."""
        return record(payload, self.headers)

    def leaving_out(self, type_: str) -> "Specimen":
        """The same record, of a source that leaves a type out."""
        return replace(self, options={**self.options, "ignore": [type_]})


@dataclass(frozen=True)
class Fixtures:
    """A connector and the records to hold it to its promises.

    `documented` has every event type that the system's documentation names; each must be in the
    connector's `ignored` or have a specimen. `bare` makes a record that says no more than its
    type, for systems whose records have one.
    """

    connector: Connector
    specimens: tuple[Specimen, ...]
    documented: frozenset[str] = frozenset()
    bare: Callable[[str], Specimen] | None = None
    refuses_new_fields: bool = False
    """Whether the form is closed, as ours is. A system's may grow at any time."""


def record(payload: object, headers: Mapping[str, str] | None = None) -> Record:
    """A record of this payload, which may be bytes already."""
    value = payload if isinstance(payload, bytes | None) else json.dumps(payload).encode()
    pairs = tuple((name, text.encode()) for name, text in (headers or {}).items())
    return Record(Position("a-topic", 0, 7), RECORD_TIME_US, None, pairs, value)
