"""Dead letters settled anew: as if the fix had always been there, once, and written down."""

from typing import Any

import asyncpg
import pytest

from service.ingest.resettling.letters import discard
from service.ingest.settling.weigh import Outcome
from service.opportunities.lifecycle import Check
from service.store import migrating
from service.store.connecting import make_engine
from service.store.dead_letters import Selection
from service.store.evaluation import CheckRow, write_checks
from service.store.times import moment
from tests.support.ingesting import (
    DAY_US,
    START_US,
    Ingesting,
    differences,
    ingesting,
    record,
    span,
)
from tests.support.letters import (
    ANSWERS,
    AS_TEXT,
    NOT_OPENED,
    RIGHT,
    answer,
    retry,
    tables,
    with_crm,
    with_survey,
)
from tests.support.small_shop import ASKED, CONTACT, FRAMEWORK, RATED, THIRD, ordered, rated, said

TOPICS = ("one", "two", ANSWERS)


def responses() -> list[Any]:
    """One rating is beyond the scale, one response is of an unknown type."""
    return [
        answer(0, "r0", 3, "slow"),
        answer(1, "r1", 5, "quick"),
        answer(2, "r2", 4),
        answer(3, "r3", 1),
        answer(4, "r4", 9),
        answer(5, "r5", 2, kind="form_deleted"),
    ]


async def settle_under(here: Ingesting, how: str) -> None:
    """The survey's responses under the framework in force, orders and contacts around them."""
    await here.committed(span([record(0, ordered("o1", START_US))]), span(responses()[:3]))
    await here.committed(span([record(1, ordered("o2", START_US + 1))]), span(responses()[3:]))


@pytest.mark.parametrize("wrong", [AS_TEXT, NOT_OPENED])
async def test_a_retry_after_the_fix_gives_what_the_fix_would_have_given(
    wrong: str, database_url: str, empty_database_url: str
) -> None:
    async with ingesting(database_url, with_survey(wrong), TOPICS) as here:
        await settle_under(here, wrong)
        dead = (await here.outcomes())["dead_letters"]
        await here.apply(with_survey(RIGHT))
        told = await retry(here)
        assert told.letters == dead
        assert told.still_dead == {("survey", "out_of_scale"): 1}
        fixed_later = await tables(here)
    assert await differences(database_url) == []

    await migrating.upgrade(empty_database_url)
    async with ingesting(empty_database_url, with_survey(RIGHT), TOPICS) as here:
        await settle_under(here, RIGHT)
        assert fixed_later == await tables(here)


async def test_a_record_that_could_not_be_opened_becomes_all_its_items(database_url: str) -> None:
    async with ingesting(database_url, with_survey(NOT_OPENED), TOPICS) as here:
        await here.committed(span([answer(0, "r0", 3, "slow"), answer(1, "r1", 9, "quick")]))
        assert (await here.outcomes())["items"] == 2
        await here.apply(with_survey(RIGHT))
        told = await retry(here)
        assert (told.letters, told.outcomes) == (2, {Outcome.EVENT: 3, Outcome.DEAD_LETTER: 1})
        outcomes = await here.outcomes()
        assert (outcomes["items"], outcomes["events"], outcomes["dead_letters"]) == (4, 3, 1)
        (letter,) = await here.dead_letters()
        assert (letter["item"], letter["record_items"], letter["reason"]) == (0, 2, "out_of_scale")
    assert await differences(database_url) == []


async def test_a_second_retry_changes_nothing(database_url: str) -> None:
    async with ingesting(database_url, with_survey(AS_TEXT), TOPICS) as here:
        await settle_under(here, AS_TEXT)
        await here.apply(with_survey(RIGHT))
        await retry(here)
        once = await tables(here)
        again = await retry(here)
        assert (again.letters, again.outcomes) == (1, {Outcome.DEAD_LETTER: 1})
        assert once == await tables(here)
        assert not (await retry(here, reason="unknown_type")).letters


