"""Items to rows: lines 5 and 6 of the protocol, for whoever settles items (a batch, a retry).

Inside `Settlement.run`, `lock_facts`, `weigh` and `write` are called in this order; they take locks
in the one order of all writers: facts, customers, identifiers and links, names, buckets. READ
COMMITTED throughout: each read follows the lock that makes it true. The ledger, dead letters and
the log belong to the caller.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import NamedTuple, TypeAlias, TypeVar

import asyncpg

from service.event import Position, Record
from service.faults import crash_point
from service.history.needs import HistoryNeeds
from service.history.order import CustomerHistory, Entry
from service.identity.keys import IdentifierRow
from service.ingest.preparing.enrichment import told
from service.ingest.preparing.prepared import (
    STATING,
    LinkRow,
    Prepared,
    PreparedEvent,
    PreparedItem,
)
from service.ingest.preparing.revision import Revision
from service.ingest.settling.memory import Memory
from service.ingest.settling.placing import (
    AGAIN_AT_ONCE,
    HistoryChange,
    Placing,
    Plan,
    apply_changes,
    bound_us,
    history_changes,
    number,
    to_place_again,
)
from service.ingest.settling.results import UNSETTLED, NeedsRecords, NeedsRevisions
from service.ingest.settling.rows import one_per_key, one_per_pair, position_of
from service.ingest.settling.stored import StoredRows
from service.ingest.settling.weigh import (
    StoredEvent,
    StoredFact,
    Weighed,
    rows_needed,
    weigh_batch,
)
from service.ingest.settling.writing import write_plan
from service.store import ingest as store
from service.store.names import Made


class Rules(NamedTuple):
    """Everything compiled that a transaction may need."""

    revisions: Mapping[int, Revision]
    needs: HistoryNeeds


class Batch(NamedTuple):
    """A batch to settle, with what settling it may need.

    `refetched` holds the records that an earlier try asked for (`NeedsRecords`).
    """

    group: str
    prepared: Prepared
    rules: Rules
    refetched: Mapping[Position, Record | None] = MappingProxyType({})


T = TypeVar("T")

Numbered: TypeAlias = list[tuple[int, PreparedEvent]]
"""The counted events with their row ids."""


class Settlement:
    """Settles the items of a batch in one transaction; a second `run` begins anew."""

    def __init__(self, connection: asyncpg.Connection, batch: Batch, memory: Memory) -> None:
        self._connection = connection
        self._prepared, self._rules, self._refetched = batch[1:]
        self._memory = memory
        self._stored = StoredRows(connection, memory.names, self._rules.needs)
        self._made: Made | None = None
        self._identifiers: set[IdentifierRow] = set()
        self._links: set[LinkRow] = set()

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work` in the transaction and commit it, unless its result is one of `UNSETTLED`.

        Raises asyncpg and OS errors as they come; the transaction is rolled back then, unless the
        connection broke during COMMIT. Calling again is safe in every case.
        """
        await self._make_days()
        try:
            return await self._run(work)
        except asyncpg.UniqueViolationError:
            # Somebody wrote one of the absent facts meanwhile.
            await self._make_facts()
            return await self._run(work)

    async def rehearse(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work` and roll it back. Leaves no trace but facts in which nothing is stated."""
        await self._make_facts()
        transaction = self._connection.transaction()
        await transaction.start()
        try:
            return await work()
        finally:
            if not self._connection.is_closed():
                await transaction.rollback()

    async def lock_facts(self, items: Iterable[PreparedItem]) -> dict[bytes, StoredFact]:
        """Those facts of the items that are there. One without a digest is made and states
        nothing yet.
        """
        keys = _fact_keys(items)
        rows = await store.lock_facts(self._connection, keys) if keys else []
        crash_point("after_fact_lock")
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
        events = await self._stored.events(rows_needed(items, standing).items())
        weighed = weigh_batch(items, standing, {event.id: event for event in events}, conflicts)
        for key in made_empty & weighed.inserts.keys():
            weighed.updates[key] = weighed.inserts.pop(key)
        return weighed

    async def write(
        self, items: Iterable[PreparedItem], weighed: Weighed
    ) -> tuple[str, ...] | NeedsRecords | NeedsRevisions:
        """Place what counts and write all rows but dead letters and log: the rules that ended in
        an error.
        """
        missing = self._not_refetched(weighed)
        if missing:
            return NeedsRecords(missing)
        first_id = await store.reserve_event_ids(self._connection)
        numbered = number(weighed, first_id)
        await self._write_facts(weighed, numbered)
        crash_point("after_facts")
        plan = await self._plan(weighed, numbered)
        if isinstance(plan, NeedsRevisions):
            return plan
        await self._write_identifiers(items)
        await self._write_plan(plan)
        if weighed.revived:
            await store.delete_conflicts(self._connection, sorted(weighed.revived))
        if keys := told(items):
            await store.keep_told(self._connection, keys)
        return tuple(plan.rule_errors)

    # The transaction.

    async def _run(self, work: Callable[[], Awaitable[T]]) -> T:
        self._made = None
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
        self._keep()
        return result

    def _keep(self) -> None:
        """It has committed: remember what it made."""
        self._memory.keep(self._made)
        self._memory.identifiers.add(self._identifiers)
        self._memory.links.add(self._links)

    async def _make_facts(self) -> None:
        keys = _fact_keys(self._prepared.items)
        if keys:
            await store.make_facts(self._connection, keys)

    async def _make_days(self) -> None:
        spans, memory = self._prepared.spans, self._memory
        days = {record.time_us // store.DAY_US for span in spans for record in span.records}
        days -= memory.days
        if days:
            await store.make_day_partitions(self._connection, sorted(days))
            memory.days |= days

    # Facts.

    def _not_refetched(self, weighed: Weighed) -> tuple[Position, ...]:
        positions = [position_of(stored.place) for stored in weighed.displaced.values()]
        return tuple(p for p in positions if p not in self._refetched)

    async def _write_facts(self, weighed: Weighed, numbered: Numbered) -> None:
        ids = {prepared.fact: row_id for row_id, prepared in numbered}
        # Absent ones first: who copies a fact waits for whoever updates it now, but not for
        # whoever merely holds it, so that nobody waits in a circle.
        for stating, write in (
            (weighed.inserts, store.copy_facts),
            (weighed.updates, store.update_facts),
        ):
            rows = [
                (key, item.version, item.digest, ids.get(key), item.record.time_us)
                for key, item in sorted(stating.items())
            ]
            if rows:
                await write(self._connection, rows)

    # Histories, placements, contributions.

    async def _plan(self, weighed: Weighed, numbered: Numbered) -> Plan | NeedsRevisions:
        revisions, needs = self._rules
        changes = history_changes(numbered, weighed.retired, needs)
        histories = await self._lock_histories(changes)
        again: list[Entry] = []
        placing = Placing(revisions, self._prepared.revision)
        for customer, change in changes.items():
            apply_changes(histories[customer], change)
            entries = to_place_again(histories[customer], change, needs)
            again += entries[:AGAIN_AT_ONCE]
            placing.postpone(customer, entries[AGAIN_AT_ONCE:])
        stored = await self._stored.events((e.event_id, e.record_time_us) for e in again)
        missing = self._not_compiled(stored)
        if missing:
            return missing
        placing.retire(await self._as_placed_now(weighed.retired))
        placing.change_history(changes)
        placing.count(numbered, histories)
        placing.place_again(stored, histories)
        return placing.plan

    async def _as_placed_now(self, retired: Sequence[StoredEvent]) -> Sequence[StoredEvent]:
        """They were read before their customers were locked: others may have placed them again."""
        asks = self._rules.needs.asks
        movable = [(s.id, s.place.record_time_us) for s in retired if asks(s.event.kind)]
        now = {event.id: event for event in await self._stored.events(movable)} if movable else {}
        return [now.get(stored.id, stored) for stored in retired]

    async def _lock_histories(
        self, changes: Mapping[bytes, HistoryChange]
    ) -> dict[bytes, CustomerHistory]:
        if not changes:
            return {}
        customers = sorted(changes)
        await store.lock_customers(self._connection, customers)
        return await self._stored.histories(
            {customer: bound_us(changes[customer], self._rules.needs) for customer in customers}
        )

    def _not_compiled(self, stored: Iterable[StoredEvent]) -> NeedsRevisions | None:
        unknown = {event.revision for event in stored} - self._rules.revisions.keys()
        return NeedsRevisions(tuple(sorted(unknown))) if unknown else None

    # Rows.

    async def _write_identifiers(self, items: Iterable[PreparedItem]) -> None:
        """Identifiers and links of every item that names some, whatever its outcome."""
        events = [item for item in items if type(item) is PreparedEvent]
        memory = self._memory
        identifiers = memory.identifiers.unseen([e.identifiers for e in events])
        links = memory.links.unseen([e.links for e in events if e.links])
        if identifiers:
            await store.add_identifiers(self._connection, one_per_key(identifiers))
        if links:
            await store.add_links(self._connection, one_per_pair(links))
        self._identifiers, self._links = identifiers, links

    async def _write_plan(self, plan: Plan) -> None:
        revision = self._rules.revisions[self._prepared.revision]
        self._made = await write_plan(self._connection, plan, revision, self._memory.names)
        crash_point("after_buckets")


def _fact_keys(items: Iterable[PreparedItem]) -> list[bytes]:
    return sorted({item.fact for item in items if isinstance(item, STATING)})
