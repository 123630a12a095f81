"""What is stored of events and of what customers did before, as ingest computes with it."""

from collections.abc import Iterable, Mapping

import asyncpg

from service.history.needs import HistoryNeeds
from service.history.order import CustomerHistory, Entry, Rank
from service.ingest.settling.rows import stored_event
from service.ingest.settling.weigh import StoredEvent
from service.store import ingest as store
from service.store.names import Names


class StoredRows:
    """Reads what a transaction needs of the past, behind the locks that it has taken."""

    def __init__(self, connection: asyncpg.Connection, names: Names, needs: HistoryNeeds) -> None:
        self._connection = connection
        self._names = names
        self._needs = needs

    async def events(self, ids: Iterable[tuple[int, int]]) -> list[StoredEvent]:
        """Those of (row id, record time) that are there."""
        rows = await store.read_events(self._connection, ids)
        await self._names.name(
            self._connection,
            {n for row in rows for n in row["contributions"][::3]},
            {n for row in rows for n in row["placements"]},
        )
        return [stored_event(row, self._names) for row in rows]

    async def histories(self, bounds: Mapping[bytes, int]) -> dict[bytes, CustomerHistory]:
        """The histories of locked customers, each entry behind the customer's bound."""
        pairs = sorted(bounds.items())
        entries: dict[bytes, list[Entry]] = {customer: [] for customer in bounds}
        older: dict[bytes, dict[str, int]] = {customer: {} for customer in bounds}
        for row in await store.read_histories(self._connection, pairs) if pairs else ():
            customer, occurred_at, system, event, fact, kind, event_id, record_time = row
            rank = Rank(occurred_at, system, event, fact)
            entries[customer].append(Entry(rank, kind, event_id, record_time))
        if pairs and self._needs.widest_us is None:
            for customer, kind, events in await store.count_older(self._connection, pairs):
                older[customer][kind] = events
        return {c: CustomerHistory(entries[c], older[c]) for c in bounds}

    async def histories_at(self, events: Iterable[StoredEvent]) -> dict[bytes, CustomerHistory]:
        """The histories that placing these events of locked customers may ask about."""
        bounds: dict[bytes, int] = {}
        for stored in events:
            bound_us = stored.event.occurred_at_us - self._needs.widest_bounded_us - 1
            bounds[stored.customer] = min(bound_us, bounds.get(stored.customer, bound_us))
        return await self.histories(bounds)
