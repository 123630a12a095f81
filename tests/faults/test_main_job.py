"""The main job on Apache Kafka under SIGKILL, judged by the oracle, row for row.

`SIGNALBOX_TEST_RECORDS` says how many records; `make soak` takes 200,000.
"""

import asyncio
import gc
import json
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import chain, pairwise
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeAlias

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from tests.support import comparing, comparing_findings
from tests.support.fleet import Fleet, fleet, kill_at_random, signalbox
from tests.support.oracle import FactName, Offsets, Placement, Tables, work_out
from tests.support.oracle_checks import settled_by
from tests.support.oracle_signals import evaluate
from tests.support.records import Sender, end_offsets, read_all, with_truth
from tests.support.servers import MakeTopic
from tests.support.shop_truth import (
    AIMS,
    FREQUENT,
    HUNDREDTH,
    MILESTONE_DETECTOR,
    framework,
    revisions,
)
from tests.support.stored import Stored, read_journal, read_next_offsets, read_stored
from tests.support.traffic import PARTITIONS, make
from tests.support.truth import Delivery, Place
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.durable, pytest.mark.kafka, pytest.mark.slow]

RECORDS = int(os.environ.get("SIGNALBOX_TEST_RECORDS", "20000"))
SEED = int(os.environ.get("SIGNALBOX_TEST_SEED", "7"))
KILLS_A_RUN = 20
SIGNAL_PARTITIONS = 2
QUIET_WITHIN_S = 120 + RECORDS / 500
CHECKS_WITHIN_S = 60
CHECKS_AFTER = 4
"""How many checks must follow the last record of a phase: enough for every detector."""


class Run(NamedTuple):
    """One service on one database, as its commands and the judge see it."""

    settings: dict[str, object]
    topics: dict[str, str]
    broker: str
    folder: Path

    @property
    def partitions(self) -> dict[str, int]:
        """How many each topic has."""
        return {topic: PARTITIONS[source] for source, topic in self.topics.items()}

    @property
    def database_url(self) -> str:
        return str(self.settings["database_url"])

    @property
    def group(self) -> str:
        return str(self.settings["consumer_group"])


class Stage(NamedTuple):
    """What the runs of a test have in common."""

    broker: str
    topics: dict[str, str]
    folder: Path


def a_run(name: str, at: Stage, database_url: str, batch: int) -> Run:
    settings: dict[str, object] = {
        "database_url": database_url,
        "kafka_bootstrap": at.broker,
        "subject_key": "a key for tests alone",
        "consumer_group": f"{at.topics['crm.events']}-{name}",
        "signals_topic": at.topics[name],
        "batch_max_records": batch,
        "session_timeout_ms": 6_000,
        "log_format": "text",
    }
    sources = {source: at.topics[source] for source in PARTITIONS}
    return Run(settings, sources, at.broker, at.folder / name)


