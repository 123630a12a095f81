"""Plays the story on a real database and a real broker, with the service reading along.

Everything is as in production but for two things: the servers are our own and end with us, and
the evaluator's clock tells story time. The quiet weeks are published first, on the same path as
the rest; then the five days pass in as many seconds as asked for.
"""

import asyncio
import secrets
import time
from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, Protocol

from aiokafka import AIOKafkaProducer
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from service import app
from service.applying import apply
from service.demo.clock import HOUR_US, StoryClock
from service.demo.records import TOPICS, Published, records
from service.demo.story import PLAYED_HOURS, tell
from service.embedded import broker_server, create_topics, postgres_server
from service.evaluate.due import latest
from service.evaluate.judging import feeds_at
from service.examples import example_directory
from service.framework.loading import Accepted, Refused, load_directory
from service.framework.models import Framework
from service.settings import Settings
from service.store import auditing, evaluation, migrating, reading
from service.store.auditing import Difference
from service.store.connecting import make_engine
from service.store.quoting import quotes
from service.store.reading import Outcomes, Placed
from service.store.status import Asking, Status, read_status
from service.store.times import moment

PARTITIONS: Final = 2
WINDOW: Final = timedelta(hours=24)
_PUBLISH_EVERY_S: Final = 0.05
_SHOW_EVERY_S: Final = 0.5
_AT_ONCE: Final = 2_000
_PATIENCE_S: Final = 120.0

PLAYED_US: Final = PLAYED_HOURS * HOUR_US


class Scene(NamedTuple):
    """What there is to see at an hour of the story."""

    hour: float
    framework: Framework
    status: Status
    quotes: Sequence[str]
    """What customers write about the newest opportunity."""


class Audience(Protocol):
    """Whoever watches the demo."""

    def told(self, step: str) -> None:
        """What is being done before there is anything to see."""

    def shown(self, scene: Scene) -> None: ...

    async def stays(self, ended: "Ended") -> None:
        """The story is told. The servers live until this returns."""


class Summary(NamedTuple):
    """How it ended."""

    outcomes: Outcomes
    placed: Placed
    opened: int
    recovered: int
    milestones: int
    differences: Sequence[Difference]

    @property
    def as_promised(self) -> bool:
        """One problem came and went, a milestone was reached, and every number is exact."""
        story = self.opened == 1 and self.recovered == 1 and self.milestones == 1
        return story and not self.differences


class Ended(NamedTuple):
    """What is left to look at, and how to reach it."""

    summary: Summary
    settings: Settings


class DemoError(Exception):
    """The demo cannot be played. The text says why and what to do."""


@dataclass(frozen=True)
class Play:
    """Which story, and how fast its five days pass."""

    seed: int
    seconds: float


async def play(wanted: Play, audience: Audience) -> Summary:
    """Plays to the end and takes everything down again.

    Raises `DemoError` or `service.embedded.ServerError` if it cannot begin.
    """
    now_us = int(datetime.now(UTC).timestamp()) * 1_000_000
    zero_us = now_us - now_us % HOUR_US - PLAYED_US
    audience.told("Starting PostgreSQL and a Kafka broker")
    with postgres_server() as database_url, broker_server() as address:
        settings = _settings(database_url, address)
        framework = await _prepare(settings)
        clock = StoryClock(zero_us, wanted.seconds)
        told = records(tell(wanted.seed), wanted.seed, zero_us)
        async with _staged(settings, framework, clock) as stage:
            summary = await _perform(stage, told, audience)
            await audience.stays(Ended(summary, settings))
            return summary


def _settings(database_url: str, address: str) -> Settings:
    return Settings(
        _env_file=None,
        database_url=SecretStr(database_url),
        kafka_bootstrap=address,
        subject_key=SecretStr(secrets.token_hex(16)),
        producer_idempotence=False,
        # The embedded broker lets a new group wait for half of this before it begins.
        session_timeout_ms=6_000,
        health_port=0,
        log_level="error",
    )


async def _prepare(settings: Settings) -> Framework:
    """Tables, topics, the framework in force."""
    await migrating.upgrade(settings.database_url.get_secret_value())
    partitions = dict.fromkeys(TOPICS, PARTITIONS) | {settings.signals_topic: 1}
    await create_topics(settings.kafka_bootstrap, partitions)
    match load_directory(example_directory("shop"), app.connector_options()):
        case Refused(problems=problems):
            raise DemoError(f"The example framework cannot be applied: {problems[0]}")
        case Accepted() as accepted:
            await apply(settings, accepted, "demo")
            return accepted.framework


class _Stage(NamedTuple):
    """The running service, and what is needed to feed it and to look at it."""

    settings: Settings
    framework: Framework
    clock: StoryClock
    engine: AsyncEngine
    producer: AIOKafkaProducer
    service: "asyncio.Task[None]"


