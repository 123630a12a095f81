"""What a report shows beside the status: how metrics went, milestones, and each source's part."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from service.framework.models import Framework, Milestone
from service.metrics.buckets import Window, window_ending
from service.metrics.courses import Course, Steps, course, steps_of, window_of
from service.metrics.journey_map import JourneyMap, MetricStanding
from service.metrics.statistics import Statistics
from service.store import listed_letters, reading
from service.store.dead_letters import Selection
from service.store.status import Asking, Status, read_status
from service.store.tables import bucket, event, milestone, series
from service.store.times import microseconds, moment


class Reached(NamedTuple):
    """How many customers reached a milestone, ever and within the period."""

    milestone: Milestone
    ever: int
    lately: int
    newest: datetime | None


class Heard(NamedTuple):
    """A source's events within the period, and its dead letters of all time."""

    placed: int
    unplaced: int
    newest_record: datetime | None
    dead_letters: Mapping[str, int]
    """How many that nobody has dealt with, by reason."""


NOTHING_HEARD: Final = Heard(0, 0, None, {})


class Report(NamedTuple):
    """`period` is what volumes, courses and `heard` are over."""

    framework: Framework
    status: Status
    period: Window
    courses: Sequence[Course]
    reached: Sequence[Reached]
    heard: Mapping[str, Heard]


async def read_report(connection: AsyncConnection, asking: Asking) -> Report:
    """The report on the connection's snapshot, over the window that is asked for."""
    period = window_ending(asking.at_us, asking.window)
    status = await read_status(connection, asking)
    return Report(
        asking.framework,
        status,
        period,
        await _courses(connection, status.map, period),
        await _reached(connection, asking.framework, period),
        await _heard(connection, period),
    )


async def _courses(
    connection: AsyncConnection, journeys: JourneyMap, period: Window
) -> list[Course]:
    """One statement for each length of window."""
    standings = [
        metric
        for journey in journeys.journeys
        for stage in journey.stages
        for metric in stage.metrics
    ]
    courses = []
    for window in dict.fromkeys(map(window_of, standings)):
        steps = steps_of(window, period)
        of_window = [one for one in standings if window_of(one) == window]
        sums = await _sums_of_steps(connection, of_window, steps)
        courses += [course(one, steps, sums.get(_place(one), {})) for one in of_window]
    return courses


def _place(standing: MetricStanding) -> tuple[str, str]:
    return standing.metric.id, standing.metric.at


async def _sums_of_steps(
    connection: AsyncConnection, standings: Sequence[MetricStanding], steps: Steps
) -> dict[tuple[str, str], dict[int, Statistics]]:
    """By metric and place: the sums of each step, by its start."""
    step = timedelta(microseconds=steps.step_us)
    start = func.date_bin(step, bucket.c.start, moment(steps.end_us))
    query = (
        select(
            series.c.metric,
            series.c.scope,
            start,
            *(func.sum(bucket.c[name]) for name in Statistics._fields),
        )
        .select_from(series.join(bucket, bucket.c.series == series.c.id))
        .where(
            tuple_(series.c.metric, series.c.scope).in_(sorted(set(map(_place, standings)))),
            series.c.segment == "",
            bucket.c.start >= moment(steps.start_us),
            bucket.c.start < moment(steps.end_us),
        )
        .group_by(series.c.metric, series.c.scope, start)
    )
    found: dict[tuple[str, str], dict[int, Statistics]] = {}
    for metric, scope, at, *sums in map(tuple, await connection.execute(query)):
        of_place = found.setdefault((metric, scope), {})
        of_place[microseconds(at)] = Statistics(*map(int, sums))
    return found


async def _reached(
    connection: AsyncConnection, framework: Framework, period: Window
) -> list[Reached]:
    lately = milestone.c.occurred_at >= moment(period.start_us)
    query = select(
        milestone.c.detector,
        func.count(),
        func.count().filter(lately),
        func.max(milestone.c.occurred_at),
    ).group_by(milestone.c.detector)
    rows = {row[0]: row[1:] for row in map(tuple, await connection.execute(query))}
    return [
        Reached(detector, *rows.get(detector.id, (0, 0, None)))
        for detector in framework.detectors
        if isinstance(detector, Milestone)
    ]


async def _heard(connection: AsyncConnection, period: Window) -> dict[str, Heard]:
    with_touchpoint = func.cardinality(event.c.placements) > 0
    query = (
        select(
            event.c.source,
            func.count().filter(with_touchpoint),
            func.count().filter(~with_touchpoint),
            func.max(event.c.record_time),
        )
        .where(*reading.bounds(period))
        .group_by(event.c.source)
    )
    heard = {row[0]: Heard(row[1], row[2], row[3], {}) for row in await connection.execute(query)}
    letters: dict[str, dict[str, int]] = {}
    for group in await listed_letters.dead_letter_groups(connection, Selection()):
        of_source = letters.setdefault(group.source, {})
        of_source[group.reason] = of_source.get(group.reason, 0) + group.letters
    return {
        source: heard.get(source, NOTHING_HEARD)._replace(dead_letters=letters.get(source, {}))
        for source in heard.keys() | letters.keys()
    }
