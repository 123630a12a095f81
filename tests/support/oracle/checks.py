"""What a check must find, given when it was made and what was ingested then.

The formulas are restated from their definitions: Wilson's interval for shares, adjusted Wald for
NPS, whole buckets that start in [end - window, end) where `end` is the start of the bucket in
which the check lies.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tests.support.oracle.tables import QUARTER_US, BucketName, Offsets, Tables
from tests.support.truth import Delivery

Z = 1.959963984540054


class Target(NamedTuple):
    """An objective. `at` is where its metric is read, `every_us` how often it is checked."""

    metric: str
    stage: str
    at: str
    formula: str
    at_least: float | None
    at_most: float | None
    window_us: int
    every_us: int
    min_n: int
    moment_of_truth: bool = False

    def window(self, at_us: int) -> tuple[int, int]:
        """The whole buckets before the one in which the check lies."""
        end_us = at_us - at_us % QUARTER_US
        return end_us - self.window_us, end_us


class Watch(NamedTuple):
    """A breach detector."""

    id: str
    stage: str
    min_customers: int
    checks: int
    cooldown_us: int


class Aims(NamedTuple):
    """What a revision of the framework wants: objectives in its order, detectors, the milestone.

    `segment` is the attribute by which numbers are split.
    """

    targets: Sequence[Target]
    watches: Sequence[Watch]
    milestone: str
    segment: str


class Looked(NamedTuple):
    """One line of the journal: an objective was checked."""

    metric: str
    at_us: int
    offsets: Offsets
    revision: int = 1


class Found(NamedTuple):
    """What a check found."""

    metric: str
    at_us: int
    n: int
    customers: int
    value: float | None
    low: float | None
    high: float | None
    health: str


def settled_by(deliveries: Iterable[Delivery], offsets: Offsets) -> list[Delivery]:
    """The records below the offsets."""
    return [d for d in deliveries if d.offset < offsets.get((d.topic, d.partition), 0)]


def check(tables: Tables, target: Target, at_us: int) -> Found:
    """The numbers of one check."""
    start_us, end_us = target.window(at_us)
    n, hits, low = sums(tables, target, "", (start_us, end_us))
    behind = tables.contributors.get((target.metric, target.at), ())
    customers = {one.subject for one in behind if start_us <= one.occurred_at_us < end_us}
    if n == 0:
        return Found(target.metric, at_us, 0, len(customers), None, None, None, "no_data")
    value, ends = read(target, n, hits, low)
    return Found(
        target.metric, at_us, n, len(customers), value, ends[0], ends[1],
        _health(target, n, value, ends),
    )  # fmt: skip


def sums(
    tables: Tables, target: Target, segment: str, window_us: tuple[int, int]
) -> tuple[int, int, int]:
    """n, hits and low of the buckets that start in the window."""
    n = hits = low = 0
    for start_us in range(*window_us, QUARTER_US):
        bucket = tables.buckets.get(BucketName(target.metric, target.at, segment, start_us))
        if bucket is not None:
            n, hits, low = n + bucket.n, hits + bucket.hits, low + bucket.low
    return n, hits, low


def read(target: Target, n: int, hits: int, low: int) -> tuple[float, tuple[float, float]]:
    """The value in percent or points, and the ends of its interval."""
    return _net(n, hits, low) if target.formula == "nps" else _share(n, hits)


def _share(n: int, hits: int) -> tuple[float, tuple[float, float]]:
    p = hits / n
    middle = p + Z * Z / (2 * n)
    spread = Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    scale = 1 + Z * Z / n
    low, high = (middle - spread) / scale, (middle + spread) / scale
    return 100 * p, (100 * max(0.0, min(low, p)), 100 * min(1.0, max(high, p)))


def _net(n: int, hits: int, low: int) -> tuple[float, tuple[float, float]]:
    more = n + 3
    p, d = (hits + 0.75) / more, (low + 0.75) / more
    spread = Z * math.sqrt((p + d - (p - d) ** 2) / more)
    value = 100 * (hits - low) / n
    ends = (max(-100.0, 100 * (p - d - spread)), min(100.0, 100 * (p - d + spread)))
    return value, (min(ends[0], value), max(ends[1], value))


def _health(target: Target, n: int, value: float, ends: tuple[float, float]) -> str:
    if n < target.min_n:
        return "no_data"
    if target.at_least is not None and value < target.at_least:
        return "breached" if ends[1] < target.at_least else "at_risk"
    if target.at_most is not None and value > target.at_most:
        return "breached" if ends[0] > target.at_most else "at_risk"
    return "healthy"
