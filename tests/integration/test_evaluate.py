"""Checks are made once, in time and with everything read; opportunities follow from them."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import count

import asyncpg
import pytest
from sqlalchemy import text

from service.evaluate.evaluator import Checked, HeldUp, Idle, Outrun
from service.opportunities.models import Opportunity
from service.store import tables
from service.store.evaluation import offsets_document
from tests.integration.evaluated_shop import (
    HOUR,
    NOON,
    SHOP,
    TOPIC,
    Watched,
    evaluator_of,
    parcels,
    watched_shop,
)
from tests.support.waiting import wait_for


@pytest.fixture
async def watched(database_url: str) -> AsyncIterator[Watched]:
    async with watched_shop(database_url) as watched:
        yield watched


async def signals(watched: Watched) -> list[str]:
    return [signal for signal, _ in await watched.shop.signals()]


async def newest(watched: Watched) -> Opportunity:
    rows = await watched.shop.rows(tables.opportunity, tables.opportunity.c.id)
    return Opportunity.model_validate(rows[-1].document)


async def checks(watched: Watched) -> list[tuple[float, str, str, int]]:
    """Of each check: hours after noon, objective, health, n."""
    columns = tables.objective_check.c
    rows = await watched.shop.rows(tables.objective_check, columns.checked_at, columns.objective)
    return [((r.checked_at - NOON) / HOUR, r.objective, r.health, r.n) for r in rows]


async def test_an_opportunity_opens_recovers_and_reopens_by_what_was_counted(
    watched: Watched,
) -> None:
    await watched.shop.arrive(NOON - HOUR, parcels(range(60), late=40))
    assert isinstance(await watched.step(), Checked)
    assert await signals(watched) == []

    await watched.step(hours=1)
    assert await signals(watched) == ["opened"]

    await watched.shop.arrive(NOON + HOUR, parcels(range(100, 160), late=40))
    await watched.step(hours=1)
    assert await signals(watched) == ["opened"]

    for day in (1, 1):
        await watched.shop.arrive(watched.world.time + 23 * HOUR, parcels(range(200), late=0))
        await watched.step(hours=24 * day)
        await watched.step(hours=1)
    assert await signals(watched) == ["opened", "recovered"]

    await watched.shop.arrive(watched.world.time + 30 * HOUR, parcels(range(60), late=40))
    await watched.step(hours=31)
    await watched.step(hours=1)
    assert await signals(watched) == ["opened", "recovered", "reopened"]
    opportunity = await newest(watched)
    assert (opportunity.id, opportunity.sequence, opportunity.state) == (1, 3, "open")
    assert opportunity.opened_at == NOON + HOUR


async def test_after_the_cooldown_a_new_opportunity_opens(watched: Watched) -> None:
    await watched.shop.arrive(NOON - HOUR, parcels(range(60), late=40))
    for hours in (0, 1):
        await watched.step(hours)
    await watched.shop.arrive(NOON + 30 * HOUR, parcels(range(200), late=0))
    for hours in (30, 1):
        await watched.step(hours)
    later = timedelta(days=9)
    await watched.shop.arrive(NOON + later, parcels(range(60), late=40))
    watched.world.time = NOON + later
    for hours in (1, 1):
        await watched.step(hours)
    assert await signals(watched) == ["opened", "recovered", "opened"]
    opportunity = await newest(watched)
    assert (opportunity.id, opportunity.sequence) == (2, 1)


async def test_the_evidence_is_counted_from_events(watched: Watched) -> None:
    await watched.shop.arrive(NOON - HOUR, parcels(range(40), late=30, carrier="NordPost"))
    await watched.shop.arrive(NOON - HOUR, parcels(range(30, 90), late=2, carrier="Blitz"))
    await watched.shop.arrive(NOON - timedelta(days=3), parcels(range(50), late=1))
    await watched.shop.order(NOON - HOUR, customer=3, minor=2_500)
    await watched.shop.order(NOON - HOUR, customer=31, minor=1_000)
    await watched.shop.order(NOON - HOUR, customer=88, minor=6_500)
    await watched.shop.order(NOON - timedelta(days=3), customer=3, minor=99_999)
    for hours in (0, 1):
        await watched.step(hours)
    evidence = (await newest(watched)).evidence
    (late,) = evidence.missed
    assert (late.number.n, late.number.hits, late.customers, late.streak) == (100, 32, 90, 2)
    assert (late.week_before.n, late.week_before.hits) == (50, 1)
    assert evidence.stands_out is not None
    assert (evidence.stands_out.segment, evidence.stands_out.here.hits) == ("NordPost", 30)
    assert evidence.reach is not None
    assert (evidence.reach.affected, evidence.reach.customers, evidence.reach.joined) == (
        32,
        90,
        True,
    )
    assert evidence.money is not None
    assert (evidence.money.affected_minor, evidence.money.all_minor) == (3_500, 10_000)
    assert len(evidence.sample_events) == 5
    assert all(one.startswith("shop-de:sales.order.delivered:") for one in evidence.sample_events)


async def test_a_check_has_the_numbers_and_offsets_of_its_moment(watched: Watched) -> None:
    await watched.shop.arrive(NOON - HOUR, parcels(range(10), late=1))
    watched.world.ends = {(TOPIC, 0): 10}
    await watched.shop.read_to(12)
    await watched.step()
    assert await checks(watched) == [
        (0, "delivery-contacts", "no_data", 0),
        (0, "delivery-csat", "no_data", 0),
        (0, "late-parcels", "no_data", 10),
    ]
    row = (await watched.shop.rows(tables.objective_check))[0]
    assert row.offsets == offsets_document({(TOPIC, 0): 12}) == {TOPIC: {"0": 12}}


async def test_later_data_changes_the_next_check_and_never_one_that_was_made(
    watched: Watched,
) -> None:
    await watched.shop.arrive(NOON - HOUR, parcels(range(40), late=0))
    await watched.step()
    await watched.shop.arrive(NOON - HOUR, parcels(range(60), late=60))
    assert isinstance(await watched.step(), Idle)
    await watched.step(hours=1)
    late = [check for check in await checks(watched) if check[1] == "late-parcels"]
    assert late == [(0, "late-parcels", "healthy", 40), (1, "late-parcels", "breached", 100)]


async def test_missed_checks_are_skipped(watched: Watched) -> None:
    await watched.step()
    await watched.step(hours=5.5)
    times = {hours for hours, *_ in await checks(watched)}
    assert times == {0, 5}


async def test_a_check_waits_for_every_partition_and_names_the_one_that_holds_it_up(
    watched: Watched,
) -> None:
    watched.world.ends = {(TOPIC, 0): 0, (TOPIC, 1): 7}
    outcome = await watched.step()
    assert isinstance(outcome, HeldUp)
    assert [(one.topic, one.partition, one.end) for one in outcome.partitions] == [(TOPIC, 1, 7)]
    assert await checks(watched) == []
    watched.world.ends = {(TOPIC, 0): 3}
    assert isinstance(await watched.step(), HeldUp)
    await watched.shop.read_to(3)
    assert isinstance(await watched.step(), Checked)
    assert watched.evaluator.held_up is None


async def test_a_check_waits_for_events_that_are_to_be_placed_again_or_anew(
    watched: Watched, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("INSERT INTO postponed VALUES ('a', 1, now())")
    outcome = await watched.step()
    assert outcome == HeldUp((), 1, rebuilding=False)
    await connection.execute("DELETE FROM postponed")
    await connection.execute("INSERT INTO rebuild (revision, author, offsets) VALUES (1, '', '[]')")
    assert await watched.step() == HeldUp((), 0, rebuilding=True)
    await connection.execute("UPDATE rebuild SET ended_at = now()")
    await connection.close()
    assert isinstance(await watched.step(), Checked)


async def test_no_check_is_made_of_events_that_were_put_off_while_it_began(
    watched: Watched, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything was placed when the check waited for it, and is not in the check's snapshot."""
    connection = await asyncpg.connect(database_url)
    asked = count()

    async def now() -> datetime:
        if next(asked) == 1:
            await connection.execute("INSERT INTO postponed VALUES ('a', 1, now())")
        return NOON

    monkeypatch.setattr(watched.world, "now", now)
    assert isinstance(await watched.step(), Outrun)
    assert await checks(watched) == []
    await connection.execute("DELETE FROM postponed")
    await connection.close()
    assert isinstance(await watched.step(), Checked)


