"""Several writers at once: each fact counts once, and nobody waits in a circle."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from random import Random

import asyncpg

from service.configuring import database_line
from service.ingest.preparing.prepared import Span
from service.ingest.settling.results import Committed
from service.store import ingest as store
from service.store import migrating
from service.store.connecting import connect_for_ingest
from tests.support.ingesting import (
    DAY_US,
    START_US,
    Ingesting,
    differences,
    ingesting,
    record,
    settings_for,
    span,
)
from tests.support.small_shop import CONTACT, framework_on, ordered, rated, said
from tests.support.waiting import wait_for

WRITERS = 4
PARTITIONS = tuple(f"p{number}" for number in range(WRITERS))


def mixed(seed: int) -> list[list[Span]]:
    """By writer: batches over the same facts, customers and metrics, with copies everywhere."""
    dice = Random(seed)
    written = []
    for topic in PARTITIONS:
        batches, offset = [], 0
        for _ in range(25):
            records = []
            for _ in range(dice.randint(20, 60)):
                records.append(record(offset, one(dice), topic))
                offset += 1
            batches.append(span(records))
        written.append(batches)
    return written


def one(dice: Random) -> bytes:
    number = dice.randrange(1_500)
    customer = f"c{number % 7}"
    at_us = START_US + number * 3_600_000_000 % (90 * DAY_US)
    if number % 3 == 0:
        return ordered(f"order-{number}", at_us, customer, amount=number)
    if number % 3 == 1:
        return said(f"contact-{number}", CONTACT, at_us, customer)
    return rated(f"rating-{number}", at_us, number % 5 + 1, version=dice.randint(1, 3))


async def drain(writer: Ingesting, batches: Sequence[Span]) -> int:
    """Commits all batches; how often the database found a circle."""
    circles = 0
    for batch in batches:
        prepared = writer.prepare(batch)
        while True:
            try:
                assert isinstance(await writer.settle(prepared), Committed)
                break
            except asyncpg.DeadlockDetectedError:
                circles += 1
    return circles


async def test_writers_that_share_facts_customers_and_metrics_never_wait_in_a_circle(
    database_url: str, empty_database_url: str
) -> None:
    written = mixed(5)
    async with AsyncExitStack() as stack:
        text = framework_on(*PARTITIONS)
        first = await stack.enter_async_context(ingesting(database_url, text, PARTITIONS))
        others = [
            await stack.enter_async_context(ingesting(database_url, None))
            for _ in range(WRITERS - 1)
        ]
        circles = await asyncio.gather(*map(drain, [first, *others], written))
        together = (await first.placed(), await first.buckets())
        counted = await first.outcomes()
        found = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        assert await first.value(found) == sum(circles) == 0
    assert await differences(database_url) == []

    await migrating.upgrade(empty_database_url)
    async with ingesting(empty_database_url, text, PARTITIONS) as alone:
        for batches in written:
            await drain(alone, batches)
        assert together == (await alone.placed(), await alone.buckets())
        assert counted["items"] == (await alone.outcomes())["items"]


async def test_facts_that_nobody_has_are_copied_by_many_without_a_circle(
    database_url: str,
) -> None:
    """Some of them lie in each of the 16 partitions, which COPY writes one after the other."""
    dice = Random(1)
    line = database_line(settings_for(database_url))
    writers = [await connect_for_ingest(line) for _ in range(WRITERS)]

    async def write(writer: asyncpg.Connection, keys: list[bytes]) -> bool:
        """Whether a collision, never a circle, ended it."""
        rows = [(key, 0, b"digest", None, START_US) for key in sorted(keys)]
        try:
            async with writer.transaction():
                await store.copy_facts(writer, rows)
        except asyncpg.UniqueViolationError:
            return True
        return False

    collisions = 0
    for _ in range(60):
        keys = [dice.randbytes(16) for _ in range(40)]
        ended = await asyncio.gather(*(write(one, dice.sample(keys, 25)) for one in writers))
        collisions += sum(ended)
    for writer in writers:
        await writer.close()
    assert collisions > 0


async def test_a_writer_that_collides_with_another_one_tries_again_and_counts_nothing_twice(
    database_url: str,
) -> None:
    """The other has written the facts, and has not committed them yet."""
    same = [ordered(f"o{n}", START_US + n) for n in range(3)]
    async with ingesting(database_url) as one, ingesting(database_url, None) as other:
        async with other.holding(span([record(n, value, "two") for n, value in enumerate(same)])):
            stored = [record(n, value) for n, value in enumerate(same)]
            waiting = asyncio.create_task(one.committed(span(stored)))
            blocked = "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"

            async def is_blocked() -> bool:
                return bool(await other.value(blocked))

            await wait_for(is_blocked)
        await waiting
        outcomes = await one.outcomes()
        assert (outcomes["items"], outcomes["events"], outcomes["duplicates"]) == (6, 3, 3)
        assert sorted(await one.placed()) == ["o0", "o1", "o2"]
    assert await differences(database_url) == []