async def test_what_is_still_bad_keeps_its_number_and_its_bytes_and_has_the_new_reason(
    database_url: str,
) -> None:
    async with ingesting(database_url, with_survey(NOT_OPENED), TOPICS) as here:
        await here.committed(span([answer(0, "r0", 9)]))
        (before,) = await here.dead_letters()
        await here.apply(with_survey(RIGHT))
        await retry(here)
        (after,) = await here.dead_letters()
    assert (before["reason"], after["reason"]) == ("unknown_field", "out_of_scale")
    kept = ("id", "record_time", "key", "headers", "value", "topic", "partition", "offset")
    assert all(before[name] == after[name] for name in kept)


async def test_letters_of_a_topic_that_no_source_reads_are_left_as_they_are(
    database_url: str,
) -> None:
    async with ingesting(database_url, with_survey(NOT_OPENED), TOPICS) as here:
        await here.committed(span([answer(0, "r0", 3)]))
        before = await tables(here)
        await here.apply(FRAMEWORK)
        told = await retry(here)
        assert (told.letters, sum(told.untried.values())) == (0, 1)
        assert before == await tables(here)


async def test_a_rehearsal_says_what_would_happen_and_changes_nothing(database_url: str) -> None:
    async with ingesting(database_url, with_survey(AS_TEXT), TOPICS) as here:
        await settle_under(here, AS_TEXT)
        await here.apply(with_survey(RIGHT))
        before = await tables(here)
        rehearsed = await retry(here, rehearsing=True)
        assert before == await tables(here)
        assert await here.value("SELECT count(*) FROM letter_journal") == 0
        done = await retry(here)
        assert (rehearsed.letters, rehearsed.outcomes) == (done.letters, done.outcomes)


async def test_a_retry_is_written_down_letter_by_letter(database_url: str) -> None:
    async with ingesting(database_url, with_survey(AS_TEXT), TOPICS) as here:
        await settle_under(here, AS_TEXT)
        await here.apply(with_survey(RIGHT))
        await retry(here, reason="unknown_type")
        (row,) = await here.rows("SELECT * FROM letter_journal")
        assert (row["author"], row["decision"], row["revision"]) == ("jo", "retry", 2)
        assert tuple(row)[6:11] == (ANSWERS, 0, 5, 0, "unknown_type")
        assert len(await here.dead_letters()) == 5


async def test_a_check_keeps_how_far_the_journal_went_in_its_snapshot(database_url: str) -> None:
    """So that a replay knows which retries it has seen."""
    async with ingesting(database_url, with_survey(AS_TEXT), TOPICS) as here:
        await settle_under(here, AS_TEXT)
        await here.apply(with_survey(RIGHT))
        engine = make_engine(database_url)
        for number in range(2):
            check = Check(moment(START_US + number), "no_data", 0, 0, None, None, None)
            async with engine.begin() as connection:
                await write_checks(connection, [CheckRow("happy", 2, check)], {})
            await retry(here)
        await engine.dispose()
        found = await here.rows("SELECT decided_letters FROM objective_check ORDER BY checked_at")
        assert [row["decided_letters"] for row in found] == [0, 6]


async def contradicted(here: Ingesting) -> None:
    """`o1` is stated twice with different contents, the later of which is dead."""
    await here.committed(span([record(0, ordered("o1", START_US, text="a"))]))
    await here.committed(span([record(1, ordered("o1", START_US, text="b"))]))


async def test_an_id_conflict_is_weighed_again_and_stays_while_the_facts_are_the_same(
    database_url: str,
) -> None:
    async with ingesting(database_url) as here:
        await contradicted(here)
        before = await tables(here)
        told = await retry(here)
        assert told.still_dead == {("one", "id_conflict"): 1}
        assert before == await tables(here)
        # Its copies are still known by it.
        await here.committed(span([record(2, ordered("o1", START_US, text="b"))]))
        assert (await here.outcomes())["duplicates"] == 1
    assert await differences(database_url) == []


