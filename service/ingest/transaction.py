"""One batch, one transaction: the protocol of docs/protocol.md.

What is here belongs to a batch alone: the ledger that says where it begins, the log that says
what became of it, and COMMIT. How its items become rows is `service.ingest.settlement`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import asyncpg

from service.faults import crash_point
from service.ingest.memory import Memory
from service.ingest.prepared import PreparedItem, Span
from service.ingest.results import (
    Behind,
    Committed,
    NeedsRecords,
    NeedsRevisions,
    OtherRevision,
    Result,
)
from service.ingest.rows import dead_letter_rows
from service.ingest.settlement import Batch, Settlement
from service.ingest.weigh import Outcome, Weighed, possible_conflicts, tally
from service.store import ingest as store


async def commit_batch(connection: asyncpg.Connection, batch: Batch, memory: Memory) -> Result:
    """Settle a batch exactly once, whoever else tries. Raises what `Settlement.run` raises."""
    transaction = _Transaction(connection, batch, memory)
    return await transaction.settlement.run(transaction.settle)


async def rehearse_batch(connection: asyncpg.Connection, batch: Batch, memory: Memory) -> None:
    """Do everything but COMMIT. Raises what `commit_batch` would raise."""
    transaction = _Transaction(connection, batch, memory)
    await transaction.settlement.rehearse(transaction.settle)


class _Opened(NamedTuple):
    """What of a batch is not settled yet."""

    items: Sequence[PreparedItem]
    offsets: Mapping[tuple[str, int], int]
    next_offsets: Mapping[tuple[str, int], int]
    spans: Sequence[Span]


class _Transaction:
    """What a batch adds to the settling of its items: ledger, dead letters and log."""

    def __init__(self, connection: asyncpg.Connection, batch: Batch, memory: Memory) -> None:
        self._connection = connection
        self._group, self._prepared, _, self._refetched = batch
        self.settlement = Settlement(connection, batch, memory)

    async def settle(self) -> Result:
        """The protocol, line by line."""
        opened = await self._open()
        if not isinstance(opened, _Opened):
            return opened
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
        await self._write_log(opened, weighed, counts)
        return Committed(
            opened.next_offsets,
            _by_topic(counts),
            (*self._prepared.rule_errors, *rule_errors),
        )

    async def _open(self) -> _Opened | Behind | OtherRevision | Committed:
        """Line 4: lock the ledger, and see what of the batch is still to be settled."""
        spans = self._prepared.spans
        rows = await store.lock_ledger(
            self._connection, self._group, ((s.topic, s.partition) for s in spans)
        )
        offsets = {(row.topic, row.partition): row.next_offset for row in rows}
        if any(s.fetched_from > offsets.get((s.topic, s.partition), -1) for s in spans):
            return Behind(offsets)
        other = {row.revision for row in rows} - {self._prepared.revision}
        if other:
            return OtherRevision(max(other))
        open_spans = [s for s in spans if s.next_offset > offsets[s.topic, s.partition]]
        after = offsets | {(s.topic, s.partition): s.next_offset for s in open_spans}
        if not open_spans:
            return Committed(after, Counter(), ())
        return _Opened(self._items_from(offsets), offsets, after, open_spans)

    def _items_from(self, offsets: Mapping[tuple[str, int], int]) -> Sequence[PreparedItem]:
        spans, items = self._prepared.spans, self._prepared.items
        if all(s.fetched_from == offsets[s.topic, s.partition] for s in spans):
            return items
        positions = (item.record.position for item in items)
        return [
            item
            for item, position in zip(items, positions, strict=True)
            if position.offset >= offsets[position.topic, position.partition]
        ]

    async def _write_log(
        self, opened: _Opened, weighed: Weighed, counts: Mapping[tuple[str, int], Counter[str]]
    ) -> None:
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


def _by_topic(counts: Mapping[tuple[str, int], Counter[str]]) -> Counter[tuple[str, str]]:
    outcomes: Counter[tuple[str, str]] = Counter()
    for (topic, _), ended in counts.items():
        outcomes.update({(topic, str(outcome)): number for outcome, number in ended.items()})
    return outcomes


_CORRECTED = (Outcome.EVENT, Outcome.DUPLICATE, Outcome.SUPERSEDED, Outcome.DEAD_LETTER)
