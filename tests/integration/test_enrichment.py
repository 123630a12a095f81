"""Thin notifications are kept and visible until a record tells the whole of them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import permutations

import asyncpg
import pytest

from connectors.conformance.specimen import RECORD_TIME_US
from service.store import listed_letters
from service.store.connecting import make_engine
from service.store.dead_letters import Selection, find_letters
from service.store.lookups import due_lookups, note_lookups
from service.store.pruning import prune
from tests.contract.fixtures import salesforce, surveymonkey
from tests.support.ingesting import Ingesting, differences, ingesting, record, span
from tests.support.small_shop import FRAMEWORK

SURVEYS = FRAMEWORK.replace(
    "{id: one, connector: canonical, system: crm,",
    "{id: one, connector: surveymonkey, system: surveys,"
    " questions: {'101': {kind: feedback.csat, scale: 1-3, choices: {'12': 2, '13': 3}}},",
)
ANSWER = surveymonkey.question("101", {"choice_id": "12"})
CORRECTED = surveymonkey.question("101", {"choice_id": "13"})
THIN = json.dumps(surveymonkey.webhook("response_completed")).encode()
AGAIN = json.dumps(surveymonkey.webhook("response_updated", event_id="E2")).encode()
WHOLE = json.dumps(surveymonkey.details(ANSWER)).encode()
EDITED = json.dumps(
    surveymonkey.details(CORRECTED, date_modified="2025-06-02T09:59:59+00:00")
).encode()
ANOTHER = json.dumps(surveymonkey.webhook("response_completed", object_id="R2")).encode()

CASES = FRAMEWORK.replace("connector: canonical, system: crm,", "connector: salesforce, system: s,")


def gap_between(*moments_ms: int) -> list[bytes]:
    """A gap of a case, and its status as it was told at these moments."""
    gap = salesforce.change("Case", "GAP_UPDATE", transactionKey="gap", commitTimestamp=AT_MS)
    told = (
        salesforce.change(
            "Case", "UPDATE", {"Status": f"S{n}"}, transactionKey=f"t{n}", commitTimestamp=at_ms
        )
        for n, at_ms in enumerate(moments_ms)
    )
    return [json.dumps(payload).encode() for payload in (gap, *told)]


AT_MS = salesforce.COMMITTED_MS


async def settled(here: Ingesting, values: Sequence[bytes]) -> None:
    """Each record in a batch of its own."""
    for offset, value in enumerate(values):
        await here.committed(span([record(offset, value, time_us=RECORD_TIME_US)]))


async def shown(here: Ingesting) -> list[tuple[int, str]]:
    """The offsets and reasons of what `dead-letters list` shows, and what a retry would take."""
    url = here.settings.database_url.get_secret_value()
    engine = make_engine(url)
    async with engine.connect() as connection:
        rows = await listed_letters.dead_letters(connection, Selection(), 10)
    await engine.dispose()
    letters = await find_letters(here.connection, Selection(), 0, 1_000, 10)
    assert {letter.id for letter in letters} == {row.id for row in rows}
    return sorted((row.offset, row.reason) for row in rows)


@pytest.mark.parametrize("order", [*permutations([THIN, AGAIN, EDITED])])
async def test_the_whole_resolves_what_was_only_named_in_any_order(
    database_url: str, order: tuple[bytes, ...]
) -> None:
    async with ingesting(database_url, SURVEYS) as here:
        await settled(here, order)
        assert await shown(here) == []
        outcomes = await here.outcomes()
        assert (outcomes["events"], outcomes["dead_letters"]) == (1, 2)
        assert await differences(database_url) == []


@pytest.mark.parametrize("order", [*permutations([THIN, AGAIN, WHOLE])])
async def test_an_answer_as_it_was_before_its_change_does_not_resolve_the_change(
    database_url: str, order: tuple[bytes, ...]
) -> None:
    async with ingesting(database_url, SURVEYS) as here:
        await settled(here, order)
        changed = [(order.index(AGAIN), "needs_enrichment")]
        assert await shown(here) == changed
        (due,) = await due_lookups(here.connection, "one", 10)
        assert due.letter.record.value == AGAIN
        await here.committed(span([record(3, EDITED, time_us=RECORD_TIME_US)]))
        assert await shown(here) == []
        await here.committed(span([record(4, WHOLE, time_us=RECORD_TIME_US)]))
        assert await shown(here) == []


@pytest.mark.parametrize("order", [*permutations(gap_between(AT_MS - 1, AT_MS + 1))])
async def test_a_gap_is_resolved_by_what_is_told_of_the_record_later_in_any_order(
    database_url: str, order: tuple[bytes, ...]
) -> None:
    async with ingesting(database_url, CASES) as here:
        await settled(here, order)
        assert await shown(here) == []
        assert await differences(database_url) == []


@pytest.mark.parametrize("order", [*permutations(gap_between(AT_MS - 1))])
async def test_a_gap_is_not_resolved_by_what_was_told_of_the_record_before(
    database_url: str, order: tuple[bytes, ...]
) -> None:
    async with ingesting(database_url, CASES) as here:
        await settled(here, order)
        gap, _ = gap_between(AT_MS - 1)
        assert await shown(here) == [(order.index(gap), "needs_enrichment")]


async def test_one_batch_tells_each_record_as_of_its_latest_change(database_url: str) -> None:
    changes = gap_between(AT_MS + 1, AT_MS - 1)
    async with ingesting(database_url, CASES) as here:
        records = [record(n, value, time_us=RECORD_TIME_US) for n, value in enumerate(changes)]
        await here.committed(span(records))
        assert await shown(here) == []


async def test_a_response_is_asked_for_once_and_later_again(database_url: str) -> None:
    async with ingesting(database_url, SURVEYS) as here:
        await settled(here, [THIN, AGAIN, ANOTHER])
        due = await due_lookups(here.connection, "one", 10)
        assert [each.letter.record.value for each in due] in permutations_of(AGAIN, ANOTHER)
        for _ in range(12):
            asked = [(each.key, each.version, "") for each in due]
            await note_lookups(here.connection, asked)
            assert await due_lookups(here.connection, "one", 10) == []
            await here.connection.execute("UPDATE lookup SET next_at = now() - interval '1 s'")
            assert await due_lookups(here.connection, "one", 10) == due
        await here.committed(span([record(3, EDITED, time_us=RECORD_TIME_US)]))
        (left,) = await due_lookups(here.connection, "one", 10)
        assert left.letter.record.value == ANOTHER


async def test_a_later_change_is_asked_for_at_once_and_covers_those_before(
    database_url: str,
) -> None:
    async with ingesting(database_url, SURVEYS) as here:
        await settled(here, [THIN])
        (thin,) = await due_lookups(here.connection, "one", 10)
        await note_lookups(here.connection, [(thin.key, thin.version, "")])
        await here.committed(span([record(1, AGAIN, time_us=RECORD_TIME_US)]))
        (again,) = await due_lookups(here.connection, "one", 10)
        assert (again.key, again.letter.record.value) == (thin.key, AGAIN)
        await note_lookups(here.connection, [(again.key, again.version, "")])
        assert await due_lookups(here.connection, "one", 10) == []


def permutations_of(*values: bytes) -> list[list[bytes]]:
    return [list(order) for order in permutations(values)]


async def test_what_nobody_told_stays_visible(database_url: str) -> None:
    async with ingesting(database_url, SURVEYS) as here:
        await settled(here, [THIN, ANOTHER])
        assert await shown(here) == [(0, "needs_enrichment"), (1, "needs_enrichment")]
        await here.committed(span([record(2, WHOLE, time_us=RECORD_TIME_US)]))
        assert await shown(here) == [(1, "needs_enrichment")]


async def test_pruning_forgets_what_was_told_but_not_what_resolves_a_younger_notification(
    database_url: str,
) -> None:
    """What awaits stays, and so do all counts. A notification that comes after all waits again."""
    days = (0, 0, 0, 10)
    async with ingesting(database_url, SURVEYS) as here:
        for offset, (value, day) in enumerate(zip((THIN, WHOLE, ANOTHER, THIN), days, strict=True)):
            await here.committed(span([record(offset, value, time_us=on_day(day))]))
        keys = [row["awaits"] for row in await here.rows("SELECT DISTINCT awaits FROM dead_letter")]
        await note_lookups(here.connection, [(key, 0, "") for key in keys])
        await here.connection.execute("UPDATE lookup SET next_at = 'epoch'")
        outcomes = await here.outcomes()
        for before, emptied, told, asked in ((5, 1, 1, 2), (20, 2, 0, 1)):
            await pruned(database_url, before)
            assert await shown(here) == [(2, "needs_enrichment")]
            assert await here.value("SELECT count(*) FROM dead_letter WHERE discarded") == emptied
            assert (
                await here.value("SELECT count(*) FROM dead_letter WHERE value IS NULL") == emptied
            )
            assert await here.value("SELECT count(*) FROM told") == told
            assert await here.value("SELECT count(*) FROM lookup") == asked
            assert await here.outcomes() == outcomes
            assert await differences(database_url) == []
        await here.committed(span([record(4, THIN, time_us=on_day(21))]))
        assert await shown(here) == [(2, "needs_enrichment"), (4, "needs_enrichment")]


def on_day(day: int) -> int:
    return RECORD_TIME_US + day * 86_400_000_000


async def pruned(database_url: str, day: int) -> None:
    """Up to the midnight before a day."""
    connection = await asyncpg.connect(database_url)
    midnight = datetime.fromtimestamp(on_day(day) // 1_000_000, UTC).replace(hour=0, minute=0)
    await prune(connection, midnight.replace(second=0), "jo")
    await connection.close()
