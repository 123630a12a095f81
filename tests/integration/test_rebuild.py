"""A rebuild: the past as today's rules see it, whoever else writes and wherever it is cut off.

What should be there is what a database has that knew today's rules from the first record on.
"""

import asyncio
import json

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from service.ingest.resettling import rebuild as module
from service.ingest.resettling.rebuild import Rebuild
from service.store import migrating
from service.store.evaluation import is_rebuilding
from tests.support.command import settings, signalbox
from tests.support.ingesting import (
    DAY_US,
    START_US,
    SUBJECT_KEY,
    Ingesting,
    differences,
    ingesting,
    record,
    span,
)
from tests.support.small_shop import ASKED, CONTACT, FRAMEWORK, THIRD, ordered, rated, said

HOUR_US = 3_600_000_000
TODAY = (
    FRAMEWORK.replace('history.count("sales.order.placed") == 100', "event.amount > 20.0")
    .replace("days(30)) == 3", "days(1)) == 2")
    .replace(
        "formula: csat, of: feedback.csat", "formula: mean, of: feedback.csat, value: event.score"
    )
    .replace("segment: country", "segment: plan")
)


@pytest.fixture(autouse=True)
def few_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVENTS_A_STEP", 7)


def story() -> list[bytes]:
    """Of three customers, with a segment before and another one after."""
    values = []
    for n in range(60):
        who, at_us = f"c{n % 3}", START_US + n * HOUR_US
        split = {"attributes": {"country": "DE", "plan": "ab"[n % 2]}}
        values.append(
            [
                ordered(f"o{n}", at_us, who, amount=10 + n % 20, **split),
                said(f"k{n}", CONTACT, at_us, who, **split),
                rated(f"r{n}", at_us, 1 + n % 5, customer=who, **split),
            ][n % 3]
        )
    return values


async def everything(here: Ingesting) -> tuple[object, ...]:
    """What rules and metrics make of events."""
    moments = await here.rows(
        """
        SELECT touchpoint, convert_from(document, 'UTF8')::jsonb ->> 'id' AS id
        FROM moment m JOIN event e ON e.id = m.event_id ORDER BY 1, 2
        """
    )
    return await here.placed(), await here.buckets(), [tuple(row) for row in moments]


async def as_if_always(url: str, values: list[bytes]) -> tuple[object, ...]:
    """The same records in a database that knew today's rules from the first on."""
    await migrating.upgrade(url)
    async with ingesting(url, TODAY) as there:
        await there.committed(span([record(n, value) for n, value in enumerate(values)]))
        return await everything(there)


async def rebuilt(here: Ingesting) -> int:
    """How many events were placed anew until nothing was left."""
    rebuild, events = Rebuild(here.rulebook), 0
    await rebuild.begin(here.connection, "test")
    while (step := await rebuild.step(here.connection)).events:
        events += step.events
    return events


async def test_a_rebuild_leaves_what_todays_rules_would_have_made_of_it(
    database_url: str, empty_database_url: str
) -> None:
    values = story()
    async with ingesting(database_url) as here:
        await here.committed(span([record(n, value) for n, value in enumerate(values)]))
        before = await everything(here)
        await here.apply(TODAY)
        assert await everything(here) == before
        assert await rebuilt(here) == len(values)
        expected = await as_if_always(empty_database_url, values)
        assert await everything(here) == expected
        assert expected != before
        assert await rebuilt(here) == 0
    assert await differences(database_url) == []


@pytest.mark.parametrize(("before_us", "places"), [(1, {ASKED, THIRD}), (0, {ASKED})])
async def test_a_window_is_exact_to_the_microsecond(
    before_us: int, places: set[str], database_url: str
) -> None:
    """By whatever the third contact is placed: its batch, or a rebuild."""
    last_us = START_US + 30 * DAY_US - before_us
    times = (START_US, START_US + DAY_US, last_us)
    values = [said(f"c{n}", CONTACT, at_us) for n, at_us in enumerate(times)]
    async with ingesting(database_url) as here:
        for n, value in enumerate(values):
            await here.committed(span([record(n, value)]))
        assert (await here.placed())["c2"] == places
        await here.apply(FRAMEWORK.replace("title: Shop", "title: The shop"))
        assert await rebuilt(here) == 3
        assert (await here.placed())["c2"] == places


async def test_a_rebuild_that_was_cut_off_is_exact_all_the_while_and_goes_on(
    database_url: str, empty_database_url: str
) -> None:
    values = story()
    async with ingesting(database_url) as here:
        await here.committed(span([record(n, value) for n, value in enumerate(values)]))
        await here.apply(TODAY)
        first = Rebuild(here.rulebook)
        assert await first.begin(here.connection, "test") == len(values)
        await first.step(here.connection)
        assert await differences(database_url) == []
        assert await under_way(database_url)
        again = Rebuild(here.rulebook)
        assert await again.begin(here.connection, "test") == len(values) - 7
        assert await rebuilt(here) == len(values) - 7
        assert not await under_way(database_url)
        assert await everything(here) == await as_if_always(empty_database_url, values)
        assert await here.value("SELECT count(*) FROM rebuild") == 1


async def test_batches_may_be_settled_while_it_goes_on(
    database_url: str, empty_database_url: str
) -> None:
    """Late events, newer versions and copies among them."""
    values = story()
    later = [
        said("k1", CONTACT, START_US + HOUR_US, "c1", version=1),
        ordered("late", START_US - HOUR_US, "c0", amount=99),
        said("early", CONTACT, START_US, "c1"),
        values[5],
    ]
    values[1] = said("k1", CONTACT, START_US + HOUR_US, "c1", version=0)
    async with ingesting(database_url) as here, ingesting(database_url, text=None) as beside:
        await here.committed(span([record(n, value) for n, value in enumerate(values)]))
        await here.apply(TODAY)
        await beside.rulebook.load_current(beside.connection)

        async def traffic() -> None:
            for n, value in enumerate(later):
                await beside.committed(span([record(len(values) + n, value)]))

        await asyncio.gather(rebuilt(here), traffic())
        await rebuilt(here)
        assert await everything(here) == await as_if_always(empty_database_url, values + later)
    assert await differences(database_url) == []


async def under_way(database_url: str) -> bool:
    engine = create_async_engine(database_url.replace("postgresql:", "postgresql+asyncpg:", 1))
    async with engine.connect() as connection:
        found = await is_rebuilding(connection)
    await engine.dispose()
    return found


async def test_the_command_says_what_it_did_and_status_what_is_not_done(database_url: str) -> None:
    values = story()
    async with ingesting(database_url) as here:
        await here.committed(span([record(n, value) for n, value in enumerate(values)]))
        await here.apply(TODAY)
        await Rebuild(here.rulebook).begin(here.connection, "test")
    variables = settings(database_url, "127.0.0.1:1", subject_key=SUBJECT_KEY)
    said = await signalbox("status", variables=variables)
    assert "signalbox rebuild goes on with it" in " ".join(said.out.split())
    said = await signalbox("rebuild", variables=variables)
    assert said.status == 0
    assert "60 events were placed anew, " in said.out
    said = await signalbox("rebuild", variables=variables)
    assert said.out == "Every stored event is placed under the revision in force already.\n"
    said = await signalbox("rebuild", "--json", variables=variables)
    assert json.loads(said.out) == {"events": 0, "moved": 0}
