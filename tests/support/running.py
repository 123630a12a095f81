"""One service with the shop's framework on a broker and a database, until it comes to rest."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

import asyncpg

from tests.support.comparing.stored import Stored, read_next_offsets, read_stored
from tests.support.comparing.stored_findings import read_journal
from tests.support.fleet import Fleet, signalbox
from tests.support.oracle.shop import AIMS, framework
from tests.support.oracle.tables import Offsets
from tests.support.records import end_offsets
from tests.support.traffic.mixed import PARTITIONS
from tests.support.waiting import wait_for

SIGNAL_PARTITIONS: Final = 2
CHECKS_AFTER: Final = 4
"""How many checks must follow the last record of a phase: enough for every detector."""


class Run(NamedTuple):
    """One service on one database, as its commands and the judge see it."""

    settings: dict[str, object]
    topics: dict[str, str]
    broker: str
    folder: Path

    @property
    def partitions(self) -> dict[str, int]:
        """How many each topic has."""
        return {topic: PARTITIONS[source] for source, topic in self.topics.items()}

    @property
    def database_url(self) -> str:
        return str(self.settings["database_url"])

    @property
    def group(self) -> str:
        return str(self.settings["consumer_group"])


class Stage(NamedTuple):
    """What the runs of a test have in common."""

    broker: str
    topics: dict[str, str]
    folder: Path


def a_run(name: str, at: Stage, database_url: str, batch: int) -> Run:
    settings: dict[str, object] = {
        "database_url": database_url,
        "kafka_bootstrap": at.broker,
        "subject_key": "a key for tests alone",
        "consumer_group": f"{at.topics['crm.events']}-{name}",
        "signals_topic": at.topics[name],
        "batch_max_records": batch,
        "session_timeout_ms": 6_000,
        "log_format": "text",
    }
    sources = {source: at.topics[source] for source in PARTITIONS}
    return Run(settings, sources, at.broker, at.folder / name)


@asynccontextmanager
async def connected(run: Run) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(run.database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def apply_shop(run: Run, revision: int = 1) -> None:
    """Makes the revision of the shop the one in force, whatever goes on meanwhile."""
    directory = run.folder / f"shop-{revision}"
    directory.mkdir(parents=True)
    (directory / "shop.yaml").write_text(framework(run.topics, revision), encoding="utf-8")
    await asyncio.to_thread(signalbox, run.settings, "apply", str(directory))


async def settled_records(run: Run, connection: asyncpg.Connection) -> int:
    return sum((await read_next_offsets(connection, run.group)).values())


async def quiet(run: Run, workers: Fleet, within_s: float = 120) -> Offsets:
    """Waits until the ledger has reached the ends of all topics; these."""
    ends = await end_offsets(run.broker, run.partitions)
    async with connected(run) as connection:

        async def all_settled() -> bool:
            workers.check()
            return await read_next_offsets(connection, run.group) == ends

        await wait_for(all_settled, within_s)
    return ends


async def checked(run: Run, workers: Fleet, ends: Offsets) -> None:
    """Waits until each objective was checked some times behind these offsets, and all is sent."""
    async with connected(run) as connection:

        async def often_enough() -> bool:
            workers.check()
            stored = await read_journal(connection)
            counts = Counter(looked.metric for looked in stored if looked.offsets == ends)
            return all(counts[target.metric] >= CHECKS_AFTER for target in AIMS[1].targets)

        async def all_sent() -> bool:
            waiting = "SELECT count(*) FROM outbox WHERE state = 'pending'"
            return bool(await connection.fetchval(waiting) == 0)

        await wait_for(often_enough)
        await wait_for(all_sent)


async def stored_by(run: Run) -> Stored:
    async with connected(run) as connection:
        return await read_stored(connection, run.group)
