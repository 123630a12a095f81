"""What a batch does to the tables, as values: the model to which PostgreSQL is held.

`settle` answers a batch from a `State` as `commit_batch` answers it from a database, by the same
pure functions in the same order, and `apply` gives the state after it. `applied` does what a new
revision of the framework does.

The state is that of whole transactions, one after the other: which rows there are and what they
hold. What only a database has is not in it: locks and those who wait for them, writers that
collide, statements, connections, the numbers of rows and names. What a batch puts off, because too
many of a customer's events are to be placed again, is placed again here at once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

from service.event import Position, Record
from service.facts.weighing import Place
from service.history.needs import NOTHING_ASKED, HistoryNeeds
from service.history.order import CustomerHistory, Entry, Rank
from service.identity.keys import IdentifierRow
from service.ingest.committing.ledger import LogRow, Opened, log_rows, open_batch
from service.ingest.preparing.prepared import (
    STATING,
    DeadItem,
    LinkRow,
    PreparedEvent,
    PreparedItem,
    place_of,
)
from service.ingest.preparing.revision import Revision
from service.ingest.settling.placing import (
    HistoryChange,
    Placing,
    Plan,
    apply_changes,
    bound_us,
    history_changes,
    number,
    rank_of,
    to_place_again,
)
from service.ingest.settling.results import Behind, NeedsRecords, NeedsRevisions, OtherRevision
from service.ingest.settling.rows import position_of
from service.ingest.settling.settlement import Batch, Rules
from service.ingest.settling.weigh import (
    StoredEvent,
    StoredFact,
    Weighed,
    possible_conflicts,
    rows_needed,
    tally,
    weigh_batch,
)
from service.metrics.statistics import Series
from service.routing import Placement
from service.store.ingest import LedgerRow

Partition: TypeAlias = tuple[str, int]


class DeadLetter(NamedTuple):
    """An item that is kept. `conflict` names its content where its id was used twice."""

    item: DeadItem
    conflict: bytes | None


@dataclass(frozen=True)
class State:
    """All rows, by what makes them one."""

    revision: int = 0
    needs: HistoryNeeds = NOTHING_ASKED
    ledger: Mapping[Partition, int] = field(default_factory=dict)
    log: tuple[LogRow, ...] = ()
    facts: Mapping[bytes, StoredFact] = field(default_factory=dict)
    events: Mapping[int, StoredEvent] = field(default_factory=dict)
    histories: Mapping[bytes, Mapping[Rank, Entry]] = field(default_factory=dict)
    buckets: Mapping[tuple[Series, int], tuple[int, ...]] = field(default_factory=dict)
    moments: frozenset[tuple[str, int]] = frozenset()
    """Watched touchpoint and event."""
    dead_letters: Mapping[Place, DeadLetter] = field(default_factory=dict)
    identifiers: Mapping[bytes, IdentifierRow] = field(default_factory=dict)
    links: Mapping[tuple[bytes, bytes], str] = field(default_factory=dict)

    @property
    def conflicts(self) -> set[bytes]:
        """The contents that lost under an id of their own."""
        kept = (letter.conflict for letter in self.dead_letters.values())
        return {conflict for conflict in kept if conflict is not None}


class Changes(NamedTuple):
    """All that a batch changes."""

    batch: Batch
    opened: Opened
    weighed: Weighed
    plan: Plan


def settle(
    state: State, batch: Batch
) -> Changes | Behind | OtherRevision | NeedsRecords | NeedsRevisions:
    """What a batch changes, or what must happen first."""
    ledger = (LedgerRow(*key, offset, state.revision) for key, offset in state.ledger.items())
    opened = open_batch(batch.prepared, ledger)
    if not isinstance(opened, Opened):
        return opened
    return settle_opened(state, batch, opened)


def settle_opened(
    state: State, batch: Batch, opened: Opened
) -> Changes | NeedsRecords | NeedsRevisions:
    """What the items of a batch change that the ledger does not hold against."""
    weighed = _weighed(state, opened.items)
    positions = (position_of(stored.place) for stored in weighed.displaced.values())
    missing = tuple(position for position in positions if position not in batch.refetched)
    if missing:
        return NeedsRecords(missing)
    plan = _plan(state, batch, weighed)
    if isinstance(plan, NeedsRevisions):
        return plan
    return Changes(batch, opened, weighed, plan)


def apply(state: State, changes: Changes) -> State:
    """The state after a batch."""
    batch, opened, _, plan = changes
    revision = batch.prepared.revision
    return replace(
        state,
        ledger={**state.ledger, **opened.next_offsets},
        log=(*state.log, *_logged(changes)),
        facts=_facts_after(state, changes),
        events=_events_after(state, plan, revision),
        histories=_histories_after(state, plan),
        buckets=_buckets_after(state, plan),
        moments=_moments_after(state, plan, batch.rules.revisions[revision].watched),
        dead_letters=_dead_letters_after(state, changes),
        identifiers=_identifiers_after(state, opened.items),
        links=_links_after(state, opened.items),
    )


def applied(state: State, revision: Revision, needs: HistoryNeeds) -> State:
    """The state after a revision was applied; `needs` are its own and those of all before it."""
    kept = [
        (stored.customer, Entry(rank_of(stored.event), stored.event.kind, stored.id, _time(stored)))
        for stored in state.events.values()
        if needs.keeps(stored.event.kind)
    ]
    histories: dict[bytes, dict[Rank, Entry]] = {}
    for customer, entry in kept:
        histories.setdefault(customer, {})[entry.rank] = entry
    placed = ((stored.id, stored.settled.placements) for stored in state.events.values())
    return replace(
        state,
        revision=revision.id,
        needs=needs,
        histories=histories,
        moments=_moments(placed, revision.watched),
    )


def _weighed(state: State, items: Iterable[PreparedItem]) -> Weighed:
    named = {item.fact for item in items if isinstance(item, STATING)}
    facts = {key: state.facts[key] for key in named & state.facts.keys()}
    events = {row_id: state.events[row_id] for row_id in rows_needed(items, facts)}
    conflicts = state.conflicts & set(possible_conflicts(items, facts))
    return weigh_batch(items, facts, events, conflicts)


def _plan(state: State, batch: Batch, weighed: Weighed) -> Plan | NeedsRevisions:
    rules = batch.rules
    numbered = number(weighed, _next_id(state))
    changes = history_changes(numbered, weighed.retired, rules.needs)
    histories = {key: _history(state, key, change, rules) for key, change in changes.items()}
    again: list[Entry] = []
    for customer, change in changes.items():
        apply_changes(histories[customer], change)
        again += to_place_again(histories[customer], change, rules.needs)
    stored = [state.events[entry.event_id] for entry in again]
    unknown = {event.revision for event in stored} - rules.revisions.keys()
    if unknown:
        return NeedsRevisions(tuple(sorted(unknown)))
    placing = Placing(rules.revisions, batch.prepared.revision)
    placing.retire(weighed.retired)
    placing.change_history(changes)
    placing.count(numbered, histories)
    placing.place_again(stored, histories)
    return placing.plan


def _next_id(state: State) -> int:
    return 1 + max(state.events, default=0)


def _history(state: State, customer: bytes, change: HistoryChange, rules: Rules) -> CustomerHistory:
    """Entries after the bound, and how many lie before it."""
    bound = bound_us(change, rules.needs)
    entries = state.histories.get(customer, {}).values()
    older = Counter(e.kind for e in entries if e.rank.occurred_at_us <= bound)
    return CustomerHistory([e for e in entries if e.rank.occurred_at_us > bound], older)


def _logged(changes: Changes) -> list[LogRow]:
    weighed, revision = changes.weighed, changes.batch.prepared.revision
    return log_rows(revision, changes.opened, tally(weighed.outcomes), weighed.corrections)


def _facts_after(state: State, changes: Changes) -> dict[bytes, StoredFact]:
    weighed = changes.weighed
    ids = {prepared.fact: row_id for row_id, prepared, _ in changes.plan.events}
    return {
        **state.facts,
        **{
            key: StoredFact(said.version, said.digest, ids.get(key), said.record.time_us)
            for key, said in (weighed.inserts | weighed.updates).items()
        },
    }


def _events_after(state: State, plan: Plan, revision: int) -> dict[int, StoredEvent]:
    gone = {stored.id for stored in plan.retired}
    events = {n: stored for n, stored in state.events.items() if n not in gone}
    for row_id, prepared, settled in plan.events:
        events[row_id] = StoredEvent(
            id=row_id,
            place=prepared.statement.place,
            source=prepared.source,
            customer=prepared.customer,
            revision=revision,
            settled=settled,
            event=prepared.event,
        )
    for stored, settled in plan.replaced:
        events[stored.id] = stored._replace(settled=settled)
    return events


def _histories_after(state: State, plan: Plan) -> dict[bytes, Mapping[Rank, Entry]]:
    touched = {customer for customer, _ in (*plan.history_removed, *plan.history_added)}
    changed = {customer: dict(state.histories.get(customer, {})) for customer in touched}
    for customer, rank in plan.history_removed:
        del changed[customer][rank]
    for customer, entry in plan.history_added:
        changed[customer][entry.rank] = entry
    return {customer: rows for customer, rows in {**state.histories, **changed}.items() if rows}


def _buckets_after(state: State, plan: Plan) -> dict[tuple[Series, int], tuple[int, ...]]:
    """Those to which nothing contributes any more are gone."""
    buckets = dict(state.buckets)
    for key, sums in plan.sums().items():
        before = buckets.pop(key, (0, 0, 0, 0, 0))
        after = tuple(one + other for one, other in zip(before, sums, strict=True))
        if any(after):
            buckets[key] = after
    return buckets


def _moments_after(state: State, plan: Plan, watched: frozenset[str]) -> frozenset[tuple[str, int]]:
    moved = {stored.id for stored in plan.retired} | {stored.id for stored, _ in plan.replaced}
    placed = [(row_id, settled.placements) for row_id, _, settled in plan.events]
    placed += [(stored.id, settled.placements) for stored, settled in plan.replaced]
    return frozenset(m for m in state.moments if m[1] not in moved) | _moments(placed, watched)


def _moments(
    placed: Iterable[tuple[int, Iterable[Placement]]], watched: frozenset[str]
) -> frozenset[tuple[str, int]]:
    return frozenset(
        (placement.touchpoint, row_id)
        for row_id, placements in placed
        for placement in placements
        if placement.touchpoint in watched
    )


def _dead_letters_after(state: State, changes: Changes) -> dict[Place, DeadLetter]:
    revived = set(changes.weighed.revived)
    kept = {p: letter for p, letter in state.dead_letters.items() if letter.conflict not in revived}
    new = [DeadLetter(i, None) for i in changes.opened.items if isinstance(i, DeadItem)]
    new += [DeadLetter(item, key) for key, item in changes.weighed.dead.items()]
    new += [
        DeadLetter(_displaced(stored, changes.batch.refetched), key)
        for key, stored in changes.weighed.displaced.items()
    ]
    return {**kept, **{place_of(letter.item.record, letter.item.item): letter for letter in new}}


def _displaced(stored: StoredEvent, refetched: Mapping[Position, Record | None]) -> DeadItem:
    """A stored event that is a conflict now, with its record as it was read again."""
    position = position_of(stored.place)
    record = refetched[position] or Record(position, _time(stored), None, (), None)
    return DeadItem(record, stored.place.item, stored.source, "id_conflict", "")


def _identifiers_after(state: State, items: Iterable[PreparedItem]) -> dict[bytes, IdentifierRow]:
    """Of every item that names some, whatever its outcome; a value stays once it was given."""
    known = dict(state.identifiers)
    for item in items:
        for row in item.identifiers if isinstance(item, PreparedEvent) else ():
            if row.key not in known or known[row.key].value is None:
                known[row.key] = row
    return known


def _links_after(state: State, items: Iterable[PreparedItem]) -> dict[tuple[bytes, bytes], str]:
    """A link that was ever stated as strong is strong."""
    known = dict(state.links)
    links: Iterable[LinkRow] = (
        link for item in items if isinstance(item, PreparedEvent) for link in item.links
    )
    for one, other, strength in links:
        if known.get((one, other)) != "strong":
            known[one, other] = strength
    return known


def _time(stored: StoredEvent) -> int:
    return stored.place.record_time_us
