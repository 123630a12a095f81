"""The protocol of a batch, line by line, on a real database."""

import pytest

from service.event import Position
from service.ingest.committing.transaction import commit_batch
from service.ingest.preparing.prepared import PreparedEvent, Span
from service.ingest.settling.results import Behind, NeedsRecords, OtherRevision
from tests.support.ingesting import (
    DAY_US,
    START_US,
    Ingesting,
    differences,
    ingesting,
    record,
    span,
)
from tests.support.small_shop import (
    CONTACT,
    FRAMEWORK,
    HUNDREDTH,
    ORDERED,
    RATED,
    ordered,
    rated,
    said,
    withdrawn,
)

WITHOUT_HAPPY = FRAMEWORK.partition("- {id: happy")[0] + FRAMEWORK.partition("ask/rating}\n")[2]
LATER_US = START_US + 301 * DAY_US


def orders(first: int, number: int, topic: str = "one") -> Span:
    """One order a record."""
    return span(
        [
            record(offset, ordered(f"o{offset}", START_US + offset), topic)
            for offset in range(first, first + number)
        ]
    )


async def assert_holds(here: Ingesting, **outcomes: int) -> None:
    """Outcomes that are not named are 0; items add up; every number is exact."""
    found = await here.outcomes()
    items = found.pop("items")
    found.pop("records")
    assert {name: n for name, n in found.items() if n} == outcomes
    assert items == sum(outcomes.values())
    assert await differences(here.settings.database_url.get_secret_value()) == []


async def test_a_batch_below_the_ledger_is_dropped(database_url: str) -> None:
    async with ingesting(database_url) as here:
        await here.committed(orders(0, 3))
        again = await here.committed(orders(0, 3))
        assert again.next_offsets["one", 0] == 3
        assert not again.outcomes
        await assert_holds(here, events=3)


async def test_of_a_batch_that_begins_below_the_ledger_only_the_rest_counts(
    database_url: str,
) -> None:
    async with ingesting(database_url) as here:
        await here.committed(orders(0, 3))
        await here.committed(orders(1, 4))
        assert await here.next_offset() == 5
        await assert_holds(here, events=5)
        log = await here.rows("SELECT first_offset, next_offset, records FROM batch ORDER BY id")
        assert [tuple(row) for row in log] == [(0, 3, 3), (3, 5, 2)]


async def test_a_batch_beyond_the_ledger_applies_nothing_and_says_where_to_go_on(
    database_url: str,
) -> None:
    async with ingesting(database_url) as here:
        await here.committed(orders(0, 3))
        result = await here.commit(orders(0, 2, "two"), orders(4, 2))
        assert result == Behind({("one", 0): 3, ("two", 0): 0})
        assert await here.next_offset("two") == 0
        await assert_holds(here, events=3)


async def test_offsets_need_not_be_dense(database_url: str) -> None:
    async with ingesting(database_url) as here:
        far = record(900, ordered("far", START_US))
        await here.committed(span([far], fetched_from=0))
        assert await here.next_offset() == 901
        await assert_holds(here, events=1)


async def test_without_a_ledger_row_nothing_is_applied(database_url: str) -> None:
    async with ingesting(database_url, topics=["two"]) as here:
        assert await here.commit(orders(0, 1)) == Behind({})
        await assert_holds(here)


async def test_a_stretch_without_records_moves_the_ledger(database_url: str) -> None:
    async with ingesting(database_url) as here:
        await here.committed(Span("one", 0, 0, 7, ()))
        assert await here.next_offset() == 7
        await here.committed(orders(7, 1))
        await assert_holds(here, events=1)


async def test_a_batch_prepared_under_another_revision_is_not_applied(database_url: str) -> None:
    async with ingesting(database_url) as here:
        prepared = here.prepare(orders(0, 1))
        await here.apply(FRAMEWORK.replace("title: Money", "title: Turnover"))
        assert await here.settle(prepared) == OtherRevision(2)
        await assert_holds(here)
        await here.committed(orders(0, 1))
        await assert_holds(here, events=1)


