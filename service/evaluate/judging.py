"""Judges objectives at a check time: buckets, distinct customers and silent sources."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from service.framework.models import Framework, Metric, Objective, Source
from service.metrics.buckets import Window, window_ending
from service.metrics.formulas import read
from service.metrics.objectives import Feed, judge, silent
from service.metrics.statistics import Statistics
from service.opportunities.affected import contributors
from service.opportunities.lifecycle import Check
from service.store import evaluation
from service.store.evaluation import Sum
from service.store.times import microseconds

KindsOf: TypeAlias = Callable[[Source], frozenset[str]]
"""The kinds of events that a source can give."""


class Judged(NamedTuple):
    """An objective with the metric that it is about and the window that a check is over."""

    metric: Metric
    objective: Objective
    window: Window

    @property
    def sum(self) -> Sum:
        return Sum(self.metric.id, self.metric.at, self.window)


def at_check(framework: Framework, objectives: Iterable[Objective], at: datetime) -> list[Judged]:
    """The objectives with their windows at a check time, in their order."""
    metrics = {metric.id: metric for metric in framework.metrics}
    return [
        Judged(metrics[one.metric], one, window_ending(microseconds(at), one.window))
        for one in objectives
    ]


async def judge_all(
    connection: AsyncConnection, judged: Sequence[Judged], feeds: Sequence[Feed], at: datetime
) -> list[Check]:
    """What a check at `at` finds of each, in their order."""
    sums = await evaluation.sums(connection, [one.sum for one in judged])
    customers = await evaluation.distinct_customers(
        connection, [contributors(one.metric, one.window) for one in judged]
    )
    return [
        _check(one, sums[one.sum].get("", Statistics()), feeds, at)._replace(customers=count)
        for one, count in zip(judged, customers, strict=True)
    ]


async def feeds_at(
    connection: AsyncConnection, framework: Framework, kinds_of: KindsOf, at: datetime
) -> list[Feed]:
    """What is known of the sources that are expected to say something every so often.

    Sources of one system are heard together: a record counts under whichever was read first.
    """
    feeds = []
    for source in framework.sources:
        if source.expect_every is not None:
            sharing = [one.id for one in framework.sources if one.system == source.system]
            heard = await evaluation.heard_of(connection, sharing, at - source.expect_every)
            last_us = microseconds(at) if heard else None
            feeds.append(Feed(source.id, kinds_of(source), source.expect_every, last_us))
    return feeds


def _check(one: Judged, statistics: Statistics, feeds: Sequence[Feed], at: datetime) -> Check:
    reading = read(one.metric, statistics)
    silences = silent(one.metric, feeds, microseconds(at))
    return Check(
        checked_at=at,
        health=judge(one.metric, one.objective, reading, silences).health.value,
        n=statistics.n,
        customers=0,
        value=None if reading is None else reading.value,
        low=None if reading is None else reading.low,
        high=None if reading is None else reading.high,
    )
