"""Events of long ago are dropped, and every metric stays what it was, provably."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from service.store import migrating
from tests.support.command import Ended, settings, signalbox
from tests.support.comparing.rows import rows_in
from tests.support.ingesting import (
    START_US,
    SUBJECT_KEY,
    Ingesting,
    differences,
    ingesting,
    record,
    span,
)
from tests.support.small_shop import CONTACT, ordered, rated, said

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
DAYS = (40, 20, 20, 5, 0)
"""How many days ago each handful of records was written; the first has no partition of its own
because a test makes it so."""


BASE = """
    SELECT metric, scope, segment, base.start, n, hits, low, total, squares
    FROM base JOIN series ON series.id = base.series
"""


def midnight_us(days_ago: int) -> int:
    return int((TODAY - timedelta(days=days_ago)).timestamp()) * 1_000_000


async def filled(here: Ingesting, ages: Sequence[int] = DAYS, first: int = 0) -> None:
    """Three events for each of these, numbered from `first` on, the customer's contacts among
    them.
    """
    offset = 3 * first
    for number, days in enumerate(ages, first):
        values = [
            ordered(f"o{number}", START_US, "jo", amount=10 + number),
            said(f"k{number}", CONTACT, START_US + number, "jo"),
            rated(f"r{number}", START_US, 1 + number, customer="mo"),
        ]
        time_us = midnight_us(days)
        records = [record(offset + n, value, time_us=time_us) for n, value in enumerate(values)]
        await here.committed(span(records))
        offset += len(values)


async def pruned(database_url: str, days_ago: int) -> Ended:
    day = f"{TODAY - timedelta(days=days_ago):%Y-%m-%d}"
    variables = settings(database_url, "127.0.0.1:1", subject_key=SUBJECT_KEY)
    return await signalbox("prune", "--before", day, variables=variables)


async def test_metrics_stay_and_the_audit_says_from_when_it_proves_them(database_url: str) -> None:
    async with ingesting(database_url) as here:
        await filled(here)
        before = await here.buckets()
        said_so = await pruned(database_url, 10)
        assert (said_so.status, said_so.err) == (0, "")
        assert said_so.out.startswith("9 events from before ")
        assert await here.buckets() == before
        assert set(await here.placed()) == {f"{kind}{n}" for kind in "okr" for n in (3, 4)}
        tables = await here.rows(
            "SELECT relname FROM pg_class WHERE relname ~ '^event_2' AND relkind = 'r'"
        )
        assert sorted(row["relname"] for row in tables) == [
            f"event_{TODAY - timedelta(days=days):%Y%m%d}" for days in (5, 0)
        ]
    assert await differences(database_url) == []
    variables = settings(database_url, "127.0.0.1:1", subject_key=SUBJECT_KEY)
    audit = await signalbox("audit", variables=variables)
    assert audit.status == 0
    assert f"proved from {TODAY - timedelta(days=10):%Y-%m-%d} on" in audit.out


async def test_events_of_a_day_without_a_partition_go_too(database_url: str) -> None:
    async with ingesting(database_url) as here:
        here.memory.days.update(midnight_us(days) // 86_400_000_000 for days in DAYS)
        await filled(here)
        assert (await pruned(database_url, 10)).out.startswith("9 events")
        assert len(await here.placed()) == 6
    assert await differences(database_url) == []


async def test_a_third_contact_is_one_though_the_first_two_are_gone(database_url: str) -> None:
    async with ingesting(database_url) as here:
        await filled(here)
        await pruned(database_url, 10)
        orders = [ordered(f"p{n}", START_US + n, "jo") for n in range(95)]
        await here.committed(span([record(15 + n, value) for n, value in enumerate(orders)]))
        assert (await here.totals("hundredths", "shop/buy/hundredth"))[0] == 1
        late = said("late", CONTACT, START_US - 1, "jo")
        await here.committed(span([record(110, late)]))
    assert await differences(database_url) == []


async def test_pruning_again_adds_to_what_was_kept(database_url: str) -> None:
    async with ingesting(database_url) as here:
        await filled(here)
        before = await here.buckets()
        await pruned(database_url, 30)
        await pruned(database_url, 10)
        said_so = await pruned(database_url, 10)
        assert said_so.out.startswith("0 events")
        assert await here.buckets() == before
    assert await differences(database_url) == []


@pytest.mark.parametrize("days_ago", [6, -3])
async def test_a_day_that_objectives_look_at_is_refused_with_the_latest_that_is_not(
    database_url: str, days_ago: int
) -> None:
    async with ingesting(database_url) as here:
        await filled(here)
        said_so = await pruned(database_url, days_ago)
        assert said_so.status == 2
        assert f"objectives look back to {TODAY - timedelta(days=7):%Y-%m-%d}" in said_so.err
        assert len(await here.placed()) == 15


async def test_when_it_was_pruned_changes_nothing_where_no_copy_comes_back(
    database_url: str, empty_database_url: str
) -> None:
    """A replay may prune at its end what was pruned in the middle."""
    found = []
    await migrating.upgrade(empty_database_url)
    for url, middle in ((database_url, 3), (empty_database_url, len(DAYS))):
        async with ingesting(url) as here:
            await filled(here, DAYS[:middle])
            assert (await pruned(url, 10)).status == 0
            await filled(here, DAYS[middle:], first=middle)
            found.append(await rows_in(here.connection))
            found[-1]["base"] = Counter(map(tuple, await here.rows(BASE)))
        assert await differences(url) == []
    for table in ("event", "fact", "history", "bucket", "moment", "base"):
        assert found[0][table] == found[1][table], table
    assert found[0]["base"]