async def test_a_rollback_keeps_no_number_of_a_name(database_url: str) -> None:
    """Numbers made inside it would name nothing, or something else, afterwards."""
    async with ingesting(database_url) as here:
        await here.connection.execute("ALTER TABLE batch ADD CHECK (events <> 2)")
        with pytest.raises(Exception, match="violates check constraint"):
            await here.commit(orders(0, 2))
        assert here.memory.names.series == {}
        assert here.memory.names.placings == {}
        assert await here.value("SELECT count(*) FROM series") == 0
        await here.committed(orders(0, 3))
        stored = await here.rows("SELECT id, metric, scope, segment FROM series")
        assert {row["id"] for row in stored} == set(here.memory.names.series.values())
        await assert_holds(here, events=3)


async def test_a_copy_in_another_topic_of_the_system_counts_once(database_url: str) -> None:
    async with ingesting(database_url) as here:
        await here.committed(orders(0, 3))
        copies = [record(n, ordered(f"o{n}", START_US + n), "two", LATER_US) for n in range(3)]
        await here.committed(span(copies))
        await assert_holds(here, events=3, duplicates=3)
        assert await here.totals("money", "shop/buy") == (3, 3_000)


async def test_an_earlier_copy_takes_the_place_of_the_later_one(database_url: str) -> None:
    async with ingesting(database_url) as here:
        await here.committed(orders(0, 1))
        await here.committed(span([record(0, ordered("o0", START_US), "two", START_US)]))
        await assert_holds(here, events=1, duplicates=1)
        assert await here.value("SELECT topic FROM event") == "two"
        assert await here.totals("money", "shop/buy") == (1, 1_000)


async def test_a_newer_version_takes_what_the_older_had_contributed(database_url: str) -> None:
    """Exactly what was stored, although the framework counts otherwise by now."""
    async with ingesting(database_url) as here:
        await here.committed(span([record(0, rated("r", START_US, 5, version=1))]))
        assert await here.totals("happy", RATED) == (1, 5)
        await here.apply(
            FRAMEWORK.partition("- {id: happy")[0] + FRAMEWORK.partition("shop/ask/rating}\n")[2]
        )
        await here.committed(span([record(1, rated("r", START_US + DAY_US, 2, version=2))]))
        assert await here.totals("happy", RATED) == (0, 0)
        assert [b for b in await here.buckets() if b.metric == "happy"] == []
        await assert_holds(here, events=1, superseded=1)


async def test_an_older_version_that_comes_late_is_superseded(database_url: str) -> None:
    async with ingesting(database_url) as here:
        await here.committed(span([record(0, rated("r", START_US, 2, version=2))]))
        await here.committed(span([record(1, rated("r", START_US, 5, version=1))]))
        assert await here.totals("happy", RATED) == (1, 2)
        await assert_holds(here, events=1, superseded=1)


def content_of(here: Ingesting, value: int) -> bytes:
    """The digest of a rating."""
    [item] = here.prepare(span([record(9, rated("r", START_US, value, version=7))])).items
    assert isinstance(item, PreparedEvent)
    return item.statement.digest


@pytest.mark.parametrize("order", [(5, 2), (2, 5)])
async def test_of_equal_versions_the_same_one_counts_in_every_order(
    order: tuple[int, int], database_url: str
) -> None:
    async with ingesting(database_url) as here:
        for offset, value in enumerate(order):
            await here.committed(span([record(offset, rated("r", START_US, value, version=7))]))
        stated = {value: content_of(here, value) for value in order}
        assert await here.totals("happy", RATED) == (
            1,
            max(stated, key=lambda value: stated[value]),
        )
        await assert_holds(here, events=1, superseded=1)


