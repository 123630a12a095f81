"""The sums of buckets that a check judges."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Integer, Text, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.metrics.buckets import Window
from service.metrics.statistics import Statistics
from service.store.evaluation.values import values_table, window_columns
from service.store.tables import bucket, series


class Sum(NamedTuple):
    """The numbers of a metric at its place within a window, split by segment."""

    metric: str
    scope: str
    window: Window


async def sums(
    connection: AsyncConnection, wanted: Sequence[Sum]
) -> dict[Sum, dict[str, Statistics]]:
    """The statistics of each, by segment (`` for all events); what has no events is absent."""
    if not wanted:
        return {}
    asked = values_table(
        "asked",
        ("number", Integer, range(len(wanted))),
        ("metric", Text, [one.metric for one in wanted]),
        ("scope", Text, [one.scope for one in wanted]),
        *window_columns(one.window for one in wanted),
    )
    totals = [func.sum(bucket.c[name]) for name in Statistics._fields]
    query = (
        select(asked.c.number, series.c.segment, *totals)
        .join_from(
            asked, series, (series.c.metric == asked.c.metric) & (series.c.scope == asked.c.scope)
        )
        .join(
            bucket,
            (bucket.c.series == series.c.id)
            & (bucket.c.start >= asked.c.window_start)
            & (bucket.c.start < asked.c.window_end),
        )
        .group_by(asked.c.number, series.c.segment)
    )
    found: dict[Sum, dict[str, Statistics]] = {one: {} for one in wanted}
    for number, segment, *statistics in await connection.execute(query):
        found[wanted[number]][segment] = Statistics(*map(int, statistics))
    return found
