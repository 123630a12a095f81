"""People decide about an opportunity on the command line: state, journal and signal are one."""

import json
from collections.abc import AsyncIterator

import pytest

from service.store import tables
from tests.integration.evaluated_shop import HOUR, NOON, Watched, parcels, watched_shop
from tests.support.command import Ended, settings, signalbox


@pytest.fixture
async def watched(database_url: str) -> AsyncIterator[Watched]:
    async with watched_shop(database_url) as watched:
        yield watched


async def test_decisions_are_kept_sent_in_order_and_sticky(
    watched: Watched, database_url: str
) -> None:
    variables = settings(database_url, "127.0.0.1:1")

    async def decide(*arguments: str) -> Ended:
        return await signalbox("opportunities", *arguments, "--author", "jo", variables=variables)

    await watched.shop.arrive(NOON - HOUR, parcels(range(60), late=40))
    for hours in (0, 1):
        await watched.step(hours)
    started = await decide("start", "1", "--because", "A second carrier is asked.")
    assert started.out == "Started by jo: opportunity 1 is in progress now.\n"
    again = await decide("start", "1", "--because", "Again.")
    assert again.status == 2
    assert "Opportunity 1 is in progress: start means nothing there." in again.err
    assert "What can be done: solve, dismiss, effort." in again.err
    assert (await decide("dismiss", "1", "--because", "Known: a strike.")).status == 0
    for hours in (1, 1):
        await watched.shop.arrive(watched.world.time, parcels(range(100, 160), late=40))
        await watched.step(hours)
    assert (await decide("accept", "1", "--because", "Not the strike.")).status == 0

    signals = [json.loads(row.value) for row in await watched.shop.rows(tables.outbox)]
    told = [(one["data"]["signal"], one["data"]["state"], one["id"]) for one in signals]
    assert told == [
        ("opened", "open", "opportunity-1-1"),
        ("updated", "in_progress", "opportunity-1-2"),
        ("dismissed", "dismissed", "opportunity-1-3"),
        ("reopened", "open", "opportunity-1-4"),
    ]
    assert [one["time"] for one in signals[1:]] == [
        one["data"]["decision"]["at"] for one in signals[1:]
    ]
    journal = await watched.shop.rows(tables.decision, tables.decision.c.sequence)
    assert [
        (row.opportunity, row.sequence, row.author, row.action, row.because) for row in journal
    ] == [
        (1, 2, "jo", "start", "A second carrier is asked."),
        (1, 3, "jo", "dismiss", "Known: a strike."),
        (1, 4, "jo", "accept", "Not the strike."),
    ]


async def test_an_effort_is_told_shown_listed_and_in_the_next_signals(
    watched: Watched, database_url: str
) -> None:
    variables = settings(database_url, "127.0.0.1:1")

    async def ask(*arguments: str) -> Ended:
        return await signalbox("opportunities", *arguments, variables=variables)

    await watched.shop.arrive(NOON - HOUR, parcels(range(60), late=40))
    for hours in (0, 1):
        await watched.step(hours)
    because = ("--because", "Two people, a week.", "--author", "kim")
    told = await ask("effort", "1", "2", *because)
    assert told.out == "Effort 2 of 5 told by kim: opportunity 1 shows it now.\n"
    shown = " ".join((await ask("show", "1")).out.split())
    assert "Effort 2 of 5, told by kim, " in shown
    assert "Effort: 2 of 5 (declared)." in shown
    assert "effort 2 of 5" in (await ask("list")).out

    await watched.shop.arrive(watched.world.time + 30 * HOUR, parcels(range(200), late=0))
    for hours in (31, 1):
        await watched.step(hours)
    signals = [json.loads(row.value)["data"] for row in await watched.shop.rows(tables.outbox)]
    assert [(one["signal"], one["score"]["effort"]) for one in signals] == [
        ("opened", None),
        ("updated", {"value": 2.0, "basis": "declared"}),
        ("recovered", {"value": 2.0, "basis": "declared"}),
    ]
    assert {(one["estimate"]["effort"], one["estimate"]["author"]) for one in signals[1:]} == {
        (2, "kim")
    }
    ended = await ask("effort", "1", "3", *because)
    assert ended.status == 2
    assert "Opportunity 1 is recovered: effort means nothing there." in ended.err


async def test_an_effort_that_is_none_is_refused() -> None:
    said = await signalbox("opportunities", "effort", "1", "2.5", "--because", "So.")
    assert said.status == 2
    assert "'2.5' is no effort: write a whole number from 0" in " ".join(said.err.split())


async def test_what_is_not_there_or_has_no_reason_is_refused(database_url: str) -> None:
    variables = settings(database_url, "127.0.0.1:1")
    unknown = ("opportunities", "solve", "7", "--because", "Because.")
    said = await signalbox(*unknown, variables=variables)
    assert (said.status, said.out) == (
        1,
        "There is no opportunity 7. See: signalbox opportunities list --all\n",
    )
    for because in ((), ("--because", " ")):
        said = await signalbox("opportunities", "solve", "7", *because, variables=variables)
        assert said.status == 2
        assert "because" in said.err