async def test_an_id_conflict_ends_where_the_fix_makes_both_contents_the_same(
    database_url: str,
) -> None:
    async with ingesting(database_url) as here:
        await here.committed(span([record(0, ordered("o1", START_US), time_us=START_US)]))
        later = record(0, ordered("o1", START_US, text="b"), "two", START_US + 1)
        await here.committed(span([later]))
        assert (await here.outcomes())["dead_letters"] == 1
        await here.apply(with_survey(RIGHT, crm="text: drop, "))
        told = await retry(here)
        assert told.outcomes == {Outcome.DUPLICATE: 1}
        assert await here.dead_letters() == []
    assert await differences(database_url) == []


async def a_letter_then(here: Ingesting, meanwhile: bytes, bad: bytes) -> dict[Outcome, int]:
    """A letter at offset 0, something read behind it, and a retry that understands the letter."""
    await here.committed(span([record(0, bad, ANSWERS)]))
    await here.committed(span([record(1, meanwhile, "one")], 0))
    await here.apply(with_crm())
    return dict((await retry(here)).outcomes)


@pytest.mark.parametrize(
    ("meanwhile", "outcome"),
    [
        (rated("a", START_US, 4, version=2), Outcome.SUPERSEDED),
        (rated("a", START_US, 5, version=1), Outcome.EVENT),
        (rated("a", START_US, 4, version=0), Outcome.EVENT),
    ],
)
async def test_what_came_meanwhile_is_weighed_as_if_the_letter_had_been_read_at_its_place(
    meanwhile: bytes, outcome: Outcome, database_url: str, empty_database_url: str
) -> None:
    version = 0 if b'"version": 0' in meanwhile else 1
    letter = rated("a", START_US, 5, version=version)
    async with ingesting(database_url, with_survey(RIGHT), TOPICS) as here:
        assert await a_letter_then(here, meanwhile, letter) == {outcome: 1}
        retried = await tables(here)
    assert await differences(database_url) == []

    await migrating.upgrade(empty_database_url)
    async with ingesting(empty_database_url, with_crm(), TOPICS) as here:
        await here.committed(span([record(0, letter, ANSWERS)]))
        await here.committed(span([record(1, meanwhile, "one")], 0))
        straight = await tables(here)
    assert retried == straight


async def test_a_displaced_event_is_read_again_from_its_topic(database_url: str) -> None:
    """The letter is the earlier one of two contents under an id."""
    async with ingesting(database_url, with_survey(RIGHT), TOPICS) as here:
        counted = ordered("o1", START_US, text="later")
        letter = ordered("o1", START_US, text="earlier")
        assert await a_letter_then(here, counted, letter) == {Outcome.EVENT: 1}
        assert [p.topic for p in here.asked_again] == ["one"]
        (dead,) = await here.dead_letters()
        assert (dead["topic"], dead["value"], dead["reason"]) == ("one", counted, "id_conflict")
        outcomes = await here.outcomes()
        assert (outcomes["items"], outcomes["events"], outcomes["dead_letters"]) == (2, 1, 1)
    assert await differences(database_url) == []


async def test_a_retried_contact_moves_the_later_ones_of_its_customer(database_url: str) -> None:
    async with ingesting(database_url, with_survey(RIGHT), TOPICS) as here:
        await here.committed(span([record(0, said("c0", CONTACT, START_US), ANSWERS)]))
        contacts = [said(f"c{n}", CONTACT, START_US + n * DAY_US) for n in (1, 2)]
        await here.committed(span([record(n, value) for n, value in enumerate(contacts)]))
        assert (await here.placed())["c2"] == {ASKED}
        await here.apply(with_crm())
        await retry(here)
        assert (await here.placed())["c2"] == {ASKED, THIRD}
        assert await here.totals("thirds", THIRD) == (1, 0)
    assert await differences(database_url) == []


async def transactions(here: Ingesting) -> int:
    """How many transactions wrote the journal."""
    return int(await here.value("SELECT count(DISTINCT xmin::text) FROM letter_journal"))


