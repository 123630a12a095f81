"""Batches from made-up records, and their transactions on a real database.

`record` puts what is said at a place, `span` makes a stretch of a partition of records. `ingesting`
gives a database in which frameworks are applied and batches are committed as the committer does it,
without its thread.
"""

import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import asyncpg
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import create_async_engine

from service.applying import new_revision
from service.configuring import compile_stored, database_line, keyring
from service.event import Position, Record
from service.ingest.committing.committer import Committer
from service.ingest.committing.transaction import commit_batch
from service.ingest.preparing.prepare import Limits, prepare
from service.ingest.preparing.prepared import Prepared, Span
from service.ingest.preparing.revision import Revision, compile_revision
from service.ingest.settling.memory import Memory
from service.ingest.settling.results import Committed, NeedsRecords, NeedsRevisions, Result
from service.ingest.settling.rulebook import Rulebook
from service.ingest.settling.settlement import Batch
from service.settings import Settings
from service.sources import loaded_revision, open_source
from service.store.auditing import audit
from service.store.connecting import DatabaseLine, connect_for_ingest
from service.store.revisions import Applied, apply_revision
from service.store.topics import FirstOffsets, open_ledger
from service.telemetry import make_metrics
from tests.support.small_shop import FRAMEWORK, accepted

GROUP: Final = "signalbox"
SUBJECT_KEY: Final = "a key for tests alone"
SECOND_US: Final = 1_000_000
DAY_US: Final = 86_400 * SECOND_US
START_US: Final = 1_767_225_600 * SECOND_US
"""2026-01-01: when stories begin."""

MIDNIGHT_MS: Final = time.time_ns() // 1_000_000 // 86_400_000 * 86_400_000
"""When records on a broker are stamped: one that looked old would be deleted by its retention."""


def record(
    offset: int, value: bytes | None, topic: str = "one", time_us: int | None = None
) -> Record:
    """A record at partition 0; its time grows with the offset unless it is given."""
    stamped = START_US + 300 * DAY_US + offset * SECOND_US if time_us is None else time_us
    return Record(Position(topic, 0, offset), stamped, b"k", (("h", b"\xff"),), value)


def span(records: Sequence[Record], fetched_from: int | None = None) -> Span:
    """A stretch that ends behind the last of `records`."""
    first, last = records[0].position, records[-1].position
    start = first.offset if fetched_from is None else fetched_from
    return Span(first.topic, first.partition, start, last.offset + 1, tuple(records))


def settings_for(database_url: str, **others: Any) -> Settings:
    """Settings of a process on this database."""
    return Settings(
        _env_file=None,
        **{
            "database_url": database_url,
            "kafka_bootstrap": "127.0.0.1:1",
            "subject_key": SUBJECT_KEY,
            "health_port": 0,
            **others,
        },
    )


def revision(text: str = FRAMEWORK, id: int = 1) -> Revision:
    """A compiled revision, without a database."""
    keys = keyring(settings_for("postgresql://nobody@nowhere/none"))
    framework = loaded_revision({"framework.yaml": text})
    return compile_revision(id, framework, open_source, keys)


class Bucket(NamedTuple):
    """What a row of numbers is about."""

    metric: str
    scope: str
    segment: str
    start_us: int


