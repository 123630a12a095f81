"""What `prepare` makes of fetched records: items with everything that needs no state."""

from typing import Final, NamedTuple, TypeAlias

import msgspec

from service.canonical import CanonicalEvent
from service.event import Record
from service.facts.weighing import Place, Statement
from service.identity.keys import IdentifierRow
from service.metrics.statistics import Contribution
from service.routing import Candidates, Placement


class Span(NamedTuple):
    """A stretch of one partition as it was fetched: `fetched_from` up to `next_offset`.

    Offsets need not be dense, and a span may hold no record at all (control records,
    compaction).
    """

    topic: str
    partition: int
    fetched_from: int
    next_offset: int
    records: tuple[Record, ...]


class LinkRow(NamedTuple):
    """Two keys that the payload says belong together, the lesser first."""

    one: bytes
    other: bytes
    strength: str


class ToldKey(NamedTuple):
    """What is told or awaited, by its key, as of a version: `enrichment`."""

    key: bytes
    version: int


class Settled(msgspec.Struct, frozen=True, gc=False):
    """Where an event is placed, and what it adds to the metrics."""

    placements: tuple[Placement, ...]
    contributions: tuple[Contribution, ...]


class PreparedEvent(msgspec.Struct, frozen=True, gc=False):
    """An event ready to be weighed. `settled` is there unless a rule asks for history."""

    record: Record
    item: int
    source: str
    fact: bytes
    version: int
    digest: bytes
    event: CanonicalEvent
    document: bytes
    customer: bytes
    candidates: Candidates
    settled: Settled | None
    identifiers: tuple[IdentifierRow, ...]
    links: tuple[LinkRow, ...]
    tells: ToldKey | None = None

    @property
    def statement(self) -> Statement:
        """What it states of its fact."""
        return Statement(self.version, self.digest, place_of(self.record, self.item))


class PreparedRetraction(msgspec.Struct, frozen=True, gc=False):
    """A version without content, ready to be weighed."""

    record: Record
    item: int
    source: str
    fact: bytes
    version: int
    digest: bytes
    tells: ToldKey | None = None

    @property
    def statement(self) -> Statement:
        """What it states of its fact."""
        return Statement(self.version, self.digest, place_of(self.record, self.item))


class DeadItem(msgspec.Struct, frozen=True, gc=False):
    """An item that could not become an event. `detail` holds no value of a customer."""

    record: Record
    item: int
    source: str
    reason: str
    detail: str
    record_items: int | None = None
    """How many items the record gave; not known of what was an event before."""
    awaits: ToldKey | None = None
    """What resolves it when it is told, if anything may."""


class IgnoredItem(msgspec.Struct, frozen=True, gc=False):
    """An item of no interest."""

    record: Record
    item: int
    reason: str
    tells: ToldKey | None = None


PreparedItem: TypeAlias = PreparedEvent | PreparedRetraction | DeadItem | IgnoredItem

Stating: TypeAlias = PreparedEvent | PreparedRetraction
"""An item that states something of a fact."""

STATING: Final = (PreparedEvent, PreparedRetraction)
"""A tuple, because asking for a union takes several times as long."""


class Prepared(NamedTuple):
    """A batch without state: valid as long as `revision` is the one in force."""

    revision: int
    spans: tuple[Span, ...]
    items: tuple[PreparedItem, ...]
    rule_errors: tuple[str, ...]


def place_of(record: Record, item: int) -> Place:
    """Where an item was read."""
    at = record.position
    return Place(record.time_us, at.topic, at.partition, at.offset, item)
