"""Intervals against published vectors, against SciPy, and by how often they are right."""

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from service.metrics import intervals
from service.metrics.intervals import Reading
from service.metrics.statistics import Statistics


def answers(promoters: int, passives: int, detractors: int) -> Statistics:
    return Statistics(promoters + passives + detractors, promoters, detractors)


def values(*numbers: int) -> Statistics:
    return Statistics(len(numbers), 0, 0, sum(numbers), sum(n * n for n in numbers))


def rounded(reading: Reading | None) -> tuple[float, float, float]:
    assert reading is not None
    return (round(reading.value, 1), round(reading.low, 1), round(reading.high, 1))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((50, 30, 20), (30.0, 14.1, 44.2)),
        ((5, 3, 2), (30.0, -19.1, 65.2)),
        ((500, 300, 200), (30.0, 25.1, 34.7)),
        ((10, 0, 0), (100.0, 47.5, 100.0)),
        ((0, 0, 10), (-100.0, -100.0, -47.5)),
    ],
)
def test_net_promoters_match_the_published_vectors(
    counts: tuple[int, int, int], expected: tuple[float, float, float]
) -> None:
    """Adjusted Wald, clipped to what an NPS can be."""
    assert rounded(intervals.net_promoters(answers(*counts))) == expected


def test_the_centre_of_net_promoters_is_drawn_to_zero() -> None:
    """(50, 30, 20) has its centre at 29.1."""
    centre, _ = intervals.adjusted_net(answers(50, 30, 20))
    assert round(100 * centre, 1) == 29.1


def test_one_promoter_is_inside_its_own_interval() -> None:
    """The method alone would end at 98.5 below a value of 100."""
    assert intervals.net_promoters(answers(1, 0, 0)).high == 100.0


@pytest.mark.parametrize(
    ("hits", "n", "expected"), [(8, 10, (0.490, 0.943)), (80, 100, (0.711, 0.867))]
)
def test_wilson_matches_the_published_vectors(
    hits: int, n: int, expected: tuple[float, float]
) -> None:
    """8 of 10 and 80 of 100."""
    low, high = intervals.wilson(hits, n)
    assert (round(low, 3), round(high, 3)) == expected


