"""How a metric went: its value at equal steps of time, each over the window that ends there.

A point says what an objective of that window would have seen at that moment, so the last point of
a course is the number that the map shows. Pure: sums of steps that somebody read, rolled up.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, NamedTuple

from service.metrics.buckets import BUCKET_US, Window, together, window_ending
from service.metrics.formulas import read
from service.metrics.intervals import Reading
from service.metrics.journey_map import MetricStanding
from service.metrics.statistics import Statistics

MOST_POINTS: Final = 120
"""A chart of more would show less."""

ROLLED: Final = timedelta(hours=24)
"""What each point of a metric without an objective is over."""


class Point(NamedTuple):
    """The metric over the window that ends at `at_us`; `reading` is None where nothing counted."""

    at_us: int
    reading: Reading | None


class Course(NamedTuple):
    """The points of a metric, in order of time."""

    standing: MetricStanding
    window: timedelta
    points: tuple[Point, ...]


class Steps(NamedTuple):
    """`points` moments, the last at `end_us`, and how many steps make the window of each.

    A step is named by its start; where nothing was counted it is absent from sums.
    """

    end_us: int
    step_us: int
    points: int
    a_window: int

    @property
    def start_us(self) -> int:
        """Where the window of the first point starts."""
        return self.end_us - (self.points - 1 + self.a_window) * self.step_us


def window_of(standing: MetricStanding) -> timedelta:
    """What each point of the metric is over."""
    return standing.window if standing.objective else ROLLED


def steps_of(window: timedelta, period: Window) -> Steps:
    """The shortest steps that divide the window and of which the period has few enough.

    A step is never longer than the window, or what happened between two points would be unseen.
    """
    rolled, length_us = window_ending(period.end_us, window), period.end_us - period.start_us
    buckets = (rolled.end_us - rolled.start_us) // BUCKET_US
    least = -(-length_us // (MOST_POINTS * BUCKET_US))
    size = next((n for n in range(max(1, least), buckets) if buckets % n == 0), buckets)
    points = length_us // (size * BUCKET_US) + 1
    return Steps(period.end_us, size * BUCKET_US, points, buckets // size)


def course(standing: MetricStanding, steps: Steps, sums: Mapping[int, Statistics]) -> Course:
    """The course of a metric. `sums` is by start of step."""
    points = []
    for age in reversed(range(steps.points)):
        end_us = steps.end_us - age * steps.step_us
        starts = (end_us - n * steps.step_us for n in range(1, steps.a_window + 1))
        rolled = together(sums[start] for start in starts if start in sums)
        points.append(Point(end_us, read(standing.metric, rolled)))
    return Course(standing, window_of(standing), tuple(points))
