"""One batch, one transaction: the protocol of DESIGN section 2.

Every line of it is a function here, called by `commit_batch` in the order in which locks are
taken. READ COMMITTED throughout: each read follows the lock that makes it true.
"""

import base64
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import asyncpg

from service import canonical
from service.event import Position, Record
from service.facts.weighing import Place
from service.faults import crash_point
from service.history.needs import HistoryNeeds
from service.history.order import CustomerHistory, Entry, Rank
from service.ingest.prepared import (
    DeadItem,
    IdentifierRow,
    LinkRow,
    Prepared,
    PreparedEvent,
    PreparedItem,
    PreparedRetraction,
    Settled,
    Span,
)
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
    tally,
    weigh_batch,
)
from service.metrics.statistics import Contribution
from service.routing import Placement
from service.store import ingest as store
from service.store.names import Made, Names


class Committed(NamedTuple):
    """The batch is settled (now, or already before): where each of its partitions goes on."""

    next_offsets: Mapping[tuple[str, int], int]
    outcomes: Counter[tuple[str, str]]
    """Items by (topic, outcome)."""
    rule_errors: tuple[str, ...]
    """The rules that ended in an error, once for each event."""


class Behind(NamedTuple):
    """Something before the batch is missing, or the ledger is elsewhere: read from here."""

    next_offsets: Mapping[tuple[str, int], int]


class OtherRevision(NamedTuple):
    """Another revision is in force: prepare again under it."""

    revision: int


class NeedsRecords(NamedTuple):
    """Stored events turned out to be conflicts; their bytes must be read from the topic."""

    positions: tuple[Position, ...]


class NeedsRevisions(NamedTuple):
    """Stored events are placed again under older revisions, which must be compiled first."""

    revisions: tuple[int, ...]


Result: TypeAlias = Committed | Behind | OtherRevision | NeedsRecords | NeedsRevisions

UNSETTLED: Final = (Behind, OtherRevision, NeedsRecords, NeedsRevisions)
"""Results that roll the transaction back."""

T = TypeVar("T")


class Rules(NamedTuple):
    """Everything compiled that a transaction may need."""

    revisions: Mapping[int, Revision]
    needs: HistoryNeeds


@dataclass
class Memory:
    """What a process knows of committed rows. Holds nothing that a rollback could undo."""

    names: Names = field(default_factory=Names)
    identifiers: "Recent" = field(default_factory=lambda: Recent(200_000))
    days: set[int] = field(default_factory=set)


