"""The words between who makes the traffic and who works out what must come of it.

A record's truth is what its maker meant by it: one meaning for each item, in order. It is written
down when the record is made, never read back from its bytes.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

Content: TypeAlias = Mapping[str, Any]
"""Fields of the canonical event by dotted name (`text`, `attributes.carrier`, `score`); those that
are not named here are not asserted. Two statements of a fact are copies when all but their links
is equal.
"""

Subject: TypeAlias = tuple[str, str]
"""An identifier: its namespace, with the system that minted it, and its normalised value."""


class Linked(NamedTuple):
    """Two identifiers that a payload says belong together, whichever comes first."""

    ends: frozenset[Subject]
    strong: bool


class Stated(NamedTuple):
    """An event. `subject` is the identifier that it is about, `others` are beside it."""

    system: str
    id: str
    fact: str
    version: int
    kind: str
    occurred_at_us: int
    subject: Subject
    content: Content
    others: tuple[Subject, ...] = ()
    links: tuple[Linked, ...] = ()


def linked(subject: Subject, *others: Subject, strong: bool = True) -> tuple[Linked, ...]:
    """The subject with each of the others."""
    return tuple(Linked(frozenset({subject, other}), strong) for other in others)


class Withdrawn(NamedTuple):
    """A version of a fact without content."""

    system: str
    fact: str
    version: int


class Unwanted(NamedTuple):
    """A part of no interest."""


class Broken(NamedTuple):
    """A part that should have become an event; `reason` is the word that groups."""

    reason: str


Meaning: TypeAlias = Stated | Withdrawn | Unwanted | Broken


class Made(NamedTuple):
    """A record as its maker hands it to a producer."""

    topic: str
    partition: int
    time_ms: int
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None
    meanings: tuple[Meaning, ...]


class Place(NamedTuple):
    """Where an item lies; of two places the lesser is the earlier one."""

    time_us: int
    topic: str
    partition: int
    offset: int
    item: int


class Delivery(NamedTuple):
    """A record as it lies in a topic, with its truth."""

    time_us: int
    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None
    meanings: tuple[Meaning, ...]

    def items(self) -> Iterator[tuple[Place, Meaning]]:
        """Its items with their places."""
        for item, meaning in enumerate(self.meanings):
            yield Place(self.time_us, self.topic, self.partition, self.offset, item), meaning
