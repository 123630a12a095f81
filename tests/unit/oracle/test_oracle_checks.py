"""What the evaluator must find, on cases that are worked out by hand."""

import pytest

from tests.support.oracle import BucketName, BucketRow, EventRow, Tables
from tests.support.oracle_checks import Looked, Offsets, Target, Watch, check, evaluate
from tests.support.truth import Place

HOUR = 3_600_000_000
QUARTER = HOUR // 4
AT = "a/b/c"
TARGET = Target("m", "a/b", AT, "csat", 85, None, HOUR, 1, 10)
WATCH = Watch("watch", "a/b", 2, 2, 10 * HOUR)


def tables(n: int, hits: int, low: int = 0, start_us: int = 0) -> Tables:
    """One bucket, and as many customers as answers, all of them at the touchpoint."""
    made = Tables()
    made.buckets[BucketName("m", AT, "", start_us)] = BucketRow(n, hits, low, 0, 0)
    made.contributors["m", AT] = [(start_us, ("u", f"{number}")) for number in range(n)]
    for number in range(n):
        place = Place(0, "t", 0, number, 0)
        made.events["s", f"{number}"] = EventRow(
            place, "s", f"{number}", f"{number}", "k", start_us, ("u", f"{number}"), {},
            frozenset({(AT, "rule")}),
        )  # fmt: skip
    return made


def test_a_share_has_wilsons_interval() -> None:
    found = check(tables(100, 80), TARGET, HOUR)
    assert (found.n, found.customers, found.value) == (100, 100, 80)
    assert found.low == pytest.approx(71.1, abs=0.05)
    assert found.high == pytest.approx(86.7, abs=0.05)
    assert found.health == "at_risk"


def test_promoters_have_the_adjusted_wald_interval() -> None:
    found = check(tables(100, 50, 20), TARGET._replace(formula="nps"), HOUR)
    assert found.value == pytest.approx(30)
    assert found.low == pytest.approx(14.1, abs=0.05)
    assert found.high == pytest.approx(44.2, abs=0.05)


@pytest.mark.parametrize(
    ("n", "hits", "health"),
    [(100, 85, "healthy"), (100, 84, "at_risk"), (100, 60, "breached"), (9, 0, "no_data")],
)
def test_health_of_a_lower_bound(n: int, hits: int, health: str) -> None:
    assert check(tables(n, hits), TARGET, HOUR).health == health


def test_health_of_an_upper_bound() -> None:
    target = TARGET._replace(at_least=None, at_most=5)
    assert check(tables(100, 5), target, HOUR).health == "healthy"
    assert check(tables(100, 40), target, HOUR).health == "breached"


def test_the_window_ends_with_the_last_whole_bucket() -> None:
    assert check(tables(20, 20, start_us=HOUR), TARGET, HOUR + QUARTER - 1).n == 0
    assert check(tables(20, 20, start_us=HOUR), TARGET, HOUR + QUARTER).n == 20
    assert check(tables(20, 20, start_us=HOUR), TARGET, 2 * HOUR + QUARTER - 1).n == 20
    assert check(tables(20, 20, start_us=HOUR), TARGET, 2 * HOUR + QUARTER).n == 0


BAD, GOOD, NEITHER = tables(100, 40), tables(100, 95), tables(100, 84)


def signals(*shown: Tables, watch: Watch = WATCH) -> list[tuple[int, int, str]]:
    """Number, sequence and signal after checks that saw these tables one after the other."""
    steps = [HOUR + minute * 60_000_000 for minute in range(len(shown))]
    journal = [Looked("m", at_us, {("t", 0): at_us}) for at_us in steps]
    seen = dict(zip(steps, shown, strict=True))

    def tables_at(offsets: Offsets) -> Tables:
        return seen[offsets["t", 0]]

    found = evaluate(journal, tables_at, [TARGET], [watch], AT)
    return [(sent.number, sent.sequence, sent.signal) for sent in found.signals]


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


def test_a_milestone_is_reached_once_and_never_taken_back() -> None:
    journal = [Looked("m", HOUR + step, {("t", 0): step}) for step in range(3)]
    shown = [tables(1, 1), Tables(), tables(2, 2)]
    found = evaluate(journal, lambda offsets: shown[offsets["t", 0]], [TARGET], [WATCH], AT)
    assert [(reach.subject, reach.at_us) for reach in found.milestones] == [
        (("u", "0"), HOUR),
        (("u", "1"), HOUR + 2),
    ]


def test_milestones_are_looked_for_with_what_is_checked_most_often() -> None:
    slow = TARGET._replace(metric="slow", every_us=2)
    journal = [Looked("slow", HOUR, {("t", 0): 0}), Looked("m", HOUR + 1, {("t", 0): 1})]
    found = evaluate(journal, lambda _: tables(1, 1), [TARGET, slow], [WATCH], AT)
    assert [reach.at_us for reach in found.milestones] == [HOUR + 1]
