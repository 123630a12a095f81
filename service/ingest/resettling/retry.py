"""Dead letters settled anew: one transaction, by the steps and locks of a batch.

A letter's record is prepared again under the revision in force, and what becomes of it is settled
as if it had been read at its place under that revision. Everything else follows from what facts
are: a copy that came meanwhile is a duplicate of it or it is one of that, a newer version stands.
So it does not matter when a letter is retried, and twice is once: what became something is no
letter any more.

What a retry changes about outcomes is a row of corrections in the log of batches, and each letter
that was tried is a row of the journal (`docs/adr/0012-a-retried-letter-was-read-at-its-place.md`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

import asyncpg
from msgspec.structs import replace

from service.event import Position
from service.faults import crash_point
from service.ingest.preparing.prepare import Limits, prepare
from service.ingest.preparing.prepared import DeadItem, IgnoredItem, Prepared, PreparedItem, Span
from service.ingest.preparing.revision import Revision
from service.ingest.settling.memory import Memory
from service.ingest.settling.results import NeedsRecords, NeedsRevisions, OtherRevision
from service.ingest.settling.rows import dead_letter_rows
from service.ingest.settling.settlement import Batch, Settlement
from service.ingest.settling.weigh import Outcome, Weighed, possible_conflicts
from service.store import dead_letters as store
from service.store.dead_letters import Decided, Letter
from service.store.ingest import LedgerRow, lock_ledger

Items: TypeAlias = tuple[PreparedItem, ...]


class Retry(NamedTuple):
    """Letters to settle anew, and the items that each has become."""

    letters: tuple[Letter, ...]
    items: Mapping[int, Items]
    """By the letter's number."""
    batch: Batch
    author: str


class Retried(NamedTuple):
    """What became of letters, or would."""

    letters: int
    """How many were still there to be tried."""
    outcomes: Counter[Outcome]
    """Of their items."""
    still_dead: Counter[tuple[str, str]]
    """By source and reason."""


class NeverReadError(Exception):
    """The consumer group has no ledger for the topic of a letter."""


ITEMS_CHANGED: Final = "the record gives other items now, and which of them this was cannot be told"

Result: TypeAlias = Retried | OtherRevision | NeedsRecords | NeedsRevisions


def untried(letter: Letter, revision: Revision) -> str | None:
    """Why a letter is left as it is, if it is."""
    if letter.record.position.topic not in revision.readers:
        return "no source reads their topic now"
    if letter.conflict is not None and letter.record.value is None:
        return "the topic no longer held their record when they became dead letters"
    return None


def prepare_again(
    letters: Iterable[Letter], revision: Revision, limits: Limits
) -> tuple[Prepared, dict[int, Items]]:
    """The letters' records under a revision, and the items that each letter has become."""
    letters = tuple(letters)
    records = {letter.record.position: letter.record for letter in letters}
    spans = tuple(
        Span(p.topic, p.partition, p.offset, p.offset + 1, (record,))
        for p, record in records.items()
    )
    prepared = prepare(spans, revision, limits)
    found: dict[Position, list[PreparedItem]] = defaultdict(list)
    for item in prepared.items:
        found[item.record.position].append(item)
    items = {letter.id: _become(letter, found[letter.record.position]) for letter in letters}
    chosen = tuple(item for those in items.values() for item in those)
    return prepared._replace(items=chosen), items


def _become(letter: Letter, found: Sequence[PreparedItem]) -> Items:
    """What takes the letter's place: all items of a record that had no other, else the one at the
    same place among them.
    """
    if letter.record_items == 1:
        return tuple(found)
    if len(found) == 1 and isinstance(found[0], DeadItem | IgnoredItem):
        # It speaks of the record as a whole, and so of each of its items.
        return (replace(found[0], item=letter.item),)
    if letter.item < len(found) and letter.record_items in (None, len(found)):
        return (found[letter.item],)
    return (_dead(letter, "items_changed", ITEMS_CHANGED),)


def still_dead(retry: Retry, error: Exception) -> Retry:
    """The same retry with its letters as they stay when the database refuses what they became."""
    items: dict[int, Items] = {
        letter.id: (_dead(letter, "refused", f"the database refused it: {type(error).__name__}"),)
        for letter in retry.letters
    }
    chosen = tuple(item for those in items.values() for item in those)
    prepared = retry.batch.prepared._replace(items=chosen)
    return retry._replace(items=items, batch=retry.batch._replace(prepared=prepared))


