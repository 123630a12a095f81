"""What an event adds to a metric, by hand, and what is read from it."""

import math
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.event import Score
from service.framework.models import FormulaName, Metric
from service.metrics.formulas import (
    TOP_BOXES,
    VALUE_LIMIT,
    Effect,
    ces_effect,
    csat_effect,
    nps_effect,
    read,
    value_effect,
    whole_units,
)
from service.metrics.statistics import Statistics

SCORES = [nps_effect, csat_effect, ces_effect]


def score(value: float, low: float = 1, high: float = 5) -> Score:
    """An answer on a scale whose high end is good."""
    return Score(value, low, high, high)


def metric(formula: FormulaName, decimals: int = 0) -> Metric:
    return Metric(
        id="m", title="M", formula=formula, of="feedback.csat", at="a/b/c", decimals=decimals
    )


@pytest.mark.parametrize("answer", range(11))
def test_promoters_are_9_and_10_detractors_0_to_6(answer: int) -> None:
    """On 0 to 10; the answer itself is kept as the value."""
    expected = Effect(1, int(answer >= 9), int(answer <= 6), answer)
    assert nps_effect(score(answer, 0, 10)) == expected


def test_nps_of_1_to_10_has_the_same_promoters() -> None:
    """A scale that leaves out the 0."""
    drawn = [nps_effect(score(answer, 1, 10)) for answer in (6, 7, 8, 9)]
    assert drawn == [Effect(1, 0, 1, 6), Effect(1, 0, 0, 7), Effect(1, 0, 0, 8), Effect(1, 1, 0, 9)]


def test_an_answer_of_another_scale_is_no_nps() -> None:
    """Five stars do not say whether somebody would recommend."""
    assert nps_effect(score(5)) is None


@pytest.mark.parametrize(
    ("points", "satisfied"),
    [
        (2, {2}),
        (3, {3}),
        (4, {3, 4}),
        (5, {4, 5}),
        (6, {4, 5, 6}),
        (7, {5, 6, 7}),
        (8, {6, 7, 8}),
        (9, {7, 8, 9}),
        (10, {9, 10}),
        (11, {10, 11}),
    ],
)
def test_top_boxes_by_number_of_points(points: int, satisfied: set[int]) -> None:
    """The sets of the field, from 2 to 11 points."""
    effects = {answer: csat_effect(score(answer, 1, points)) for answer in range(1, points + 1)}
    assert {answer for answer, effect in effects.items() if effect and effect.hit} == satisfied
    assert all(effect and effect.value == answer for answer, effect in effects.items())


def test_satisfied_on_a_wide_scale_begins_where_4_of_5_lies() -> None:
    """Of 0 to 100 that is 75."""
    assert [csat_effect(score(answer, 0, 100)) for answer in (74, 75)] == [
        Effect(1, 0, 0, 74),
        Effect(1, 1, 0, 75),
    ]


def test_easy_is_5_to_7_of_7_and_difficult_1_to_3() -> None:
    """The middle is neither."""
    effects = [ces_effect(score(answer, 1, 7)) for answer in range(1, 8)]
    assert [effect.hit for effect in effects if effect] == [0, 0, 0, 0, 1, 1, 1]
    assert [effect.low for effect in effects if effect] == [1, 1, 1, 0, 0, 0, 0]


def test_a_scale_without_a_middle_is_easy_or_difficult() -> None:
    """Of 1 to 4, 3 is easy and 2 is difficult."""
    assert ces_effect(score(3, 1, 4)) == Effect(1, 1, 0, 3)
    assert ces_effect(score(2, 1, 4)) == Effect(1, 0, 1, 2)


def test_where_the_low_end_is_best_the_scale_is_turned() -> None:
    """1 = very easy of 1 to 5 is the step 5."""
    assert ces_effect(Score(1, 1, 5, 1)) == Effect(1, 1, 0, 5)
    assert csat_effect(Score(2, 1, 5, 1)) == Effect(1, 1, 0, 4)


def test_an_answer_between_two_steps_counts_as_the_worse() -> None:
    """4.5 of 5 is 4, 3.5 is 3; turned, 1.5 is 4 as well."""
    assert csat_effect(score(4.5)) == Effect(1, 1, 0, 4)
    assert csat_effect(score(3.5)) == Effect(1, 0, 0, 3)
    assert csat_effect(Score(1.5, 1, 5, 1)) == Effect(1, 1, 0, 4)
    assert nps_effect(score(8.9, 0, 10)) == Effect(1, 0, 0, 8)
    assert nps_effect(score(6.5, 0, 10)) == Effect(1, 0, 1, 6)


def test_what_arithmetic_on_floats_lost_is_given_back() -> None:
    """0.29 * 100 is a little less than 29 and means 29."""
    assert csat_effect(score(0.29 * 100, 0, 100)) == Effect(1, 0, 0, 29)


