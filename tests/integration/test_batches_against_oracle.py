"""Transactions of any size, in any interleaving, by several at once: the oracle agrees.

What the fault tests show through brokers and processes is shown here for the transaction alone:
batches are cut at random from mixed records, some are delivered twice, three workers who do not
know of each other take them at the same time, and a new revision is applied while they do.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from random import Random

import asyncpg
import pytest

from service.app import compile_stored, connector_options, database_line, new_revision
from service.applying import rebuild
from service.event import Position, Record
from service.framework.loading import Accepted, load_directory
from service.ingest import postponed, settlement
from service.ingest.memory import Memory
from service.ingest.postponed import Postponed
from service.ingest.prepare import Limits, prepare
from service.ingest.prepared import Prepared, Span
from service.ingest.results import Behind, Committed, NeedsRecords, NeedsRevisions, OtherRevision
from service.ingest.rulebook import Rulebook
from service.ingest.settlement import Batch
from service.ingest.transaction import commit_batch
from service.settings import Settings
from service.store import migrating
from service.store.connecting import connect_for_ingest
from service.store.revisions import apply_revision
from service.store.topics import FirstOffsets, open_ledger
from tests.simulation.shop import AT_FIRST, LATER, Message, Truth, meant, written
from tests.support.comparing import as_stored, differences
from tests.support.ingesting import CONTACT, DAY_US, ORDER, RATING, START_US, accepted
from tests.support.oracle import Revision, Tables, work_out
from tests.support.shop_truth import SECOND, framework, revisions
from tests.support.stored import Stored, read_next_offsets, read_stored
from tests.support.traffic import PARTITIONS, make
from tests.support.truth import Delivery
from tests.support.waiting import wait_for

RECORDS = 4_000
GROUP = "signalbox"
WORKERS = 3
REPEATED = 0.1
HOT_RECORDS = 2_000
HOT_SHARE = 0.9
TRIES_AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)

Partitions = dict[tuple[str, int], list[Delivery]]


def deliveries(seed: int) -> Partitions:
    """Records as they would lie in topics; offsets are not dense."""
    topics = {name: name for name in PARTITIONS}
    lying: Partitions = defaultdict(list)
    for made in chain.from_iterable(make(seed, RECORDS, time.time_ns() // 1_000, topics)):
        partition = lying[made.topic, made.partition]
        partition.append(
            Delivery(
                made.time_ms * 1_000, made.topic, made.partition, 3 + 2 * len(partition),
                made.key, made.headers, made.value, made.meanings,
            )
        )  # fmt: skip
    return lying


def of_one_customer(seed: int) -> Partitions:
    """Nine of ten events are one customer's, in any order of time; the rest have one each."""
    dice = Random(seed)
    lying: Partitions = {("one", 0): [], ("two", 0): []}
    for number in range(HOT_RECORDS):
        customer = "hot" if dice.random() < HOT_SHARE else f"c{number}"
        kind = dice.choice((ORDER, ORDER, CONTACT, RATING))
        what = Message(kind, f"u{number}", 0, customer, dice.randrange(300), dice.randint(1, 5), "")
        (topic, _), partition = dice.choice(list(lying.items()))
        time_us = START_US + 310 * DAY_US + dice.randrange(DAY_US)
        partition.append(
            Delivery(
                time_us, topic, 0, len(partition), b"k", (), written(what), (meant(what),)
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


def shop(directory: Path, revision: int = 1) -> Accepted:
    """The framework of the tests, loaded and checked."""
    text = framework({name: name for name in PARTITIONS}, revision)
    (directory / "shop.yaml").write_text(text, encoding="utf-8")
    accepted = load_directory(directory, connector_options())
    assert isinstance(accepted, Accepted)
    return accepted


async def applied(database_url: str, accepted: Accepted, lying: Partitions) -> Settings:
    """A database with the shop in force and every partition in the ledger."""
    settings = Settings(
        _env_file=None,
        database_url=database_url,
        kafka_bootstrap="127.0.0.1:1",
        subject_key="a key for tests alone",
    )
    connection = await connect_for_ingest(database_line(settings))
    try:
        await apply_revision(connection, new_revision(accepted, None, "test"))
        firsts = [FirstOffsets(*partition, 0, 0) for partition in lying]
        await open_ledger(connection, GROUP, firsts)
    finally:
        await connection.close()
    return settings


async def applied_in_the_middle(
    connection: asyncpg.Connection, accepted: Accepted, lying: Partitions
) -> None:
    """Makes a framework the one in force when about a third of the records is settled."""

    async def a_third() -> bool:
        offsets = await read_next_offsets(connection, GROUP)
        done = sum(d.offset < offsets[p] for p, there in lying.items() for d in there)
        return 3 * done >= sum(map(len, lying.values()))

    await wait_for(a_third, 60)
    await apply_revision(connection, new_revision(accepted, None, "test"))


async def settled(settings: Settings, lying: Partitions, after: Accepted, seed: int) -> Stored:
    """What is stored after three workers took everything, the last of it under another revision."""
    workers = [Worker(Random(seed + n), lying, settings) for n in range(WORKERS)]
    connection = await connect_for_ingest(database_line(settings))
    try:
        await asyncio.gather(
            applied_in_the_middle(connection, after, lying), *(worker.run() for worker in workers)
        )
        await workers[0].place_postponed(connection)
    finally:
        await connection.close()
    assert sum(worker.repeated for worker in workers) > 0
    assert sum(worker.outdated for worker in workers) > 0
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        return await read_stored(connection, GROUP)
    finally:
        await connection.close()


def judged(lying: Partitions, stored: Stored, told: Sequence[Revision] | None = None) -> Tables:
    """What should be stored, after it was found to be; `told` are revisions of another shop."""
    read = chain.from_iterable(lying.values())
    expected = work_out(read, told or revisions(stored.revisions), as_stored(stored))
    found = differences(expected, stored)
    assert not found, "\n".join(found)
    return expected


async def rebuilt(settings: Settings) -> Stored:
    """What is stored after everything was placed anew under the revision in force."""
    await rebuild(settings, "test", lambda _: None, lambda _: None)
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        return await read_stored(connection, GROUP)
    finally:
        await connection.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_any_batches_in_any_interleaving_leave_what_the_oracle_says(
    seed: int, database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    """Twice in different ways, with the same facts and the same winners of ties."""
    lying = deliveries(seed)
    second = shop(tmp_path, revision=2)
    settings = await applied(database_url, shop(tmp_path), lying)
    one = judged(lying, await settled(settings, lying, second, seed=10))

    await migrating.upgrade(empty_database_url)
    settings = await applied(empty_database_url, shop(tmp_path), lying)
    other = judged(lying, await settled(settings, lying, second, seed=20))

    assert one.ties == other.ties
    assert one.conflicts == other.conflicts
    assert one.counts == other.counts
    assert one.identifiers == other.identifiers
    assert one.ties
    assert one.conflicts
    assert {row.revision for row in one.events.values()} == {1, 2}

    judged(lying, await rebuilt(settings), [Revision(2, {}, SECOND)])


@pytest.mark.slow
async def test_a_customer_with_nine_of_ten_events_is_counted_as_exactly(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is locked by everybody all the time, and whose late events move many others, of which
    most are put off.
    """
    for module in (settlement, postponed):
        monkeypatch.setattr(module, "AGAIN_AT_ONCE", 50)
    lying = of_one_customer(seed=3)
    settings = await applied(database_url, accepted(AT_FIRST), lying)
    stored = await settled(settings, lying, accepted(LATER), seed=30)
    told = [Revision(n, stored.revisions[n], Truth(later=n == 2)) for n in (1, 2)]
    expected = judged(lying, stored, told)
    whose = Counter(row.subject for row in expected.events.values())
    assert whose["crm:user", "hot"] > 0.8 * HOT_RECORDS
