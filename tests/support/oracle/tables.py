"""What the tables must hold, worked out a second time and in another way.

`work_out` takes the records as they lie in the topics, with what their maker meant by them, and
gives facts in force, placements, histories, buckets, identifiers, links and dead letters: one
thread, plain dicts, a row at a time, no batches. It imports nothing of the service or the
connectors, and it does not look at the order of `deliveries`: everything is a function of the set
and of the journal, which says from which offsets on which revision of the framework counts.

The one thing that it asks for is which of several contents won where versions tie, because that
hangs on a hash: `choose` says, and the caller checks that it always says the same.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeAlias

from tests.support.truth import Broken, Delivery, Place, Stated, Subject, Unwanted, Withdrawn

QUARTER_US = 15 * 60 * 1_000_000

FactName: TypeAlias = tuple[str, str]
"""System and fact id."""

Statement: TypeAlias = Stated | Withdrawn
Choose: TypeAlias = Callable[[FactName, Sequence[Statement]], Statement]
Count: TypeAlias = Callable[..., int]
"""`count(kind)` or `count(kind, window_us)`, as one event sees its customer's history."""

Placement: TypeAlias = tuple[str, str]
"""Touchpoint and rule."""

Offsets: TypeAlias = Mapping[tuple[str, int], int]
"""An offset by topic and partition."""


class Adds(NamedTuple):
    """What an event adds to one series: metric, scope, segment, then whole numbers."""

    metric: str
    scope: str
    segment: str
    counted: int
    hit: int
    low: int
    value: int


class Shop(Protocol):
    """A framework, restated by hand."""

    @property
    def kept_kinds(self) -> frozenset[str]:
        """Of which events have a history: its rules count them, or count at them."""

    @property
    def hashed_systems(self) -> frozenset[str]:
        """Of which no identifier is kept in the clear."""

    @property
    def watched(self) -> frozenset[str]:
        """Touchpoints at which somebody waits for each customer."""

    def place(self, event: Stated, count: Count) -> frozenset[Placement]: ...

    def adds(self, event: Stated, placements: frozenset[Placement]) -> Iterator[Adds]: ...


class Revision(NamedTuple):
    """A framework in force from these offsets on, of other partitions from their beginning."""

    number: int
    first_offsets: Offsets
    shop: Shop

    def counts_at(self, place: Place) -> bool:
        return place.offset >= self.first_offsets.get((place.topic, place.partition), 0)


class EventRow(NamedTuple):
    """A fact in force."""

    place: Place
    revision: int
    system: str
    id: str
    fact: str
    kind: str
    occurred_at_us: int
    subject: Subject
    content: Mapping[str, Any]
    placements: frozenset[Placement]


class HistoryRow(NamedTuple):
    subject: Subject
    occurred_at_us: int
    system: str
    id: str
    kind: str


class BucketName(NamedTuple):
    metric: str
    scope: str
    segment: str
    start_us: int


class BucketRow(NamedTuple):
    n: int
    hits: int
    low: int
    total: int
    squares: int


class DeadRow(NamedTuple):
    """An item that could not become an event, with the whole record."""

    place: Place
    reason: str
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None


class Contributor(NamedTuple):
    """An event behind a metric of a scope, and what it adds to it."""

    fact: FactName
    occurred_at_us: int
    subject: Subject
    counted: int
    hit: int
    low: int


@dataclass
class Counts:
    """How many items ended as what. A copy or an older version is `set_aside`: whether it was a
    duplicate or superseded depends on when it came.
    """

    records: int = 0
    items: int = 0
    events: int = 0
    set_aside: int = 0
    ignored: int = 0
    dead_letters: int = 0


