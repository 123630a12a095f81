"""Which signals must be sent and what they must prove, on cases that are worked out by hand."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.oracle.checks import Aims, Looked, Target, Watch
from tests.support.oracle.evidence import Counted, Proof, Reached, Spent
from tests.support.oracle.signals import Findings, Told, evaluate
from tests.support.oracle.tables import (
    BucketName,
    BucketRow,
    Contributor,
    EventRow,
    Offsets,
    Tables,
)
from tests.support.truth import Place

HOUR = 3_600_000_000
AT = "a/b/c"
TARGET = Target("m", "a/b", AT, "csat", 85, None, HOUR, 1, 10)
WATCH = Watch("watch", "a/b", 2, 2, 10 * HOUR)


def event(system: str, number: int, kind: str = "k", **content: Any) -> EventRow:
    """An event of the customer of this number, at the touchpoint unless it is an order."""
    at = frozenset() if kind == "sales.order.placed" else frozenset({(AT, "rule")})
    return EventRow(
        Place(0, "t", 0, number, 0), 1, system, f"{number}", f"{number}", kind, 0,
        ("u", f"{number}"), content, at,
    )  # fmt: skip


def tables(n: int, hits: int, segments: dict[str, tuple[int, int]] | None = None) -> Tables:
    """One bucket, and as many customers as answers, the first of them satisfied."""
    made = Tables()
    made.buckets[BucketName("m", AT, "", 0)] = BucketRow(n, hits, 0, 0, 0)
    for segment, numbers in (segments or {}).items():
        made.buckets[BucketName("m", AT, f"carrier={segment}", 0)] = BucketRow(*numbers, 0, 0, 0)
    for number in range(n):
        made.events["s", f"{number}"] = event("s", number)
    made.contributors["m", AT] = [
        Contributor(("s", f"{number}"), 0, ("u", f"{number}"), 1, int(number < hits), 0)
        for number in range(n)
    ]
    return made


def aims(watch: Watch = WATCH, *targets: Target) -> dict[int, Aims]:
    return {1: Aims(targets or (TARGET,), (watch,), AT, "carrier")}


def evaluated(
    *shown: Tables, watch: Watch = WATCH, target: Target = TARGET, told: Sequence[Told] = ()
) -> Findings:
    """After checks that saw these tables one after the other."""
    steps = [HOUR + minute * 60_000_000 for minute in range(len(shown))]
    journal = [Looked("m", at_us, {("t", 0): at_us}) for at_us in steps]
    seen = dict(zip(steps, shown, strict=True))

    def tables_at(offsets: Offsets) -> Tables:
        return seen[offsets["t", 0]]

    return evaluate(journal, tables_at, aims(watch, target), told)


def signals(*shown: Tables, watch: Watch = WATCH) -> list[tuple[int, int, str]]:
    """Number, sequence and signal."""
    sent = evaluated(*shown, watch=watch).signals
    return [(one.number, one.sequence, one.signal) for one in sent]


BAD, GOOD, NEITHER = tables(100, 40), tables(100, 95), tables(100, 84)


def test_one_miss_opens_nothing_and_two_in_a_row_open() -> None:
    assert signals(BAD, GOOD, BAD) == []
    assert signals(BAD, BAD, BAD) == [(1, 1, "opened")]


def test_few_customers_open_nothing() -> None:
    assert signals(BAD, BAD, watch=WATCH._replace(min_customers=101)) == []


def test_what_is_at_risk_neither_opens_nor_closes() -> None:
    assert signals(BAD, BAD, NEITHER, GOOD, NEITHER, GOOD) == [(1, 1, "opened")]


def test_two_good_checks_close_and_a_miss_within_the_cooldown_opens_the_same_again() -> None:
    seen = (BAD, BAD, GOOD, GOOD, BAD, BAD)
    assert signals(*seen) == [(1, 1, "opened"), (1, 2, "recovered"), (1, 3, "reopened")]


def test_a_miss_after_the_cooldown_opens_a_new_one() -> None:
    seen = (BAD, BAD, GOOD, GOOD, BAD, BAD)
    sent = signals(*seen, watch=WATCH._replace(cooldown_us=60_000_000))
    assert sent == [(1, 1, "opened"), (1, 2, "recovered"), (2, 1, "opened")]


def test_an_effort_is_a_signal_where_it_was_told_and_stays_until_another_is_opened() -> None:
    told = [Told(1, 2, 5, 3), Told(1, 3, 6, 2), Told(1, 9, 7, 1)]
    short = WATCH._replace(cooldown_us=3 * 60_000_000)
    sent = evaluated(BAD, BAD, GOOD, GOOD, BAD, BAD, GOOD, GOOD, watch=short, told=told).signals
    assert [(one.signal, one.effort) for one in sent] == [
        ("opened", None), ("updated", 3), ("updated", 2), ("recovered", 2), ("reopened", 2),
        ("recovered", 2),
    ]  # fmt: skip
    assert [one.at_us for one in sent[1:3]] == [5, 6]
    short = WATCH._replace(cooldown_us=60_000_000)
    sent = evaluated(BAD, BAD, GOOD, GOOD, BAD, BAD, watch=short, told=told).signals
    assert [one.effort for one in sent][-2:] == [2, None]


def test_a_milestone_is_reached_once_and_never_taken_back() -> None:
    journal = [Looked("m", HOUR + step, {("t", 0): step}) for step in range(3)]
    shown = [tables(1, 1), Tables(), tables(2, 2)]
    found = evaluate(journal, lambda offsets: shown[offsets["t", 0]], aims())
    assert [(reach.subject, reach.at_us) for reach in found.milestones] == [
        (("u", "0"), HOUR),
        (("u", "1"), HOUR + 2),
    ]


def test_milestones_are_looked_for_with_what_is_checked_most_often() -> None:
    slow = TARGET._replace(metric="slow", every_us=2)
    journal = [Looked("slow", HOUR, {("t", 0): 0}), Looked("m", HOUR + 1, {("t", 0): 1})]
    found = evaluate(journal, lambda _: tables(1, 1), aims(WATCH, TARGET, slow))
    assert [reach.at_us for reach in found.milestones] == [HOUR + 1]


def proof_of(shown: Tables, target: Target = TARGET) -> Proof:
    return evaluated(shown, shown, target=target).signals[0].proof


def test_gap_and_reach_make_the_customer_value_and_a_moment_of_truth_half_as_much_again() -> None:
    """60 of an objective of 85 lacks 29.4 %; 40 of 100 customers were not satisfied."""
    worth = proof_of(tables(100, 60)).worth
    assert worth.gap == pytest.approx(29.41, abs=0.01)
    assert worth.reach == 40
    assert worth.customer == worth.value == pytest.approx(34.71, abs=0.01)
    worth = proof_of(tables(100, 60), TARGET._replace(moment_of_truth=True)).worth
    assert worth.customer == pytest.approx(52.06, abs=0.01)


def test_the_business_value_is_the_share_of_the_order_money_of_affected_customers() -> None:
    shown = tables(100, 60)
    for number, minor in ((0, 3_000), (99, 1_000)):
        shown.events["s", f"order-{number}"] = event(
            "s", number, "sales.order.placed", money=(minor, "EUR", 2)
        )
    found = proof_of(shown)
    assert found.money == Spent("EUR", 2, 1_000, 4_000)
    assert found.worth.business == 25
    assert found.worth.value == pytest.approx((34.71 + 25) / 2, abs=0.01)


def test_money_is_unknown_in_several_currencies_and_where_nobody_can_be_found() -> None:
    several = tables(100, 60)
    for number, currency in ((98, "EUR"), (99, "SEK")):
        several.events["s", f"order-{number}"] = event(
            "s", number, "sales.order.placed", money=(1, currency, 2)
        )
    assert proof_of(several).money is None
    elsewhere = tables(100, 60)
    elsewhere.events["x", "order"] = event("x", 500, "sales.order.placed", money=(1, "EUR", 2))
    assert proof_of(elsewhere).money is None


def test_reach_is_of_the_one_system_that_knows_most_of_those_affected() -> None:
    shown = tables(100, 60)
    for number in range(60, 75):
        shown.events["x", f"{number}"] = event("x", number)
    assert proof_of(shown).reach == Reached("s", 40, 100, joined=False)


def test_a_segment_stands_out_beyond_chance() -> None:
    found = proof_of(tables(100, 60, {"N": (40, 10), "A": (50, 40), "unknown": (10, 10)}))
    assert found.stands_out is not None
    assert (found.stands_out.metric, found.stands_out.segment) == ("m", "N")
    assert found.stands_out.here == Counted(25, 40, 10, 0)
    assert found.stands_out.elsewhere[1:] == (60, 50, 0)
    assert proof_of(tables(100, 60, {"N": (50, 29), "A": (50, 31)})).stands_out is None


def test_samples_are_the_newest_of_those_that_speak_against_it() -> None:
    assert [fact for _, fact in proof_of(tables(100, 60)).sample] == ["99", "98", "97", "96", "95"]


def test_what_ended_keeps_its_worth_and_shows_the_numbers_that_ended_it() -> None:
    bad, recovered = evaluated(BAD, BAD, GOOD, GOOD).signals
    assert recovered.signal == "recovered"
    assert recovered.proof.worth == bad.proof.worth
    assert recovered.proof.missed[0].number == Counted(95, 100, 95, 0)
    assert recovered.proof.missed[0].streak == 2


def test_a_revision_asks_for_what_it_asks_from_its_first_check_on() -> None:
    journal = [Looked("m", HOUR + step, {("t", 0): 0}, revision=1 + step) for step in range(2)]
    wanted = {**aims(), 2: aims(WATCH, TARGET._replace(at_least=40))[1]}
    found = evaluate(journal, lambda _: tables(100, 60), wanted)
    assert [check.health for check in found.checks] == ["breached", "healthy"]
