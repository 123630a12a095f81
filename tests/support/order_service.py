"""A service that reads orders of one topic in small batches, and whether its numbers are exact."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiokafka import AIOKafkaProducer

from tests.support.ingesting import (
    MIDNIGHT_MS,
    START_US,
    SUBJECT_KEY,
    Ingesting,
    differences,
    ingesting,
)
from tests.support.servers import MakeTopic
from tests.support.small_shop import framework_on, ordered
from tests.support.waiting import wait_for

CHECKED = """
objectives:
- {metric: contacts, at_most: 1000000, window: 1d, check_every: 1s, min_n: 1, goal: Fewer}
"""


class Service(NamedTuple):
    """A database, a topic, and the settings of a process on them."""

    here: Ingesting
    producer: AIOKafkaProducer
    topic: str
    settings: dict[str, object]

    async def order(self, first: int, number: int, partitions: int = 1) -> None:
        """Orders of one customer; each tenth record is a copy of the one before it."""
        for n in range(first, first + number):
            told = n - 1 if n % 10 == 9 else n
            await self.put(ordered(f"o{told}", START_US + told), partition=n % partitions)
        await self.producer.flush()

    async def put(
        self, value: bytes, topic: str = "", partition: int = 0, key: bytes | None = None
    ) -> None:
        """One record, into another topic where that is named; on its way when this returns."""
        await self.producer.send(
            topic or self.topic, value, key=key, partition=partition, timestamp_ms=MIDNIGHT_MS
        )

    async def settled(self) -> int:
        """How many records are below the ledger."""
        found = "SELECT coalesce(sum(next_offset), 0) FROM ledger"
        return int(await self.here.value(found))

    async def connected(self, processes: int) -> None:
        """Waits until so many work: one that only begins still ends at once by SIGTERM."""
        found = """
            SELECT count(*) - 1 FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'signalbox ingest'
        """

        async def all_are_connected() -> bool:
            return int(await self.here.value(found)) == processes

        await wait_for(all_are_connected)

    async def read_to(self, records: int) -> None:
        async def all_are_settled() -> bool:
            return await self.settled() == records

        await wait_for(all_are_settled)

    async def assert_exact(self, records: int) -> None:
        """Every record once, every tenth a copy of the one before it."""
        outcomes = await self.here.outcomes()
        assert outcomes["records"] == outcomes["items"] == records
        assert outcomes["duplicates"] == records // 10
        assert await differences(self.here.settings.database_url.get_secret_value()) == []


@asynccontextmanager
async def serving(
    database_url: str, broker: str, topics: MakeTopic, partitions: int = 1
) -> AsyncIterator[Service]:
    topic, signals = await topics("orders", partitions), await topics("signals")
    settings: dict[str, object] = {
        "database_url": database_url,
        "kafka_bootstrap": broker,
        "subject_key": SUBJECT_KEY,
        "consumer_group": topic,
        "signals_topic": signals,
        "batch_max_records": 20,
        "session_timeout_ms": 6_000,
        "signals_max_age": "1000d",
        "log_format": "text",
    }
    producer = AIOKafkaProducer(bootstrap_servers=broker)
    await producer.start()
    try:
        async with ingesting(database_url, framework_on(topic, also=CHECKED), []) as here:
            yield Service(here, producer, topic, settings)
    finally:
        await producer.stop()
