"""The journey map as of a moment: every stage and touchpoint with its numbers and its health.

Pure: the framework's places, filled with sums that somebody read. It is what `status`, the live
view and later pages show, so that all of them say the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple, TypeAlias

from service.framework.models import Framework, Journey, Metric, Objective, Stage, Team, Touchpoint
from service.metrics.formulas import read
from service.metrics.intervals import Reading
from service.metrics.objectives import Feed, Judgement, judge, silent, worst
from service.metrics.statistics import Statistics


class Asked(NamedTuple):
    """A metric over a window, at the place that its definition names."""

    metric: str
    scope: str
    window: timedelta


Sums: TypeAlias = Mapping[Asked, Statistics]
"""What was counted; what is absent is zero."""


class MetricStanding(NamedTuple):
    """A metric's value over a window, with its objective if it has one."""

    metric: Metric
    objective: Objective | None
    window: timedelta
    statistics: Statistics
    reading: Reading | None
    judgement: Judgement | None


class TouchpointStanding(NamedTuple):
    """`events` is how many events were placed here in the map's window."""

    touchpoint: Touchpoint
    path: str
    events: int
    metrics: tuple[MetricStanding, ...]
    judgement: Judgement | None


class StageStanding(NamedTuple):
    """`metrics` are those of the stage itself and of its touchpoints."""

    stage: Stage
    path: str
    owner: Team
    contributing: tuple[Team, ...]
    metrics: tuple[MetricStanding, ...]
    touchpoints: tuple[TouchpointStanding, ...]
    judgement: Judgement | None

    @property
    def key(self) -> MetricStanding | None:
        """The metric that says most: the first that makes the stage's health what it is."""
        decisive = (
            one for one in self.metrics if one.judgement and one.judgement == self.judgement
        )
        return next(decisive, self.metrics[0] if self.metrics else None)


class JourneyStanding(NamedTuple):
    journey: Journey
    owner: Team
    stages: tuple[StageStanding, ...]


class JourneyMap(NamedTuple):
    """The whole map. `window` is what metrics without an objective and volumes are over."""

    at_us: int
    window: timedelta
    journeys: tuple[JourneyStanding, ...]


def asked(framework: Framework, window: timedelta) -> tuple[Asked, ...]:
    """Which sums `journey_map` needs."""
    return tuple(
        Asked(metric.id, metric.at, objective.window if objective else window)
        for metric, objective in _judged(framework)
    )


class Found(NamedTuple):
    """What was read for the map."""

    at_us: int
    window: timedelta
    sums: Sums
    volumes: Mapping[str, int]
    feeds: Sequence[Feed]


def journey_map(framework: Framework, found: Found) -> JourneyMap:
    """The map of a checked framework."""
    filled = _Filled(
        found,
        {team.id: team for team in framework.teams},
        tuple(_standing(metric, objective, found) for metric, objective in _judged(framework)),
    )
    journeys = tuple(_journey(journey, filled) for journey in framework.journeys)
    return JourneyMap(found.at_us, found.window, journeys)


class _Filled(NamedTuple):
    found: Found
    teams: Mapping[str, Team]
    standings: tuple[MetricStanding, ...]


def _judged(framework: Framework) -> list[tuple[Metric, Objective | None]]:
    """Every metric with each of its objectives, or once without."""
    pairs: list[tuple[Metric, Objective | None]] = []
    for metric in framework.metrics:
        objectives = [o for o in framework.objectives if o.metric == metric.id]
        pairs += [(metric, objective) for objective in objectives or (None,)]
    return pairs


def _standing(metric: Metric, objective: Objective | None, found: Found) -> MetricStanding:
    window = objective.window if objective else found.window
    statistics = found.sums.get(Asked(metric.id, metric.at, window), Statistics())
    reading = read(metric, statistics)
    judgement = None
    if objective is not None:
        silences = silent(metric, found.feeds, found.at_us)
        judgement = judge(metric, objective, reading, silences)
    return MetricStanding(metric, objective, window, statistics, reading, judgement)


def _journey(journey: Journey, filled: _Filled) -> JourneyStanding:
    stages = tuple(_stage(f"{journey.id}/{stage.id}", stage, filled) for stage in journey.stages)
    return JourneyStanding(journey, filled.teams[journey.owner], stages)


def _stage(path: str, stage: Stage, filled: _Filled) -> StageStanding:
    here = tuple(
        standing
        for standing in filled.standings
        if standing.metric.at == path or standing.metric.at.startswith(f"{path}/")
    )
    return StageStanding(
        stage,
        path,
        filled.teams[stage.owner],
        tuple(filled.teams[team] for team in stage.contributing),
        here,
        tuple(_touchpoint(f"{path}/{t.id}", t, here, filled.found) for t in stage.touchpoints),
        _worst(here),
    )


def _touchpoint(
    path: str, touchpoint: Touchpoint, of_stage: Iterable[MetricStanding], found: Found
) -> TouchpointStanding:
    here = tuple(standing for standing in of_stage if standing.metric.at == path)
    events = found.volumes.get(path, 0)
    return TouchpointStanding(touchpoint, path, events, here, _worst(here))


def _worst(standings: Iterable[MetricStanding]) -> Judgement | None:
    judgements = [s.judgement for s in standings if s.judgement is not None]
    return worst(judgements) if judgements else None