@pytest.mark.parametrize(
    "bad",
    [
        Score(6, 1, 5, 5),
        Score(0, 1, 5, 5),
        Score(3, 1, 5, 4),
        Score(3, 5, 1, 5),
        Score(3, 3, 3, 3),
        Score(math.nan, 1, 5, 5),
        Score(3, 1, math.inf, math.inf),
        Score(3, math.nan, 5, 5),
        Score(1e300, 0, 1e300, 1e300),
    ],
    ids=str,
)
def test_a_score_that_is_not_on_its_scale_is_not_counted(bad: Score) -> None:
    """Outside the ends, best in between, ends that are no scale, not finite, too great."""
    assert [effect(bad) for effect in SCORES] == [None, None, None]


@given(st.integers(-5, 5), st.integers(1, 12), st.data())
def test_turning_a_scale_changes_nothing_but_the_end_that_is_good(
    low: int, span: int, data: st.DataObject
) -> None:
    """An answer as far from its good end has the same effect, whichever end that is."""
    high = low + span
    answer = data.draw(st.integers(low, high))
    for effect in SCORES:
        assert effect(Score(answer, low, high, high)) == effect(
            Score(low + high - answer, low, high, low)
        )


@given(st.sampled_from(sorted(TOP_BOXES)), st.data())
def test_a_better_answer_is_never_less_satisfied(points: float, data: st.DataObject) -> None:
    """Hits grow and lows shrink with the answer."""
    worse, better = sorted(data.draw(st.tuples(*[st.floats(1, points)] * 2)))
    for effect in SCORES:
        one, other = effect(score(worse, 1, points)), effect(score(better, 1, points))
        if one is not None and other is not None:
            assert one.hit <= other.hit
            assert one.low >= other.low
            assert one.value <= other.value
            assert not (one.hit and one.low)


@pytest.mark.parametrize(
    ("number", "decimals", "units"),
    [
        (12.4, 2, 1240),
        (12.345, 2, 1234),
        (12.355, 2, 1236),
        (1.015, 2, 102),
        (1.005, 2, 100),
        (0.5, 0, 0),
        (1.5, 0, 2),
        (-0.5, 0, 0),
        (-1.5, 0, -2),
        (7, 3, 7000),
        (2.0, 1, 20),
        (1e-320, 6, 0),
    ],
)
def test_values_are_whole_units_with_halves_to_the_even(
    number: float, decimals: int, units: int
) -> None:
    """A fraction is what its shortest decimal says, not the float next to it."""
    assert whole_units(number, decimals) == units


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e300, 2**62, -(2**62), 10**400])
def test_a_value_without_a_whole_number_is_not_counted(number: float) -> None:
    """Not finite, or as great as no stored number can be."""
    assert value_effect(number, 0) is None


def test_the_greatest_value_is_counted() -> None:
    """One below the limit, either way."""
    assert value_effect(VALUE_LIMIT - 1, 0) == Effect(1, 0, 0, VALUE_LIMIT - 1)
    assert value_effect(1 - VALUE_LIMIT, 0) == Effect(1, 0, 0, 1 - VALUE_LIMIT)


@given(st.floats(-1e9, 1e9), st.integers(0, 6))
def test_rounding_is_off_by_at_most_half_a_unit(number: float, decimals: int) -> None:
    """Whole units are the nearest ones."""
    units = whole_units(number, decimals)
    assert units is not None
    exact = Decimal(repr(number)).scaleb(decimals)
    assert abs(Decimal(units) - exact) <= Decimal("0.5")


@pytest.mark.parametrize(
    ("formula", "statistics", "value"),
    [
        ("count", Statistics(7), 7.0),
        ("rate", Statistics(40, 2), 5.0),
        ("ratio", Statistics(200, 19), 9.5),
        ("csat", Statistics(68, 41, 0, 230, 900), 100 * 41 / 68),
        ("ces", Statistics(4, 3, 1), 75.0),
        ("nps", Statistics(100, 50, 20), 30.0),
        ("sum", Statistics(2, 0, 0, 1240, 1_000_000), 12.4),
        ("mean", Statistics(2, 0, 0, 1240, 1_000_000), 6.2),
    ],
)
def test_values_by_hand(formula: FormulaName, statistics: Statistics, value: float) -> None:
    """Each formula once; mean and sum in hundredths."""
    reading = read(metric(formula, decimals=2), statistics)
    assert reading is not None
    assert reading.value == pytest.approx(value)
    assert reading.n == statistics.n


@pytest.mark.parametrize("formula", get_args(FormulaName))
def test_nothing_counted_is_nothing_to_read(formula: FormulaName) -> None:
    """n = 0 has no reading, even where a ratio has a numerator."""
    assert read(metric(formula), Statistics(0, 3)) is None
