"""A trial: the shop's service on real servers while a test makes trouble, judged at its end.

Inside the block a test sends the traffic part by part and makes its faults. When the block is
left, everything must come to rest, end well, and be what the oracle says, row for row.
"""

import asyncio
import json
import math
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Final

import asyncpg

from tests.support.comparing.judging import assert_told, judged
from tests.support.comparing.stored import Stored, read_next_offsets
from tests.support.fleet import Fleet, fleet
from tests.support.groups import Group, group_of
from tests.support.records import Sender, read_all, with_truth
from tests.support.running import (
    SIGNAL_PARTITIONS,
    Run,
    Stage,
    a_run,
    apply_shop,
    connected,
    quiet,
    stored_by,
)
from tests.support.servers import MakeTopic
from tests.support.traffic.mixed import PARTITIONS, make
from tests.support.truth import Made
from tests.support.waiting import wait_for

ROUNDS: Final = 1 + int(os.environ.get("SIGNALBOX_TEST_RECORDS", "12000")) // 100_000
"""How often a fault is made: once, and three times by `make soak`."""

RECORDS: Final = 4_000 * ROUNDS
SEED: Final = int(os.environ.get("SIGNALBOX_TEST_SEED", "7"))
QUICK: Final[dict[str, object]] = {"rebalance_timeout_ms": 6_000, "drain_s": 5, "retry_max_s": 1}
"""What is waited for in minutes elsewhere, in seconds."""

SETTLED: Final = "signalbox_records_total"
MOST_WAITING: Final = 400
DATABASE_AWAY: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

REST_WITHIN_S: Final = 120 + 10 * ROUNDS


@dataclass
class Trial:
    """A run in progress: its workers, and the traffic that is still to be sent."""

    run: Run
    workers: Fleet
    sender: Sender
    left: list[Made]
    sent: list[Made] = field(default_factory=list)
    flows: bool = False
    """Whether more of it comes by itself."""
    judged: Stored | None = None
    """What was stored in the end, once the oracle has agreed."""
    repeats: int = 0
    """How many signals lay on their topic once more."""

    async def send(self, share: float = 1.0) -> None:
        """Send so much of what is left."""
        count = math.ceil(len(self.left) * share)
        some, self.left = self.left[:count], self.left[count:]
        self.sent += some
        # Whole, even if who sends is told to stop: a part of it would be sent by nobody.
        await asyncio.shield(self.sender.send(some))

    @asynccontextmanager
    async def load(self) -> AsyncIterator[None]:
        """Records go on coming inside the block, ever fewer, so that some are always left.

        None come while many wait: what a slow machine does not read now, the next fault will meet.
        """
        flow = asyncio.create_task(self._flow())
        self.flows = True
        try:
            yield
        finally:
            self.flows = False
            flow.cancel()
            await asyncio.gather(flow, return_exceptions=True)

    async def _flow(self) -> None:
        while True:
            if await self._waiting() < MOST_WAITING:
                await self.send(share=0.01)
            await asyncio.sleep(0.2)  # so that records come one handful after the other

    async def _waiting(self) -> int:
        """How many records were sent and not settled; none while nobody can say."""
        try:
            return len(self.sent) - await self.settled()
        except DATABASE_AWAY:
            return 0

    async def settled(self) -> int:
        """How many records are below the ledger, as far as the database answers."""
        async with connected(self.run) as connection:
            return sum((await read_next_offsets(connection, self.run.group)).values())

    async def settles(self, more: int = 1) -> None:
        """Waits until so many more records are settled, or all where not so many are left."""
        await self._settled_to(await self.settled() + more)

    async def reads_all(self) -> None:
        """Waits until whatever was sent is settled."""
        await self._settled_to(len(self.sent))

    async def _settled_to(self, goal: int) -> None:
        async def is_settled() -> bool:
            self.workers.check()
            to_come = len(self.left) if self.flows else 0
            try:
                return await self.settled() >= min(goal, len(self.sent) + to_come)
            except DATABASE_AWAY:
                return False

        await wait_for(is_settled, REST_WITHIN_S)

    async def at_work(self, *numbers: int) -> None:
        """Waits until each of these workers is ready and has settled records."""

        async def have_settled() -> bool:
            self.workers.check()
            if any([await self.workers.reasons(n) for n in numbers]):
                return False
            return all([await self.workers.metric(n, SETTLED) > 0 for n in numbers])

        await wait_for(have_settled)

    async def works(self, number: int) -> None:
        """Waits until a worker is ready."""

        async def is_ready() -> bool:
            self.workers.check()
            return await self.workers.reasons(number) == {}

        await wait_for(is_ready)

    async def joined(self, members: int) -> None:
        """Waits until each of so many has its partitions, and no more of them move by themselves.

        Whoever comes or goes while they still move makes them move no second time.
        """

        async def is_at_rest() -> bool:
            return await group_of(self.run.broker, self.run.group) == Group("Stable", members)

        await wait_for(is_at_rest)

    async def waits(self, number: int, reason: str = "") -> None:
        """Waits until a worker is not ready because of its database, and says why."""

        async def says_so() -> bool:
            self.workers.check()
            said = (await self.workers.reasons(number)).get("database")
            return said is not None and reason in said

        await wait_for(says_so)


@asynccontextmanager
async def trial(
    servers: tuple[str, MakeTopic, str], folder: Path, size: int = 2, **settings: object
) -> AsyncIterator[Trial]:
    """A service of `size` workers on a broker, with new topics, and a migrated database.

    `servers` are the broker's address, what makes topics, and the database's URL; `settings`
    are of the workers alone.
    """
    broker, topics, database_url = servers
    names = {name: await topics(name, partitions) for name, partitions in PARTITIONS.items()}
    names["signals"] = await topics("signals", SIGNAL_PARTITIONS)
    run = a_run("signals", Stage(broker, names, folder), database_url, batch=100)
    await apply_shop(run)
    made = list(chain.from_iterable(make(SEED, RECORDS, time.time_ns() // 1_000, names)))
    # Twice through all that happens, so that each half has its breaches.
    traffic = made[::2] + made[1::2]
    async with Sender(broker) as sender:
        with fleet(run.settings | QUICK | settings, size, run.folder) as workers:
            under_way = Trial(run, workers, sender, traffic)
            yield under_way
            await under_way.send()
            await quiet(run, workers, REST_WITHIN_S)
            await workers.stop()
    await _judge(under_way)


async def _judge(ended: Trial) -> None:
    stored = await stored_by(ended.run)
    found = await read_all(ended.run.broker, ended.run.partitions)
    judge = judged(ended.run.folder.name, list(with_truth(found, ended.sent)), stored)
    ended.repeats = await assert_told(ended.run, stored, judge.tables)
    ended.judged = stored
    sys.stdout.write(f"{json.dumps(_counted(ended, stored))}\n")


def _counted(ended: Trial, stored: Stored) -> dict[str, int]:
    """What `make soak` tells of it."""
    return {
        "records": len(ended.sent),
        "kills": ended.workers.kills,
        "duplicates": sum(row.duplicates for row in stored.log),
        "signals": len(stored.signals),
        "sent again": ended.repeats,
    }