def _dead(letter: Letter, reason: str, detail: str) -> DeadItem:
    return DeadItem(letter.record, letter.item, letter.source, reason, detail, letter.record_items)


async def retry_letters(connection: asyncpg.Connection, retry: Retry, memory: Memory) -> Result:
    """Settle letters anew, exactly once, whoever else tries.

    Raises what `commit_batch` raises, and `NeverReadError`. Calling again is safe in every case.
    """
    retrying = _Retrying(connection, retry, memory)
    return await retrying.settlement.run(retrying.settle)


async def rehearse_retry(connection: asyncpg.Connection, retry: Retry, memory: Memory) -> Result:
    """What `retry_letters` would do. Leaves no trace but facts in which nothing is stated."""
    retrying = _Retrying(connection, retry, memory)
    return await retrying.settlement.rehearse(retrying.settle)


class _Retrying:
    """The steps of one transaction over letters."""

    def __init__(self, connection: asyncpg.Connection, retry: Retry, memory: Memory) -> None:
        self._connection = connection
        self._retry = retry
        self._batch = retry.batch
        self.settlement = Settlement(connection, retry.batch, memory)

    async def settle(self) -> Result:
        """As a batch is settled, behind the journal of dead letters."""
        connection, revision = self._connection, self._batch.prepared.revision
        await store.lock_journal(connection)
        ledger = await self._lock_ledger()
        other = {row.revision for row in ledger} - {revision}
        if other:
            return OtherRevision(max(other))
        crash_point("after_ledger_lock")
        facts = await self.settlement.lock_facts(self._batch.prepared.items)
        conflicts = possible_conflicts(self._batch.prepared.items, facts)
        locked = await store.lock_letters(connection, self._retry.letters, conflicts)
        letters = [letter for letter in self._retry.letters if letter.id in locked.standing]
        items = [item for letter in letters for item in self._retry.items[letter.id]]
        weighed = await self.settlement.weigh(items, facts, locked.conflicts)
        rule_errors = await self.settlement.write(items, weighed)
        if isinstance(rule_errors, NeedsRecords | NeedsRevisions):
            return rule_errors
        rows = dead_letter_rows(items, weighed, self._batch.refetched)
        await store.replace_letters(connection, letters, rows)
        await self._log(ledger, letters, weighed)
        decided = Decided(self._retry.author, "retry", "", revision)
        await store.journal_letters(connection, decided, letters)
        return _retried(letters, weighed)

    async def _lock_ledger(self) -> list[LedgerRow]:
        partitions = {letter.record.position.topic_partition for letter in self._retry.letters}
        rows = await lock_ledger(self._connection, self._batch.group, partitions)
        unknown = partitions - {(row.topic, row.partition) for row in rows}
        if unknown:
            topic, partition = min(unknown)
            raise NeverReadError(
                f"the consumer group {self._batch.group} has never read {topic}/{partition}"
            )
        return rows

    async def _log(
        self, ledger: Iterable[LedgerRow], letters: Iterable[Letter], weighed: Weighed
    ) -> None:
        changes = _changes(letters, weighed)
        rows = []
        for topic, partition, next_offset, revision in ledger:
            changed = changes[topic, partition]
            if any(changed.values()):
                by = (changed["items"], *(changed[outcome] for outcome in Outcome))
                rows.append((self._batch.group, topic, partition, next_offset, revision, *by))
        if rows:
            await store.log_corrections(self._connection, rows)


Changes: TypeAlias = defaultdict[tuple[str, int], Counter[str]]


def _changes(letters: Iterable[Letter], weighed: Weighed) -> Changes:
    """By partition: how many more items there are now, and how many more of each outcome."""
    changes: Changes = defaultdict(Counter)
    for letter in letters:
        of = changes[letter.record.position.topic_partition]
        of[Outcome.DEAD_LETTER] -= 1
        of["items"] -= 1
    for item, outcome in weighed.outcomes:
        of = changes[item.record.position.topic_partition]
        of[outcome] += 1
        of["items"] += 1
    for cause, before, after in weighed.corrections:
        changes[cause][before] -= 1
        changes[cause][after] += 1
    return changes


def _retried(letters: Sequence[Letter], weighed: Weighed) -> Retried:
    dead = [item for item, _ in weighed.outcomes if isinstance(item, DeadItem)]
    return Retried(
        len(letters),
        Counter(outcome for _, outcome in weighed.outcomes),
        Counter((item.source, item.reason) for item in (*dead, *weighed.dead.values())),
    )
