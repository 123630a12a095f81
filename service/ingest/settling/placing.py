"""Where the events of a batch are placed and what that changes in the metrics. Pure.

This runs inside the transaction, after facts and customers are locked. It puts the counted
events into their customers' histories, takes the retired ones out, places what waits for history,
and places again the stored events whose count a late or retired event changed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final, TypeAlias

from service.canonical import CanonicalEvent, fact_key
from service.history.needs import HistoryNeeds
from service.history.order import CustomerHistory, Entry, HistoryAt, Rank
from service.ingest.preparing.prepared import PreparedEvent, Settled
from service.ingest.preparing.revision import Revision
from service.ingest.settling.weigh import StoredEvent, Weighed
from service.metrics.buckets import bucket_start_us
from service.metrics.statistics import Contribution, Series

EventRow: TypeAlias = tuple[int, PreparedEvent, Settled]
"""A counted event as it is written: its row id, the event, where it is."""

Replaced: TypeAlias = tuple[StoredEvent, Settled]
"""A stored event that is at other touchpoints now, and where."""

BucketKey: TypeAlias = tuple[Series, int]
"""A series and the start of a bucket in microseconds."""

Sums: TypeAlias = list[int]
"""n, hits, low, total, squares, as in `Statistics`."""

AGAIN_AT_ONCE: Final = 1_000
"""How many stored events of one customer are placed again in one transaction."""

NO_HISTORY: Final = CustomerHistory((), {})


@dataclass
class Plan:
    """All rows that a batch changes, besides facts and the log."""

    events: list[EventRow] = field(default_factory=list)
    retired: list[StoredEvent] = field(default_factory=list)
    replaced: list[Replaced] = field(default_factory=list)
    postponed: list[tuple[bytes, int, int]] = field(default_factory=list)
    """Stored events that are to be placed again later: customer, row id, record time."""
    history_added: list[tuple[bytes, Entry]] = field(default_factory=list)
    history_removed: list[tuple[bytes, Rank]] = field(default_factory=list)
    contributed: defaultdict[tuple[Contribution, int], int] = field(
        default_factory=lambda: defaultdict(int)
    )
    """How many times more each contribution is made to the bucket that starts at a microsecond."""
    rule_errors: list[str] = field(default_factory=list)
    """Rules that ended in an error once they knew the history."""

    def sums(self) -> dict[BucketKey, Sums]:
        """What to add to each bucket."""
        sums: defaultdict[BucketKey, Sums] = defaultdict(lambda: [0, 0, 0, 0, 0])
        for (contribution, start), times in self.contributed.items():
            added = sums[contribution.series, start]
            for index, number in enumerate(contribution.statistics):
                added[index] += times * number
        return sums


@dataclass(slots=True)
class HistoryChange:
    """What a batch does to one customer's history: entries come, ranks of a kind go."""

    added: list[Entry] = field(default_factory=list)
    removed: list[tuple[Rank, str]] = field(default_factory=list)


def number(weighed: Weighed, first_id: int) -> list[tuple[int, PreparedEvent]]:
    """Give the counted events their row ids."""
    return list(zip(count(first_id), weighed.counted.values(), strict=False))


def history_changes(
    numbered: Sequence[tuple[int, PreparedEvent]],
    retired: Iterable[StoredEvent],
    needs: HistoryNeeds,
) -> dict[bytes, HistoryChange]:
    """By customer: which events enter and leave the histories that rules ask about."""
    changes: defaultdict[bytes, HistoryChange] = defaultdict(HistoryChange)
    if not needs.asked:
        return changes
    for stored in retired:
        if needs.keeps(stored.event.kind):
            changes[stored.customer].removed.append((rank_of(stored.event), stored.event.kind))
    kept = {kind for kind in {p.event.kind for _, p in numbered} if needs.keeps(kind)}
    for row_id, prepared in numbered:
        if prepared.event.kind in kept:
            changes[prepared.customer].added.append(entry_of(row_id, prepared))
    return changes


def rank_of(event: CanonicalEvent) -> Rank:
    """Where an event lies in its customer's order."""
    return _rank(event, fact_key(event.system, event.fact_id))


def entry_of(id: int, prepared: PreparedEvent) -> Entry:
    """The history entry of a counted event."""
    event = prepared.event
    return Entry(_rank(event, prepared.fact), event.kind, id, prepared.record.time_us)


def _rank(event: CanonicalEvent, fact: bytes) -> Rank:
    return Rank(event.occurred_at_us, event.system, event.id, fact)


def bound_us(change: HistoryChange, needs: HistoryNeeds) -> int:
    """Before which time only the number of events matters, not each of them."""
    times = [entry.rank.occurred_at_us for entry in change.added]
    times += [rank.occurred_at_us for rank, _ in change.removed]
    return min(times) - needs.widest_bounded_us - 1


