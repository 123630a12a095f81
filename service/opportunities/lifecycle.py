"""The life of an opportunity by the checks. What people decide is in `decisions`, beside it.

One opportunity stands for one problem: a detector and its stage. Its metrics *miss* their
objectives; the set of them is the evidence.

A metric **joins** the missed set when it was `breached` at the last `checks` checks in a row and at
least `min_customers` distinct customers stood behind the newest of them. It **leaves** when it was
`healthy` at the last `checks` checks in a row, or when it has no objective any more. Anything
between (`at_risk`, `no_data`, `stale`) moves nothing.

    from                     when                                          signal     to
    none, ended before long  the missed set is no longer empty             opened     open (new)
    ended within `cooldown`  the missed set is no longer empty             reopened   open
    solved by people, within `cooldown`: what was missed then counts only once it was met
    open, in_progress        a metric joined or left, some are left        updated    the same
    open, in_progress        all have left                                 recovered  recovered
    open, in_progress        objectives of the last ones were withdrawn    retracted  solved
    dismissed                never, until people say otherwise

Ended means `recovered` or `solved`. Numbers that move inside these bounds change nothing. There
is no counter: the same checks and the same opportunity give the same transition.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias

from service.framework.models import Breach

State: TypeAlias = Literal["open", "in_progress", "recovered", "solved", "dismissed"]
Signal: TypeAlias = Literal[
    "opened", "updated", "recovered", "reopened", "solved", "dismissed", "retracted", "reached"
]
Reason: TypeAlias = Literal[
    "objective_missed",
    "missed_again",
    "metric_joined",
    "metric_left",
    "metrics_joined_and_left",
    "objectives_met",
    "objectives_withdrawn",
    "detector_withdrawn",
    "touchpoint_reached",
    "accepted",
    "started",
    "solved",
    "dismissed",
    "effort_told",
]
"""Why a transition happened, one word for each way."""

LIVE: Final[frozenset[State]] = frozenset({"open", "in_progress"})


class Check(NamedTuple):
    """What one check of an objective found: a row of `objective_check`."""

    checked_at: datetime
    health: str
    n: int
    customers: int
    value: float | None
    low: float | None
    high: float | None


class Standing(NamedTuple):
    """The newest opportunity of a detector and stage, as far as the lifecycle asks.

    `missed` are the metrics that it was last said to miss; `ended_at` is set when it ended.
    `believed` says that people ended it, whatever the numbers said.
    """

    state: State
    missed: frozenset[str]
    ended_at: datetime | None = None
    believed: bool = False


class Transition(NamedTuple):
    """What happens to an opportunity, and why. `missed` is in the order of the objectives."""

    signal: Signal
    state: State
    missed: tuple[str, ...]
    reason: Reason


Checks: TypeAlias = Mapping[str, Sequence[Check]]
"""Of each objective of a stage, by metric in the framework's order: its checks, newest first."""


def next_transition(
    detector: Breach, checks: Checks, standing: Standing | None, at: datetime
) -> Transition | None:
    """What the checks up to the check time `at` do to the opportunity; None: nothing."""
    if standing is not None and standing.state == "dismissed":
        return None
    if standing is not None and standing.state in LIVE:
        return _while_live(detector, checks, standing)
    missed = tuple(metric for metric, rows in checks.items() if joins(detector, rows))
    if not missed:
        return None
    if standing is not None and _within_cooldown(detector, standing, at):
        if standing.believed and not any(_missed_since(standing, m, checks[m]) for m in missed):
            return None
        return Transition("reopened", "open", missed, "missed_again")
    return Transition("opened", "open", missed, "objective_missed")


def withdrawn() -> Transition:
    """What happens to a live opportunity whose detector the framework no longer has."""
    return Transition("retracted", "solved", (), "detector_withdrawn")


def joins(detector: Breach, rows: Sequence[Check]) -> bool:
    """Whether a metric with these checks, newest first, belongs to the missed set."""
    return _in_a_row(detector, rows, "breached") and rows[0].customers >= detector.min_customers


def leaves(detector: Breach, rows: Sequence[Check]) -> bool:
    """Whether a missed metric with these checks, newest first, is met again."""
    return _in_a_row(detector, rows, "healthy")


def streak(rows: Sequence[Check]) -> int:
    """At how many checks in a row, up to the newest, the health was what it is now."""
    if not rows:
        return 0
    different = (i for i, row in enumerate(rows) if row.health != rows[0].health)
    return next(different, len(rows))


def _in_a_row(detector: Breach, rows: Sequence[Check], health: str) -> bool:
    newest = rows[: detector.checks]
    return len(newest) == detector.checks and all(row.health == health for row in newest)


def _within_cooldown(detector: Breach, standing: Standing, at: datetime) -> bool:
    return standing.ended_at is not None and at - standing.ended_at <= detector.cooldown


def _missed_since(standing: Standing, metric: str, rows: Sequence[Check]) -> bool:
    """Whether a missed metric was met, or not yet missed, since the opportunity ended."""
    if metric not in standing.missed or standing.ended_at is None:
        return True
    return any(row.checked_at > standing.ended_at and row.health != "breached" for row in rows)


def _while_live(detector: Breach, checks: Checks, standing: Standing) -> Transition | None:
    missed = tuple(
        metric
        for metric, rows in checks.items()
        if joins(detector, rows) or (metric in standing.missed and not leaves(detector, rows))
    )
    if missed:
        return _changed(standing, missed)
    if any(metric in checks for metric in standing.missed):
        return Transition("recovered", "recovered", (), "objectives_met")
    return Transition("retracted", "solved", (), "objectives_withdrawn")


def _changed(standing: Standing, missed: tuple[str, ...]) -> Transition | None:
    joined, left = set(missed) - standing.missed, standing.missed - set(missed)
    if not joined and not left:
        return None
    reason: Reason = "metrics_joined_and_left"
    if not left:
        reason = "metric_joined"
    elif not joined:
        reason = "metric_left"
    return Transition("updated", standing.state, missed, reason)
