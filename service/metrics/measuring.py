"""Which contributions a placed event makes, for a whole framework.

A metric of any formula but ratio counts the events of its kind at the touchpoints that `at`
covers, each at that touchpoint and once at its stage. A ratio at a touchpoint is kept for that
touchpoint and its stage, a ratio at a stage for the stage alone; numerator and denominator both
go there, wherever the denominator was placed. `where` leaves out events that the metric is `of`,
not those of a denominator. A condition or value that ends in an error leaves the event out.

Each scope is kept for all events (segment "") and, where the framework names a segment, for the
event's own value of it.

The work per event is one look-up by (kind, touchpoint); what to add where is decided when the
framework is compiled.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, NoReturn, TypeAlias

from msgspec.structs import astuple

from service.canonical import CanonicalEvent
from service.framework.models import Framework, Metric
from service.metrics.formulas import (
    COUNTED,
    DENOMINATOR,
    MET,
    NUMERATOR,
    SCORED,
    Effect,
    value_effect,
)
from service.metrics.segments import segment_named
from service.metrics.statistics import Contribution, Series
from service.routing.conditions import (
    Condition,
    Failure,
    Value,
    check_event_condition,
    check_number,
)
from service.routing.problems import Problem

ANY_KIND: Final = ""

REMEMBERED: Final = 16_384
"""How many different contributions are kept ready; the values of a mean may all differ."""

Judge: TypeAlias = Callable[[CanonicalEvent], Effect | None]
"""What an event adds to a metric; None if it is left out."""

Place: TypeAlias = tuple[str, str]
"""A kind, or `ANY_KIND`, and the path of a touchpoint."""


class _Measure(NamedTuple):
    """A metric at one place."""

    metric: str
    scopes: tuple[str, ...]
    judge: Judge


class Measures:
    """The metrics of one revision, ready for its events. Build it with `compile`."""

    def __init__(self, segment: str | None, places: dict[Place, tuple[_Measure, ...]]) -> None:
        self._segment = segment
        self._places = places
        self._spread = lru_cache(REMEMBERED)(_spread)

    @classmethod
    def compile(cls, framework: Framework) -> "Measures":
        """The measures of a framework that was checked.

        Raises ValueError for an expression that is not valid.
        """
        return cls(framework.segment, _places(framework))

    def contributions(
        self, event: CanonicalEvent, touchpoints: Sequence[str]
    ) -> tuple[Contribution, ...]:
        """What the event adds when placed at these touchpoints: at most one for each series."""
        places, kind = self._places, event.kind
        segment = None
        found: list[Contribution] = []
        for touchpoint in touchpoints:
            measures = places.get((kind, touchpoint)) or places.get((ANY_KIND, touchpoint), ())
            for measure in measures:
                effect = measure.judge(event)
                if effect is not None:
                    if segment is None:
                        segment = self._segment_of(event)
                    found += self._spread(measure.metric, measure.scopes, segment, effect)
        return tuple(found) if len(touchpoints) < 2 else _merged(found)

    def _segment_of(self, event: CanonicalEvent) -> str:
        name = self._segment
        return "" if name is None else segment_named(name, event.attributes.get(name))


def _spread(
    metric: str, scopes: tuple[str, ...], segment: str, effect: Effect
) -> tuple[Contribution, ...]:
    """One contribution for each scope, and one more for the segment if there is one."""
    segments = ("", segment) if segment else ("",)
    return tuple(
        Contribution(Series(metric, scope, each), *effect) for scope in scopes for each in segments
    )


def _merged(found: Iterable[Contribution]) -> tuple[Contribution, ...]:
    """One for each series: an event that meets a series in two places counts in it once."""
    merged: dict[Series, Contribution] = {}
    for contribution in found:
        there = merged.setdefault(contribution.series, contribution)
        if there is not contribution:
            effect = _joined(Effect(*astuple(there)[1:]), Effect(*astuple(contribution)[1:]))
            merged[contribution.series] = Contribution(contribution.series, *effect)
    return tuple(merged.values())


def _joined(one: Effect, other: Effect) -> Effect:
    """Of the numerator and the denominator of a ratio: both. Equal effects stay as they are."""
    return Effect(*map(max, one, other))


def _places(framework: Framework) -> dict[Place, tuple[_Measure, ...]]:
    """What is measured where. A place of a kind includes what its touchpoint has for any kind."""
    under = _touchpoints_under(framework)
    judges: dict[Place, dict[str, list[Judge]]] = defaultdict(lambda: defaultdict(list))
    for metric in framework.metrics:
        for kind, path, judge in _parts(metric):
            for touchpoint in under.get(path, ()):
                judges[kind, touchpoint][metric.id].append(judge)
    for kind, touchpoint in [place for place in judges if place[0] != ANY_KIND]:
        for metric_id, of_any in judges.get((ANY_KIND, touchpoint), {}).items():
            judges[kind, touchpoint][metric_id] += of_any
    metrics = {metric.id: metric for metric in framework.metrics}
    return {
        place: tuple(
            _Measure(metric_id, _scopes(metrics[metric_id], place[1]), _both(*each))
            for metric_id, each in by_metric.items()
        )
        for place, by_metric in judges.items()
    }


def _touchpoints_under(framework: Framework) -> dict[str, list[str]]:
    """The touchpoints of each stage by its path, and each touchpoint by its own."""
    under: dict[str, list[str]] = defaultdict(list)
    for journey in framework.journeys:
        for stage in journey.stages:
            for touchpoint in stage.touchpoints:
                path = f"{journey.id}/{stage.id}/{touchpoint.id}"
                under[path].append(path)
                under[_stage_of(path)].append(path)
    return under


def _scopes(metric: Metric, touchpoint: str) -> tuple[str, ...]:
    if metric.formula != "ratio":
        return (touchpoint, _stage_of(touchpoint))
    stage = _stage_of(metric.at)
    return (stage,) if metric.at == stage else (metric.at, stage)


def _stage_of(path: str) -> str:
    """The stage's path of a touchpoint's or stage's path."""
    return "/".join(path.split("/")[:2])