def apply_changes(history: CustomerHistory, change: HistoryChange) -> None:
    """Bring a loaded history to what it is after the batch."""
    for rank, _ in change.removed:
        history.remove(rank)
    for entry in change.added:
        history.add(entry)


def to_place_again(
    history: CustomerHistory, change: HistoryChange, needs: HistoryNeeds
) -> list[Entry]:
    """The stored entries whose counts the change may have changed, in order."""
    changed = [e.rank for e in change.added if e.kind in needs.asked]
    changed += [rank for rank, kind in change.removed if kind in needs.asked]
    behind = history.after(min(changed)) if changed else ()
    if not behind:
        return []
    new = {entry.event_id for entry in change.added}
    widest = needs.widest_us
    end = None if widest is None else max(changed).occurred_at_us + widest
    return [
        entry
        for entry in behind
        if needs.asks(entry.kind)
        and entry.event_id not in new
        and (end is None or entry.rank.occurred_at_us < end)
    ]


class Placing:
    """Fills the `plan` of one transaction with what counts, what no longer does, and what moves."""

    def __init__(self, revisions: Mapping[int, Revision], current: int) -> None:
        self._revisions = revisions
        self._current = revisions[current]
        self.plan = Plan()

    def count(
        self,
        numbered: Iterable[tuple[int, PreparedEvent]],
        histories: Mapping[bytes, CustomerHistory],
    ) -> None:
        """Place the counted events and add what they contribute."""
        for row_id, prepared in numbered:
            settled = prepared.settled or self._with_history(prepared, histories)
            self.plan.events.append((row_id, prepared, settled))
            if settled.contributions:
                self._add(prepared.event.occurred_at_us, settled.contributions, 1)

    def retire(self, retired: Iterable[StoredEvent]) -> None:
        """Take out events that no longer stand, with what they contributed."""
        for stored in retired:
            self.plan.retired.append(stored)
            self._add(stored.event.occurred_at_us, stored.settled.contributions, -1)

    def change_history(self, changes: Mapping[bytes, HistoryChange]) -> None:
        """Write down which history rows come and go."""
        for customer, change in sorted(changes.items()):
            self.plan.history_removed += [(customer, rank) for rank, _ in change.removed]
            self.plan.history_added += [(customer, entry) for entry in change.added]

    def place_again(
        self, stored: Iterable[StoredEvent], histories: Mapping[bytes, CustomerHistory]
    ) -> None:
        """Place stored events again under the revision at their own position."""
        for event in stored:
            revision = self._revisions[event.revision]
            settled = place(event.event, histories[event.customer], revision)
            if settled.placements != event.settled.placements:
                self.plan.replaced.append((event, settled))
                self._contribute_instead(event, settled)

    def place_anew(
        self, stored: Iterable[StoredEvent], histories: Mapping[bytes, CustomerHistory]
    ) -> None:
        """Place stored events under the current revision, whatever they were under before."""
        for event in stored:
            now = event._replace(revision=self._current.id)
            settled = place(event.event, histories.get(event.customer, NO_HISTORY), self._current)
            self.plan.replaced.append((now, settled))
            if settled != event.settled:
                self._contribute_instead(event, settled)

    def postpone(self, customer: bytes, entries: Iterable[Entry]) -> None:
        """Leave stored events of a customer to be placed again later."""
        self.plan.postponed += [(customer, e.event_id, e.record_time_us) for e in entries]

    def _with_history(
        self, prepared: PreparedEvent, histories: Mapping[bytes, CustomerHistory]
    ) -> Settled:
        history = histories.get(prepared.customer, NO_HISTORY)
        event = prepared.event
        at = HistoryAt(history, _rank(event, prepared.fact))
        placements, errors = self._current.router.conclude(prepared.candidates, event, at)
        self.plan.rule_errors += errors
        return self._current.settled(event, placements)

    def _contribute_instead(self, stored: StoredEvent, settled: Settled) -> None:
        self._add(stored.event.occurred_at_us, stored.settled.contributions, -1)
        self._add(stored.event.occurred_at_us, settled.contributions, 1)

    def _add(self, occurred_at_us: int, contributions: Iterable[Contribution], sign: int) -> None:
        start = bucket_start_us(occurred_at_us)
        contributed = self.plan.contributed
        for contribution in contributions:
            contributed[contribution, start] += sign


def place(event: CanonicalEvent, history: CustomerHistory, revision: Revision) -> Settled:
    """Where an event is under a revision, given its customer's history."""
    candidates = revision.router.candidates(event)
    placements = revision.router.settle(candidates, event, HistoryAt(history, rank_of(event)))
    return revision.settled(event, placements)