@given(st.integers(1, 5_000), st.data())
def test_wilson_is_what_scipy_says(n: int, data: st.DataObject) -> None:
    """The score interval without continuity correction."""
    hits = data.draw(st.integers(0, n))
    expected = stats.binomtest(hits, n).proportion_ci(method="wilson")
    assert intervals.wilson(hits, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


@pytest.mark.parametrize("degrees", [*range(1, 60), 100, 1_000, 10**6, 10**9])
def test_students_quantile_is_what_scipy_says(degrees: int) -> None:
    """From the table and from the expansion, to five digits."""
    assert intervals.t_95(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=5e-6)


@given(st.lists(st.integers(-(10**9), 10**9), min_size=2, max_size=40))
def test_the_mean_is_what_scipy_says(numbers: list[int]) -> None:
    """Student's t from the sums alone, in hundredths."""
    reading = intervals.mean(values(*numbers), 100)
    assert reading is not None
    average = sum(numbers) / len(numbers)
    error = max(stats.sem(numbers), math.sqrt(1 / 12 / len(numbers)))
    low, high = stats.t.interval(0.95, len(numbers) - 1, loc=average, scale=error)
    assert reading.value == pytest.approx(average / 100, abs=1e-9)
    # The quantile has five digits, so an end is as exact as its distance from the mean.
    reach = (high - low) / 200
    expected = pytest.approx((low / 100, high / 100), abs=1e-5 * reach + 1e-6)
    assert (reading.low, reading.high) == expected


def test_the_mean_by_hand() -> None:
    """4, 8 and 9: mean 7, variance 7, t of 2 degrees 4.303, reach 4.303 * sqrt(7 / 3) = 6.57."""
    assert rounded(intervals.mean(values(4, 8, 9), 1)) == (7.0, 0.4, 13.6)


def test_a_single_value_has_no_mean_to_read() -> None:
    """Nothing bounds the true mean, so there is no reading."""
    assert intervals.mean(values(5), 1) is None


def test_equal_values_do_not_claim_certainty() -> None:
    """Whole units may hide a spread of rounding."""
    reading = intervals.mean(values(5, 5), 1)
    assert reading is not None
    assert reading.low < 5 < reading.high


def test_great_values_lose_nothing() -> None:
    """A small spread far from zero is exact, where floats would see none."""
    far = 10**17
    near = intervals.variance(values(1, 2, 3))
    assert intervals.variance(values(far + 1, far + 2, far + 3)) == near == 1.0


@pytest.mark.parametrize("n", [*range(1, 30), 100, 10_000])
def test_a_count_is_close_to_the_exact_poisson_limits(n: int) -> None:
    """Byar's approximation, within a hundredth of the exact (Garwood) limits or 0.02."""
    reading = intervals.count(Statistics(n))
    exact = (stats.chi2.ppf(0.025, 2 * n) / 2, stats.chi2.ppf(0.975, 2 * n + 2) / 2)
    assert (reading.low, reading.high) == pytest.approx(exact, rel=0.01, abs=0.02)


def test_a_total_by_hand() -> None:
    """EUR 3 and EUR 4 in cents: 7, and 1.96 * sqrt(9 + 16) = 9.8 either way."""
    assert rounded(intervals.total(values(300, 400), 100)) == (7.0, -2.8, 16.8)


def test_a_ratio_by_hand() -> None:
    """10 per 100: Wilson on 10 of 110 is [0.0502, 0.1592], hence [5.3, 18.9] per 100."""
    assert rounded(intervals.per_hundred(Statistics(100, 10))) == (10.0, 5.3, 18.9)


def test_a_ratio_may_exceed_a_hundred() -> None:
    """Three contacts for two orders are 150 per 100."""
    assert intervals.per_hundred(Statistics(2, 3)).value == 150.0


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_every_interval_contains_its_value(n: int, one: int, other: int) -> None:
    """low <= value <= high, whatever was counted."""
    hits, low = one % (n + 1), min(other, n - one % (n + 1))
    for reading in (
        intervals.share(Statistics(n, hits)),
        intervals.net_promoters(Statistics(n, hits, low)),
        intervals.per_hundred(Statistics(n, one)),
        intervals.count(Statistics(n)),
        intervals.total(Statistics(n, 0, 0, other, other * other), 1),
    ):
        assert reading.low <= reading.value <= reading.high


def poisson(chance: random.Random, rate: float) -> int:
    """How many arrivals of the rate lie within one unit of time."""
    count, time = 0, chance.expovariate(rate)
    while time < 1:
        count, time = count + 1, time + chance.expovariate(rate)
    return count


def draw_share(chance: random.Random) -> tuple[float, Reading | None]:
    hits = sum(chance.random() < 0.9 for _ in range(40))
    return 90.0, intervals.share(Statistics(40, hits))


def draw_net(chance: random.Random) -> tuple[float, Reading | None]:
    drawn = chance.choices(("p", "-", "d"), (80, 15, 5), k=30)
    return 75.0, intervals.net_promoters(Statistics(30, drawn.count("p"), drawn.count("d")))


def draw_mean(chance: random.Random) -> tuple[float, Reading | None]:
    return 50.0, intervals.mean(values(*(round(chance.gauss(500, 90)) for _ in range(12))), 10)


def draw_ratio(chance: random.Random) -> tuple[float, Reading | None]:
    return 15.0, intervals.per_hundred(Statistics(poisson(chance, 120), poisson(chance, 18)))


def draw_count(chance: random.Random) -> tuple[float, Reading | None]:
    return 20.0, intervals.count(Statistics(poisson(chance, 20)))


def draw_total(chance: random.Random) -> tuple[float, Reading | None]:
    sold = [chance.randint(1, 9) for _ in range(poisson(chance, 60))]
    return 300.0, intervals.total(values(*sold), 1)


@pytest.mark.parametrize(
    "draw", [draw_share, draw_net, draw_mean, draw_ratio, draw_count, draw_total]
)
def test_intervals_are_right_as_often_as_they_say(
    draw: Callable[[random.Random], tuple[float, Reading | None]],
) -> None:
    """The truth lies inside in 95 of 100 draws: 2,000 draws, within 2 points."""
    chance = random.Random(20250301)
    inside = 0
    for _ in range(2_000):
        truth, reading = draw(chance)
        assert reading is not None
        inside += reading.low <= truth <= reading.high
    assert inside / 2_000 == pytest.approx(0.95, abs=0.02)
