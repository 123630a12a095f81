"""Signals leave in order, at least once, with the same bytes, whatever fails on the way."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import AsyncEngine

from service.delivery.kafka import kafka_producer
from service.delivery.relay import LONGEST_PAUSE_S, MakeProducer, Publish, Relay, pause_s
from service.store import outbox
from service.store.outbox import Headers, Outgoing
from service.telemetry import make_metrics
from tests.integration.evaluated_shop import engine_of
from tests.support.servers import MakeTopic
from tests.support.waiting import wait_for

HEADERS: Headers = (("content-type", b"application/cloudevents+json"), ("raw", b"\xff\x00"))

SENDER = """
import asyncio, sys
from contextlib import asynccontextmanager
from prometheus_client import CollectorRegistry
from sqlalchemy.ext.asyncio import create_async_engine
from service.delivery.relay import Relay
from service.telemetry import make_metrics

@asynccontextmanager
async def producer():
    async def publish(topic, key, headers, value):
        print(topic, key.decode(), value.decode(), flush=True)
    yield publish

engine = create_async_engine(sys.argv[1])
asyncio.run(Relay(engine, producer, make_metrics(CollectorRegistry())).run())
"""


class Topic:
    """A publisher that keeps what it confirmed, and fails when it is told to."""

    def __init__(self, fail_at: set[int] | None = None, *, lose_reply: bool = False) -> None:
        self.sent: list[tuple[str, bytes, Headers, bytes]] = []
        self.producers = 0
        self.closed = 0
        self._fail_at = fail_at or set()
        self._lose_reply = lose_reply
        self._calls = 0

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[Publish]:
        self.producers += 1
        try:
            yield self._publish
        finally:
            self.closed += 1

    async def _publish(self, topic: str, key: bytes, headers: Headers, value: bytes) -> None:
        self._calls += 1
        fails = self._calls in self._fail_at
        if not fails or self._lose_reply:
            self.sent.append((topic, key, headers, value))
        if fails:
            raise ConnectionError

    @property
    def values(self) -> list[bytes]:
        return [value for *_, value in self.sent]


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    async with engine_of(database_url) as engine:
        yield engine


async def store(engine: AsyncEngine, *values: str, topic: str = "journey.opportunities") -> None:
    signals = [
        Outgoing(topic, b"opportunity:7", HEADERS, value.encode(), "updated", "pending")
        for value in values
    ]
    async with engine.begin() as connection:
        await outbox.append(connection, signals)


async def counts(engine: AsyncEngine) -> dict[str, int]:
    async with engine.connect() as connection:
        return await outbox.counts(connection)


@asynccontextmanager
async def relaying(engine: AsyncEngine, make_producer: MakeProducer) -> AsyncIterator[None]:
    relay = Relay(engine, make_producer, make_metrics(CollectorRegistry()), poll_s=0.01)
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def all_sent(engine: AsyncEngine, topic: Topic, number: int) -> None:
    async def so_many_are_marked() -> bool:
        return (await counts(engine)).get("sent", 0) == number

    async with relaying(engine, topic.producer):
        await wait_for(so_many_are_marked)


async def test_signals_are_sent_in_order_as_the_bytes_they_were_stored_in(
    engine: AsyncEngine,
) -> None:
    await store(engine, "one", "two", "three")
    topic = Topic()
    await all_sent(engine, topic, 3)
    assert topic.sent == [
        ("journey.opportunities", b"opportunity:7", HEADERS, value)
        for value in (b"one", b"two", b"three")
    ]


async def test_signals_that_come_while_it_runs_are_sent(engine: AsyncEngine) -> None:
    topic = Topic()

    async def one_is_marked() -> bool:
        return await counts(engine) == {"sent": 1}

    async with relaying(engine, topic.producer):
        await wait_for(lambda: topic.producers == 1)
        await store(engine, "late")
        await wait_for(one_is_marked)
    assert topic.values == [b"late"]


async def test_after_a_failure_a_new_producer_goes_on_from_the_oldest_unsent(
    engine: AsyncEngine,
) -> None:
    await store(engine, "one", "two", "three")
    topic = Topic(fail_at={2, 3})
    await all_sent(engine, topic, 3)
    assert topic.values == [b"one", b"two", b"three"]
    assert topic.producers == 3
    assert topic.closed == 3


async def test_a_lost_confirmation_repeats_the_same_bytes_before_anything_later(
    engine: AsyncEngine,
) -> None:
    await store(engine, "one", "two", "three")
    topic = Topic(fail_at={2}, lose_reply=True)
    await all_sent(engine, topic, 3)
    assert topic.values == [b"one", b"two", b"two", b"three"]
    assert topic.sent[1] == topic.sent[2]


async def test_signals_that_are_too_old_stay_unsent(engine: AsyncEngine) -> None:
    old = Outgoing("t", b"k", HEADERS, b"old", "reached", "not_sent: too_old")
    async with engine.begin() as connection:
        await outbox.append(connection, [old])
    await store(engine, "new")
    topic = Topic()
    await all_sent(engine, topic, 1)
    assert topic.values == [b"new"]
    assert await counts(engine) == {"sent": 1, "not_sent: too_old": 1}


async def test_of_two_relays_one_sends_until_it_ends(engine: AsyncEngine) -> None:
    topic = Topic()

    async def half_is_marked() -> bool:
        return await counts(engine) == {"sent": 10}

    async def everything_is_marked() -> bool:
        return await counts(engine) == {"sent": 20}

    async with relaying(engine, topic.producer):
        async with relaying(engine, topic.producer):
            await store(engine, *(f"{number:02}" for number in range(10)))
            await wait_for(half_is_marked)
            assert topic.producers == 1
        await store(engine, *(f"{number:02}" for number in range(10, 20)))
        await wait_for(everything_is_marked)
    assert topic.values == sorted(set(topic.values))


async def test_a_crash_between_sending_and_marking_repeats_one_signal_with_the_same_bytes(
    engine: AsyncEngine, database_url: str, tmp_path: Path
) -> None:
    await store(engine, "one", "two", "three")
    url = database_url.replace("postgresql:", "postgresql+asyncpg:", 1)
    output = tmp_path / "topic"
    with output.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            SENDER,
            url,
            stdout=file,
            env={**os.environ, "CRASH_AT": "after_publish:2"},
        )
        assert await process.wait() == -signal.SIGKILL
    assert await counts(engine) == {"sent": 1, "pending": 2}
    topic = Topic()
    await all_sent(engine, topic, 3)
    before = [line.split()[-1] for line in output.read_bytes().splitlines()]
    assert before + topic.values == [b"one", b"two", b"two", b"three"]


@pytest.mark.kafka
async def test_signals_arrive_on_the_broker_with_key_headers_and_value(
    engine: AsyncEngine,
    broker: str,
    broker_is_durable: bool,  # noqa: FBT001  (a fixture)
    topics: MakeTopic,
) -> None:
    name = await topics("signals")
    await store(engine, "one", "two", topic=name)
    make = kafka_producer({"bootstrap_servers": broker}, idempotent=broker_is_durable)
    consumer = AIOKafkaConsumer(name, bootstrap_servers=broker, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with relaying(engine, make):
            records = [await asyncio.wait_for(consumer.getone(), 30) for _ in range(2)]
    finally:
        await consumer.stop()
    assert [record.value for record in records] == [b"one", b"two"]
    assert {record.key for record in records} == {b"opportunity:7"}
    assert records[0].headers == HEADERS


def test_pauses_grow_and_stay_bounded() -> None:
    pauses = [pause_s(failures, 0.2) for failures in range(1, 40)]
    assert pauses[:3] == [0.2, 0.4, 0.8]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_S
