"""Mixed records as they lie in topics, and workers who take them in batches of any size.

The workers do not know of each other and go by the ledger alone, as those of several processes do.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain
from random import Random
from typing import Final, TypeAlias

import asyncpg

from service.applying import new_revision
from service.configuring import compile_stored, database_line
from service.event import Position, Record
from service.framework.loading import Accepted
from service.ingest.committing.transaction import commit_batch
from service.ingest.preparing.prepare import Limits, prepare
from service.ingest.preparing.prepared import Prepared, Span
from service.ingest.resettling.postponed import Postponed
from service.ingest.settling.memory import Memory
from service.ingest.settling.results import (
    Behind,
    Committed,
    NeedsRecords,
    NeedsRevisions,
    OtherRevision,
)
from service.ingest.settling.rulebook import Rulebook
from service.ingest.settling.settlement import Batch
from service.settings import Settings
from service.store.connecting import connect_for_ingest
from service.store.revisions import apply_revision
from service.store.topics import FirstOffsets, open_ledger
from tests.support.comparing.stored import read_next_offsets
from tests.support.ingesting import GROUP, settings_for
from tests.support.traffic.mixed import PARTITIONS, make
from tests.support.truth import Delivery

REPEATED: Final = 0.1
TRIES_AGAIN: Final = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)

Partitions: TypeAlias = dict[tuple[str, int], list[Delivery]]


def deliveries(seed: int, records: int) -> Partitions:
    """Records as they would lie in topics; offsets are not dense."""
    topics = {name: name for name in PARTITIONS}
    lying: Partitions = defaultdict(list)
    for made in chain.from_iterable(make(seed, records, time.time_ns() // 1_000, topics)):
        partition = lying[made.topic, made.partition]
        partition.append(
            Delivery(
                made.time_ms * 1_000, made.topic, made.partition, 3 + 2 * len(partition),
                made.key, made.headers, made.value, made.meanings,
            )
        )  # fmt: skip
    return lying


def as_record(delivery: Delivery) -> Record:
    position = Position(delivery.topic, delivery.partition, delivery.offset)
    return Record(position, delivery.time_us, delivery.key, delivery.headers, delivery.value)


class Worker:
    """Takes batches from wherever the ledger is, without asking who else does."""

    def __init__(self, dice: Random, lying: Partitions, settings: Settings) -> None:
        self._dice = dice
        self._lying = lying
        self._settings = settings
        self._memory = Memory()
        self._rulebook = Rulebook(compile_stored(settings))
        self.repeated = 0
        self.outdated = 0

    async def run(self) -> None:
        connection = await connect_for_ingest(database_line(self._settings))
        await self._rulebook.load_current(connection)
        try:
            while spans := await self._next(connection):
                await self._commit(connection, prepare(spans, self._rulebook.in_force, Limits()))
        finally:
            await connection.close()

    async def place_postponed(self, connection: asyncpg.Connection) -> None:
        """What batches put off, because it was too much of one customer."""
        await self._rulebook.load_current(connection)
        postponed = Postponed(self._rulebook)
        while await postponed.place_some(connection):
            pass

    async def _next(self, connection: asyncpg.Connection) -> list[Span]:
        """Some of the partitions that are not done, each from the ledger on or from before."""
        ledger = await read_next_offsets(connection, GROUP)
        waiting = [p for p, there in self._lying.items() if ledger[p] <= there[-1].offset]
        chosen = self._dice.sample(waiting, self._dice.randint(1, len(waiting))) if waiting else []
        return [self._span(partition, ledger[partition]) for partition in chosen]

    def _span(self, partition: tuple[str, int], fetched_from: int) -> Span:
        there = self._lying[partition]
        first = next(i for i, d in enumerate(there) if d.offset >= fetched_from)
        if self._dice.random() < REPEATED:
            first = max(0, first - self._dice.randrange(50))
            fetched_from = there[first].offset
            self.repeated += 1
        taken = there[first : first + self._dice.choice((1, 2, 30, 200))]
        records = tuple(map(as_record, taken))
        return Span(*partition, fetched_from, taken[-1].offset + 1, records)

    async def _commit(self, connection: asyncpg.Connection, prepared: Prepared) -> None:
        refetched: dict[Position, Record | None] = {}
        while True:
            try:
                batch = Batch(GROUP, prepared, self._rulebook.rules, refetched)
                result = await commit_batch(connection, batch, self._memory)
            except TRIES_AGAIN:
                continue
            if isinstance(result, NeedsRecords):
                refetched |= self._read_again(result.positions)
                continue
            if isinstance(result, NeedsRevisions):
                await self._rulebook.load(connection, result.revisions)
                continue
            if isinstance(result, OtherRevision):
                self.outdated += 1
                await self._rulebook.load_current(connection)
                return
            assert isinstance(result, Committed | Behind)
            return

    def _read_again(self, positions: Iterable[Position]) -> Mapping[Position, Record | None]:
        wanted = set(positions)
        return {
            record.position: record
            for lying in self._lying.values()
            for record in map(as_record, lying)
            if record.position in wanted
        }


async def applied(database_url: str, accepted: Accepted, lying: Partitions) -> Settings:
    """A database with the shop in force and every partition in the ledger."""
    settings = settings_for(database_url)
    connection = await connect_for_ingest(database_line(settings))
    try:
        await apply_revision(connection, new_revision(accepted, None, "test"))
        firsts = [FirstOffsets(*partition, 0, 0) for partition in lying]
        await open_ledger(connection, GROUP, firsts)
    finally:
        await connection.close()
    return settings
