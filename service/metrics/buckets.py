"""Buckets of 15 minutes of UTC, and the windows that are made of them.

A bucket is named by the time at which it starts. A window is [start, end) of whole buckets, so
that any window is an exact sum and windows that touch merge exactly.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final, NamedTuple

from service.metrics.statistics import Statistics

BUCKET_US: Final = 15 * 60 * 1_000_000


def bucket_start_us(occurred_at_us: int) -> int:
    """The start of the bucket in which the time lies; times before 1970 included."""
    return occurred_at_us - occurred_at_us % BUCKET_US


class Window(NamedTuple):
    """The buckets that start in [start_us, end_us). Both bounds are starts of buckets."""

    start_us: int
    end_us: int

    def covers(self, occurred_at_us: int) -> bool:
        return self.start_us <= occurred_at_us < self.end_us


def window_ending(end_us: int, length: timedelta) -> Window:
    """The window [end - length, end) in whole buckets.

    The bucket that is still filling at `end_us` is left out: a check at 10:05 sees events up to
    10:00. A length that is no multiple of a bucket is rounded up.
    """
    end = bucket_start_us(end_us)
    buckets = -(-length // timedelta(microseconds=BUCKET_US))
    return Window(end - buckets * BUCKET_US, end)


def together(statistics: Iterable[Statistics]) -> Statistics:
    """The statistics of all of them; of none, zero."""
    return Statistics(*map(sum, zip(Statistics(), *statistics, strict=True)))


def within(buckets: Mapping[int, Statistics], window: Window) -> Statistics:
    """The statistics of the window. `buckets` is one series by start of bucket."""
    return together(held for start, held in buckets.items() if window.covers(start))
