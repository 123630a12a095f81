"""The stage of the demo: the service's process, and what is needed to feed and to watch it."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, TypeAlias

from aiokafka import AIOKafkaProducer
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from connectors.registry import connector_options
from service.applying import apply
from service.configuring import kafka_lines
from service.demo.clock import StoryClock
from service.demo.process import ServiceProcess
from service.demo.records import TOPICS, Published
from service.embedded import create_topics
from service.evaluate.due import last_look, latest
from service.evaluate.judging import feeds_at
from service.examples import example_directory
from service.framework.loading import Accepted, Refused, load_directory
from service.framework.models import Framework
from service.settings import PREFIX, Settings
from service.sources import kinds_of
from service.store import evaluation, migrating, reading
from service.store.connecting import make_engine
from service.store.status import Asking, Status, read_status
from service.store.times import microseconds, moment

WINDOW: Final = timedelta(hours=24)
_PARTITIONS: Final = 2
_ALL_PARTITIONS: Final = len(TOPICS) * _PARTITIONS
_LOOK_EVERY_S: Final = 0.05
_AT_ONCE: Final = 2_000
_PATIENCE_S: Final = 180.0


class DemoError(Exception):
    """The demo cannot be played. The text says why and what to do."""


class Publisher:
    """Sends records, and knows how many of them the broker has confirmed."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self.confirmed = 0

    async def publish(self, told: Sequence[Published]) -> None:
        """Returns when the broker has confirmed them all."""
        for first in range(0, len(told), _AT_ONCE):
            sending = [
                await self._producer.send(
                    record.topic,
                    record.value,
                    record.key,
                    timestamp_ms=record.at_us // 1_000,
                    headers=list(record.headers),
                )
                for record in told[first : first + _AT_ONCE]
            ]
            await asyncio.gather(*sending)
            self.confirmed += len(sending)


@dataclass(frozen=True)
class Stage:
    """Whoever holds `standstill` keeps the story where it is."""

    settings: Settings
    framework: Framework
    clock: StoryClock
    engine: AsyncEngine
    publisher: Publisher
    service: ServiceProcess
    standstill: asyncio.Lock = field(default_factory=asyncio.Lock)


@asynccontextmanager
async def staged(database_url: str, broker: str, clock: StoryClock) -> AsyncIterator[Stage]:
    """The service runs inside the block, and has ended after it."""
    given = _settings(database_url, broker)
    settings = Settings(_env_file=None, **given)
    service = ServiceProcess({f"{PREFIX}{name.upper()}": value for name, value in given.items()})
    engine = make_engine(database_url)
    producer = AIOKafkaProducer(**kafka_lines(settings).client_options(), linger_ms=5)
    try:
        await service.start()
        framework = await _prepare(settings)
        await producer.start()
        service.tell(clock.now_us)
        yield Stage(settings, framework, clock, engine, Publisher(producer), service)
    finally:
        await service.stop()
        await producer.stop()
        await engine.dispose()


def _settings(database_url: str, broker: str) -> dict[str, Any]:
    """As text, since the service's process has them in its environment."""
    return {
        "database_url": database_url,
        "kafka_bootstrap": broker,
        "subject_key": secrets.token_hex(16),
        "producer_idempotence": "false",
        # With the embedded broker a process that was killed is replaced after one session where
        # it has a fixed name, and after two without.
        "member": "demo",
        "session_timeout_ms": "6000",
        "health_port": "0",
        "log_level": "error",
    }


async def _prepare(settings: Settings) -> Framework:
    """Tables, topics, the framework in force."""
    await migrating.upgrade(settings.database_url.get_secret_value())
    partitions = dict.fromkeys(TOPICS, _PARTITIONS) | {settings.signals_topic: 1}
    await create_topics(settings.kafka_bootstrap, partitions)
    match load_directory(example_directory("shop"), connector_options()):
        case Refused(problems=problems):
            raise DemoError(f"The example framework cannot be applied: {problems[0]}")
        case Accepted() as accepted:
            await apply(settings, accepted, "demo")
            return accepted.framework


class Read(NamedTuple):
    """So many records have been read."""

    records: int

    async def holds(self, connection: AsyncConnection, stage: Stage) -> bool:
        known = await reading.progress(connection, stage.settings.consumer_group)
        read = sum(one.next_offset - one.first_offset for one in known)
        return len(known) == _ALL_PARTITIONS and read >= self.records


class Checked(NamedTuple):
    """The newest checks that had come at this moment of the story were made."""

    at_us: int

    async def holds(self, connection: AsyncConnection, stage: Stage) -> bool:
        last = await _last_checked(connection, stage)
        return all(
            one.metric in last and last[one.metric] >= latest(one.check_every, moment(self.at_us))
            for one in stage.framework.objectives
        )


Awaited: TypeAlias = Read | Checked


async def until(stage: Stage, awaited: Awaited) -> None:
    """Waits until it holds. Raises `DemoError` if the service ends or takes far too long."""
    give_up_s = time.monotonic() + _PATIENCE_S
    while True:
        async with reading.snapshot(stage.engine) as connection:
            if await awaited.holds(connection, stage):
                return
        raise_if_it_ended(stage)
        if time.monotonic() > give_up_s:
            raise DemoError(f"Nothing moved for {_PATIENCE_S:.0f} s; this machine is very busy.")
        await asyncio.sleep(_LOOK_EVERY_S)


def raise_if_it_ended(stage: Stage) -> None:
    """Raises `DemoError` if the service ended although nobody asked it to."""
    if trouble := stage.service.trouble:
        raise DemoError(f"The service ended before the story did: {trouble}")


async def checked_hour(stage: Stage) -> float:
    """The hour of the story at which checks were made last."""
    async with reading.snapshot(stage.engine) as connection:
        last = last_look(stage.framework, await _last_checked(connection, stage))
    return stage.clock.hour_of(microseconds(last)) if last else stage.clock.hour


async def _last_checked(connection: AsyncConnection, stage: Stage) -> dict[str, datetime]:
    objectives = stage.framework.objectives
    return await evaluation.last_checked(connection, [one.metric for one in objectives])


async def status_now(connection: AsyncConnection, stage: Stage) -> Status:
    """The status as of the moment of the story."""
    now_us = stage.clock.now_us
    feeds = await feeds_at(connection, stage.framework, kinds_of, moment(now_us))
    group = stage.settings.consumer_group
    return await read_status(connection, Asking(stage.framework, group, now_us, WINDOW, feeds))
