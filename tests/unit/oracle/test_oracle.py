"""The oracle on cases that are worked out by hand."""

from collections.abc import Iterator, Sequence
from typing import Any

from tests.support.oracle.tables import (
    Adds,
    BucketName,
    BucketRow,
    Count,
    FactName,
    Placement,
    Revision,
    Statement,
    work_out,
)
from tests.support.truth import (
    Broken,
    Delivery,
    Meaning,
    Place,
    Stated,
    Unwanted,
    Withdrawn,
    linked,
)

MINUTE = 60_000_000
DAY = 1_440 * MINUTE
ANNA = ("email", "anna@mail.example")
BEN = ("email", "ben@mail.example")


class Kiosk:
    """Every sale is placed; the second one of a customer within a day is placed elsewhere, too."""

    kept_kinds = frozenset({"sale"})
    hashed_systems: frozenset[str] = frozenset()
    watched = frozenset({"shop/again"})

    def place(self, event: Stated, count: Count) -> frozenset[Placement]:
        again = event.kind == "sale" and count("sale", DAY) == 2
        return frozenset({("shop/till", "sale")} | ({("shop/again", "again")} if again else set()))

    def adds(self, event: Stated, placements: frozenset[Placement]) -> Iterator[Adds]:
        for touchpoint, _ in placements:
            yield Adds("money", touchpoint, "", 1, 0, 0, event.content["cents"])


KIOSK = [Revision(1, {}, Kiosk())]


def sale(id_: str, at: int, cents: int = 1, version: int = 0) -> Stated:
    return Stated("kiosk", id_, id_, version, "sale", at, ANNA, {"cents": cents})


def delivery(offset: int, *meanings: Meaning, time: int = 0, topic: str = "t") -> Delivery:
    return Delivery(time or offset, topic, 0, offset, b"k", (), f"{offset}".encode(), meanings)


def never(name: FactName, statements: Sequence[Statement]) -> Statement:
    raise AssertionError(f"nothing ties here: {name} {statements}")


def placements(*deliveries: Delivery) -> dict[str, list[str]]:
    """By fact: the touchpoints of its event."""
    tables = work_out(deliveries, KIOSK, never)
    return {
        name[1]: sorted(touchpoint for touchpoint, _ in row.placements)
        for name, row in tables.events.items()
    }


def test_copies_of_an_event_count_once_at_the_earliest_place() -> None:
    copies = (delivery(5, sale("a", 0)), delivery(2, sale("a", 0)), delivery(9, sale("a", 0)))
    tables = work_out(copies, KIOSK, never)
    assert tables.events["kiosk", "a"].place == Place(2, "t", 0, 2, 0)
    assert tables.buckets == {BucketName("money", "shop/till", "", 0): BucketRow(1, 0, 0, 1, 1)}
    assert (tables.counts.events, tables.counts.set_aside, tables.counts.items) == (1, 2, 3)


def test_the_greater_version_counts_whichever_came_first() -> None:
    old, new = sale("a", 0, cents=3, version=1), sale("b", 0, cents=5, version=2)._replace(fact="a")
    for first, second in ((old, new), (new, old)):
        tables = work_out((delivery(1, first), delivery(2, second)), KIOSK, never)
        assert tables.events["kiosk", "a"].id == "b"
        assert tables.buckets[BucketName("money", "shop/till", "", 0)] == (1, 0, 0, 5, 25)
        assert tables.counts.set_aside == 1


def test_a_retraction_leaves_nothing_until_a_newer_version_comes() -> None:
    stated, gone = sale("a", 0, version=1), Withdrawn("kiosk", "a", 2)
    tables = work_out((delivery(1, gone), delivery(2, stated)), KIOSK, never)
    assert (tables.events, tables.buckets, tables.counts.events) == ({}, {}, 1)
    again = delivery(3, sale("a", 0, version=3))
    tables = work_out((delivery(1, gone), delivery(2, stated), again), KIOSK, never)
    assert list(tables.events) == [("kiosk", "a")]


def test_of_two_contents_under_one_id_the_earlier_record_counts_and_one_of_the_other_is_kept() -> (
    None
):
    late, early = sale("a", 0, cents=1), sale("a", 0, cents=2)
    read = (delivery(1, late, time=90), delivery(2, late, time=95), delivery(3, early, time=40))
    tables = work_out(read, KIOSK, never)
    assert tables.events["kiosk", "a"].content == {"cents": 2}
    assert [[row.place.offset for row in copies] for copies in tables.conflicts] == [[1, 2]]
    assert tables.conflicts[0][0].reason == "id_conflict"
    assert (tables.counts.dead_letters, tables.counts.set_aside) == (1, 1)


def test_a_tie_of_versions_is_decided_by_whoever_is_asked() -> None:
    one, other = sale("a", 0, cents=1, version=7), sale("a", 0, cents=2, version=7)
    read = (delivery(1, one), delivery(2, other))
    for wanted in (one, other):

        def choose(_: FactName, __: Sequence[Statement], wanted: Statement = wanted) -> Statement:
            return wanted

        tables = work_out(read, KIOSK, choose)
        assert tables.events["kiosk", "a"].content == wanted.content
        assert tables.ties == {("kiosk", "a"): wanted}
        assert tables.counts.set_aside == 1


