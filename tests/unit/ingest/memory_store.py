"""The tables of facts, events, conflicts, histories and buckets as dicts.

`Memory.settle` does to them what a transaction does to the database, by the same pure functions in
the same order, so that a test can look at any order and any split of batches quickly.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from service.facts.weighing import Place
from service.history.needs import NOTHING_ASKED, HistoryNeeds
from service.history.order import CustomerHistory, Entry, Rank
from service.ingest.prepared import PreparedEvent, PreparedItem, Settled
from service.ingest.revision import Revision
from service.ingest.settle import (
    HistoryChange,
    Plan,
    Settling,
    apply_changes,
    bound_us,
    history_changes,
    number,
    to_place_again,
)
from service.ingest.weigh import (
    Outcome,
    StoredEvent,
    StoredFact,
    Weighed,
    possible_conflicts,
    rows_needed,
    weigh_batch,
)
from service.metrics.statistics import Series
from service.routing import Placement

UNPLACED = Settled((), ())


@dataclass
class Memory:
    """What is stored. Without a revision nothing is placed."""

    revision: Revision | None = None
    needs: HistoryNeeds = NOTHING_ASKED
    facts: dict[bytes, StoredFact] = field(default_factory=dict)
    events: dict[int, StoredEvent] = field(default_factory=dict)
    conflicts: set[bytes] = field(default_factory=set)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    histories: dict[bytes, dict[Rank, Entry]] = field(default_factory=dict)
    buckets: dict[tuple[Series, int], list[int]] = field(default_factory=dict)

    def settle(self, items: Sequence[PreparedItem]) -> None:
        """One batch."""
        needed = rows_needed(items, self.facts)
        known = self.conflicts & set(possible_conflicts(items, self.facts))
        weighed = weigh_batch(items, self.facts, {n: self.events[n] for n in needed}, known)
        numbered = number(weighed, 1 + max(self.events, default=0))
        self._keep_facts(weighed, numbered)
        self._count(weighed)
        if self.revision is None:
            for stored in weighed.retired:
                del self.events[stored.id]
            self._add((row_id, prepared, UNPLACED) for row_id, prepared in numbered)
        else:
            self._apply(self._plan(self.revision, weighed, numbered))

    def standing(self) -> dict[bytes, tuple[int, bytes, Place | None]]:
        """By fact: version, digest, and the place of the counted copy unless it is retracted."""
        return {
            key: (
                fact.version,
                fact.digest,
                None if fact.event_id is None else self.events[fact.event_id].place,
            )
            for key, fact in self.facts.items()
        }

    def placed(self) -> dict[str, tuple[Placement, ...]]:
        """By event id."""
        return {stored.event.id: stored.settled.placements for stored in self.events.values()}

    def _keep_facts(self, weighed: Weighed, numbered: Iterable[tuple[int, PreparedEvent]]) -> None:
        ids = {prepared.fact: row_id for row_id, prepared in numbered}
        assert not weighed.inserts.keys() & self.facts.keys()
        assert weighed.updates.keys() <= self.facts.keys()
        for key, said in (weighed.inserts | weighed.updates).items():
            row = StoredFact(said.version, said.digest, ids.get(key), said.record.time_us)
            self.facts[key] = row
        self.conflicts -= set(weighed.revived)
        new = weighed.dead.keys() | weighed.displaced.keys()
        assert not new & self.conflicts
        self.conflicts |= new

    def _count(self, weighed: Weighed) -> None:
        self.outcomes.update(outcome for _, outcome in weighed.outcomes)
        for _, before, after in weighed.corrections:
            self.outcomes[before] -= 1
            self.outcomes[after] += 1

    def _plan(
        self, revision: Revision, weighed: Weighed, numbered: list[tuple[int, PreparedEvent]]
    ) -> Plan:
        changes = history_changes(numbered, weighed.retired, self.needs)
        histories = {customer: self._loaded(customer, c) for customer, c in changes.items()}
        again: list[Entry] = []
        for customer, change in changes.items():
            apply_changes(histories[customer], change)
            again += to_place_again(histories[customer], change, self.needs)
        settling = Settling({revision.id: revision}, revision.id)
        settling.retire(weighed.retired)
        settling.change_history(changes)
        settling.count(numbered, histories)
        settling.place_again([self.events[entry.event_id] for entry in again], histories)
        return settling.plan

    def _loaded(self, customer: bytes, change: HistoryChange) -> CustomerHistory:
        """Entries after the bound, and how many lie before it."""
        bound = bound_us(change, self.needs)
        entries = self.histories.get(customer, {}).values()
        older = Counter(e.kind for e in entries if e.rank.occurred_at_us <= bound)
        return CustomerHistory([e for e in entries if e.rank.occurred_at_us > bound], older)

    def _apply(self, plan: Plan) -> None:
        for stored in plan.retired:
            del self.events[stored.id]
        self._add(plan.events)
        for stored, settled in plan.replaced:
            self.events[stored.id] = stored._replace(settled=settled)
        for customer, rank in plan.history_removed:
            del self.histories[customer][rank]
        for customer, entry in plan.history_added:
            self.histories.setdefault(customer, {})[entry.rank] = entry
        for key, sums in plan.buckets.items():
            kept = self.buckets.pop(key, [0] * 5)
            now = [a + b for a, b in zip(kept, sums, strict=True)]
            if any(now):
                self.buckets[key] = now

    def _add(self, rows: Iterable[tuple[int, PreparedEvent, Settled]]) -> None:
        for row_id, prepared, settled in rows:
            self.events[row_id] = StoredEvent(
                id=row_id,
                place=prepared.statement.place,
                source=prepared.source,
                customer=prepared.customer,
                revision=1,
                settled=settled,
                event=prepared.event,
            )