async def test_many_letters_are_settled_a_handful_at_a_time(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handful is bounded by number and by bytes, and holds one letter at least."""
    async with ingesting(database_url, with_survey(NOT_OPENED), TOPICS) as here:
        await here.committed(span([answer(n, f"r{n}", 5) for n in range(7)]))
        await here.apply(with_survey(RIGHT))
        monkeypatch.setattr("service.ingest.resettling.letters.LETTERS_A_TIME", 3)
        assert (await retry(here, reason="unknown_field")).letters == 7
        assert await transactions(here) == 3
        assert await here.totals("happy", RATED) == (7, 35)
        await here.committed(span([answer(n, f"r{n}", 9) for n in range(7, 11)]))
        monkeypatch.setattr("service.ingest.resettling.letters.BYTES_A_TIME", 1)
        assert (await retry(here)).letters == 4
        assert await transactions(here) == 3 + 4
    assert await differences(database_url) == []


async def test_letters_that_appear_meanwhile_are_left_to_the_next_retry(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record that is opened now gives new letters, and they are not tried in the same run."""
    async with ingesting(database_url, with_survey(NOT_OPENED), TOPICS) as here:
        monkeypatch.setattr("service.ingest.resettling.letters.LETTERS_A_TIME", 1)
        await here.committed(span([answer(n, f"r{n}", 9, "slow") for n in range(3)]))
        await here.apply(with_survey(RIGHT))
        assert (await retry(here)).letters == 3
        assert (await retry(here)).letters == 3


async def test_of_many_letters_the_one_that_the_database_refuses_stays_alone(
    database_url: str,
) -> None:
    async with ingesting(database_url, with_survey(NOT_OPENED), TOPICS) as here:
        await here.committed(span([answer(n, f"r{n}", 5) for n in range(9)]))
        await here.apply(with_survey(RIGHT))
        await refuse(here.connection, offset=4)
        told = await retry(here)
        assert told.outcomes == {Outcome.EVENT: 8, Outcome.DEAD_LETTER: 1}
        (letter,) = await here.dead_letters()
        assert (letter["offset"], letter["reason"]) == (4, "refused")
        assert await here.totals("happy", RATED) == (8, 40)
    assert await differences(database_url) == []


async def refuse(connection: asyncpg.Connection, offset: int) -> None:
    """The database takes no event of this offset."""
    await connection.execute(
        f'ALTER TABLE event ADD CONSTRAINT refused CHECK ("offset" <> {offset})'
    )


async def test_what_is_discarded_is_empty_counted_as_before_and_written_down(
    database_url: str,
) -> None:
    async with ingesting(database_url, with_survey(AS_TEXT), TOPICS) as here:
        await settle_under(here, AS_TEXT)
        before = await here.outcomes()
        mine = Selection(reason="wrong_type")
        assert await discard(here.connection, mine, "jo", "a joke") == 5
        assert await discard(here.connection, mine, "jo", "a joke") == 0
        assert before == await here.outcomes()
        empty = [row for row in await here.dead_letters() if row["discarded"]]
        assert [(row["key"], row["value"]) for row in empty] == [(None, None)] * 5
        rows = await here.rows('SELECT author, decision, because, "offset" FROM letter_journal')
        assert {tuple(row)[:3] for row in rows} == {("jo", "discard", "a joke")}
        assert len(rows) == 5
        await here.apply(with_survey(RIGHT))
        assert (await retry(here)).letters == 1
    assert await differences(database_url) == []


async def test_copies_of_a_discarded_conflict_are_duplicates_as_before(database_url: str) -> None:
    async with ingesting(database_url) as here:
        await contradicted(here)
        assert await discard(here.connection, Selection(), "jo", "a test") == 1
        await here.committed(span([record(2, ordered("o1", START_US, text="b"))]))
        outcomes = await here.outcomes()
        assert (outcomes["dead_letters"], outcomes["duplicates"]) == (1, 1)
    assert await differences(database_url) == []
