"""A worker on a real broker inside a test: `writing` puts records, `working` reads them."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer
from prometheus_client import CollectorRegistry

from service.app import worker_options
from service.configuring import compile_stored
from service.ingest.working.worker import Worker
from service.telemetry import make_metrics
from tests.support.ingesting import MIDNIGHT_MS, START_US, Ingesting, differences, settings_for
from tests.support.small_shop import ordered
from tests.support.waiting import wait_for

TOO_LARGE = 1_048_576 + 1


@asynccontextmanager
async def working(here: Ingesting, broker: str, **others: Any) -> AsyncIterator[Worker]:
    """A worker that runs inside the block; it must end well."""
    url = here.settings.database_url.get_secret_value()
    settings = settings_for(
        **{
            "database_url": url,
            "kafka_bootstrap": broker,
            "consumer_group": url.rpartition("/")[2],
            "batch_wait_ms": 10,
            "session_timeout_ms": 6_000,
            **others,
        }
    )
    worker = Worker(
        worker_options(settings), compile_stored(settings), make_metrics(CollectorRegistry())
    )
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await running


class Topic:
    """A topic that a test writes to."""

    def __init__(self, name: str, producer: AIOKafkaProducer) -> None:
        self.name = name
        self._producer = producer

    async def put(
        self, *values: bytes | None, partition: int = 0, at_ms: int = MIDNIGHT_MS, **more: Any
    ) -> None:
        """Returns when the broker has all of them."""
        sent = [
            await self._producer.send(
                self.name, value, partition=partition, timestamp_ms=at_ms, **more
            )
            for value in values
        ]
        for one in sent:
            await one


@asynccontextmanager
async def writing(broker: str, name: str) -> AsyncIterator[Topic]:
    producer = AIOKafkaProducer(
        bootstrap_servers=broker, compression_type="gzip", max_request_size=2 * TOO_LARGE
    )
    await producer.start()
    try:
        yield Topic(name, producer)
    finally:
        await producer.stop()


async def read_to(here: Ingesting, *ends: int) -> None:
    """Waits until the ledger of each partition is at its end."""

    async def ledger_is_there() -> bool:
        rows = await here.rows("SELECT next_offset FROM ledger ORDER BY topic, partition")
        return [row["next_offset"] for row in rows] == list(ends)

    await wait_for(ledger_is_there)


async def exact(here: Ingesting, **outcomes: int) -> None:
    found = await here.outcomes()
    assert {n: found[n] for n in outcomes} == outcomes
    assert found["items"] == sum(outcomes.values())
    assert await differences(here.settings.database_url.get_secret_value()) == []


def orders(numbers: Iterable[int]) -> list[bytes]:
    return [ordered(f"o{n}", START_US + n) for n in numbers]