async def test_nothing_is_due_before_a_framework_is_applied(database_url: str) -> None:
    async with watched_shop(database_url) as watched:
        async with watched.shop.engine.begin() as connection:
            await connection.execute(text("TRUNCATE revision CASCADE"))
        assert isinstance(await watched.step(), Idle)


async def test_an_evaluator_that_was_cut_off_writes_nothing(watched: Watched) -> None:
    await watched.shop.raise_epoch()
    assert isinstance(await watched.step(), Outrun)
    assert await checks(watched) == []


async def test_a_check_that_meets_another_transaction_is_tried_again(watched: Watched) -> None:
    engine = watched.shop.engine

    async def waits_for_the_fence() -> bool:
        async with engine.connect() as connection:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            return bool(await connection.scalar(text(waiting)))

    async with engine.connect() as other:
        await other.execute(text("UPDATE fence SET holder = 'somebody'"))
        step = asyncio.create_task(watched.step())
        await wait_for(waits_for_the_fence)
        await other.commit()
    assert isinstance(await step, Checked)
    retries = watched.metrics.database_retries.labels("check")
    assert retries._value.get() == 1


async def test_two_evaluators_at_one_check_time_make_one_check(watched: Watched) -> None:
    await watched.shop.arrive(NOON - HOUR, parcels(range(60), late=40))
    twin = evaluator_of(watched.shop.engine, watched.world, watched.metrics)
    for _ in range(2):
        await asyncio.gather(watched.step(), twin.step(watched.epoch))
        watched.world.time += HOUR
    assert len(await checks(watched)) == 6
    assert await signals(watched) == ["opened"]