@asynccontextmanager
async def connected(run: Run) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(run.database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def apply_shop(run: Run, revision: int = 1) -> None:
    """Makes the revision of the shop the one in force, whatever goes on meanwhile."""
    directory = run.folder / f"shop-{revision}"
    directory.mkdir(parents=True)
    (directory / "shop.yaml").write_text(framework(run.topics, revision), encoding="utf-8")
    await asyncio.to_thread(signalbox, run.settings, "apply", str(directory))


async def settled_records(run: Run, connection: asyncpg.Connection) -> int:
    return sum((await read_next_offsets(connection, run.group)).values())


@asynccontextmanager
async def killing(run: Run, workers: Fleet, size: int) -> AsyncIterator[None]:
    """Workers die at random inside the block."""
    async with connected(run) as connection:

        async def settled() -> int:
            return await settled_records(run, connection)

        every = max(100, RECORDS // KILLS_A_RUN)
        killer = asyncio.create_task(kill_at_random(workers, size, Random(SEED), every, settled))
        try:
            yield
        finally:
            killer.cancel()
            with suppress(asyncio.CancelledError):
                await killer


async def half_way(run: Run, workers: Fleet) -> None:
    """Waits until half of all records are settled."""
    goal = sum((await end_offsets(run.broker, run.partitions)).values()) // 2
    async with connected(run) as connection:

        async def came() -> bool:
            workers.check()
            return await settled_records(run, connection) >= goal

        await wait_for(came, QUIET_WITHIN_S)


async def quiet(run: Run, workers: Fleet) -> Offsets:
    """Waits until the ledger has reached the ends of all topics; these."""
    ends = await end_offsets(run.broker, run.partitions)
    async with connected(run) as connection:

        async def all_settled() -> bool:
            workers.check()
            return await read_next_offsets(connection, run.group) == ends

        await wait_for(all_settled, QUIET_WITHIN_S)
    return ends


async def checked(run: Run, workers: Fleet, ends: Offsets) -> None:
    """Waits until each objective was checked some times behind these offsets, and all is sent."""
    async with connected(run) as connection:

        async def often_enough() -> bool:
            workers.check()
            stored = await read_journal(connection)
            counts = Counter(looked.metric for looked in stored if looked.offsets == ends)
            return all(counts[target.metric] >= CHECKS_AFTER for target in AIMS[1].targets)

        async def all_sent() -> bool:
            waiting = "SELECT count(*) FROM outbox WHERE state = 'pending'"
            return bool(await connection.fetchval(waiting) == 0)

        await wait_for(often_enough, CHECKS_WITHIN_S)
        await wait_for(all_sent, CHECKS_WITHIN_S)


async def stored_by(run: Run) -> Stored:
    async with connected(run) as connection:
        return await read_stored(connection, run.group)


class Judge:
    """Works out what a run must have stored.

    The journal goes forward, so only the tables of its newest point and of the end are kept.
    """

    def __init__(self, deliveries: list[Delivery], stored: Stored) -> None:
        self._deliveries = deliveries
        self._choose = comparing.as_stored(stored)
        self._stored = stored
        self._end = stored.next_offsets()
        self._revisions = revisions(stored.revisions)
        self.tables = self._work_out(self._end)
        self._newest = (self._end, self.tables)

    def _work_out(self, offsets: Offsets) -> Tables:
        return work_out(settled_by(self._deliveries, offsets), self._revisions, self._choose)

    def _tables_at(self, offsets: Offsets) -> Tables:
        if offsets == self._end:
            return self.tables
        if offsets != self._newest[0]:
            self._newest = (dict(offsets), self._work_out(offsets))
        return self._newest[1]

    def differences(self) -> list[str]:
        findings = evaluate(self._stored.journal, self._tables_at, AIMS)
        names = comparing_findings.customers_of(self._stored, self.tables)
        return [
            *comparing.differences(self.tables, self._stored),
            *comparing_findings.finding_differences(
                findings, self._stored, MILESTONE_DETECTOR, HUNDREDTH, names
            ),
        ]


async def assert_sent_as_stored(run: Run, stored: Stored) -> None:
    """What lies on the topic is what the outbox holds; repeats are identical."""
    topic = str(run.settings["signals_topic"])
    found = await read_all(run.broker, {topic: SIGNAL_PARTITIONS})
    lying = list(chain.from_iterable(found.values()))
    kept = {json.loads(signal.value)["id"]: signal for signal in stored.signals}
    assert len(kept) == len(stored.signals), "a signal id was used twice"
    assert comparing_findings.repeats((d.key, d.value) for d in lying if d.value is not None) == {
        id_: {signal.value} for id_, signal in kept.items() if signal.state == "sent"
    }
    first: dict[bytes, list[int]] = {}
    for delivery in lying:
        message = json.loads(delivery.value or b"{}")
        seen = first.setdefault(delivery.key or b"", [])
        if message["data"]["sequence"] not in seen:
            seen.append(message["data"]["sequence"])
    assert all(seen == sorted(seen) for seen in first.values()), "first deliveries out of order"


async def assert_committed_at_most(run: Run, ledger: Mapping[tuple[str, int], int]) -> None:
    """The broker's offsets never lead the ledger."""
    admin = AIOKafkaAdminClient(bootstrap_servers=run.broker)
    await admin.start()
    try:
        committed = await admin.list_consumer_group_offsets(run.group)
    finally:
        await admin.close()
    ahead = {p: c.offset for p, c in committed.items() if c.offset > ledger[p.topic, p.partition]}
    assert not ahead


def judged(name: str, deliveries: list[Delivery], stored: Stored) -> Judge:
    """Fails unless the run stored what it must."""
    gc.disable()  # millions of rows and no cycles: looking for some would take half of the time
    try:
        judge = Judge(deliveries, stored)
        differences = judge.differences()
    finally:
        gc.enable()
    assert not differences, f"run {name}:\n" + "\n".join(differences)
    return judge


Placed: TypeAlias = Mapping[FactName, tuple[Place, frozenset[Placement]]]


async def placed_by(run: Run) -> Placed:
    """Where each event was read and at which touchpoints it is now."""
    stored = await stored_by(run)
    return {name: (event.place, event.placements) for name, event in stored.events.items()}


def replaced(before: Placed, after: Placed) -> int:
    """How many events lie where they lay before, at other touchpoints."""
    both = [(before[name], after[name]) for name in before.keys() & after.keys()]
    return sum(one[0] == other[0] and one[1] != other[1] for one, other in both)


def of_revision(number: int, *runs: Stored) -> int:
    """How many events count under a revision, in the run that has fewer of them."""
    return min(sum(e.revision == number for e in stored.events.values()) for stored in runs)


def placed_by_new_history(stored: Stored) -> int:
    """How many events are where the second revision alone puts them, for what lay before it."""
    places = (event.placements for event in stored.events.values())
    return sum(any(touchpoint == FREQUENT for touchpoint, _ in found) for found in places)


def standing_out(stored: Stored) -> int:
    """How many signals name a segment."""
    shown = (json.loads(signal.value)["data"].get("evidence") for signal in stored.signals)
    return sum(bool(evidence and evidence["stands_out"]) for evidence in shown)


async def test_the_oracle_agrees_row_for_row_under_sigkill_and_again_in_another_interleaving(  # noqa: PLR0917
    broker: str,
    topics: MakeTopic,
    database_url: str,
    empty_database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Events, placements, histories, buckets, identifiers and links, dead letters, the log; then
    checks, and signals with all their evidence. A new revision is applied in the middle.
    """
    began = time.monotonic()
    names = {name: await topics(name, partitions) for name, partitions in PARTITIONS.items()}
    names |= {
        name: await topics(f"signals-{name}", SIGNAL_PARTITIONS) for name in ("first", "second")
    }
    phases = make(SEED, RECORDS, time.time_ns() // 1_000, names)

    at = Stage(broker, names, tmp_path)
    first = a_run("first", at, database_url, batch=400)
    await apply_shop(first)
    snapshots = []
    async with Sender(broker) as sender:
        with fleet(first.settings, 2, first.folder) as workers:
            async with killing(first, workers, 2):
                for phase in phases:
                    await sender.send(phase[: len(phase) // 2])
                    if phase is phases[-1]:
                        await apply_shop(first, revision=2)
                    await sender.send(phase[len(phase) // 2 :])
                    ends = await quiet(first, workers)
                    await checked(first, workers, ends)
                    snapshots.append(await placed_by(first))
            first_kills = workers.kills
            await checked(first, workers, await quiet(first, workers))
            await workers.stop()
    one = await stored_by(first)

    found = await read_all(broker, first.partitions)
    deliveries = list(with_truth(found, (made for phase in phases for made in phase)))
    judge = judged("first", deliveries, one)
    await assert_sent_as_stored(first, one)
    await assert_committed_at_most(first, one.next_offsets())

    second = a_run("second", at, empty_database_url, batch=1_700)
    signalbox(second.settings, "migrate")
    await apply_shop(second)
    with fleet(second.settings, 3, second.folder) as workers:
        async with killing(second, workers, 3):
            await half_way(second, workers)
            await apply_shop(second, revision=2)
            ends = await quiet(second, workers)
        await checked(second, workers, ends)
        second_kills = workers.kills
        await workers.stop()
    other = await stored_by(second)
    again = judged("second", deliveries, other)
    await assert_sent_as_stored(second, other)
    assert judge.tables.ties == again.tables.ties

    tables = judge.tables
    sometimes = {
        "kills": min(first_kills, second_kills),
        "points of the journal": len(
            {tuple(sorted(looked.offsets.items())) for looked in one.journal}
        ),
        "duplicates": sum(row.duplicates for row in one.log),
        "superseded": sum(row.superseded for row in one.log),
        "conflicts": len(tables.conflicts),
        "ties": len(tables.ties),
        "retracted": tables.counts.events - len(tables.events),
        "re-placements": sum(replaced(*pair) for pair in pairwise(snapshots)),
        **{f"events of revision {n}": of_revision(n, one, other) for n in AIMS},
        "placed by new history": min(map(placed_by_new_history, (one, other))),
        "segments that stand out": standing_out(one),
        **{
            signal: sum(stored.kind == signal for stored in one.signals)
            for signal in ("opened", "recovered", "reopened", "reached")
        },
    }
    with capsys.disabled():
        told = {"records": len(deliveries), "seconds": round(time.monotonic() - began), **sometimes}
        sys.stdout.write(f"\n{json.dumps(told)}\n")
    assert all(sometimes.values()), sometimes
