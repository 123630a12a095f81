"""Health: what a reading and the silence of sources say about an objective."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.framework.models import Metric, Objective
from service.metrics.formulas import read
from service.metrics.intervals import Reading
from service.metrics.objectives import (
    Feed,
    Health,
    Judgement,
    judge,
    met,
    missed_for_sure,
    silent,
    worst,
)
from service.metrics.statistics import Statistics

CSAT = Metric(
    id="delivery-csat",
    title="Satisfied with delivery",
    formula="csat",
    of="feedback.csat",
    at="purchase/receive/delivery-survey",
)
HOUR_US = 3_600_000_000


def objective(at_least: float | None = 85, at_most: float | None = None) -> Objective:
    return Objective.model_validate(
        {
            "metric": "delivery-csat",
            "at_least": at_least,
            "at_most": at_most,
            "window": "24h",
            "check_every": "1h",
            "min_n": 30,
            "goal": "More second orders",
        }
    )


def feed(last_record_us: int | None, kind: str = "feedback.csat") -> Feed:
    return Feed("survey", frozenset({kind}), timedelta(hours=4), last_record_us)


def of(value: float, low: float, high: float, n: int = 68) -> Reading:
    return Reading(value, n, low, high)


@pytest.mark.parametrize(
    ("target", "reading", "health"),
    [
        (objective(85), of(60, 48, 71), Health.BREACHED),
        (objective(85), of(80, 70, 87), Health.AT_RISK),
        (objective(85), of(80, 70, 85), Health.AT_RISK),
        (objective(85), of(85, 75, 91), Health.HEALTHY),
        (objective(None, 5), of(35, 27, 44), Health.BREACHED),
        (objective(None, 5), of(6, 4, 9), Health.AT_RISK),
        (objective(None, 5), of(6, 5, 9), Health.AT_RISK),
        (objective(None, 5), of(5, 3, 8), Health.HEALTHY),
        (objective(40, 60), of(30, 20, 39), Health.BREACHED),
        (objective(40, 60), of(70, 61, 80), Health.BREACHED),
        (objective(40, 60), of(50, 30, 70), Health.HEALTHY),
        (objective(85), of(60, 48, 71, n=29), Health.NO_DATA),
        (objective(85), of(60, 48, 71, n=30), Health.BREACHED),
        (objective(85), None, Health.NO_DATA),
    ],
)
def test_health_of_an_objective(target: Objective, reading: Reading | None, health: Health) -> None:
    """Both directions, the exact target, an interval that ends at it, and too few."""
    assert judge(CSAT, target, reading).health is health


def test_the_reason_says_value_target_interval_and_n() -> None:
    """41 of 68 against 85 %, as an opportunity shows it."""
    judgement = judge(CSAT, objective(), read(CSAT, Statistics(68, 41)))
    assert judgement == Judgement(
        Health.BREACHED,
        "Satisfied with delivery is 60 %, objective at least 85 %; "
        "true value between 48 and 71 %, 95 % sure (n 68 in 24 h)",
    )


def test_the_reason_for_no_data_says_how_much_is_missing() -> None:
    """n and what it would take."""
    reason = judge(CSAT, objective(), of(90, 60, 99, n=12)).reason
    assert reason == "Satisfied with delivery: n is 12 in 24 h, 30 are needed to judge"


@pytest.mark.parametrize("reading", [None, of(90, 86, 95), of(90, 60, 99, n=3)])
def test_silence_hides_good_news_and_missing_numbers(reading: Reading | None) -> None:
    """A stage without live data is not green."""
    judgement = judge(CSAT, objective(), reading, [feed(0)])
    assert judgement == Judgement(
        Health.STALE, "Source survey is silent since 1970-01-01 00:00 UTC, expected every 4 h"
    )


@pytest.mark.parametrize("reading", [of(60, 48, 71), of(80, 70, 87)])
def test_silence_hides_no_miss(reading: Reading) -> None:
    """What was counted still counts."""
    assert judge(CSAT, objective(), reading, [feed(0)]) == judge(CSAT, objective(), reading)


@pytest.mark.parametrize(
    ("heard", "is_silent"),
    [
        (feed(6 * HOUR_US), False),
        (feed(6 * HOUR_US - 1), True),
        (feed(None), True),
        (feed(0, kind="support.contact"), False),
        (Feed("survey", frozenset({"feedback.csat"}), None, 0), False),
    ],
    ids=["as late as expected", "later", "never", "feeds other metrics", "nothing expected"],
)
def test_who_is_silent_at_ten(heard: Feed, is_silent: bool) -> None:  # noqa: FBT001
    """Expected every 4 hours, asked at hour 10."""
    assert bool(silent(CSAT, [heard], 10 * HOUR_US)) is is_silent


def test_a_ratio_is_fed_by_both_kinds() -> None:
    """Orders that stop make it stale as well."""
    ratio = CSAT.model_copy(update={"formula": "ratio", "per_kind": "sales.order.placed"})
    assert silent(ratio, [feed(0, kind="sales.order.placed")], 10 * HOUR_US)


def test_the_worst_is_told_with_its_own_reason() -> None:
    """Breached over at risk over stale over no data over healthy; of equals the first."""
    judgements = [Judgement(health, f"{place}") for place, health in enumerate(Health)]
    for place, judgement in enumerate(judgements):
        assert worst([*reversed(judgements[place:])]) == judgement
    assert worst([Judgement(Health.BREACHED, "a"), Judgement(Health.BREACHED, "b")]).reason == "a"


def test_a_stage_without_objectives_has_no_data() -> None:
    """And says why."""
    assert worst([]) == Judgement(Health.NO_DATA, "No objective is set here")


numbers = st.floats(-1e6, 1e6)


@given(st.tuples(numbers, numbers, numbers), st.one_of(st.none(), numbers), numbers)
def test_a_sure_miss_is_a_miss(
    ends: tuple[float, float, float], at_least: float | None, at_most: float
) -> None:
    """An interval wholly beyond the target takes its value with it."""
    low, value, high = sorted(ends)
    target = objective(at_least, at_most)
    if missed_for_sure(target, of(value, low, high)):
        assert not met(target, of(value, low, high))
