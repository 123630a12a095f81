"""A trial: the shop's service on real servers while a test makes trouble, judged at its end.

Inside the block a test sends the traffic phase by phase and makes its faults. When the block is
left, everything must come to rest, end well, and be what the oracle says, row for row.
"""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from tests.support.fleet import Fleet, fleet
from tests.support.judging import assert_committed_at_most, assert_sent_as_stored, judged
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
from tests.support.stored import Stored, read_next_offsets
from tests.support.traffic import PARTITIONS, make
from tests.support.truth import Made
from tests.support.waiting import wait_for

ROUNDS: Final = max(1, int(os.environ.get("SIGNALBOX_TEST_RECORDS", "20000")) // 20_000)
"""How often a fault is made: once, and ten times by `make soak`."""

RECORDS: Final = 1_500 * ROUNDS
SEED: Final = int(os.environ.get("SIGNALBOX_TEST_SEED", "7"))
REST_WITHIN_S: Final = 120 + 10 * ROUNDS


@dataclass
class Trial:
    """A run in progress: its workers, and the traffic that is still to be sent."""

    run: Run
    workers: Fleet
    sender: Sender
    phases: list[list[Made]]
    sent: int = 0

    async def send(self, share: float = 1.0) -> None:
        """Send so much of what is left."""
        left = [made for phase in self.phases for made in phase][self.sent :]
        some = left[: round(len(left) * share)]
        await self.sender.send(some)
        self.sent += len(some)

    async def settled(self) -> int:
        """How many records are below the ledger, as far as the database answers."""
        async with connected(self.run) as connection:
            return sum((await read_next_offsets(connection, self.run.group)).values())

    async def settles(self, more: int = 1) -> None:
        """Waits until so many more records are settled."""
        goal = min(await self.settled() + more, self.sent)

        async def is_settled() -> bool:
            self.workers.check()
            try:
                return await self.settled() >= goal
            except (OSError, asyncpg.PostgresError):
                return False

        await wait_for(is_settled, REST_WITHIN_S)


@asynccontextmanager
async def trial(
    servers: tuple[str, MakeTopic, str], folder: Path, size: int = 2, **settings: object
) -> AsyncIterator[Trial]:
    """A service of `size` workers on a broker, with new topics, and a migrated database.

    `servers` are the broker's address, what makes topics, and the database's URL.
    """
    broker, topics, database_url = servers
    names = {name: await topics(name, partitions) for name, partitions in PARTITIONS.items()}
    names["signals"] = await topics("signals", SIGNAL_PARTITIONS)
    run = a_run("signals", Stage(broker, names, folder), database_url, batch=100)
    run.settings.update(settings)
    await apply_shop(run)
    phases = make(SEED, RECORDS, time.time_ns() // 1_000, names)
    async with Sender(broker) as sender:
        with fleet(run.settings, size, run.folder) as workers:
            under_way = Trial(run, workers, sender, phases)
            yield under_way
            await under_way.send()
            await quiet(run, workers, REST_WITHIN_S)
            await workers.stop()
    await _judge(under_way)


async def _judge(ended: Trial) -> Stored:
    stored = await stored_by(ended.run)
    found = await read_all(ended.run.broker, ended.run.partitions)
    sent = (made for phase in ended.phases for made in phase)
    judged(ended.run.folder.name, list(with_truth(found, sent)), stored)
    await assert_sent_as_stored(ended.run, stored)
    await assert_committed_at_most(ended.run, stored.next_offsets())
    return stored
