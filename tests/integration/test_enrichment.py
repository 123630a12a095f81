"""Thin notifications are kept and visible until a record tells the whole of them."""

import json
from collections.abc import Sequence
from itertools import permutations

import pytest

from connectors.conformance.specimen import RECORD_TIME_US
from service.store import reading
from service.store.connecting import make_engine
from service.store.dead_letters import Selection, find_letters
from service.store.lookups import due_lookups, note_lookups
from tests.contract.fixtures import surveymonkey
from tests.support.ingesting import FRAMEWORK, Ingesting, differences, ingesting, record, span

SURVEYS = FRAMEWORK.replace(
    "{id: one, connector: canonical, system: crm,",
    "{id: one, connector: surveymonkey, system: surveys,"
    " questions: {'101': {kind: feedback.csat, scale: 1-3, choices: {'12': 2}}},",
)
ANSWER = surveymonkey.question("101", {"choice_id": "12"})
THIN = json.dumps(surveymonkey.webhook("response_completed")).encode()
AGAIN = json.dumps(surveymonkey.webhook("response_updated", event_id="E2")).encode()
WHOLE = json.dumps(surveymonkey.details(ANSWER)).encode()
ANOTHER = json.dumps(surveymonkey.webhook("response_completed", object_id="R2")).encode()


async def settled(here: Ingesting, values: Sequence[bytes]) -> None:
    """Each record in a batch of its own."""
    for offset, value in enumerate(values):
        await here.committed(span([record(offset, value, time_us=RECORD_TIME_US)]))


async def shown(here: Ingesting) -> list[tuple[int, str]]:
    """The offsets and reasons of what `dead-letters list` shows, and what a retry would take."""
    url = here.settings.database_url.get_secret_value()
    engine = make_engine(url)
    async with engine.connect() as connection:
        rows = await reading.dead_letters(connection, Selection(), 10)
    await engine.dispose()
    letters = await find_letters(here.connection, Selection(), 0, 1_000, 10)
    assert {letter.id for letter in letters} == {row.id for row in rows}
    return sorted((row.offset, row.reason) for row in rows)


@pytest.mark.parametrize("order", [*permutations([THIN, AGAIN, WHOLE])])
async def test_the_whole_resolves_what_was_only_named_in_any_order(
    database_url: str, order: tuple[bytes, ...]
) -> None:
    async with ingesting(database_url, SURVEYS) as here:
        await settled(here, order)
        assert await shown(here) == []
        outcomes = await here.outcomes()
        assert (outcomes["events"], outcomes["dead_letters"]) == (1, 2)
        assert await differences(database_url) == []


async def test_a_response_is_asked_for_once_and_later_again(database_url: str) -> None:
    async with ingesting(database_url, SURVEYS) as here:
        await settled(here, [THIN, AGAIN, ANOTHER])
        due = await due_lookups(here.connection, "one", 10)
        assert [each.letter.record.value for each in due] in permutations_of(THIN, ANOTHER)
        for _ in range(12):
            await note_lookups(here.connection, [(each.key, "") for each in due])
            assert await due_lookups(here.connection, "one", 10) == []
            await here.connection.execute("UPDATE lookup SET next_at = now() - interval '1 s'")
            assert await due_lookups(here.connection, "one", 10) == due
        await here.committed(span([record(3, WHOLE, time_us=RECORD_TIME_US)]))
        (left,) = await due_lookups(here.connection, "one", 10)
        assert left.letter.record.value == ANOTHER


def permutations_of(*values: bytes) -> list[list[bytes]]:
    return [list(order) for order in permutations(values)]


async def test_what_nobody_told_stays_visible(database_url: str) -> None:
    async with ingesting(database_url, SURVEYS) as here:
        await settled(here, [THIN, ANOTHER])
        assert await shown(here) == [(0, "needs_enrichment"), (1, "needs_enrichment")]
        await here.committed(span([record(2, WHOLE, time_us=RECORD_TIME_US)]))
        assert await shown(here) == [(1, "needs_enrichment")]
