"""Plays the story on a real database and a real broker, with the service reading along.

Everything is as in production but for two things: the servers are our own and end with us, and
the clock for checks tells story time. The quiet weeks are published first, on the same path as
the rest; then the five days pass in as many seconds as asked for, or slower: the story waits for
the service. On the way the demo kills the service's process, and proves that nothing is missing.
"""

import asyncio
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol

from service.demo.clock import HOUR_US, StoryClock
from service.demo.happenings import (
    Found,
    Happening,
    Proof,
    audited,
    found_since,
    killed,
    loaded,
    returned,
    turns,
)
from service.demo.records import Published, records
from service.demo.stage import (
    Checked,
    Read,
    Stage,
    checked_hour,
    raise_if_it_ended,
    staged,
    status_now,
    until,
)
from service.demo.story import PLAYED_HOURS, tell
from service.embedded import broker_server, postgres_server
from service.framework.models import Framework
from service.settings import Settings
from service.store import auditing, reading
from service.store.auditing import Difference
from service.store.quoting import quotes
from service.store.reading import Outcomes, Placed
from service.store.status import Status
from service.store.times import microseconds

KILLED_AT: Final = 24.0
"""The hour of the story at which the demo kills the service's process."""

LEAD_HOURS: Final = 4.0
"""How far the story may be ahead of the checks, so that what is found is told in its turn."""

LEAD_WHILE_AWAY_HOURS: Final = 14.0
"""The same while a process that was killed is replaced: what comes meanwhile has to wait. It is
less than any trouble of the story lasts, so that none comes and goes unseen."""

_PUBLISH_EVERY_S: Final = 0.05
_SHOW_EVERY_S: Final = 0.5


class Scene(NamedTuple):
    """What there is to see at an hour of the story: `second` of the `seconds` that it takes."""

    hour: float
    second: float
    seconds: float
    waits: bool
    """Whether the story stands still until the service has come after it."""
    framework: Framework
    status: Status
    quotes: Sequence[str]
    """What customers write about the newest opportunity."""
    happenings: Sequence[Happening]
    """What has happened so far, oldest first."""


class Audience(Protocol):
    """Whoever watches the demo."""

    def told(self, step: str) -> None:
        """What is being done before there is anything to see."""

    def happened(self, happening: Happening) -> None:
        """Once for each, when it has happened."""

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
    proof: Proof

    @property
    def as_promised(self) -> bool:
        """One problem came and went, a milestone was reached, and every number is exact."""
        story = self.opened == 1 and self.recovered == 1 and self.milestones == 1
        return story and self.proof.exact and not self.differences


class Ended(NamedTuple):
    """What is left to look at, and how to reach it."""

    summary: Summary
    settings: Settings


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
    zero_us = now_us - now_us % HOUR_US - PLAYED_HOURS * HOUR_US
    clock = StoryClock(zero_us, wanted.seconds)
    audience.told("Starting PostgreSQL and a Kafka broker")
    with postgres_server() as database_url, broker_server() as address:
        audience.told("Making tables and topics, applying the example framework")
        async with staged(database_url, address, clock) as stage:
            performance = _Performance(stage, wanted, audience)
            summary = await performance.run(records(tell(wanted.seed), wanted.seed, zero_us))
            await audience.stays(Ended(summary, stage.settings))
            return summary


