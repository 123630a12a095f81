"""The status as of a moment, in one snapshot: map, outcomes, progress, opportunities."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from service.framework.models import Framework
from service.metrics.buckets import window_ending
from service.metrics.journey_map import Asked, Found, JourneyMap, Sums, asked, journey_map
from service.metrics.objectives import Feed
from service.metrics.statistics import Series, Statistics
from service.opportunities.models import Opportunity
from service.store import outbox, reading
from service.store.evaluation import is_rebuilding, postponed_events
from service.store.reading import Incident, Outcomes, Placed, Progress


class Status(NamedTuple):
    """What the screens show. `placed` is within the map's window, `opportunities` and `incidents`
    newest first.
    """

    map: JourneyMap
    outcomes: Outcomes
    placed: Placed
    postponed: int
    """Events that wait to be placed again, because a late one changed where they belong."""
    rebuilding: bool
    """Whether a rebuild is under way, or was cut off."""
    progress: Sequence[Progress]
    opportunities: Sequence[Opportunity]
    milestones: int
    signals: Mapping[str, int]
    """How many there are in each state of delivery."""
    incidents: Sequence[Incident]


class Asking(NamedTuple):
    """What a status is asked for: as of `at_us`, volumes over `window`.

    `feeds` is what is known of sources that are expected to speak.
    """

    framework: Framework
    group: str
    at_us: int
    window: timedelta
    feeds: Sequence[Feed]


async def read_status(connection: AsyncConnection, asking: Asking) -> Status:
    """The status on the connection's snapshot."""
    window = window_ending(asking.at_us, asking.window)
    found = Found(
        asking.at_us,
        asking.window,
        await _sums(connection, asked(asking.framework, asking.window), asking.at_us),
        await reading.volumes(connection, window),
        asking.feeds,
    )
    return Status(
        journey_map(asking.framework, found),
        await reading.outcomes(connection, asking.group),
        await reading.placed(connection, window),
        await postponed_events(connection),
        await is_rebuilding(connection),
        await reading.progress(connection, asking.group),
        [
            Opportunity.model_validate(row.document)
            for row in await reading.opportunities(connection)
        ],
        await reading.milestone_count(connection),
        await outbox.counts(connection),
        await reading.incidents(connection, asking.group),
    )


async def _sums(connection: AsyncConnection, wanted: Sequence[Asked], at_us: int) -> Sums:
    """One statement for each length of window that is asked for."""
    sums: dict[Asked, Statistics] = {}
    for length in {one.window for one in wanted}:
        pairs = [(one.metric, one.scope) for one in wanted if one.window == length]
        window = window_ending(at_us, length)
        counted: Mapping[Series, Statistics] = await reading.statistics(connection, pairs, window)
        sums.update(
            (Asked(series.metric, series.scope, length), statistics)
            for series, statistics in counted.items()
        )
    return sums
