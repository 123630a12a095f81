"""Numbers as people read them."""

from datetime import timedelta

import pytest

from service.framework.models import FormulaName, Metric, Objective
from service.metrics.intervals import Reading
from service.metrics.statistics import Statistics
from service.metrics.wording import (
    interval_text,
    objective_text,
    period_text,
    proof_text,
    standing_text,
    value_text,
)


def metric(formula: FormulaName, unit: str = "", decimals: int = 0) -> Metric:
    return Metric(
        id="m",
        title="Satisfied",
        formula=formula,
        of="feedback.csat",
        at="a/b/c",
        unit=unit,
        decimals=decimals,
    )


def objective(**target: float) -> Objective:
    return Objective.model_validate(
        {"metric": "m", "window": "24h", "check_every": "1h", "goal": "G", **target}
    )


RATE = metric("rate")
EUROS = metric("mean", "EUR", 2)


@pytest.mark.parametrize(
    ("shown", "value", "text"),
    [
        (RATE, 60.29, "60 %"),
        (RATE, 9.96, "10 %"),
        (RATE, 5.44, "5.4 %"),
        (RATE, 5.0, "5 %"),
        (RATE, 0.042, "0.04 %"),
        (RATE, 0.0, "0 %"),
        (RATE, 100.0, "100 %"),
        (metric("nps"), -0.001, "0"),
        (metric("nps"), -12.4, "-12"),
        (metric("ratio"), 9.09, "9.1 per 100"),
        (metric("count"), 1234.0, "1,234"),
        (EUROS, 12.4, "EUR 12.40"),
        (metric("sum", "EUR", 2), 17300.0, "EUR 17,300.00"),
        (metric("mean", "h"), 3.45, "3.5 h"),
        (metric("sum"), 12.0, "12"),
    ],
)
def test_values(shown: Metric, value: float, text: str) -> None:
    """With the unit where people put it."""
    assert value_text(shown, value) == text


def test_a_title_that_says_of_what_a_ratio_is_says_it_alone() -> None:
    titled = metric("ratio").model_copy(update={"title": "Contacts per 100 orders"})
    assert value_text(titled, 9.09) == "9.1"


@pytest.mark.parametrize(
    ("shown", "low", "high", "text"),
    [
        (RATE, 48.4, 71.1, "between 48 and 71 %"),
        (RATE, 1.64, 12.8, "between 1.6 and 13 %"),
        (metric("ratio"), 5.31, 18.9, "between 5.3 and 19 per 100"),
        (metric("nps"), -19.1, 65.2, "between -19 and 65"),
        (EUROS, 10.2, 14.61, "between EUR 10.20 and 14.61"),
        (metric("mean", "h"), 1.0, 2.5, "between 1.0 and 2.5 h"),
    ],
)
def test_intervals(shown: Metric, low: float, high: float, text: str) -> None:
    """The unit is said once."""
    assert interval_text(shown, Reading(low, 9, low, high)) == text


def test_objectives() -> None:
    """As they were written."""
    assert objective_text(RATE, objective(at_least=85)) == "at least 85 %"
    assert objective_text(RATE, objective(at_most=4.25)) == "at most 4.25 %"
    assert objective_text(EUROS, objective(at_most=12.5)) == "at most EUR 12.50"
    assert objective_text(RATE, objective(at_least=1, at_most=5)) == "at least 1 % and at most 5 %"


def test_a_value_beside_its_target_is_never_the_same_text() -> None:
    """84.7 % misses 85 %, so it may not be called 85 %."""
    near = Reading(84.7, 900, 82, 87)
    assert standing_text(RATE, objective(at_least=85), near) == (
        "Satisfied is 84.7 %, objective at least 85 %"
    )
    at = Reading(85.0, 900, 82, 87)
    assert standing_text(RATE, objective(at_least=85), at) == (
        "Satisfied is 85 %, objective at least 85 %"
    )


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("csat", "41 of 1,068 answers were good in 24 h"),
        ("ces", "41 of 1,068 answers were easy, 7 difficult in 24 h"),
        ("nps", "41 of 1,068 would recommend, 7 would not in 24 h"),
        ("rate", "41 of 1,068 in 24 h"),
        ("ratio", "41 for 1,068 in 24 h"),
        ("count", "1,068 counted in 24 h"),
        ("mean", "1,068 counted in 24 h"),
    ],
)
def test_proof(formula: FormulaName, text: str) -> None:
    """What was counted, and in what time."""
    assert proof_text(metric(formula), Statistics(1068, 41, 7), timedelta(days=1)) == text


@pytest.mark.parametrize(
    ("period", "text"),
    [
        (timedelta(days=7), "7 days"),
        (timedelta(days=1), "24 h"),
        (timedelta(hours=36), "36 h"),
        (timedelta(minutes=15), "15 min"),
        (timedelta(seconds=90), "90 s"),
    ],
)
def test_periods(period: timedelta, text: str) -> None:
    """In the largest unit that divides it."""
    assert period_text(period) == text