@asynccontextmanager
async def _staged(
    settings: Settings, framework: Framework, clock: StoryClock
) -> AsyncIterator[_Stage]:
    """The service runs inside the block, and has ended after it."""
    engine = make_engine(settings.database_url.get_secret_value())
    producer = AIOKafkaProducer(**app.kafka_lines(settings).client_options(), linger_ms=5)
    await producer.start()
    ending = asyncio.Event()
    service = asyncio.create_task(app.run(settings, clock=clock, ending=ending))
    try:
        yield _Stage(settings, framework, clock, engine, producer, service)
    finally:
        ending.set()
        await producer.stop()
        await engine.dispose()
        await service


async def _perform(stage: _Stage, told: Sequence[Published], audience: Audience) -> Summary:
    """Quiet weeks, the five days, and what is left to do at their end."""
    audience.told("Starting the service")
    await _until(stage, _Read(0, len(TOPICS) * PARTITIONS))
    quiet = [record for record in told if record.at_us < stage.clock.zero_us]
    played = [record for record in told if 0 <= record.at_us - stage.clock.zero_us <= PLAYED_US]
    audience.told(f"Loading four quiet weeks: {len(quiet):,} records")
    await _publish(stage.producer, quiet)
    await _until(stage, _Read(len(quiet), len(TOPICS) * PARTITIONS))
    stage.clock.begin()
    watching = asyncio.create_task(_watch(stage, audience))
    try:
        await _tell(stage, played)
        await _until(stage, _Read(len(quiet) + len(played), len(TOPICS) * PARTITIONS))
        await _until(stage, _Checked(stage.clock.now_us))
    finally:
        watching.cancel()
    audience.shown(await _scene(stage))
    return await _summary(stage)


async def _tell(stage: _Stage, played: Sequence[Published]) -> None:
    """Publishes each record when its time in the story has come."""
    published = 0
    while published < len(played):
        now_us = stage.clock.now_us
        come = bisect_right(played, now_us, lo=published, key=lambda record: record.at_us)
        await _publish(stage.producer, played[published:come])
        published = come
        await asyncio.sleep(_PUBLISH_EVERY_S)
    await asyncio.sleep(stage.clock.left_s)


async def _publish(producer: AIOKafkaProducer, told: Sequence[Published]) -> None:
    """Returns when the broker has confirmed them all."""
    for first in range(0, len(told), _AT_ONCE):
        sending = [
            await producer.send(
                record.topic,
                record.value,
                record.key,
                timestamp_ms=record.at_us // 1_000,
                headers=list(record.headers),
            )
            for record in told[first : first + _AT_ONCE]
        ]
        await asyncio.gather(*sending)


async def _watch(stage: _Stage, audience: Audience) -> None:
    while True:
        audience.shown(await _scene(stage))
        await asyncio.sleep(_SHOW_EVERY_S)


# --- what is looked at ----------------------------------------------------------------------------


class _Read(NamedTuple):
    """So many records of so many partitions have been read."""

    records: int
    partitions: int

    async def holds(self, connection: AsyncConnection, stage: _Stage) -> bool:
        known = await reading.progress(connection, stage.settings.consumer_group)
        read = sum(one.next_offset - one.first_offset for one in known)
        return len(known) == self.partitions and read >= self.records


class _Checked(NamedTuple):
    """The newest checks that had come at this moment of the story were made."""

    at_us: int

    async def holds(self, connection: AsyncConnection, stage: _Stage) -> bool:
        objectives = stage.framework.objectives
        last = await evaluation.last_checked(connection, [one.metric for one in objectives])
        return all(
            one.metric in last and last[one.metric] >= latest(one.check_every, moment(self.at_us))
            for one in objectives
        )


async def _until(stage: _Stage, wanted: _Read | _Checked) -> None:
    """Waits until it holds. Raises `DemoError` if the service ends or takes far too long."""
    give_up_s = time.monotonic() + _PATIENCE_S
    while True:
        async with reading.snapshot(stage.engine) as connection:
            if await wanted.holds(connection, stage):
                return
        if stage.service.done():
            await stage.service
            raise DemoError("The service ended before the story did.")
        if time.monotonic() > give_up_s:
            raise DemoError(f"Nothing moved for {_PATIENCE_S:.0f} s; this machine is very busy.")
        await asyncio.sleep(_PUBLISH_EVERY_S)


async def _scene(stage: _Stage) -> Scene:
    async with reading.snapshot(stage.engine) as connection:
        now_us = stage.clock.now_us
        feeds = await feeds_at(connection, stage.framework, app.kinds_of, moment(now_us))
        group = stage.settings.consumer_group
        asking = Asking(stage.framework, group, now_us, WINDOW, feeds)
        status = await read_status(connection, asking)
        newest = status.opportunities[:1]
        said = [text for one in newest for text in await quotes(connection, one)]
        return Scene(stage.clock.hour, stage.framework, status, said)


async def _summary(stage: _Stage) -> Summary:
    async with reading.snapshot(stage.engine) as connection:
        states = await reading.opportunity_counts(connection)
        return Summary(
            await reading.outcomes(connection, stage.settings.consumer_group),
            await reading.placed(connection),
            sum(states.values()),
            states.get("recovered", 0),
            await reading.milestone_count(connection),
            await auditing.audit(connection),
        )
