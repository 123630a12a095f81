"""The main job on Apache Kafka under SIGKILL, judged by the oracle, row for row.

`SIGNALBOX_TEST_RECORDS` says how many records; `make soak` takes 200,000.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import TypeAlias

import pytest

from tests.support.comparing.judging import assert_told, judged
from tests.support.comparing.stored import Stored
from tests.support.fleet import Fleet, fleet, kill_at_random, signalbox
from tests.support.oracle.shop import AIMS, FREQUENT
from tests.support.oracle.tables import FactName, Placement
from tests.support.records import Sender, end_offsets, read_all, with_truth
from tests.support.running import (
    SIGNAL_PARTITIONS,
    Run,
    Stage,
    a_run,
    apply_shop,
    checked,
    connected,
    quiet,
    settled_records,
    stored_by,
)
from tests.support.servers import MakeTopic
from tests.support.traffic.mixed import PARTITIONS, make
from tests.support.truth import Place
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.durable, pytest.mark.kafka, pytest.mark.slow]

RECORDS = int(os.environ.get("SIGNALBOX_TEST_RECORDS", "12000"))
SEED = int(os.environ.get("SIGNALBOX_TEST_SEED", "7"))
A_KILL_EVERY = max(1_000, RECORDS // 20)
QUIET_WITHIN_S = 120 + RECORDS / 500


@asynccontextmanager
async def killing(run: Run, workers: Fleet, size: int) -> AsyncIterator[None]:
    """Workers die at random inside the block."""
    async with connected(run) as connection:

        async def settled() -> int:
            return await settled_records(run, connection)

        killer = asyncio.create_task(
            kill_at_random(workers, size, Random(SEED), A_KILL_EVERY, settled)
        )
        try:
            yield
        finally:
            killer.cancel()
            with suppress(asyncio.CancelledError):
                await killer


async def part_way(run: Run, workers: Fleet) -> None:
    """Waits until a quarter of all records is settled."""
    goal = sum((await end_offsets(run.broker, run.partitions)).values()) // 4
    async with connected(run) as connection:

        async def came() -> bool:
            workers.check()
            return await settled_records(run, connection) >= goal

        await wait_for(came, QUIET_WITHIN_S)


async def tell_efforts(run: Run) -> None:
    """Somebody tells the effort of everything that is open."""
    said = await asyncio.to_thread(signalbox, run.settings, "opportunities", "list", "--json")
    for one in json.loads(said):
        told = ("effort", str(one["id"]), "3", "--because", "Two people, a week.")
        await asyncio.to_thread(signalbox, run.settings, "opportunities", *told)


Placed: TypeAlias = Mapping[FactName, tuple[Place, frozenset[Placement]]]


async def placed_by(run: Run) -> Placed:
    """Where each event was read and at which touchpoints it is now."""
    stored = await stored_by(run)
    return {name: (event.place, event.placements) for name, event in stored.events.items()}


def replaced(before: Placed, after: Placed) -> int:
    """How many events lie where they lay before, at other touchpoints."""
    both = [(before[name], after[name]) for name in before.keys() & after.keys()]
    return sum(one[0] == other[0] and one[1] != other[1] for one, other in both)


def of_revision(number: int, stored: Stored) -> int:
    """How many events count under a revision."""
    return sum(event.revision == number for event in stored.events.values())


def placed_by_new_history(stored: Stored) -> int:
    """How many events are where the second revision alone puts them, for what lay before it."""
    places = (event.placements for event in stored.events.values())
    return sum(any(touchpoint == FREQUENT for touchpoint, _ in found) for found in places)


def standing_out(stored: Stored) -> int:
    """How many signals name a segment."""
    shown = (json.loads(signal.value)["data"].get("evidence") for signal in stored.signals)
    return sum(bool(evidence and evidence["stands_out"]) for evidence in shown)


async def test_the_oracle_agrees_row_for_row_under_sigkill_and_again_in_another_interleaving(
    broker: str,
    topics: MakeTopic,
    database_url: str,
    empty_database_url: str,
    tmp_path: Path,
) -> None:
    """Events, placements, histories, buckets, identifiers and links, dead letters, the log; then
    checks, and signals with all their evidence. A new revision is applied in the middle, and
    efforts are told.
    """
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
                    ends = await quiet(first, workers, QUIET_WITHIN_S)
                    await checked(first, workers, ends)
                    await tell_efforts(first)
                    snapshots.append(await placed_by(first))
            first_kills = workers.kills
            await checked(first, workers, await quiet(first, workers, QUIET_WITHIN_S))
            await workers.stop()
    one = await stored_by(first)

    found = await read_all(broker, first.partitions)
    deliveries = list(with_truth(found, (made for phase in phases for made in phase)))
    judge = judged("first", deliveries, one)
    await assert_told(first, one, judge.tables)

    second = a_run("second", at, empty_database_url, batch=1_700)
    signalbox(second.settings, "migrate")
    await apply_shop(second)
    with fleet(second.settings, 3, second.folder) as workers:
        async with killing(second, workers, 3):
            await part_way(second, workers)
            await apply_shop(second, revision=2)
            ends = await quiet(second, workers, QUIET_WITHIN_S)
        await checked(second, workers, ends)
        second_kills = workers.kills
        await workers.stop()
    other = await stored_by(second)
    again = judged("second", deliveries, other)
    await assert_told(second, other, again.tables)
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
        **{f"events of revision {n}": of_revision(n, one) for n in AIMS},
        "placed by new history": placed_by_new_history(one),
        "segments that stand out": standing_out(one),
        "efforts told": len(one.told),
        **{
            signal: sum(stored.kind == signal for stored in one.signals)
            for signal in ("opened", "recovered", "reopened", "reached")
        },
    }
    sys.stdout.write(f"{json.dumps({'records': len(deliveries), **sometimes})}\n")
    assert all(sometimes.values()), sometimes