async def test_when_an_evaluator_ends_another_goes_on(watched: Watched) -> None:
    one, other = (
        evaluator_of(watched.shop.engine, watched.world, watched.metrics) for _ in range(2)
    )
    first = asyncio.create_task(one.run())

    async def checked_once() -> bool:
        return len(await checks(watched)) == 3

    async def checked_twice() -> bool:
        return len(await checks(watched)) == 6

    await wait_for(checked_once)
    second = asyncio.create_task(other.run())
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    watched.world.time += HOUR
    await wait_for(checked_twice)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    (fence,) = await watched.shop.rows(tables.fence)
    assert fence.epoch == watched.epoch + 2


async def test_a_new_revision_counts_from_the_next_check(watched: Watched) -> None:
    await watched.step()
    fewer = SHOP.model_copy(update={"objectives": SHOP.objectives[1:2]})
    await watched.shop.apply(fewer, revision=2)
    await watched.step(hours=1)
    rows = await watched.shop.rows(tables.objective_check)
    assert [row.objective for row in rows if row.revision == 2] == ["late-parcels"]


async def test_an_opportunity_is_retracted_when_its_detector_is_withdrawn(
    watched: Watched,
) -> None:
    await watched.shop.arrive(NOON - HOUR, parcels(range(60), late=40))
    for hours in (0, 1):
        await watched.step(hours)
    await watched.shop.apply(SHOP.model_copy(update={"detectors": ()}), revision=2)
    for hours in (1, 1):
        await watched.step(hours)
    assert await signals(watched) == ["opened", "retracted"]
    opportunity = await newest(watched)
    assert (opportunity.state, opportunity.reason) == ("solved", "detector_withdrawn")


async def test_a_silent_source_makes_its_metrics_stale(watched: Watched) -> None:
    expected = SHOP.sources[0].model_copy(update={"expect_every": 2 * HOUR})
    await watched.shop.apply(SHOP.model_copy(update={"sources": (expected,)}), revision=2)
    await watched.shop.arrive(NOON - HOUR, parcels(range(60), late=0))
    for hours in (0, 3):
        await watched.step(hours)
    late = [check for check in await checks(watched) if check[1] == "late-parcels"]
    assert [health for _, _, health, _ in late] == ["healthy", "stale"]


async def test_a_milestone_is_told_once_for_each_customer(watched: Watched) -> None:
    later = await watched.shop.mark(NOON - HOUR, customer=1)
    earlier = await watched.shop.mark(NOON - 2 * HOUR, customer=1)
    await watched.step()
    await watched.shop.mark(NOON, customer=1)
    await watched.shop.mark(NOON, customer=2)
    await watched.step(hours=1)
    await watched.step(hours=1)
    assert await signals(watched) == ["reached", "reached"]
    rows = await watched.shop.rows(tables.milestone, tables.milestone.c.checked_at)
    assert [row.checked_at for row in rows] == [NOON, NOON + HOUR]
    assert rows[0].event == earlier != later


async def test_milestones_of_long_ago_are_kept_and_not_sent(watched: Watched) -> None:
    await watched.shop.mark(NOON - timedelta(days=7, hours=1), customer=1)
    await watched.shop.mark(NOON - timedelta(days=7), customer=2)
    await watched.step()
    assert await watched.shop.signals() == [
        ("reached", "not_sent: too_old"),
        ("reached", "pending"),
    ]
    assert watched.metrics.signals.labels("too_old")._value.get() == 1


async def test_the_stored_signal_is_the_stored_opportunity(watched: Watched) -> None:
    await watched.shop.arrive(NOON - HOUR, parcels(range(60), late=40))
    for hours in (0, 1):
        await watched.step(hours)
    (row,) = await watched.shop.rows(tables.outbox)
    (stored,) = await watched.shop.rows(tables.opportunity)
    assert json.loads(row.value)["data"] == stored.document
    assert (row.topic, row.key) == ("journey.opportunities", b"opportunity:1")
