"""What screens and reports read: sums over sets of rows, never row by row.

Nothing here writes. Each function is one statement on the connection that it is given, so that a
caller who needs several numbers of one moment opens a REPEATABLE READ transaction around them
(`snapshot`). Windows are [start, end) in microseconds since 1970 UTC.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Integer, func, literal, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from service.metrics.buckets import Window
from service.metrics.statistics import Series, Statistics
from service.settings import MOST_AHEAD_S
from service.store.tables import (
    batch,
    bucket,
    event,
    incident,
    ledger,
    milestone,
    opportunity,
    placing,
    revision,
    series,
)
from service.store.times import microseconds, moment

MOST_INCIDENTS: Final = 20


class Outcomes(NamedTuple):
    """How every item that was read ended, corrections included. The last five add up to `items`."""

    records: int
    items: int
    events: int
    duplicates: int
    superseded: int
    ignored: int
    dead_letters: int


class Progress(NamedTuple):
    """How far a partition has been read, and since when it is known.

    Since `made_anew_at` its topic is known to be another one, of which nothing is read.
    """

    topic: str
    partition: int
    first_offset: int
    next_offset: int
    since: datetime
    topic_id: str | None = None
    made_anew_at: datetime | None = None


class Incident(NamedTuple):
    """Records that were gone before they were read: [first_offset, next_offset)."""

    topic: str
    partition: int
    first_offset: int
    next_offset: int
    seen_at: datetime


class Placed(NamedTuple):
    """How many events in force have a touchpoint, and how many have none."""

    placed: int
    unplaced: int


class OpportunityRow(NamedTuple):
    """A stored opportunity: its document is complete."""

    id: int
    state: str
    document: Mapping[str, Any]


@asynccontextmanager
async def snapshot(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection on which every statement sees the same moment; read only."""
    async with engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="REPEATABLE READ")
        async with connection.begin():
            await connection.execute(text("SET TRANSACTION READ ONLY"))
            yield connection


async def database_time_us(connection: AsyncConnection) -> int:
    """The database's clock, to which checks keep."""
    now: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    return microseconds(now)


async def newest_revision(connection: AsyncConnection) -> int | None:
    """The number of the revision in force; None before the first `apply`."""
    found: int | None = await connection.scalar(select(func.max(revision.c.id)))
    return found


async def revision_files(connection: AsyncConnection, id: int) -> dict[str, str]:
    """The texts of a revision by file name. There must be such a revision."""
    query = select(revision.c.files).where(revision.c.id == id)
    files: dict[str, str] = (await connection.execute(query)).scalar_one()
    return files


async def outcomes(connection: AsyncConnection, group: str) -> Outcomes:
    """The sums of the log of batches of a consumer group."""
    sums = [func.coalesce(func.sum(expression), 0) for expression in _OUTCOMES]
    row = (await connection.execute(select(*sums).where(batch.c.consumer_group == group))).one()
    return Outcomes._make(row)


_OUTCOMES: Final = (
    batch.c.records,
    batch.c["items"] + batch.c.corrected_items,  # `items` alone is a method of the columns
    batch.c.events + batch.c.corrected_events,
    batch.c.duplicates + batch.c.corrected_duplicates,
    batch.c.superseded + batch.c.corrected_superseded,
    batch.c.ignored + batch.c.corrected_ignored,
    batch.c.dead_letters + batch.c.corrected_dead_letters,
)


async def progress(connection: AsyncConnection, group: str) -> list[Progress]:
    """All partitions that the group knows, in order."""
    columns = (
        ledger.c.topic,
        ledger.c.partition,
        ledger.c.first_offset,
        ledger.c.next_offset,
        ledger.c.since,
        ledger.c.topic_id,
        ledger.c.made_anew_at,
    )
    of_group = select(*columns).where(ledger.c.consumer_group == group)
    rows = await connection.execute(of_group.order_by(ledger.c.topic, ledger.c.partition))
    return [Progress(*row) for row in rows]


async def incidents(connection: AsyncConnection, group: str) -> list[Incident]:
    """The newest ones, newest first."""
    columns = [incident.c[name] for name in Incident._fields]
    of_group = select(*columns).where(incident.c.consumer_group == group)
    rows = await connection.execute(of_group.order_by(incident.c.id.desc()).limit(MOST_INCIDENTS))
    return [Incident(*row) for row in rows]