@dataclass
class Tables:
    """All that is a function of the records."""

    events: dict[FactName, EventRow] = field(default_factory=dict)
    versions: dict[FactName, int] = field(default_factory=dict)
    """Of each fact that was ever stated, also where the newest version withdraws it."""
    marked: set[tuple[str, Place]] = field(default_factory=set)
    """Each watched touchpoint with the places of the events that are there."""
    histories: set[HistoryRow] = field(default_factory=set)
    buckets: dict[BucketName, BucketRow] = field(default_factory=dict)
    contributors: dict[tuple[str, str], list[Contributor]] = field(default_factory=dict)
    """By metric and scope."""
    identifiers: dict[Subject, bool] = field(default_factory=dict)
    """Every identifier that was named, and whether it is kept in the clear."""
    links: dict[frozenset[Subject], bool] = field(default_factory=dict)
    """Every link, and whether it is strong."""
    dead_letters: dict[Place, DeadRow] = field(default_factory=dict)
    conflicts: list[tuple[DeadRow, ...]] = field(default_factory=list)
    """For each content that lost under an id of its own: its copies, one of which is kept."""
    ties: dict[FactName, Statement] = field(default_factory=dict)
    """What was chosen where versions tie."""
    counts: Counts = field(default_factory=Counts)


Candidates: TypeAlias = dict[FactName, list[tuple[Place, Statement]]]


def work_out(
    deliveries: Iterable[Delivery], revisions: Sequence[Revision], choose: Choose
) -> Tables:
    """The tables after these records. `revisions` are in the order in which they were applied."""
    tables = Tables()
    records: dict[Place, Delivery] = {}
    candidates: Candidates = defaultdict(list)
    for delivery in deliveries:
        tables.counts.records += 1
        for place, meaning in delivery.items():
            tables.counts.items += 1
            if isinstance(meaning, Unwanted):
                tables.counts.ignored += 1
            elif isinstance(meaning, Broken):
                tables.dead_letters[place] = _dead(delivery, place, meaning.reason)
            else:
                records[place] = delivery
                candidates[meaning.system, meaning.fact].append((place, meaning))
                if isinstance(meaning, Stated):
                    _join(meaning, revisions, tables)
    counted = _in_force(candidates, records, tables, choose)
    _settle(counted, tables, revisions)
    _count(tables, candidates)
    return tables


def _dead(delivery: Delivery, place: Place, reason: str) -> DeadRow:
    return DeadRow(place, reason, delivery.key, delivery.headers, delivery.value)


def _join(event: Stated, revisions: Sequence[Revision], tables: Tables) -> None:
    """Identifiers and links count, whatever becomes of the event."""
    clear = event.system not in revisions[-1].shop.hashed_systems
    for one in (event.subject, *event.others):
        tables.identifiers[one] = tables.identifiers.get(one, False) or clear
    for ends, strong in event.links:
        tables.links[ends] = tables.links.get(ends, False) or strong


def _in_force(
    candidates: Candidates, records: Mapping[Place, Delivery], tables: Tables, choose: Choose
) -> dict[FactName, tuple[Place, Stated]]:
    counted = {}
    for name, said in candidates.items():
        newest = max(statement.version for _, statement in said)
        tables.versions[name] = newest
        groups = _copies(pair for pair in said if pair[1].version == newest)
        winner = groups[0]
        if len(groups) > 1 and newest == 0:
            for copies in groups[1:]:
                tables.conflicts.append(
                    tuple(_dead(records[place], place, "id_conflict") for place, _ in copies)
                )
        elif len(groups) > 1:
            chosen = choose(name, [copies[0][1] for copies in groups])
            winner = next(copies for copies in groups if copies[0][1] == chosen)
            tables.ties[name] = chosen
        place, statement = winner[0]
        tables.counts.events += 1
        if isinstance(statement, Stated):
            counted[name] = (place, statement)
    return counted


def _copies(
    said: Iterable[tuple[Place, Statement]],
) -> list[list[tuple[Place, Statement]]]:
    """Equal statements together, each group and the groups by the earliest place."""
    groups: list[list[tuple[Place, Statement]]] = []
    for place, statement in sorted(said, key=lambda pair: pair[0]):
        for copies in groups:
            if _content(copies[0][1]) == _content(statement):
                copies.append((place, statement))
                break
        else:
            groups.append([(place, statement)])
    return groups


