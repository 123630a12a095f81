"""Makes the checks that are due: one process of all, at check times, when everything is read.

Every process may run an evaluator; the one that holds the seat makes the checks, and the fence
keeps out a holder that was cut off without knowing it. A check begins with the end offsets of all
source topics, read after its time has come; it is made when the ledger has reached them. Data
that comes later changes the next check.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from service.evaluate.checking import Done, Terms, make_check
from service.evaluate.clock import Clock
from service.evaluate.due import Behind, Due, Made, behind, due_checks, last_look, topics_of
from service.faults import crash_point
from service.framework.models import Framework
from service.opportunities.documents import InForce
from service.outage import Outage
from service.store import evaluation
from service.store.election import holds_fence, session, take_fence, wait_for_seat
from service.store.reading import newest_revision, revision_files, snapshot
from service.store.trouble import database_trouble
from service.telemetry import Metrics

SEAT: Final = "evaluator"
TRIES: Final = 10
"""How often a check is tried again that met another transaction."""

_TRY_AGAIN: Final = frozenset({"40001", "40P01"})
_LONGEST_PAUSE_S: Final = 30.0
_log = structlog.get_logger(__name__)

EndOffsets: TypeAlias = Callable[[Iterable[str]], Awaitable[Mapping[tuple[str, int], int]]]
"""Where the partitions of these topics end now, by (topic, partition)."""

LoadFramework: TypeAlias = Callable[[Mapping[str, str]], Framework]
"""The framework of an applied revision's files."""


@dataclass(frozen=True)
class Surroundings:
    """What an evaluator is given: the world outside the database, and how long to wait for it.

    After `patience_s` of waiting for partitions to be read the evaluator names them and looks
    anew which check is due.
    """

    clock: Clock
    end_offsets: EndOffsets
    load_framework: LoadFramework
    holder: str
    poll_s: float = 0.2
    patience_s: float = 30.0


class Idle(NamedTuple):
    """No check is due, or no framework was applied yet."""


class Checked(NamedTuple):
    """Checks were made, oldest first."""

    done: tuple[Done, ...]


class HeldUp(NamedTuple):
    """A check is due, and these partitions are not read to where they ended, or so many events
    wait to be placed again, or a rebuild is not done.
    """

    partitions: tuple[Behind, ...]
    postponed: int
    rebuilding: bool


class Outrun(NamedTuple):
    """Another evaluator, a new revision, a rebuild, or a batch that put off to place events again
    came between: nothing was written.
    """


Outcome: TypeAlias = Idle | Checked | HeldUp | Outrun