async def placed(connection: AsyncConnection, window: Window | None = None) -> Placed:
    """Events with and without a touchpoint, of all time or of a window of event time."""
    with_touchpoint = func.cardinality(event.c.placements) > 0
    query = select(func.count().filter(with_touchpoint), func.count().filter(~with_touchpoint))
    row = (await connection.execute(query.where(*bounds(window)))).one()
    return Placed._make(row)


async def volumes(connection: AsyncConnection, window: Window) -> dict[str, int]:
    """How many events each touchpoint had in the window, by path."""
    unnested = select(func.unnest(event.c.placements).label("placing"))
    numbers = unnested.where(*bounds(window)).subquery()
    query = (
        select(placing.c.touchpoint, func.count())
        .select_from(numbers.join(placing, placing.c.id == numbers.c.placing))
        .group_by(placing.c.touchpoint)
    )
    return dict((await connection.execute(query)).tuples().all())


async def statistics(
    connection: AsyncConnection, wanted: Iterable[tuple[str, str]], window: Window
) -> dict[Series, Statistics]:
    """The sums of the window for each (metric, scope) that has any, all segments together."""
    pairs = sorted(set(wanted))
    if not pairs:
        return {}
    sums = [func.sum(bucket.c[name]) for name in Statistics._fields]
    query = (
        select(series.c.metric, series.c.scope, series.c.segment, *sums)
        .select_from(series.join(bucket, bucket.c.series == series.c.id))
        .where(
            tuple_(series.c.metric, series.c.scope).in_(pairs),
            series.c.segment == "",
            bucket.c.start >= moment(window.start_us),
            bucket.c.start < moment(window.end_us),
        )
        .group_by(series.c.metric, series.c.scope, series.c.segment)
    )
    rows = await connection.execute(query)
    return {Series(*row[:3]): Statistics(*map(int, row[3:])) for row in map(tuple, rows)}


async def opportunities(
    connection: AsyncConnection, states: Iterable[str] | None = None
) -> list[OpportunityRow]:
    """All opportunities, or those in `states`, newest change first."""
    query = select(opportunity.c.id, opportunity.c.state, opportunity.c.document)
    if states is not None:
        query = query.where(opportunity.c.state.in_(sorted(states)))
    query = query.order_by(opportunity.c.changed_at.desc(), opportunity.c.id.desc())
    return [OpportunityRow(*row) for row in await connection.execute(query)]


async def opportunity_by_id(connection: AsyncConnection, id: int) -> OpportunityRow | None:
    query = select(opportunity.c.id, opportunity.c.state, opportunity.c.document)
    row = (await connection.execute(query.where(opportunity.c.id == id))).one_or_none()
    return None if row is None else OpportunityRow(*row)


async def opportunity_counts(connection: AsyncConnection) -> dict[str, int]:
    """How many opportunities there are in each state."""
    query = select(opportunity.c.state, func.count()).group_by(opportunity.c.state)
    return dict((await connection.execute(query)).tuples().all())


async def milestone_count(connection: AsyncConnection) -> int:
    """How many customers reached a milestone."""
    query = select(func.count()).select_from(milestone)
    count: int = (await connection.execute(query)).scalar_one()
    return count


async def texts(connection: AsyncConnection, stage: str, window: Window, limit: int) -> list[bytes]:
    """The newest events with text that were placed in a stage, as stored documents."""
    places = select(placing.c.id).where(
        placing.c.touchpoint.startswith(f"{stage}/", autoescape=True)
    )
    numbers = (await connection.execute(places)).scalars().all()
    with_text = func.strpos(func.encode(event.c.document, "escape"), '"text":"') > 0
    placed_there = event.c.placements.bool_op("&&")(literal(list(numbers), ARRAY(Integer)))
    query = select(event.c.document).where(placed_there, with_text)
    query = query.where(*bounds(window)).order_by(event.c.occurred_at.desc()).limit(limit)
    return list((await connection.execute(query)).scalars())


def bounds(window: Window | None) -> list[ColumnElement[bool]]:
    """Bounds on event time, and what follows from them for record time: fewer partitions."""
    if window is None:
        return []
    return [
        event.c.occurred_at >= moment(window.start_us),
        event.c.occurred_at < moment(window.end_us),
        event.c.record_time >= moment(window.start_us - MOST_AHEAD_S * 1_000_000),
    ]