def _content(statement: Statement) -> Statement:
    """What makes two statements copies: links say who is who, not what happened."""
    return statement._replace(links=()) if isinstance(statement, Stated) else statement


def _count(tables: Tables, candidates: Candidates) -> None:
    counts = tables.counts
    counts.dead_letters = len(tables.dead_letters) + len(tables.conflicts)
    stated = sum(len(said) for said in candidates.values())
    counts.set_aside = stated - counts.events - len(tables.conflicts)


class _History:
    """One customer's events of one kind, in their order."""

    def __init__(self) -> None:
        self.ranks: list[tuple[int, str, str, str]] = []


Histories: TypeAlias = Mapping[tuple[Subject, str], _History]


def _settle(
    counted: Mapping[FactName, tuple[Place, Stated]],
    tables: Tables,
    revisions: Sequence[Revision],
) -> None:
    histories = _histories(counted, tables, revisions)
    buckets: dict[BucketName, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    for name, (place, event) in counted.items():
        number, shop = _in_force_at(place, revisions)
        placements = shop.place(event, _counter(event, histories))
        tables.events[name] = EventRow(
            place, number, event.system, event.id, event.fact, event.kind, event.occurred_at_us,
            event.subject, event.content, placements,
        )  # fmt: skip
        watched = {touchpoint for touchpoint, _ in placements} & revisions[-1].shop.watched
        tables.marked |= {(touchpoint, place) for touchpoint in watched}
        start_us = event.occurred_at_us - event.occurred_at_us % QUARTER_US
        for adds in shop.adds(event, placements):
            _add(adds, buckets[BucketName(adds.metric, adds.scope, adds.segment, start_us)])
            if not adds.segment:
                behind = tables.contributors.setdefault((adds.metric, adds.scope), [])
                behind.append(
                    Contributor(
                        name, event.occurred_at_us, event.subject, adds.counted, adds.hit, adds.low
                    )
                )
    tables.buckets = {name: BucketRow(*numbers) for name, numbers in buckets.items()}


def _in_force_at(place: Place, revisions: Sequence[Revision]) -> tuple[int, Shop]:
    """The revision at the event's own position."""
    latest = [revision for revision in revisions if revision.counts_at(place)][-1]
    return latest.number, latest.shop


def _add(adds: Adds, bucket: list[int]) -> None:
    bucket[0] += adds.counted
    bucket[1] += adds.hit
    bucket[2] += adds.low
    bucket[3] += adds.value
    bucket[4] += adds.value**2


def _histories(
    counted: Mapping[FactName, tuple[Place, Stated]],
    tables: Tables,
    revisions: Sequence[Revision],
) -> Histories:
    """What any revision asks about, also of events that were read before it."""
    kept = {kind for revision in revisions for kind in revision.shop.kept_kinds}
    histories: dict[tuple[Subject, str], _History] = defaultdict(_History)
    for _, event in counted.values():
        if event.kind in kept:
            histories[event.subject, event.kind].ranks.append(_rank(event))
            tables.histories.add(
                HistoryRow(event.subject, event.occurred_at_us, event.system, event.id, event.kind)
            )
    for history in histories.values():
        history.ranks.sort()
    return histories


def _rank(event: Stated) -> tuple[int, str, str, str]:
    return (event.occurred_at_us, event.system, event.id, event.fact)


def _counter(event: Stated, histories: Histories) -> Count:
    def count(kind: str, window_us: int | None = None) -> int:
        history = histories.get((event.subject, kind))
        if history is None:
            return 0
        here = bisect_right(history.ranks, _rank(event))
        if window_us is None:
            return here
        oldest_us = event.occurred_at_us - window_us
        return sum(1 for rank in history.ranks[:here] if rank[0] > oldest_us)

    return count