@dataclass
class Ingesting:
    """A database with a framework in force, and one connection that commits batches to it."""

    settings: Settings
    connection: asyncpg.Connection
    rulebook: Rulebook
    memory: Memory = field(default_factory=Memory)
    topic: dict[Position, Record] = field(default_factory=dict)
    """What can be read again."""
    asked_again: list[Position] = field(default_factory=list)

    async def apply(self, text: str = FRAMEWORK) -> Applied:
        """Make a framework the revision in force, and know it."""
        applied = await apply_revision(self.connection, new_revision(accepted(text), None, "test"))
        assert isinstance(applied, Applied)
        await self.rulebook.load_current(self.connection)
        return applied

    async def open(self, *topics: str, first_offset: int = 0) -> None:
        """The ledger rows of partition 0 of these topics."""
        firsts = [FirstOffsets(topic, 0, first_offset, first_offset) for topic in topics]
        await open_ledger(self.connection, GROUP, firsts)

    def prepare(self, *spans: Span) -> Prepared:
        """A batch under the revision in force as this process knows it."""
        self.topic |= {record.position: record for span in spans for record in span.records}
        return prepare(spans, self.rulebook.in_force, Limits())

    def batch(self, prepared: Prepared) -> Batch:
        return Batch(GROUP, prepared, self.rulebook.rules)

    async def commit(self, *spans: Span) -> Result:
        """Prepare a batch and settle it."""
        return await self.settle(self.prepare(*spans))

    async def committed(self, *spans: Span) -> Committed:
        """Like `commit`; fails unless the batch is settled."""
        result = await self.commit(*spans)
        assert isinstance(result, Committed), result
        return result

    async def settle(self, prepared: Prepared) -> Result:
        """Settle a batch, giving it the records and revisions that it asks for."""
        batch = self.batch(prepared)
        while True:
            result = await commit_batch(self.connection, batch, self.memory)
            if isinstance(result, NeedsRecords):
                self.asked_again += result.positions
                again = {p: self.topic.get(p) for p in result.positions}
                batch = batch._replace(refetched={**batch.refetched, **again})
            elif isinstance(result, NeedsRevisions):
                rules = await self.rulebook.load(self.connection, result.revisions)
                batch = batch._replace(rules=rules)
            else:
                return result

    @asynccontextmanager
    async def holding(self, *spans: Span) -> AsyncIterator[None]:
        """A batch that has done everything inside the block, and commits at its end."""
        async with self.connection.transaction():
            await self.committed(*spans)
            yield

    @asynccontextmanager
    async def committer(self, line: DatabaseLine | None = None) -> AsyncIterator[Committer]:
        """The thread that commits, on a connection of its own."""

        async def refetch(positions: Sequence[Position]) -> dict[Position, Record | None]:
            return {position: self.topic.get(position) for position in positions}

        committer = Committer(
            line or database_line(self.settings),
            GROUP,
            refetch,
            self.rulebook.load,
            make_metrics(CollectorRegistry()),
        )
        committer.start()
        try:
            yield committer
        finally:
            await committer.stop()

    # What is stored.

    async def rows(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        rows: list[asyncpg.Record] = await self.connection.fetch(statement, *arguments)
        return rows

    async def value(self, statement: str, *arguments: Any) -> Any:
        return await self.connection.fetchval(statement, *arguments)

    async def next_offset(self, topic: str = "one") -> int:
        offset: int = await self.value("SELECT next_offset FROM ledger WHERE topic = $1", topic)
        return offset

    async def placed(self) -> dict[str, set[str]]:
        """By event id: the touchpoints of every stored event."""
        rows = await self.rows(
            """
            SELECT convert_from(document, 'UTF8')::jsonb ->> 'id' AS id,
                   ARRAY(SELECT touchpoint FROM "placing" p WHERE p.id = ANY(e.placements)) AS at
            FROM event e
            """
        )
        assert len(rows) == len({row["id"] for row in rows})
        return {row["id"]: set(row["at"]) for row in rows}

    async def buckets(self) -> dict[Bucket, tuple[int, ...]]:
        rows = await self.rows(
            """
            SELECT metric, scope, segment, start, n, hits, low, total, squares
            FROM bucket JOIN series ON series.id = bucket.series
            """
        )
        return {Bucket(*row[:4]): tuple(map(int, row[4:])) for row in map(tuple, rows)}

    async def totals(self, metric: str, scope: str) -> tuple[int, int]:
        """n and total of all buckets for all segments together."""
        found = [
            numbers
            for bucket, numbers in (await self.buckets()).items()
            if (bucket.metric, bucket.scope, bucket.segment) == (metric, scope, "")
        ]
        return sum(numbers[0] for numbers in found), sum(numbers[3] for numbers in found)

    async def outcomes(self) -> dict[str, int]:
        """The log of batches added up, corrections included."""
        row = await self.connection.fetchrow(
            """
            SELECT sum(records)::int AS records,
                   sum(items + corrected_items)::int AS items,
                   sum(events + corrected_events)::int AS events,
                   sum(duplicates + corrected_duplicates)::int AS duplicates,
                   sum(superseded + corrected_superseded)::int AS superseded,
                   sum(ignored + corrected_ignored)::int AS ignored,
                   sum(dead_letters + corrected_dead_letters)::int AS dead_letters
            FROM batch
            """
        )
        return {name: number or 0 for name, number in row.items()}

    async def dead_letters(self) -> list[asyncpg.Record]:
        return await self.rows('SELECT * FROM dead_letter ORDER BY topic, partition, "offset"')


@asynccontextmanager
async def ingesting(
    database_url: str, text: str | None = FRAMEWORK, topics: Iterable[str] = ("one", "two")
) -> AsyncIterator[Ingesting]:
    """The database with a framework in force and its topics in the ledger, from offset 0 on.

    Without `text` whatever is in force already stays.
    """
    settings = settings_for(database_url)
    connection = await connect_for_ingest(database_line(settings))
    here = Ingesting(settings, connection, Rulebook(compile_stored(settings)))
    try:
        if text is None:
            await here.rulebook.load_current(connection)
        else:
            await here.apply(text)
            await here.open(*topics)
        yield here
    finally:
        if not connection.is_closed():
            await connection.close()


async def differences(database_url: str) -> list[str]:
    """What the audit finds: empty means that every number is the sum of what is stored."""
    engine = create_async_engine(database_url.replace("postgresql:", "postgresql+asyncpg:", 1))
    try:
        async with engine.connect() as connection:
            return [str(difference) for difference in await audit(connection)]
    finally:
        await engine.dispose()