async def test_a_retraction_leaves_nothing_and_stands_against_what_is_older(
    database_url: str,
) -> None:
    async with ingesting(database_url) as here:
        await here.committed(span([record(0, rated("r", START_US, 5, version=1))]))
        await here.committed(span([record(1, withdrawn("r", START_US, 3))]))
        assert await here.placed() == {}
        assert await here.buckets() == {}
        await here.committed(span([record(2, rated("r", START_US, 4, version=2))]))
        assert await here.placed() == {}
        await here.committed(span([record(3, rated("r", START_US, 4, version=4))]))
        assert await here.totals("happy", RATED) == (1, 4)
        await assert_holds(here, events=1, superseded=3)


async def test_a_retraction_of_what_was_never_read_waits_for_it(database_url: str) -> None:
    async with ingesting(database_url) as here:
        await here.committed(span([record(0, withdrawn("r", START_US, 3))]))
        await here.committed(span([record(1, rated("r", START_US, 4, version=2))]))
        assert await here.placed() == {}
        await assert_holds(here, events=1, superseded=1)


async def test_of_two_contents_under_one_id_the_later_read_is_a_dead_letter(
    database_url: str,
) -> None:
    async with ingesting(database_url) as here:
        contradiction = ordered("o0", START_US, amount=99)
        await here.committed(orders(0, 1))
        await here.committed(span([record(1, contradiction), record(2, contradiction)]))
        await here.committed(span([record(3, contradiction)]))
        letters = await here.dead_letters()
        assert [(row["offset"], row["reason"], row["value"]) for row in letters] == [
            (1, "id_conflict", contradiction)
        ]
        assert await here.totals("money", "shop/buy") == (1, 1_000)
        await assert_holds(here, events=1, dead_letters=1, duplicates=2)


async def test_a_displaced_event_is_read_again_and_kept_whole(database_url: str) -> None:
    """Its record is no longer in the batch; its bytes come from the topic."""
    async with ingesting(database_url) as here:
        await here.committed(orders(0, 1))
        earlier = record(0, ordered("o0", START_US, amount=99), "two", START_US)
        await here.committed(span([earlier]))
        assert here.asked_again == [Position("one", 0, 0)]
        [letter] = await here.dead_letters()
        kept = here.topic[Position("one", 0, 0)]
        assert (letter["topic"], letter["offset"]) == ("one", 0)
        assert (letter["key"], letter["value"]) == (kept.key, kept.value)
        assert letter["headers"] == b'[["h", "/w=="]]'
        assert letter["record_time"] == kept.time_us
        assert await here.totals("money", "shop/buy") == (1, 9_900)
        await assert_holds(here, events=1, dead_letters=1)


async def test_until_the_record_is_read_again_nothing_is_applied(database_url: str) -> None:
    async with ingesting(database_url) as here:
        await here.committed(orders(0, 1))
        earlier = record(0, ordered("o0", START_US, amount=99), "two", START_US)
        batch = here.batch(here.prepare(span([earlier])))
        result = await commit_batch(here.connection, batch, here.memory)
        assert result == NeedsRecords((Position("one", 0, 0),))
        assert await here.next_offset("two") == 0
        await assert_holds(here, events=1)


async def test_a_displaced_event_whose_record_is_gone_says_so(database_url: str) -> None:
    async with ingesting(database_url) as here:
        await here.committed(orders(0, 1))
        here.topic.clear()
        earlier = record(0, ordered("o0", START_US, amount=99), "two", START_US)
        await here.committed(span([earlier]))
        [letter] = await here.dead_letters()
        assert letter["value"] is None
        assert "the topic no longer holds this record" in letter["detail"]
        await assert_holds(here, events=1, dead_letters=1)


async def test_a_content_that_lost_comes_back_with_an_earlier_copy(database_url: str) -> None:
    """Its dead letter goes, and the other content's comes."""
    async with ingesting(database_url) as here:
        await here.committed(orders(0, 1))
        other = ordered("o0", START_US, amount=99)
        await here.committed(span([record(1, other)]))
        await here.committed(span([record(0, other, "two", START_US)]))
        [letter] = await here.dead_letters()
        assert letter["value"] == here.topic[Position("one", 0, 0)].value
        assert await here.totals("money", "shop/buy") == (1, 9_900)
        await assert_holds(here, events=1, dead_letters=1, duplicates=1)


