"""Additive whole-number statistics: all that is ever kept of a metric.

Sums of statistics over any set of contributions are exact, and subtracting one gives what would
have been without it. Scores, shares and intervals are derived when read.
"""

from typing import NamedTuple

import msgspec


class Statistics(NamedTuple):
    """What one bucket holds for one series.

    n        how many events counted (of a ratio: the denominator)
    hits     how many were good or met the condition: promoters, top box, easy, numerator
    low      how many were bad, where the formula asks: detractors, difficult
    total    sum of the values in 10**-decimals units (answers: steps of the scale)
    squares  sum of the squared values, same units squared
    """

    n: int = 0
    hits: int = 0
    low: int = 0
    total: int = 0
    squares: int = 0

    def minus(self, other: "Statistics") -> "Statistics":
        """The statistics without `other`, exactly."""
        return Statistics(*map(int.__sub__, self, other))


class Series(msgspec.Struct, frozen=True, order=True, gc=False, cache_hash=True):
    """What a row of numbers is about.

    `scope` is the path of a touchpoint or a stage. `segment` is empty for all events, else
    `attribute=value`.
    """

    metric: str
    scope: str
    segment: str = ""


class Contribution(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """What one placed event adds to one series; at most one for each (event, series).

    `counted`, `hit` and `low` are 0 or 1; `value` is a whole number of the metric's unit. It adds
    `Statistics(counted, hit, low, value, value**2)`.
    """

    series: Series
    counted: int
    hit: int
    low: int
    value: int

    @property
    def statistics(self) -> Statistics:
        return Statistics(self.counted, self.hit, self.low, self.value, self.value * self.value)