class Evaluator:
    """Makes checks until it is cancelled. `held_up` says what it waits for."""

    def __init__(
        self, engine: AsyncEngine, terms: Terms, around: Surroundings, metrics: Metrics
    ) -> None:
        self._engine = engine
        self._terms = terms
        self._around = around
        self._metrics = metrics
        self._in_force: InForce | None = None
        self._milestones_at: datetime | None = None
        self.held_up: HeldUp | None = None

    async def run(self) -> None:
        """Never returns: takes the seat when it is free, makes checks, starts over if it fails."""
        outage = Outage("checks")
        while True:
            try:
                async with session(self._engine) as seat:
                    epoch = await self.take_seat(seat)
                    while await self._stays(seat, epoch):
                        outage.over()
            except Exception as error:  # noqa: BLE001 - a check that failed is made again
                outage.failed(database_trouble(error))
                pause_s = self._around.poll_s * 2 ** min(outage.failures, 16)
                await asyncio.sleep(min(_LONGEST_PAUSE_S, pause_s))

    async def take_seat(self, seat: AsyncConnection) -> int:
        """Waits for the seat and takes the fence; its epoch."""
        await wait_for_seat(seat, SEAT, self._around.poll_s)
        return await take_fence(seat, SEAT, self._around.holder)

    async def step(self, epoch: int) -> Outcome:
        """Makes the checks that are due now, waiting for what they need to be read."""
        due = await self._due()
        if self._in_force is None or not due:
            return Idle()
        ends = await self._around.end_offsets(topics_of(self._in_force.framework))
        self.held_up = await self._wait_for(ends)
        if self.held_up is not None:
            _log.warning(
                "check_waits",
                partitions=[one._asdict() for one in self.held_up.partitions],
                postponed=self.held_up.postponed,
                rebuilding=self.held_up.rebuilding,
            )
            return self.held_up
        done = []
        for one in due:
            made = await self._made(epoch, self._in_force, one)
            if made is None:
                return Outrun()
            done.append(made)
            self._tell(made, one)
        return Checked(tuple(done))

    async def _stays(self, seat: AsyncConnection, epoch: int) -> bool:
        """One step; whether this evaluator still holds the seat."""
        outcome = await self.step(epoch)
        if isinstance(outcome, Idle):
            await asyncio.sleep(self._around.poll_s)
        return await holds_fence(seat, SEAT, epoch)

    async def _due(self) -> list[Due]:
        now = await self._around.clock.now()
        async with snapshot(self._engine) as connection:
            self._in_force = await self._load(connection)
            if self._in_force is None:
                return []
            framework = self._in_force.framework
            names = [objective.metric for objective in framework.objectives]
            checked = await evaluation.last_checked(connection, names)
        looked = self._milestones_at or last_look(framework, checked)
        return due_checks(framework, Made(checked, looked), now)

    async def _load(self, connection: AsyncConnection) -> InForce | None:
        newest = await newest_revision(connection)
        if newest is None or (self._in_force is not None and self._in_force.revision == newest):
            return self._in_force
        files = await revision_files(connection, newest)
        return InForce(newest, self._around.load_framework(files))

    async def _wait_for(self, ends: Mapping[tuple[str, int], int]) -> HeldUp | None:
        """Waits, as long as patience lasts, until all is read and placed; what is not."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._around.patience_s
        while True:
            async with self._engine.connect() as connection:
                ledger = await evaluation.read_to(connection, self._terms.group)
                postponed = await evaluation.postponed_events(connection)
                rebuilding = await evaluation.is_rebuilding(connection)
            held_up = HeldUp(tuple(behind(ends, ledger)), postponed, rebuilding)
            if not any(held_up):
                return None
            if loop.time() >= until:
                return held_up
            await asyncio.sleep(self._around.poll_s)

    async def _made(self, epoch: int, in_force: InForce, due: Due) -> Done | None:
        """The check in a transaction of its own; None if somebody else came between."""
        for tried in range(TRIES):
            try:
                return await self._transaction(epoch, in_force, due)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN or tried == TRIES - 1:
                    raise
                self._metrics.database_retries.labels("check").inc()
        return None

    async def _transaction(self, epoch: int, in_force: InForce, due: Due) -> Done | None:
        now = await self._around.clock.now()
        async with self._engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="REPEATABLE READ")
            async with connection.begin():
                if not await holds_fence(connection, SEAT, epoch):
                    return None
                if await newest_revision(connection) != in_force.revision:
                    return None
                if not await _all_are_placed(connection):
                    return None
                done = await make_check(connection, self._terms, in_force, due, now)
                crash_point("before_check_commit")
            crash_point("after_check_commit")
        return done

    def _tell(self, done: Done, due: Due) -> None:
        if due.milestones:
            self._milestones_at = due.at
        for row in done.checks:
            self._metrics.checks.labels(row.objective, row.check.health).inc()
        self._metrics.signals.labels("too_old").inc(done.not_sent)


async def _all_are_placed(connection: AsyncConnection) -> bool:
    """Whether every event of this snapshot is where the rules put it."""
    if await evaluation.postponed_events(connection):
        return False
    return not await evaluation.is_rebuilding(connection)