class _Performance:
    """One evening: what is published, what is done to the service, what the audience sees."""

    def __init__(self, stage: Stage, wanted: Play, audience: Audience) -> None:
        self._stage = stage
        self._seconds = wanted.seconds
        self._audience = audience
        self._happenings: list[Happening] = []
        self._found = Found(0.0, (), 0)
        self._lead_hours = LEAD_HOURS

    async def run(self, told: Sequence[Published]) -> Summary:
        """Quiet weeks, the five days, and what is left to do at their end."""
        stage, zero_us = self._stage, self._stage.clock.zero_us
        last_us = zero_us + PLAYED_HOURS * HOUR_US
        begins = bisect_right(told, zero_us - 1, key=_record_time)
        ends = bisect_right(told, last_us, key=_record_time)
        await self._load(told[:begins])
        watching = asyncio.create_task(self._watch())
        try:
            proof = await self._five_days(told[begins:ends])
            await until(stage, Read(ends))
            await until(stage, Checked(stage.clock.now_us))
        finally:
            watching.cancel()
        return await self._end(proof)

    async def _load(self, quiet: Sequence[Published]) -> None:
        stage, began_s = self._stage, time.monotonic()
        self._audience.told(f"Loading four quiet weeks: {len(quiet):,} records")
        await stage.publisher.publish(quiet)
        for quarter in (1, 2, 3):
            await until(stage, Read(len(quiet) * quarter // 4))
            self._audience.told(f"{quarter} of 4 weeks are read")
        await until(stage, Read(len(quiet)))
        stage.clock.begin()
        self._happens(loaded(len(quiet), time.monotonic() - began_s))

    async def _five_days(self, played: Sequence[Published]) -> Proof:
        _, proof = await asyncio.gather(self._tell(played), self._kill_and_prove())
        return proof

    async def _tell(self, played: Sequence[Published]) -> None:
        """Publishes each record when its time in the story has come, and tells the time."""
        clock, published = self._stage.clock, 0
        while published < len(played) or not clock.ended:
            before_hour = clock.hour
            clock.advance(await checked_hour(self._stage) + self._lead_hours)
            come = bisect_right(played, clock.now_us, lo=published, key=_record_time)
            async with self._stage.standstill:
                await self._stage.publisher.publish(played[published:come])
            published = come
            self._stage.service.tell(clock.now_us)
            for turn in turns(before_hour, clock.hour):
                self._happens(Happening(clock.second_of(turn.hour), turn.mood, turn.text))
            raise_if_it_ended(self._stage)
            await asyncio.sleep(_PUBLISH_EVERY_S)

    async def _kill_and_prove(self) -> Proof:
        """Kills the service's process, starts another, and counts what there is before and after.

        The story stands still only while it is counted for the second time.
        """
        stage = self._stage
        while stage.clock.hour < KILLED_AT:  # noqa: ASYNC110  (a clock tells nobody)
            await asyncio.sleep(_PUBLISH_EVERY_S)
        killed_s = time.monotonic()
        await stage.service.kill()
        before = await self._outcomes()
        self._lead_hours = LEAD_WHILE_AWAY_HOURS
        self._happens(killed(stage.clock.second, before))
        await stage.service.start()
        await until(stage, Read(before.records + 1))
        away_s = time.monotonic() - killed_s
        async with stage.standstill:
            published = stage.publisher.confirmed
            await until(stage, Read(published))
            differences, after = await self._audit(), await self._outcomes()
        self._lead_hours = LEAD_HOURS
        proof = Proof(before, after, published, away_s, differences)
        self._happens(returned(stage.clock.second, proof))
        return proof

    # What the audience gets.

    async def _watch(self) -> None:
        while True:
            self._audience.shown(await self._scene())
            await asyncio.sleep(_SHOW_EVERY_S)

    async def _scene(self) -> Scene:
        stage, clock = self._stage, self._stage.clock
        async with reading.snapshot(stage.engine) as connection:
            status = await status_now(connection, stage)
            newest = status.opportunities[:1]
            said = [text for one in newest for text in await quotes(connection, one)]
        found = Found(clock.second, status.opportunities, status.milestones)
        for news in found_since(self._found, found, self._second_of):
            self._happens(news)
        self._found = found
        return Scene(
            clock.hour,
            clock.second,
            self._seconds,
            clock.waits,
            stage.framework,
            status,
            said,
            tuple(self._happenings),
        )

    def _second_of(self, time: datetime) -> float:
        clock = self._stage.clock
        return clock.second_of(clock.hour_of(microseconds(time)))

    def _happens(self, happening: Happening) -> None:
        self._happenings.append(happening)
        self._audience.happened(happening)

    async def _end(self, proof: Proof) -> Summary:
        differences = await self._audit()
        self._happens(audited(self._stage.clock.second, differences))
        self._audience.shown(await self._scene())
        async with reading.snapshot(self._stage.engine) as connection:
            states = await reading.opportunity_counts(connection)
            return Summary(
                await self._outcomes(),
                await reading.placed(connection),
                sum(states.values()),
                states.get("recovered", 0),
                await reading.milestone_count(connection),
                differences,
                proof,
            )

    async def _outcomes(self) -> Outcomes:
        async with reading.snapshot(self._stage.engine) as connection:
            return await reading.outcomes(connection, self._stage.settings.consumer_group)

    async def _audit(self) -> list[Difference]:
        async with reading.snapshot(self._stage.engine) as connection:
            return await auditing.audit(connection)


def _record_time(record: Published) -> int:
    return record.at_us