class Recent:
    """Keys seen lately, at most `size` of them."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._young: set[Any] = set()
        self._old: set[Any] = set()

    def __contains__(self, key: Any) -> bool:
        return key in self._young or key in self._old

    def add(self, keys: Iterable[Any]) -> None:
        self._young.update(keys)
        if len(self._young) >= self._size // 2:
            self._young, self._old = set(), self._young


class Batch(NamedTuple):
    """A batch to settle, with what settling it may need.

    `refetched` holds the records that an earlier try asked for (`NeedsRecords`).
    """

    group: str
    prepared: Prepared
    rules: Rules
    refetched: Mapping[Position, Record | None] = MappingProxyType({})


async def commit_batch(connection: asyncpg.Connection, batch: Batch, memory: Memory) -> Result:
    """Settle a batch exactly once, whoever else tries.

    Raises asyncpg and OS errors as they come; the transaction is rolled back then, unless the
    connection broke during COMMIT. Calling again is safe in every case.
    """
    transaction = Transaction(connection, batch, memory)
    return await transaction.run(transaction.settle_batch)


async def rehearse_batch(connection: asyncpg.Connection, batch: Batch, memory: Memory) -> None:
    """Do everything but COMMIT. Raises what `commit_batch` would raise.

    Leaves no trace but rows of facts in which nothing is stated.
    """
    transaction = Transaction(connection, batch, memory)
    await transaction.rehearse(transaction.settle_batch)


def _fact_keys(items: Iterable[PreparedItem]) -> list[bytes]:
    return sorted({i.fact for i in items if isinstance(i, PreparedEvent | PreparedRetraction)})


async def _make_days(connection: asyncpg.Connection, prepared: Prepared, memory: Memory) -> None:
    days = {
        record.time_us // store.DAY_US for span in prepared.spans for record in span.records
    } - memory.days
    if days:
        await store.make_day_partitions(connection, sorted(days))
        memory.days |= days


class Transaction:
    """One transaction over one batch; a second `run` begins anew.

    What settles items calls `lock_facts`, `weigh` and `write`, in this order.
    """

    def __init__(self, connection: asyncpg.Connection, batch: Batch, memory: Memory) -> None:
        self._connection = connection
        self._group, self._prepared, self._rules, self._refetched = batch
        self._memory = memory
        self._made: list[Made] = []
        self._seen: set[IdentifierRow | LinkRow] = set()

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work` in the transaction and commit it, unless its result is one of `UNSETTLED`."""
        await _make_days(self._connection, self._prepared, self._memory)
        try:
            return await self._run(work)
        except asyncpg.UniqueViolationError:
            # Somebody wrote one of the absent facts meanwhile.
            await self._make_facts()
            return await self._run(work)

    async def rehearse(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work` and roll it back."""
        await self._make_facts()
        transaction = self._connection.transaction()
        await transaction.start()
        try:
            return await work()
        finally:
            if not self._connection.is_closed():
                await transaction.rollback()

    async def _run(self, work: Callable[[], Awaitable[T]]) -> T:
        self._made.clear()
        transaction = self._connection.transaction()
        await transaction.start()
        try:
            result = await work()
        except BaseException:
            if not self._connection.is_closed():
                await transaction.rollback()
            raise
        if isinstance(result, UNSETTLED):
            await transaction.rollback()
            return result
        crash_point("before_db_commit")
        await transaction.commit()
        crash_point("after_db_commit")
        for made in self._made:
            self._memory.names.keep(made)
        self._memory.identifiers.add(self._seen)
        return result

    async def _make_facts(self) -> None:
        keys = _fact_keys(self._prepared.items)
        if keys:
            await store.make_facts(self._connection, keys)

    async def settle_batch(self) -> Result:
        """The protocol, line by line."""
        opened = await self._open()
        if not isinstance(opened, _Opened):
            return opened
        crash_point("after_ledger_lock")
        items = opened.items
        facts = await self.lock_facts(items)
        crash_point("after_fact_lock")
        keys = possible_conflicts(items, facts)
        conflicts = await store.lock_conflicts(self._connection, keys) if keys else set()
        weighed = await self.weigh(items, facts, conflicts)
        rule_errors = await self.write(items, weighed)
        if isinstance(rule_errors, UNSETTLED):
            return rule_errors
        rows = dead_letter_rows(items, weighed, self._refetched)
        if rows:
            await store.copy_dead_letters(self._connection, rows)
        await self._write_log(opened, weighed)
        outcomes = Counter((i.record.position.topic, str(o)) for i, o in weighed.outcomes)
        return Committed(opened.next_offsets, outcomes, (*self._prepared.rule_errors, *rule_errors))

    async def write(
        self, items: Iterable[PreparedItem], weighed: Weighed
    ) -> tuple[str, ...] | NeedsRecords | NeedsRevisions:
        """Settle what was weighed and write it, dead letters and log excepted: the rules that
        ended in an error.
        """
        missing = [s for s in self._displaced(weighed) if s not in self._refetched]
        if missing:
            return NeedsRecords(tuple(missing))
        first_id = await store.reserve_event_ids(self._connection)
        numbered = number(weighed, first_id)
        await self._write_facts(weighed, numbered)
        crash_point("after_facts")
        plan = await self._plan(weighed, numbered)
        if isinstance(plan, NeedsRevisions):
            return plan
        await self._write_identifiers(items)
        await self._write_plan(plan)
        crash_point("after_buckets")
        if weighed.revived:
            await store.delete_conflicts(self._connection, sorted(weighed.revived))
        return tuple(plan.rule_errors)

    # Line 4: the ledger.

    async def _open(self) -> "_Opened | Behind | OtherRevision | Committed":
        spans = self._prepared.spans
        rows = await store.lock_ledger(
            self._connection, self._group, ((s.topic, s.partition) for s in spans)
        )
        ledger = {(row.topic, row.partition): row for row in rows}
        offsets = {key: row.next_offset for key, row in ledger.items()}
        if any(
            (s.topic, s.partition) not in ledger or s.fetched_from > offsets[s.topic, s.partition]
            for s in spans
        ):
            return Behind(offsets)
        other = {row.revision for row in rows} - {self._prepared.revision}
        if other:
            return OtherRevision(max(other))
        open_spans = [s for s in spans if s.next_offset > offsets[s.topic, s.partition]]
        after = offsets | {(s.topic, s.partition): s.next_offset for s in open_spans}
        if not open_spans:
            return Committed(after, Counter(), ())
        items = tuple(
            item
            for item in self._prepared.items
            if item.record.position.offset
            >= offsets[item.record.position.topic, item.record.position.partition]
        )
        return _Opened(items, offsets, after, open_spans)

    # Line 5: facts.

    async def lock_facts(self, items: Iterable[PreparedItem]) -> dict[bytes, StoredFact]:
        """Those facts of the items that are there. One without a digest is made and states
        nothing yet.
        """
        keys = _fact_keys(items)
        if not keys:
            return {}
        rows = await store.lock_facts(self._connection, keys)
        return {row[0]: StoredFact(*row[1:]) for row in map(tuple, rows)}

    async def weigh(
        self,
        items: Sequence[PreparedItem],
        facts: Mapping[bytes, StoredFact],
        conflicts: AbstractSet[bytes],
    ) -> Weighed:
        """Fold the items into their locked facts; `conflicts` have a locked dead letter."""
        made_empty = {key for key, fact in facts.items() if not fact.digest}
        standing = {key: fact for key, fact in facts.items() if key not in made_empty}
        events = await self._read_events(rows_needed(items, standing).items())
        weighed = weigh_batch(items, standing, {event.id: event for event in events}, conflicts)
        for key in made_empty & weighed.inserts.keys():
            weighed.updates[key] = weighed.inserts.pop(key)
        return weighed

    async def _write_facts(
        self, weighed: Weighed, numbered: Iterable[tuple[int, PreparedEvent]]
    ) -> None:
        ids = {prepared.fact: number for number, prepared in numbered}
        # Absent ones first: who copies a fact waits for whoever updates it now, but not for
        # whoever merely holds it, so that nobody waits in a circle.
        for statements, write in (
            (weighed.inserts, store.copy_facts),
            (weighed.updates, store.update_facts),
        ):
            rows = [
                (key, s.version, s.digest, ids.get(key), s.place.record_time_us)
                for key, s in sorted(statements.items())
            ]
            if rows:
                await write(self._connection, rows)

    def _displaced(self, weighed: Weighed) -> list[Position]:
        return [
            Position(stored.place.topic, stored.place.partition, stored.place.offset)
            for stored in weighed.displaced.values()
        ]

    # Line 6: histories, placements, contributions.

    async def _plan(
        self, weighed: Weighed, numbered: list[tuple[int, PreparedEvent]]
    ) -> Plan | NeedsRevisions:
        needs = self._rules.needs
        changes = history_changes(numbered, weighed.retired, needs)
        histories = await self._lock_histories(changes)
        again: list[Entry] = []
        for customer, change in changes.items():
            apply_changes(histories[customer], change)
            again += to_place_again(histories[customer], change, needs)
        stored = await self._read_events((e.event_id, e.record_time_us) for e in again)
        unknown = {event.revision for event in stored} - self._rules.revisions.keys()
        if unknown:
            return NeedsRevisions(tuple(sorted(unknown)))
        settling = Settling(self._rules.revisions, self._prepared.revision)
        settling.retire(await self._as_placed_now(weighed.retired))
        settling.change_history(changes)
        settling.count(numbered, histories)
        settling.place_again(stored, histories)
        return settling.plan

    async def _as_placed_now(self, retired: Sequence[StoredEvent]) -> Sequence[StoredEvent]:
        """They were read before their customers were locked: others may have placed them again."""
        asks = self._rules.needs.asks
        movable = [(s.id, s.place.record_time_us) for s in retired if asks(s.event.kind)]
        now = {event.id: event for event in await self._read_events(movable)} if movable else {}
        return [now.get(stored.id, stored) for stored in retired]

    async def _lock_histories(
        self, changes: Mapping[bytes, HistoryChange]
    ) -> dict[bytes, CustomerHistory]:
        if not changes:
            return {}
        needs = self._rules.needs
        await store.lock_customers(self._connection, sorted(changes))
        bounds = [(customer, bound_us(changes[customer], needs)) for customer in sorted(changes)]
        entries: dict[bytes, list[Entry]] = {customer: [] for customer in changes}
        older: dict[bytes, dict[str, int]] = {customer: {} for customer in changes}
        for row in await store.read_histories(self._connection, bounds):
            customer, occurred_at, system, event, fact, kind, event_id, record_time = row
            rank = Rank(occurred_at, system, event, fact)
            entries[customer].append(Entry(rank, kind, event_id, record_time))
        if needs.widest_us is None:
            for customer, kind, events in await store.count_older(self._connection, bounds):
                older[customer][kind] = events
        return {c: CustomerHistory(entries[c], older[c]) for c in changes}

    async def _read_events(self, ids: Iterable[tuple[int, int]]) -> list[StoredEvent]:
        rows = await store.read_events(self._connection, ids)
        names = self._memory.names
        await names.name(
            self._connection,
            {n for row in rows for n in row["contributions"][::3]},
            {n for row in rows for n in row["placements"]},
        )
        return [_stored_event(row, names) for row in rows]

    async def _write_plan(self, plan: Plan) -> None:
        numbers = await self._number_names(plan)
        connection = self._connection
        if plan.retired:
            await store.delete_events(
                connection, [(s.id, s.place.record_time_us) for s in plan.retired]
            )
        if plan.events:
            revision = self._prepared.revision
            await store.copy_events(
                connection,
                [
                    (
                        row.id,
                        row.prepared.record.time_us,
                        row.prepared.event.occurred_at_us,
                        row.prepared.source,
                        row.prepared.event.kind,
                        row.prepared.customer,
                        revision,
                        *_arrays(row.settled, numbers),
                        *row.prepared.record.position,
                        row.prepared.item,
                        row.prepared.document,
                    )
                    for row in plan.events
                ],
            )
        crash_point("after_events")
        if plan.replaced:
            await store.place_events(
                connection,
                [
                    (r.stored.id, r.stored.place.record_time_us, *_arrays(r.settled, numbers))
                    for r in plan.replaced
                ],
            )
        await self._write_history(plan)
        await self._write_moments(plan)
        await self._write_buckets(plan, numbers)

    async def _number_names(self, plan: Plan) -> "_Numbers":
        settled = [row.settled for row in plan.events] + [r.settled for r in plan.replaced]
        names = self._memory.names
        series = {key[0] for key in plan.buckets}
        placings = {placement for s in settled for placement in s.placements}
        if not series <= names.series.keys() or not placings <= names.placings.keys():
            made = await names.number(self._connection, series, placings)
            self._made.append(made)
            return _Numbers(names.series | made.series, names.placings | made.placings)
        return _Numbers(names.series, names.placings)

    async def _write_history(self, plan: Plan) -> None:
        if plan.history_removed:
            rows = [(customer, *rank) for customer, rank in plan.history_removed]
            await store.delete_history(self._connection, rows)
        if plan.history_added:
            await store.copy_history(
                self._connection,
                [
                    (customer, *e.rank, e.kind, e.event_id, e.record_time_us)
                    for customer, e in plan.history_added
                ],
            )

    async def _write_moments(self, plan: Plan) -> None:
        watched = self._rules.revisions[self._prepared.revision].watched
        if not watched:
            return
        if plan.replaced:
            await store.delete_moments(self._connection, [r.stored.id for r in plan.replaced])
        rows = [
            (
                placement.touchpoint,
                row.id,
                row.prepared.customer,
                row.prepared.event.occurred_at_us,
                row.prepared.record.time_us,
            )
            for row in plan.events
            for placement in row.settled.placements
            if placement.touchpoint in watched
        ] + [
            (
                placement.touchpoint,
                again.stored.id,
                again.stored.customer,
                again.stored.event.occurred_at_us,
                again.stored.place.record_time_us,
            )
            for again in plan.replaced
            for placement in again.settled.placements
            if placement.touchpoint in watched
        ]
        if rows:
            await store.add_moments(self._connection, rows)

    async def _write_buckets(self, plan: Plan, numbers: "_Numbers") -> None:
        rows = sorted(
            store.BucketSums(numbers.series[series], start, *sums)
            for (series, start), sums in plan.buckets.items()
            if any(sums)
        )
        if rows:
            await store.add_to_buckets(self._connection, rows)
        lessened = [(row.series, row.start) for row in rows if min(row[2:]) < 0]
        if lessened:
            await store.drop_empty_buckets(self._connection, lessened)

    async def _write_identifiers(self, items: Iterable[PreparedItem]) -> None:
        """Identifiers and links of every item that names some, whatever its outcome."""
        recent = self._memory.identifiers
        identifiers: set[IdentifierRow] = set()
        links: set[LinkRow] = set()
        for item in items:
            if isinstance(item, PreparedEvent):
                identifiers.update(i for i in item.identifiers if i not in recent)
                links.update(link for link in item.links if link not in recent)
        if identifiers:
            await store.add_identifiers(self._connection, _one_per_key(identifiers))
            self._seen |= identifiers
        if links:
            await store.add_links(self._connection, _one_per_pair(links))
            self._seen |= links

    async def _write_log(self, opened: "_Opened", weighed: Weighed) -> None:
        counts = tally(weighed.outcomes)
        corrected: dict[tuple[str, int], Counter[str]] = {}
        for cause, before, after in weighed.corrections:
            changes = corrected.setdefault(cause, Counter())
            changes[before] -= 1
            changes[after] += 1
        rows = []
        for span in opened.spans:
            key = (span.topic, span.partition)
            outcomes, changes = counts.get(key, Counter()), corrected.get(key, Counter())
            first = opened.offsets[key]
            records = sum(1 for r in span.records if r.position.offset >= first)
            rows.append(
                (
                    self._group,
                    *key,
                    first,
                    span.next_offset,
                    self._prepared.revision,
                    records,
                    outcomes.total(),
                    *(outcomes[o] for o in Outcome),
                    *(changes[o] for o in _CORRECTED),
                )
            )
        await store.log_batch(self._connection, rows)
        await store.move_ledger(
            self._connection,
            self._group,
            [(s.topic, s.partition, s.next_offset) for s in opened.spans],
        )


class _Opened(NamedTuple):
    items: tuple[PreparedItem, ...]
    offsets: Mapping[tuple[str, int], int]
    next_offsets: Mapping[tuple[str, int], int]
    spans: list[Span]


class _Numbers(NamedTuple):
    series: Mapping[Any, int]
    placings: Mapping[Placement, int]


_CORRECTED = (Outcome.EVENT, Outcome.DUPLICATE, Outcome.SUPERSEDED, Outcome.DEAD_LETTER)


def _arrays(settled: Settled, numbers: _Numbers) -> tuple[list[int], list[int]]:
    contributions: list[int] = []
    for series, counted, hit, low, value in settled.contributions:
        contributions += (numbers.series[series], counted | hit << 1 | low << 2, value)
    return [numbers.placings[placement] for placement in settled.placements], contributions


def _stored_event(row: asyncpg.Record, names: Names) -> StoredEvent:
    flat = row["contributions"]
    contributions = tuple(
        Contribution(names.series_of(series), flags & 1, flags >> 1 & 1, flags >> 2 & 1, value)
        for series, flags, value in zip(flat[::3], flat[1::3], flat[2::3], strict=True)
    )
    placements = tuple(names.placing_of(number) for number in row["placements"])
    return StoredEvent(
        id=row["id"],
        place=Place(row["record_time"], row["topic"], row["partition"], row["offset"], row["item"]),
        source=row["source"],
        customer=row["customer"],
        revision=row["revision"],
        settled=Settled(placements, contributions),
        event=canonical.decode(row["document"]),
    )


def _one_per_key(rows: Iterable[IdentifierRow]) -> list[IdentifierRow]:
    """Sorted by key, a row with a value before one without."""
    best: dict[bytes, IdentifierRow] = {}
    for row in rows:
        if row.key not in best or row.value is not None:
            best[row.key] = row
    return sorted(best.values(), key=lambda row: row.key)


def _one_per_pair(rows: Iterable[LinkRow]) -> list[LinkRow]:
    """Sorted by pair, strong before weak."""
    best: dict[tuple[bytes, bytes], LinkRow] = {}
    for row in rows:
        if (row.one, row.other) not in best or row.strength == "strong":
            best[row.one, row.other] = row
    return sorted(best.values())


def dead_letter_rows(
    items: Iterable[PreparedItem],
    weighed: Weighed,
    refetched: Mapping[Position, Record | None],
) -> list[tuple[Any, ...]]:
    """What is to be kept of the items that could not become events, and of the displaced ones."""
    rows = [_dead_letter(item, None) for item in items if isinstance(item, DeadItem)]
    rows += [_dead_letter(item, key) for key, item in weighed.dead.items()]
    rows += [_displaced_letter(stored, key, refetched) for key, stored in weighed.displaced.items()]
    return rows


def _dead_letter(item: DeadItem, conflict: bytes | None) -> tuple[Any, ...]:
    record = item.record
    return (
        item.source,
        *record.position,
        item.item,
        record.time_us,
        record.key,
        headers_json(record.headers),
        record.value,
        item.reason,
        item.detail,
        conflict,
        item.record_items,
    )


def _displaced_letter(
    stored: StoredEvent, conflict: bytes, refetched: Mapping[Position, Record | None]
) -> tuple[Any, ...]:
    place = stored.place
    position = Position(place.topic, place.partition, place.offset)
    record = refetched[position]
    detail = "another content was read earlier under the same id"
    if record is None:
        record = Record(position, place.record_time_us, None, (), None)
        detail += "; the topic no longer holds this record, its bytes are gone"
    return _dead_letter(
        DeadItem(record, place.item, stored.source, "id_conflict", detail), conflict
    )


def headers_json(headers: Iterable[tuple[str, bytes]]) -> bytes:
    """Headers as a JSON list of [name, base64 of the value]."""
    return json.dumps(
        [[name, base64.b64encode(value).decode()] for name, value in headers]
    ).encode()
