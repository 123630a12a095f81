"""The map and its figures, worded: what the report says of each journey, stage and metric."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from itertools import count
from typing import Final, NamedTuple

from service.framework.models import Touchpoint
from service.metrics.courses import Course
from service.metrics.journey_map import (
    JourneyMap,
    JourneyStanding,
    MetricStanding,
    StageStanding,
    TouchpointStanding,
)
from service.metrics.map_wording import (
    basis_text,
    health_text,
    owners_text,
    stage_health_text,
    standing_objective_text,
    standing_value_text,
)
from service.metrics.objectives import Health, Judgement
from service.metrics.wording import period_text
from service.web.charts import Chart, chart

_SIGNS: Final = {
    Health.BREACHED: "✗",
    Health.AT_RISK: "!",
    Health.STALE: "?",
    Health.NO_DATA: "·",
    Health.HEALTHY: "✓",
}


class Light(NamedTuple):
    """How something is: a name for its colour, a sign and words, which say all of it."""

    name: str
    sign: str
    words: str


class Figure(NamedTuple):
    """A metric with its chart, and what the chart says to those who cannot see it."""

    title: str
    value: str
    objective: str
    light: Light
    basis: str
    goal: str
    chart: Chart | None
    spoken: str


class Place(NamedTuple):
    """A touchpoint. `mark` is what is special about it, if anything is."""

    title: str
    events: int
    mark: str


class StagePart(NamedTuple):
    """`anchor` names the stage within the page."""

    anchor: str
    title: str
    owners: str
    light: Light
    key: Figure | None
    places: Sequence[Place]
    figures: Sequence[Figure]


class JourneyPart(NamedTuple):
    title: str
    owner: str
    stages: Sequence[StagePart]


def journey_parts(
    journeys: JourneyMap, courses: Sequence[Course], zone: tzinfo
) -> list[JourneyPart]:
    """All journeys. Charts begin together, where the first of them has something to show."""
    from_us = min(_first_us(courses), default=0)
    drawn = {_name(one.standing): _figure(one, chart(one, from_us, zone)) for one in courses}
    anchors = (f"stage-{number}" for number in count(1))
    return [_journey(journey, drawn, anchors) for journey in journeys.journeys]


def _first_us(courses: Iterable[Course]) -> Iterator[int]:
    for course in courses:
        yield from (point.at_us for point in course.points if point.reading is not None)


_Figures = Mapping[tuple[object, ...], Figure]


def _name(standing: MetricStanding) -> tuple[object, ...]:
    return standing.metric.id, standing.window, standing.objective


def _journey(journey: JourneyStanding, drawn: _Figures, anchors: Iterator[str]) -> JourneyPart:
    stages = [_stage(stage, drawn, next(anchors)) for stage in journey.stages]
    return JourneyPart(journey.journey.title, journey.owner.title, stages)


def _stage(stage: StageStanding, drawn: _Figures, anchor: str) -> StagePart:
    key = stage.key
    return StagePart(
        anchor,
        stage.stage.title,
        owners_text(stage),
        _light(stage.judgement, stage_health_text(stage)),
        None if key is None else drawn[_name(key)],
        [_place(one) for one in stage.touchpoints],
        [drawn[_name(one)] for one in stage.metrics],
    )


def _light(judgement: Judgement | None, words: str) -> Light:
    if judgement is None:
        return Light("none", "", words)
    return Light(judgement.health.value, _SIGNS[judgement.health], words)


def _place(standing: TouchpointStanding) -> Place:
    return Place(standing.touchpoint.title, standing.events, _mark(standing.touchpoint))


def _mark(touchpoint: Touchpoint) -> str:
    if touchpoint.moment_of_truth:
        return "moment of truth"
    return "wow moment" if touchpoint.wow_moment else ""


def _figure(course: Course, drawn: Chart | None) -> Figure:
    standing = course.standing
    value, objective = standing_value_text(standing), standing_objective_text(standing)
    return Figure(
        standing.metric.title,
        value,
        objective if standing.objective is None else f"objective {objective}",
        _light(standing.judgement, health_text(standing.judgement)),
        basis_text(standing),
        standing.objective.goal if standing.objective else "",
        drawn,
        _spoken(course, value, objective),
    )


def _spoken(course: Course, value: str, objective: str) -> str:
    over = period_text(course.window)
    return f"{course.standing.metric.title}: now {value}, {objective}; each point is {over}"
