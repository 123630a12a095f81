"""One batch, one transaction: the protocol of docs/protocol.md.

What is here belongs to a batch alone: the ledger that says where it begins, the log that says
what became of it, and COMMIT. How its items become rows is `service.ingest.settling.settlement`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

import asyncpg

from service.faults import crash_point
from service.ingest.committing.ledger import LogRow, Opened, log_rows, open_batch
from service.ingest.settling.memory import Memory
from service.ingest.settling.results import (
    Behind,
    Committed,
    NeedsRecords,
    NeedsRevisions,
    OtherRevision,
    Result,
)
from service.ingest.settling.rows import dead_letter_rows
from service.ingest.settling.settlement import Batch, Settlement
from service.ingest.settling.weigh import possible_conflicts, tally
from service.store import ingest as store


async def commit_batch(connection: asyncpg.Connection, batch: Batch, memory: Memory) -> Result:
    """Settle a batch exactly once, whoever else tries. Raises what `Settlement.run` raises."""
    transaction = _Transaction(connection, batch, memory)
    return await transaction.settlement.run(transaction.settle)


async def rehearse_batch(connection: asyncpg.Connection, batch: Batch, memory: Memory) -> None:
    """Do everything but COMMIT. Raises what `commit_batch` would raise."""
    transaction = _Transaction(connection, batch, memory)
    await transaction.settlement.rehearse(transaction.settle)


class _Transaction:
    """What a batch adds to the settling of its items: ledger, dead letters and log."""

    def __init__(self, connection: asyncpg.Connection, batch: Batch, memory: Memory) -> None:
        self._connection = connection
        self._group, self._prepared, _, self._refetched = batch
        self.settlement = Settlement(connection, batch, memory)

    async def settle(self) -> Result:
        """The protocol, line by line."""
        opened = await self._open()
        if not isinstance(opened, Opened):
            return opened
        if not opened.spans:
            return Committed(opened.next_offsets, Counter(), ())
        crash_point("after_ledger_lock")
        items, settlement = opened.items, self.settlement
        facts = await settlement.lock_facts(items)
        keys = possible_conflicts(items, facts)
        conflicts = await store.lock_conflicts(self._connection, keys) if keys else set()
        weighed = await settlement.weigh(items, facts, conflicts)
        rule_errors = await settlement.write(items, weighed)
        if isinstance(rule_errors, NeedsRecords | NeedsRevisions):
            return rule_errors
        rows = dead_letter_rows(items, weighed, self._refetched)
        if rows:
            await store.copy_dead_letters(self._connection, rows)
        counts = tally(weighed.outcomes)
        await self._log(
            opened, log_rows(self._prepared.revision, opened, counts, weighed.corrections)
        )
        return Committed(
            opened.next_offsets,
            _by_topic(counts),
            (*self._prepared.rule_errors, *rule_errors),
        )

    async def _open(self) -> Opened | Behind | OtherRevision:
        """Line 4: lock the ledger, and see what of the batch is still to be settled."""
        partitions = ((span.topic, span.partition) for span in self._prepared.spans)
        rows = await store.lock_ledger(self._connection, self._group, partitions)
        return open_batch(self._prepared, rows)

    async def _log(self, opened: Opened, rows: Iterable[LogRow]) -> None:
        await store.log_batch(self._connection, ((self._group, *row) for row in rows))
        await store.move_ledger(
            self._connection,
            self._group,
            [(span.topic, span.partition, span.next_offset) for span in opened.spans],
        )


def _by_topic(counts: Mapping[tuple[str, int], Counter[str]]) -> Counter[tuple[str, str]]:
    outcomes: Counter[tuple[str, str]] = Counter()
    for (topic, _), ended in counts.items():
        outcomes.update({(topic, str(outcome)): number for outcome, number in ended.items()})
    return outcomes
