"""How a metric went: points at equal steps, each over the window that ends there."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.framework.models import Metric, Objective
from service.metrics.buckets import BUCKET_US, Window, within
from service.metrics.courses import MOST_POINTS, course, steps_of
from service.metrics.formulas import read
from service.metrics.journey_map import MetricStanding
from service.metrics.statistics import Statistics

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
END_US = 2_000_000 * BUCKET_US
LATE = Metric(id="late", title="Late", formula="rate", of="sales.order.delivered", at="a/b/c")


def standing(window: timedelta) -> MetricStanding:
    objective = Objective(metric="late", at_most=5, window=window, check_every=HOUR, goal="Orders")
    return MetricStanding(LATE, objective, window, Statistics(), None, None)


def period(length: timedelta) -> Window:
    return Window(END_US - length // timedelta(microseconds=1), END_US)


windows = st.sampled_from([HOUR, 6 * HOUR, DAY, 7 * DAY, 28 * DAY, timedelta(minutes=45)])
lengths = st.sampled_from([HOUR, DAY, 7 * DAY, 28 * DAY])


@given(windows, lengths, st.lists(st.tuples(st.integers(1, 400), st.integers(0, 9))))
def test_each_point_is_what_an_objective_would_have_seen_then(
    window: timedelta, length: timedelta, counted: list[tuple[int, int]]
) -> None:
    buckets = {END_US - age * BUCKET_US: Statistics(9, hits) for age, hits in counted}
    steps = steps_of(window, period(length))
    starts = range(steps.start_us, steps.end_us, steps.step_us)
    sums = {start: within(buckets, Window(start, start + steps.step_us)) for start in starts}
    window_us = window // timedelta(microseconds=1)
    found = course(standing(window), steps, sums).points
    assert [point.at_us for point in found][-1] == END_US
    for point in found:
        rolled = within(buckets, Window(point.at_us - window_us, point.at_us))
        assert point.reading == read(LATE, rolled)


@pytest.mark.parametrize(
    ("window", "length", "step", "points"),
    [
        (DAY, 28 * DAY, 6 * HOUR, 113),
        (7 * DAY, 28 * DAY, 6 * HOUR, 113),
        (DAY, DAY, HOUR / 4, 97),
        (HOUR, 28 * DAY, HOUR, 673),
        (DAY, 365 * DAY, DAY, 366),
    ],
)
def test_steps_are_short_and_few(
    window: timedelta, length: timedelta, step: timedelta, points: int
) -> None:
    steps = steps_of(window, period(length))
    assert timedelta(microseconds=steps.step_us) == step
    assert steps.points == points
    assert points <= MOST_POINTS + 1 or step == window, "more only where less would skip events"
