"""Dead letters retried while two workers read, by processes that die and two at once.

A survey's source is wrong twice before it is right; in the end the tables are those of somebody
who had always known.
"""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import asyncpg
import pytest

from tests.support.comparing import tables
from tests.support.comparing.stored import Stored, read_next_offsets, read_stored
from tests.support.fleet import COMMAND, ROOT, Fleet, environment, fleet, signalbox
from tests.support.oracle.shop import FIRST, framework, survey_half_right, survey_not_opened
from tests.support.oracle.tables import Revision, work_out
from tests.support.records import Sender, end_offsets, read_all, with_truth
from tests.support.servers import MakeTopic
from tests.support.traffic.mixed import PARTITIONS, make
from tests.support.truth import Delivery, Made
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.durable, pytest.mark.kafka, pytest.mark.slow]

T = TypeVar("T")

RECORDS: Final = 2_500
HANDFUL: Final = 20
HANDFUL_EVERY_S: Final = 0.3
"""So that a third of the records lasts for as long as a few retries."""
CRASH_POINTS: Final = ("after_facts", "before_db_commit", "after_db_commit")
QUIET_WITHIN_S: Final = 120


class Run(NamedTuple):
    settings: Mapping[str, object]
    topics: Mapping[str, str]
    broker: str
    folder: Path

    @property
    def partitions(self) -> dict[str, int]:
        return {self.topics[source]: number for source, number in PARTITIONS.items()}

    async def apply(self, text: str) -> None:
        directory = self.folder / "shop"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "shop.yaml").write_text(text, encoding="utf-8")
        await asyncio.to_thread(signalbox, self.settings, "apply", str(directory))

    async def retry(self, crash_at: str = "") -> int:
        """How a retry of all dead letters ended."""
        done = await asyncio.to_thread(
            subprocess.run,
            [*COMMAND, "dead-letters", "retry"],
            env=environment(self.settings) | ({"CRASH_AT": crash_at} if crash_at else {}),
            cwd=ROOT,
            capture_output=True,
            timeout=120,
        )
        assert done.returncode in (0, 1, -9), done.stderr.decode()
        return done.returncode

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(str(self.settings["database_url"]))
        try:
            yield connection
        finally:
            await connection.close()

    async def value(self, query: str) -> int:
        async with self.connected() as connection:
            return int(await connection.fetchval(query))

    async def quiet(self, workers: Fleet) -> None:
        """Waits until everything that lies in the topics is settled."""
        ends = await end_offsets(self.broker, self.partitions)
        async with self.connected() as connection:

            async def all_settled() -> bool:
                workers.check()
                return await read_next_offsets(connection, self.group) == ends

            await wait_for(all_settled, QUIET_WITHIN_S)

    @property
    def group(self) -> str:
        return str(self.settings["consumer_group"])

    async def stored(self) -> Stored:
        """The tables. All revisions have the same rules, so it does not matter which placed."""
        async with self.connected() as connection:
            stored = await read_stored(connection, self.group)
        events = {name: event._replace(revision=1) for name, event in stored.events.items()}
        return replace(stored, events=events)


async def retry_with_crashes(run: Run) -> int:
    """Retries until one ends well: how many ended in a crash."""
    ended = [await run.retry(f"{point}:1") for point in CRASH_POINTS]
    await run.retry()
    return ended.count(-9)


async def retry_twice_at_once(run: Run) -> tuple[int, int]:
    """How both ended."""
    return await asyncio.gather(run.retry(), run.retry())


async def under_traffic(
    sender: Sender, records: Sequence[Made], retrying: Coroutine[Any, Any, T]
) -> T:
    """What a retry gives while records come, a handful after the other, as long as it lasts."""
    retry = asyncio.create_task(retrying)
    left = list(records)
    while left and not retry.done():
        await sender.send(left[:HANDFUL])
        del left[:HANDFUL]
        await asyncio.wait([retry], timeout=HANDFUL_EVERY_S)
    assert len(left) < len(records), "no traffic met the retry"
    await sender.send(left)
    return await retry


async def test_a_retry_under_traffic_and_crashes_gives_the_tables_of_who_had_always_known(
    broker: str, topics: MakeTopic, database_url: str, tmp_path: Path
) -> None:
    names = {name: await topics(name, partitions) for name, partitions in PARTITIONS.items()}
    settings: dict[str, object] = {
        "database_url": database_url,
        "kafka_bootstrap": broker,
        "subject_key": "a key for tests alone",
        "consumer_group": names["crm.events"],
        "signals_topic": await topics("signals"),
        "batch_max_records": 200,
        "session_timeout_ms": 6_000,
        "log_format": "text",
    }
    run = Run(settings, names, broker, tmp_path)
    right = framework(names)
    made = [one for phase in make(11, RECORDS, time.time_ns() // 1_000, names) for one in phase]
    third = len(made) // 3
    letters = "SELECT count(*) FROM dead_letter"

    await run.apply(survey_not_opened(right))
    async with Sender(broker) as sender:
        with fleet(settings, 2, tmp_path) as workers:
            await sender.send(made[:third])
            await run.quiet(workers)
            at_first = await run.value(letters)

            await run.apply(survey_half_right(right))
            crashes = await under_traffic(sender, made[third : 2 * third], retry_with_crashes(run))
            await run.quiet(workers)
            wrong_type = await run.value(f"{letters} WHERE reason = 'wrong_type'")

            await run.apply(right)
            together = await under_traffic(sender, made[2 * third :], retry_twice_at_once(run))
            await run.quiet(workers)
            await run.retry()
            await workers.stop()
    assert crashes == len(CRASH_POINTS)
    assert -9 not in together
    assert at_first > wrong_type > 0

    found = await read_all(broker, run.partitions)
    deliveries: list[Delivery] = list(with_truth(found, made))
    stored = await run.stored()
    expected = work_out(deliveries, [Revision(1, {}, FIRST)], tables.as_stored(stored))
    differences = tables.differences(expected, stored)
    assert not differences, "\n".join(differences)
    signalbox(settings, "audit")
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert await run.value(deadlocks) == 0
