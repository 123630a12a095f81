"""Stored events that wait to be placed again, because a batch met too many of one customer.

A late event may change where thousands of its customer's later events belong. A batch places
`AGAIN_AT_ONCE` of them again and puts the rest off, so that no transaction is without bound; they
are placed here, by the histories as they are by then. Until none waits, no check is made.
"""

import asyncpg

from service.ingest.settling.memory import Memory
from service.ingest.settling.placing import AGAIN_AT_ONCE, Placing
from service.ingest.settling.rulebook import Rulebook
from service.ingest.settling.stored import StoredRows
from service.ingest.settling.writing import write_plan
from service.store import ingest as store
from service.store.names import Made


class Postponed:
    """Places what was put off, a part of one customer's events in each transaction."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._memory = Memory()

    async def place_some(self, connection: asyncpg.Connection) -> int:
        """Place the next ones again: how many there were; 0 if none waits.

        Raises asyncpg and OS errors as they come. Calling again is safe in every case.
        """
        async with connection.transaction():
            await store.hold_revision(connection)
            customer = await store.first_postponed(connection)
            if customer is None:
                return 0
            await store.lock_customers(connection, [customer])
            waiting = await store.read_postponed(connection, customer, AGAIN_AT_ONCE)
            made = await self._place(connection, waiting)
            ids = [row_id for row_id, _ in waiting]
            await store.forget_postponed(connection, customer, ids)
        self._memory.keep(made)
        return len(waiting)

    async def _place(
        self, connection: asyncpg.Connection, waiting: list[tuple[int, int]]
    ) -> Made | None:
        """Each under the revision at its own place."""
        revision = await self._rulebook.load_current(connection)
        if revision is None:
            raise LookupError("events wait to be placed again, and no revision was applied")
        rows = StoredRows(connection, self._memory.names, self._rulebook.rules.needs)
        stored = await rows.events(waiting)
        await self._rulebook.load(connection, {event.revision for event in stored})
        placing = Placing(self._rulebook.rules.revisions, revision.id)
        placing.place_again(stored, await rows.histories_at(stored))
        return await write_plan(connection, placing.plan, revision, self._memory.names)
