"""Stored events that wait to be placed again, because a batch met too many of one customer.

A late event may change where thousands of its customer's later events belong. A batch places
`AGAIN_AT_ONCE` of them again and puts the rest off, so that no transaction is without bound; they
are placed here, by the histories as they are by then. Until none waits, no check is made.
"""

from typing import Final

import asyncpg

from service.ingest.memory import Memory
from service.ingest.prepared import Prepared
from service.ingest.results import NeedsRevisions, OtherRevision
from service.ingest.rulebook import Rulebook
from service.ingest.settlement import Batch, Settlement

NO_GROUP: Final = ""
"""Placing again reads no topic, so no ledger is asked."""


class Postponed:
    """Places what was put off, a part of one customer's events in each transaction."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._memory = Memory()

    async def place_some(self, connection: asyncpg.Connection) -> int:
        """Place the next ones again: how many there were; 0 if none waits.

        Raises asyncpg and OS errors as they come. Calling again is safe in every case.
        """
        while True:
            revision, rules = self._rulebook.in_force.id, self._rulebook.rules
            batch = Batch(NO_GROUP, Prepared(revision, (), (), ()), rules)
            settlement = Settlement(connection, batch, self._memory)
            result = await settlement.run(settlement.place_postponed)
            if isinstance(result, OtherRevision):
                await self._rulebook.load_current(connection)
            elif isinstance(result, NeedsRevisions):
                await self._rulebook.load(connection, result.revisions)
            else:
                return result