async def test_a_late_order_makes_another_one_the_hundredth(database_url: str) -> None:
    async with ingesting(database_url) as here:
        await here.committed(orders(1, 60)._replace(fetched_from=0))
        await here.committed(orders(61, 60))
        placed = await here.placed()
        assert [name for name, at in placed.items() if HUNDREDTH in at] == ["o100"]
        late = record(121, ordered("early bird", START_US))
        await here.committed(span([late]))
        placed = await here.placed()
        assert [name for name, at in placed.items() if HUNDREDTH in at] == ["o99"]
        assert placed["o100"] == {ORDERED}
        assert await here.totals("hundredths", HUNDREDTH) == (1, 0)
        marked = await here.rows(
            "SELECT m.occurred_at FROM moment m JOIN event e ON e.id = m.event_id"
        )
        assert [row["occurred_at"] for row in marked] == [START_US + 99]
        await assert_holds(here, events=121)


async def test_a_retracted_order_gives_the_hundredth_to_the_next(database_url: str) -> None:
    async with ingesting(database_url) as here:
        versions = [record(n, ordered(f"o{n}", START_US + n, version=1)) for n in range(101)]
        await here.committed(span(versions))
        assert HUNDREDTH in (await here.placed())["o99"]
        await here.committed(span([record(101, withdrawn("o5", START_US, 2))]))
        placed = await here.placed()
        assert [name for name, at in placed.items() if HUNDREDTH in at] == ["o100"]
        await assert_holds(here, events=101, superseded=1)


async def test_an_event_is_placed_again_under_the_revision_at_its_own_position(
    database_url: str,
) -> None:
    """The third contact was read when the third counted; since then it is the second."""
    async with ingesting(database_url) as here:
        contacts = [record(n, said(f"c{n}", CONTACT, START_US + n * DAY_US)) for n in range(6)]
        await here.committed(span(contacts[:2]))
        await here.apply(FRAMEWORK.replace("days(30)) == 3", "days(30)) == 2"))
        await here.committed(span(contacts[2:3]))
        third = "shop/ask/third"
        assert [name for name, at in (await here.placed()).items() if third in at] == []
    async with ingesting(database_url, None) as here:
        assert list(here.rulebook.rules.revisions) == [2]
        late = record(3, said("late", CONTACT, START_US - DAY_US))
        await here.committed(span([late]))
        placed = await here.placed()
        assert [name for name, at in placed.items() if third in at] == ["c1"]
        revisions = await here.rows("SELECT DISTINCT revision FROM event ORDER BY 1")
        assert [row["revision"] for row in revisions] == [1, 2]
        await assert_holds(here, events=4)


async def test_identifiers_and_links_are_kept_whatever_becomes_of_the_event(
    database_url: str,
) -> None:
    """Of a copy and of a superseded version, too; a link once strong stays strong."""
    mail = {"namespace": "email", "value": " Jo@Shop.Example "}
    phone = {"namespace": "phone", "value": "0049 30 1234"}
    user = {"namespace": "user", "value": "jo"}
    async with ingesting(database_url) as here:
        strong = [{"one": user, "other": mail}]
        weak = [{"one": mail, "other": user, "strength": "weak"}]
        newest = rated("r", START_US, 5, version=9, identifiers=[mail], links=strong)
        older = rated("r", START_US, 4, version=1, identifiers=[phone], links=weak)
        await here.committed(span([record(0, newest)]))
        await here.committed(span([record(1, older)]))
        rows = await here.rows("SELECT namespace, value FROM identifier ORDER BY 1")
        assert [tuple(row) for row in rows] == [
            ("crm:user", "jo"),
            ("email", "jo@shop.example"),
            ("phone", "+49301234"),
        ]
        assert [row["strength"] for row in await here.rows("SELECT strength FROM link")] == [
            "strong"
        ]
        await assert_holds(here, events=1, superseded=1)
