"""What the evaluator must find, given when it looked and how far ingestion was then.

The journal says at which time each objective was checked, and at which offsets. From this and the
records follow the numbers of each check, the health, each signal of each opportunity, and who
reached what. Formulas and the life of an opportunity are restated from their definitions: Wilson's
interval for shares, adjusted Wald for NPS, whole buckets that start in [end - window, end) where
`end` is the start of the bucket in which the check lies.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.support.oracle import QUARTER_US, BucketName, Subject, Tables
from tests.support.truth import Delivery

Z = 1.959963984540054

Offsets = Mapping[tuple[str, int], int]
"""By topic and partition: the first offset that was not yet settled."""


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


class Watch(NamedTuple):
    """A breach detector."""

    id: str
    stage: str
    min_customers: int
    checks: int
    cooldown_us: int


class Looked(NamedTuple):
    """One line of the journal: an objective was checked."""

    metric: str
    at_us: int
    offsets: Offsets


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


class Sent(NamedTuple):
    """A signal about an opportunity."""

    detector: str
    number: int
    sequence: int
    signal: str
    at_us: int


class Reach(NamedTuple):
    """A customer reached a milestone."""

    subject: Subject
    event: tuple[str, str]
    at_us: int


@dataclass
class Findings:
    """Everything that follows from the journal."""

    checks: list[Found] = field(default_factory=list)
    signals: list[Sent] = field(default_factory=list)
    milestones: list[Reach] = field(default_factory=list)


def settled_by(deliveries: Iterable[Delivery], offsets: Offsets) -> list[Delivery]:
    """The records below the offsets."""
    return [d for d in deliveries if d.offset < offsets.get((d.topic, d.partition), 0)]


def evaluate(
    journal: Sequence[Looked],
    tables_at: Callable[[Offsets], Tables],
    targets: Sequence[Target],
    watches: Sequence[Watch],
    milestone: str,
) -> Findings:
    """Go through the journal in the order of check times.

    Milestones are looked for at the checks of the objectives that are checked most often.
    """
    findings = Findings()
    lives = [_Life(watch) for watch in watches]
    rows: dict[str, list[Found]] = {}
    order = [target.metric for target in targets]
    by_metric = {target.metric: target for target in targets}
    reached: set[Subject] = set()
    often = min(target.every_us for target in targets)
    for at_us in sorted({looked.at_us for looked in journal}):
        now = [looked for looked in journal if looked.at_us == at_us]
        for looked in sorted(now, key=lambda looked: order.index(looked.metric)):
            found = check(tables_at(looked.offsets), by_metric[looked.metric], at_us)
            findings.checks.append(found)
            rows.setdefault(found.metric, []).insert(0, found)
        for life in lives:
            of_stage = [t.metric for t in targets if t.stage == life.watch.stage]
            if not {looked.metric for looked in now} & set(of_stage):
                continue
            life.step({m: rows.get(m, []) for m in of_stage}, at_us, findings.signals)
        for looked in now:
            if by_metric[looked.metric].every_us == often:
                _milestones(tables_at(looked.offsets), milestone, at_us, reached, findings)
    return findings


def check(tables: Tables, target: Target, at_us: int) -> Found:
    """The numbers of one check."""
    end_us = at_us - at_us % QUARTER_US
    start_us = end_us - target.window_us
    n = hits = low = 0
    start = start_us
    while start < end_us:
        bucket = tables.buckets.get(BucketName(target.metric, target.at, "", start))
        if bucket is not None:
            n, hits, low = n + bucket.n, hits + bucket.hits, low + bucket.low
        start += QUARTER_US
    behind = tables.contributors.get((target.metric, target.at), ())
    customers = {subject for time_us, subject in behind if start_us <= time_us < end_us}
    if n == 0:
        return Found(target.metric, at_us, 0, len(customers), None, None, None, "no_data")
    value, ends = _net(n, hits, low) if target.formula == "nps" else _share(n, hits)
    return Found(
        target.metric, at_us, n, len(customers), value, ends[0], ends[1],
        _health(target, n, value, ends),
    )  # fmt: skip


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


class _Life:
    """The opportunities of one detector, one after the other."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.number = 0
        self.sequence = 0
        self.missed: set[str] = set()
        self.ended_us: int | None = None

    def step(self, rows: Mapping[str, list[Found]], at_us: int, signals: list[Sent]) -> None:
        missed = {metric for metric, found in rows.items() if self._joins(found)}
        if self.missed:
            missed |= {m for m in self.missed if not self._row(rows[m], "healthy")}
            if missed == self.missed:
                return
            signal = "updated" if missed else "recovered"
            self.ended_us = None if missed else at_us
        elif not missed:
            return
        elif self.ended_us is not None and at_us - self.ended_us <= self.watch.cooldown_us:
            signal = "reopened"
        else:
            signal = "opened"
            self.number = 1 + max((sent.number for sent in signals), default=0)
            self.sequence = 0
        self.missed = missed
        self.sequence += 1
        signals.append(Sent(self.watch.id, self.number, self.sequence, signal, at_us))

    def _joins(self, found: list[Found]) -> bool:
        return self._row(found, "breached") and found[0].customers >= self.watch.min_customers

    def _row(self, found: list[Found], health: str) -> bool:
        newest = found[: self.watch.checks]
        return len(newest) == self.watch.checks and all(f.health == health for f in newest)


def _milestones(
    tables: Tables, milestone: str, at_us: int, reached: set[Subject], findings: Findings
) -> None:
    for name, row in sorted(tables.events.items()):
        here = any(touchpoint == milestone for touchpoint, _ in row.placements)
        if here and row.subject not in reached:
            reached.add(row.subject)
            findings.milestones.append(Reach(row.subject, name, at_us))
