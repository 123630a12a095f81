"""What the evaluator must find, on cases that are worked out by hand."""

import pytest

from tests.support.oracle.checks import Target, check
from tests.support.oracle.tables import BucketName, BucketRow, Contributor, Tables

HOUR = 3_600_000_000
QUARTER = HOUR // 4
AT = "a/b/c"
TARGET = Target("m", "a/b", AT, "csat", 85, None, HOUR, 1, 10)


def tables(n: int, hits: int, low: int = 0, start_us: int = 0) -> Tables:
    """One bucket, and as many customers as answers."""
    made = Tables()
    made.buckets[BucketName("m", AT, "", start_us)] = BucketRow(n, hits, low, 0, 0)
    made.contributors["m", AT] = [
        Contributor(("s", f"{number}"), start_us, ("u", f"{number}"), 1, int(number < hits), 0)
        for number in range(n)
    ]
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
