"""Which segment stands out, and how many of them are folded."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.event import AttributeValue
from service.framework.models import FormulaName, Metric, Objective
from service.metrics.buckets import together
from service.metrics.segments import (
    MAX_VALUE_CHARACTERS,
    Standout,
    fold,
    segment_named,
    standout,
    value_of,
)
from service.metrics.statistics import Statistics


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("dhx", "carrier=dhx"),
        ("a=b", "carrier=a=b"),
        ("", "carrier=unknown"),
        (None, "carrier=unknown"),
        (True, "carrier=true"),
        (False, "carrier=false"),
        (3, "carrier=3"),
        (3.0, "carrier=3"),
        (-0.0, "carrier=0"),
        (2.5, "carrier=2.5"),
    ],
)
def test_segments_are_named_by_their_value(value: AttributeValue | None, name: str) -> None:
    """As text; numbers compare across types, absent is unknown."""
    assert segment_named("carrier", value) == name


def test_a_long_value_is_cut() -> None:
    """So that one sender cannot fill an index."""
    assert value_of(segment_named("carrier", "x" * 10_000)) == "x" * MAX_VALUE_CHARACTERS


def test_the_value_of_a_segment_may_contain_anything() -> None:
    """Only the first equals sign separates."""
    assert value_of("carrier=a=b") == "a=b"


def metric(formula: FormulaName) -> Metric:
    return Metric(id="m", title="M", formula=formula, of="sales.order.delivered", at="a/b/c")


def objective(**target: float) -> Objective:
    return Objective.model_validate(
        {"metric": "m", "window": "24h", "check_every": "1h", "goal": "G", **target}
    )


AT_MOST = objective(at_most=5)
AT_LEAST = objective(at_least=85)


def test_the_failing_carrier_stands_out() -> None:
    """68 of 110 late against 6 of 102: both readings are given."""
    parts = {
        "nordpost": Statistics(110, 68),
        "dhx": Statistics(60, 4),
        "gls": Statistics(42, 2),
    }
    found = standout(metric("rate"), AT_MOST, parts)
    assert found is not None
    assert found.value == "nordpost"
    assert found.here.statistics == Statistics(110, 68)
    assert found.elsewhere.statistics == Statistics(102, 6)
    assert round(found.here.reading.value) == 62
    assert round(found.elsewhere.reading.value) == 6


def test_worse_depends_on_the_objective() -> None:
    """Where more is better, the one with less stands out."""
    parts = {"a": Statistics(100, 90), "b": Statistics(100, 40)}
    assert name(standout(metric("csat"), AT_LEAST, parts)) == "b"
    assert name(standout(metric("csat"), AT_MOST, parts)) == "a"


def name(found: Standout | None) -> str | None:
    return None if found is None else found.value


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"a": Statistics(100, 50)},
        {"a": Statistics(100, 50), "b": Statistics(100, 52)},
        {"a": Statistics(9, 9), "b": Statistics(900, 10)},
        {"a": Statistics(900, 890), "b": Statistics(9, 0)},
        {"unknown": Statistics(100, 90), "other": Statistics(100, 2)},
    ],
    ids=["none", "nothing to compare with", "chance", "too few", "too few others", "names nobody"],
)
def test_nothing_stands_out(parts: dict[str, Statistics]) -> None:
    """No segment, or none that could be named and shown."""
    assert standout(metric("rate"), AT_MOST, parts) is None


def test_unknown_is_part_of_the_rest() -> None:
    """An event without the attribute is an event."""
    parts = {"a": Statistics(50, 40), "unknown": Statistics(50, 2)}
    found = standout(metric("rate"), AT_MOST, parts)
    assert found is not None
    assert found.elsewhere.statistics == Statistics(50, 2)


def test_nps_is_compared_as_the_field_does() -> None:
    """(50, 30, 20) against (40, 30, 30) is chance with 100 answers, certain with 1,000."""
    parts = {"a": Statistics(100, 50, 20), "b": Statistics(100, 40, 30)}
    assert standout(metric("nps"), AT_LEAST, parts) is None
    many = {value: Statistics(*(10 * count for count in part)) for value, part in parts.items()}
    assert name(standout(metric("nps"), AT_LEAST, many)) == "b"


def test_a_ratio_and_a_mean_are_compared() -> None:
    """More contacts per order, and more hours per parcel."""
    ratios = {"a": Statistics(100, 30), "b": Statistics(100, 3)}
    assert name(standout(metric("ratio"), AT_MOST, ratios)) == "a"
    means = {"a": Statistics(50, 0, 0, 5_000, 510_000), "b": Statistics(50, 0, 0, 1_000, 21_000)}
    assert name(standout(metric("mean"), AT_MOST, means)) == "a"


@pytest.mark.parametrize("formula", ["count", "sum"])
def test_a_count_has_no_rest_to_be_compared_with(formula: FormulaName) -> None:
    """More events in one segment say nothing by themselves."""
    parts = {"a": Statistics(900, 0, 0, 9, 9), "b": Statistics(10, 0, 0, 1, 1)}
    assert standout(metric(formula), AT_MOST, parts) is None


def test_equal_segments_stand_out_as_seldom_as_promised() -> None:
    """Five segments of one truth: at most 5 of 100 times, of 1,000."""
    chance = random.Random(7)
    found = 0
    for _ in range(1_000):
        parts = {
            segment: Statistics(60, sum(chance.random() < 0.2 for _ in range(60)))
            for segment in "abcde"
        }
        found += standout(metric("rate"), AT_MOST, parts) is not None
    assert found <= 50


def test_the_greatest_are_kept_and_the_rest_is_other() -> None:
    """Equal sizes by name, and an `other` that is there is added to."""
    parts = {
        "a": Statistics(5),
        "b": Statistics(9),
        "d": Statistics(5),
        "c": Statistics(1),
        "other": Statistics(100),
    }
    assert fold(parts, keep=2) == {
        "b": Statistics(9),
        "a": Statistics(5),
        "other": Statistics(106),
    }


def test_few_values_are_not_folded() -> None:
    """Nothing is called other without need."""
    assert fold({"a": Statistics(1), "b": Statistics(2)}) == {
        "a": Statistics(1),
        "b": Statistics(2),
    }


@given(
    st.dictionaries(
        st.text(max_size=2) | st.just("other"), st.builds(Statistics, st.integers(0, 9))
    ),
    st.integers(1, 5),
)
def test_folding_keeps_the_sum(parts: dict[str, Statistics], keep: int) -> None:
    """And never leaves more than was asked for, with other."""
    folded = fold(parts, keep)
    assert together(folded.values()) == together(parts.values())
    assert len(folded) <= keep + 1
