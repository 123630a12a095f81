"""Objectives against readings: met or not, and the health of what they are about.

| health   | of an objective                                                                     |
|----------|-------------------------------------------------------------------------------------|
| breached | the whole interval lies beyond the target                                           |
| at_risk  | the value lies beyond the target, the interval not wholly                           |
| stale    | nothing else is wrong, but a source whose kinds feed the metric is silent           |
| no_data  | n is below the objective's minimum                                                  |
| healthy  | the target is met                                                                   |

Silence hides good news and missing numbers, never a miss: what was counted still counts, so that
whether an objective is breached depends on events alone. A touchpoint or stage has the worst
health of its objectives, in the order of the table.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from service.framework.models import Metric, Objective
from service.metrics.intervals import Reading
from service.metrics.wording import interval_text, period_text, standing_text


class Health(StrEnum):
    """From worst to best."""

    BREACHED = "breached"
    AT_RISK = "at_risk"
    STALE = "stale"
    NO_DATA = "no_data"
    HEALTHY = "healthy"


_ORDER: Final = tuple(Health)


class Judgement(NamedTuple):
    """A health and the reason for it in plain words, one sentence without a full stop."""

    health: Health
    reason: str


class Feed(NamedTuple):
    """What is known of a source: the kinds it gives, and when its last record was."""

    source: str
    kinds: frozenset[str]
    expect_every: timedelta | None
    last_record_us: int | None
    """Record time; None if there was none for as long as one is expected."""


def met(objective: Objective, reading: Reading) -> bool:
    """Whether the value reaches the target; being equal to it does."""
    return not _beyond(objective, reading.value, reading.value)


def missed_for_sure(objective: Objective, reading: Reading) -> bool:
    """Whether the whole interval lies beyond the target."""
    return _beyond(objective, reading.low, reading.high)


def silent(metric: Metric, feeds: Iterable[Feed], now_us: int) -> tuple[Feed, ...]:
    """The sources that feed the metric and said nothing for longer than they are expected to.

    A ratio without `per_kind` is fed by the kind it is `of`. A source that never had a record is
    silent if it is expected to have any.
    """
    kinds = {metric.of, metric.per_kind}
    return tuple(
        feed for feed in feeds if not feed.kinds.isdisjoint(kinds) and _is_silent(feed, now_us)
    )


def judge(
    metric: Metric, objective: Objective, reading: Reading | None, silences: Sequence[Feed] = ()
) -> Judgement:
    """The health of one objective. `silences` are the metric's `silent` sources."""
    judgement = _judge_reading(metric, objective, reading)
    if silences and judgement.health in (Health.HEALTHY, Health.NO_DATA):
        return Judgement(Health.STALE, _silence_text(silences[0]))
    return judgement


def worst(judgements: Iterable[Judgement]) -> Judgement:
    """The worst of them, of equals the first. Of none: no data, as no objective is set."""
    return min(
        judgements,
        key=lambda judgement: _ORDER.index(judgement.health),
        default=Judgement(Health.NO_DATA, "No objective is set here"),
    )


def _beyond(objective: Objective, low: float, high: float) -> bool:
    below = objective.at_least is not None and high < objective.at_least
    above = objective.at_most is not None and low > objective.at_most
    return below or above


def _is_silent(feed: Feed, now_us: int) -> bool:
    if feed.expect_every is None:
        return False
    if feed.last_record_us is None:
        return True
    return timedelta(microseconds=now_us - feed.last_record_us) > feed.expect_every


def _judge_reading(metric: Metric, objective: Objective, reading: Reading | None) -> Judgement:
    if reading is None or reading.n < objective.min_n:
        return Judgement(Health.NO_DATA, _shortage_text(metric, objective, reading))
    standing = standing_text(metric, objective, reading)
    basis = f"n {reading.n:,} in {period_text(objective.window)}"
    if met(objective, reading):
        return Judgement(Health.HEALTHY, f"{standing} ({basis})")
    return Judgement(
        Health.BREACHED if missed_for_sure(objective, reading) else Health.AT_RISK,
        f"{standing}; true value {interval_text(metric, reading)}, 95 % sure ({basis})",
    )


def _shortage_text(metric: Metric, objective: Objective, reading: Reading | None) -> str:
    n = 0 if reading is None else reading.n
    needed, period = f"{objective.min_n:,}", period_text(objective.window)
    return f"{metric.title}: n is {n:,} in {period}, {needed} are needed to judge"


def _silence_text(feed: Feed) -> str:
    expected = "" if feed.expect_every is None else period_text(feed.expect_every)
    if feed.last_record_us is None:
        return f"Source {feed.source} has been silent for more than {expected}"
    since = datetime.fromtimestamp(feed.last_record_us // 1_000_000, UTC)
    return (
        f"Source {feed.source} is silent since {since:%Y-%m-%d %H:%M} UTC, "
        f"expected every {expected}"
    )