def _parts(metric: Metric) -> Iterator[tuple[str, str, Judge]]:
    """Which kind at which path is judged how: one part, of a ratio two."""
    judge = _judge(metric)
    if metric.where is not None:
        judge = _only(_condition(metric, metric.where), judge)
    yield metric.of, metric.at, judge
    if metric.formula == "ratio" and metric.per is not None:
        yield metric.per_kind or ANY_KIND, metric.per, lambda _: DENOMINATOR


def _judge(metric: Metric) -> Judge:
    match metric.formula:
        case "nps" | "csat" | "ces":
            of_score = SCORED[metric.formula]
            return lambda event: None if event.score is None else of_score(event.score)
        case "rate":
            return _rate(_condition(metric, metric.counts_when))
        case "mean" | "sum":
            return _value(_number(metric), metric.decimals)
        case "ratio":
            return lambda _: NUMERATOR
        case "count":
            return lambda _: COUNTED


def _rate(counts_when: Condition) -> Judge:
    def judge(event: CanonicalEvent) -> Effect | None:
        outcome = counts_when(event)
        if isinstance(outcome, Failure):
            return None
        return MET if outcome else COUNTED

    return judge


def _value(number: Value, decimals: int) -> Judge:
    def judge(event: CanonicalEvent) -> Effect | None:
        outcome = number(event)
        return None if isinstance(outcome, Failure) else value_effect(outcome, decimals)

    return judge


def _only(where: Condition, judge: Judge) -> Judge:
    return lambda event: judge(event) if where(event) is True else None


def _both(first: Judge, second: Judge | None = None) -> Judge:
    """What an event adds that is numerator and denominator of one ratio at one place."""
    if second is None:
        return first

    def judge(event: CanonicalEvent) -> Effect | None:
        effects = [effect for effect in (first(event), second(event)) if effect is not None]
        return _joined(effects[0], effects[-1]) if effects else None

    return judge


def _condition(metric: Metric, source: str | None) -> Condition:
    checked = check_event_condition(source or "")
    return checked if isinstance(checked, Condition) else _refuse(metric, checked)


def _number(metric: Metric) -> Value:
    checked = check_number(metric.value or "")
    return checked if isinstance(checked, Value) else _refuse(metric, checked)


def _refuse(metric: Metric, problems: Iterable[Problem]) -> NoReturn:
    said = "; ".join(f"{problem.line}:{problem.column} {problem.message}" for problem in problems)
    raise ValueError(f"metric {metric.id} cannot be measured: {said}")