def test_a_count_goes_by_event_time_each_fact_once_and_includes_the_event() -> None:
    read = (
        delivery(1, sale("late", 2 * MINUTE)),
        delivery(2, sale("early", MINUTE)),
        delivery(3, sale("early", MINUTE)),
        delivery(4, sale("other", 0)._replace(subject=BEN)),
    )
    assert placements(*read) == {
        "early": ["shop/till"],
        "late": ["shop/again", "shop/till"],
        "other": ["shop/till"],
    }


def test_a_window_leaves_out_what_lies_at_its_far_end() -> None:
    exactly = placements(delivery(1, sale("a", 0)), delivery(2, sale("b", DAY)))
    within = placements(delivery(1, sale("a", 1)), delivery(2, sale("b", DAY)))
    assert exactly["b"] == ["shop/till"]
    assert within["b"] == ["shop/again", "shop/till"]


def test_of_events_in_one_moment_the_ids_say_which_is_the_second() -> None:
    assert placements(delivery(1, sale("b", 7)), delivery(2, sale("a", 7))) == {
        "a": ["shop/till"],
        "b": ["shop/again", "shop/till"],
    }


def test_a_newer_version_moves_an_event_to_another_customer_and_out_of_the_history() -> None:
    read = (
        delivery(1, sale("a", 1, version=1)),
        delivery(2, sale("b", 2)),
        delivery(3, sale("a", 1, version=2)._replace(subject=BEN)),
    )
    assert placements(*read) == {"a": ["shop/till"], "b": ["shop/till"]}


def test_buckets_begin_at_quarters_of_an_hour() -> None:
    read = (
        delivery(1, sale("a", 15 * MINUTE - 1)._replace(subject=BEN)),
        delivery(2, sale("b", 15 * MINUTE)),
    )
    starts = {name.start_us for name in work_out(read, KIOSK, never).buckets}
    assert starts == {0, 15 * MINUTE}


def test_every_item_of_a_record_has_its_own_outcome() -> None:
    tables = work_out([delivery(1, sale("a", 0), Unwanted(), Broken("no_sense"))], KIOSK, never)
    counts = tables.counts
    assert (counts.records, counts.items) == (1, 3)
    assert (counts.events, counts.ignored, counts.dead_letters) == (1, 1, 1)
    row = tables.dead_letters[Place(1, "t", 0, 1, 2)]
    assert (row.reason, row.key, row.value) == ("no_sense", b"k", b"1")


def test_the_order_of_the_records_does_not_matter() -> None:
    read: list[Any] = [
        delivery(n, sale(f"s{n % 4}", n * MINUTE, version=n % 3 + 1)) for n in range(1, 12)
    ]

    def choose(_: FactName, statements: Sequence[Statement]) -> Statement:
        return min(statements, key=repr)

    forwards = work_out(read, KIOSK, choose)
    assert forwards == work_out(read, KIOSK, choose)
    backwards = work_out(read[::-1], KIOSK, choose)
    assert (forwards.events, forwards.buckets) == (backwards.events, backwards.buckets)


class Stall(Kiosk):
    """Places what is sold after another thing was said."""

    kept_kinds = frozenset({"sale", "word"})
    hashed_systems = frozenset({"kiosk"})

    def place(self, event: Stated, count: Count) -> frozenset[Placement]:
        told = event.kind == "sale" and count("word") == 1
        return frozenset({("shop/told", "told")} if told else set())


def test_the_revision_at_its_own_position_places_an_event_wherever_it_is_read() -> None:
    """An event that was read under the old one stays under it, whatever comes later."""
    revisions = [*KIOSK, Revision(2, {("t", 0): 3}, Stall())]
    read = (
        delivery(1, sale("old", DAY)),
        delivery(2, sale("word", 1)._replace(kind="word")),
        delivery(3, sale("new", 2)),
        delivery(1, sale("begun", 3), topic="later"),
        delivery(4, sale("earlier", 0)),
    )
    tables = work_out(read, revisions, never)
    rows = {name[1]: row for name, row in tables.events.items()}
    assert {name: row.revision for name, row in rows.items()} == {
        "old": 1, "word": 1, "new": 2, "begun": 2, "earlier": 2,
    }  # fmt: skip
    assert rows["old"].placements == {("shop/till", "sale")}
    assert rows["new"].placements == rows["begun"].placements == {("shop/told", "told")}
    assert rows["earlier"].placements == frozenset()
    assert {row.kind for row in tables.histories} == {"sale", "word"}


def test_identifiers_and_links_count_whatever_becomes_of_the_event() -> None:
    phone = ("phone", "+4930")
    weak = linked(ANNA, phone, strong=False)
    old = sale("a", 0, version=1)._replace(others=(phone,), links=linked(phone, ANNA))
    new = sale("a", 0, version=2)._replace(links=weak)
    for read in ((delivery(1, old), delivery(2, new)), (delivery(1, new), delivery(2, old))):
        tables = work_out(read, KIOSK, never)
        assert tables.identifiers == {ANNA: True, phone: True}
        assert tables.links == {frozenset({ANNA, phone}): True}
    hashed = work_out([delivery(1, new)], [Revision(1, {}, Stall())], never)
    assert hashed.identifiers == {ANNA: False}
    assert hashed.links == {frozenset({ANNA, phone}): False}
