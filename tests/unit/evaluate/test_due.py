"""Which checks are due, as a function of time and of what was made."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.evaluate.due import (
    EPOCH,
    Behind,
    Made,
    behind,
    due_checks,
    last_look,
    latest,
    milestones_every,
)
from service.framework.models import Framework
from tests.unit.opportunities.parcels import FRAMEWORK, MILESTONE

HOUR = timedelta(hours=1)
NOON = datetime(2026, 5, 7, 12, tzinfo=UTC)
METRICS = [objective.metric for objective in FRAMEWORK.objectives]


def paced(**hours: int) -> Framework:
    """The framework with these metrics checked every so many hours, and no others."""
    paces = {metric.replace("_", "-"): number * HOUR for metric, number in hours.items()}
    objectives = tuple(
        objective.model_copy(update={"check_every": paces[objective.metric]})
        for objective in FRAMEWORK.objectives
        if objective.metric in paces
    )
    return FRAMEWORK.model_copy(update={"objectives": objectives})


def test_everything_is_due_at_first_at_the_newest_check_time() -> None:
    (due,) = due_checks(FRAMEWORK, Made({}, None), NOON + 0.9 * HOUR)
    assert due.at == NOON
    assert [objective.metric for objective in due.objectives] == METRICS
    assert due.milestones == (MILESTONE,)


def test_nothing_is_due_twice() -> None:
    made = Made(dict.fromkeys(METRICS, NOON), NOON)
    assert due_checks(FRAMEWORK, made, NOON + 0.9 * HOUR) == []


def test_only_the_newest_of_several_missed_checks_is_due() -> None:
    made = Made(dict.fromkeys(METRICS, NOON), NOON)
    assert [due.at for due in due_checks(FRAMEWORK, made, NOON + 5.2 * HOUR)] == [NOON + 5 * HOUR]


def test_objectives_of_different_pace_are_checked_at_their_own_times_oldest_first() -> None:
    framework = paced(delivery_csat=24, late_parcels=1)
    first, second = due_checks(framework, Made({}, None), NOON + 0.5 * HOUR)
    assert (first.at, [o.metric for o in first.objectives]) == (NOON - 12 * HOUR, ["delivery-csat"])
    assert (second.at, [o.metric for o in second.objectives]) == (NOON, ["late-parcels"])
    assert (first.milestones, second.milestones) == ((), (MILESTONE,))


def test_a_new_evaluator_looks_for_milestones_only_together_with_a_check() -> None:
    """Its predecessor's checks tell when that was last; slower objectives do not."""
    framework = paced(delivery_csat=24, late_parcels=1)
    checked = {"delivery-csat": NOON + 5 * HOUR, "late-parcels": NOON}
    assert last_look(framework, checked) == NOON
    assert last_look(framework, {"delivery-csat": NOON}) is None
    due = due_checks(framework, Made(checked, last_look(framework, checked)), NOON + 0.5 * HOUR)
    assert not any(one.milestones for one in due)


def test_without_objectives_milestones_are_looked_for_every_hour() -> None:
    framework = paced()
    assert milestones_every(framework) == HOUR
    assert [due.at for due in due_checks(framework, Made({}, NOON), NOON + 1.5 * HOUR)] == [
        NOON + HOUR
    ]


def test_a_partition_is_behind_until_the_ledger_has_reached_its_end() -> None:
    ends = {("b", 0): 5, ("a", 1): 7, ("a", 0): 0, ("c", 0): 3}
    ledger = {("b", 0): 4, ("a", 1): 7, ("c", 0): 9}
    assert behind(ends, ledger) == [Behind("b", 0, 4, 5)]
    assert behind({("new", 0): 1}, {}) == [Behind("new", 0, None, 1)]


@given(st.sampled_from([0.25, 1, 6, 24, 168]), st.floats(0, 2e9))
def test_the_newest_check_time_is_a_multiple_that_has_just_come(
    hours: float, second: float
) -> None:
    now, pace = EPOCH + timedelta(seconds=second), hours * HOUR
    at = latest(pace, now)
    assert (at - EPOCH) % pace == timedelta(0)
    assert timedelta(0) <= now - at < pace
