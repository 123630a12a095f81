"""Statements of one fact and events of one customer leave the same rows in every order.

Each lies in a partition of its own, so that every order may happen, in one batch or in several.
"""

import asyncio
from collections import Counter
from collections.abc import Hashable, Sequence
from contextlib import suppress
from itertools import permutations

import pytest

from service.event import Position, Record
from service.ingest.preparing.prepared import Span
from service.ingest.settling.memory import Memory
from tests.simulation.shop import AT_FIRST
from tests.support.comparing.rows import Rows, empty, rows_in
from tests.support.ingesting import DAY_US, START_US, Ingesting, differences, ingesting
from tests.support.small_shop import (
    CONTACT,
    HUNDREDTH,
    ORDERED,
    framework_on,
    ordered,
    rated,
    said,
    withdrawn,
)
from tests.support.waiting import wait_for

TOPICS = ("a", "b", "c")
READ_US = START_US + 300 * DAY_US

Statement = tuple[int, bytes]
"""Minute of the record, and what it says."""

STORIES: dict[str, Sequence[Statement]] = {
    "an id that is used twice, the later content told twice": (
        (5, rated("r", START_US, 5)), (2, rated("r", START_US, 2)), (9, rated("r", START_US, 5)),
    ),
    "an id under which three things are said": (
        (5, rated("r", START_US, 5)), (2, rated("r", START_US, 2)), (9, rated("r", START_US, 1)),
    ),
    "a fact that is restated": (
        (1, rated("r", START_US, 5, version=1)), (2, rated("r", START_US, 2, version=3)),
        (3, rated("r", START_US, 4, version=2)),
    ),
    "a fact whose versions tie": (
        (1, rated("r", START_US, 5, version=7)), (2, rated("r", START_US, 2, version=7)),
        (3, rated("r", START_US, 4, version=7)),
    ),
    "a fact that is taken back and given again": (
        (1, ordered("o", START_US, version=1)), (2, withdrawn("o", START_US, 2)),
        (3, ordered("o", START_US, version=3, amount=7)),
    ),
    "copies of which the earliest counts": (
        (3, ordered("o", START_US)), (1, ordered("o", START_US)), (2, ordered("o", START_US)),
    ),
    "contacts of a customer, the third of them elsewhere": tuple(
        (1, said(f"c{day}", CONTACT, START_US + day * DAY_US)) for day in (2, 0, 1)
    ),
    "an order that moves to another customer": (
        (1, ordered("o", START_US, "jo", version=1)), (2, ordered("o", START_US, "al", version=2)),
        (3, ordered("p", START_US + DAY_US, "jo")),
    ),
}  # fmt: skip


def span_of(topic: str, statement: Statement) -> Span:
    minute, value = statement
    time_us = READ_US + minute * 60_000_000
    return Span(topic, 0, 0, 1, (Record(Position(topic, 0, 0), time_us, b"k", (), value),))


def comparable(rows: Rows) -> tuple[Rows, Counter[str]]:
    """The rows that must be the same, and how many items ended as what in all."""
    kept = {name: table for name, table in rows.items() if name not in ("batch", "dead_letter")}
    letters: Counter[Hashable] = Counter()
    for row, count in rows["dead_letter"].items():
        assert isinstance(row, tuple)
        letters[row[2:4]] += count  # which copy of a content is kept does not matter
    ended: Counter[str] = Counter()
    for row in rows["batch"].elements():
        assert isinstance(row, tuple)
        events, duplicates, superseded, _, dead, *corrected = row[7:]
        ended["events"] += events + corrected[0]
        ended["set aside"] += duplicates + superseded + corrected[1] + corrected[2]
        ended["dead letters"] += dead + corrected[3]
    return kept | {"dead_letter": letters}, ended


async def settled(here: Ingesting, batches: Sequence[Sequence[Span]]) -> tuple[Rows, Counter[str]]:
    """What is left when these batches are settled in this order."""
    await empty(here.connection)
    here.memory = Memory()
    await here.apply(framework_on(*TOPICS))
    await here.open(*TOPICS)
    for spans in batches:
        await here.committed(*spans)
    return comparable(await rows_in(here.connection))


@pytest.mark.parametrize("name", STORIES)
async def test_every_order_leaves_the_same_rows(name: str, database_url: str) -> None:
    spans = [
        span_of(topic, statement) for topic, statement in zip(TOPICS, STORIES[name], strict=True)
    ]
    async with ingesting(database_url, framework_on(*TOPICS), TOPICS) as here:
        first = await settled(here, [[span] for span in spans])
        for order in permutations(spans):
            assert await settled(here, [[span] for span in order]) == first
            assert await settled(here, [order]) == first
            assert await settled(here, [order[:2], order[2:]]) == first
        assert await differences(database_url) == []


class RolledBackError(Exception):
    """What a test ends a transaction with."""


async def test_who_waited_for_a_customer_counts_nothing_of_what_was_rolled_back(
    database_url: str,
) -> None:
    """The waiting batch is placed as if the other one had never been, then it comes again."""
    early = span_of("a", (1, ordered("early", START_US)))
    late = span_of("b", (2, ordered("late", START_US + DAY_US)))
    text = AT_FIRST.partition("sources:")[0] + framework_on("a", "b").partition("sources:")[2]
    text = text.replace("\n- {id: source-0", "sources:\n- {id: source-0", 1)
    async with (
        ingesting(database_url, text, ["a", "b"]) as one,
        ingesting(database_url, None) as other,
    ):
        with suppress(RolledBackError):
            async with one.connection.transaction():
                await one.committed(early)
                waiting = asyncio.create_task(other.committed(late))
                await wait_for(lambda: waits_for_a_lock(one))
                raise RolledBackError
        await waiting
        assert await other.placed() == {"late": {ORDERED}}
        assert await differences(database_url) == []
        await other.committed(early)
        assert await other.placed() == {"early": {ORDERED}, "late": {HUNDREDTH}}
        assert await other.totals("money", "shop/buy") == (2, 2_000)
        assert await differences(database_url) == []


async def waits_for_a_lock(here: Ingesting) -> bool:
    return bool(
        await here.value(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    )
