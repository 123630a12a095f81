"""Metrics and objectives: fields that a formula needs, targets within its unit, round windows."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from service.event import KINDS, known_kind
from service.framework.checking.names import path_findings, repeated, repeats
from service.framework.draft import Draft
from service.framework.durations import duration_text
from service.framework.models import FormulaName, Metric, Objective
from service.framework.problems import Finding, Location, quoted, unknown

BUCKET: Final = timedelta(minutes=15)
DAY: Final = timedelta(days=1)

_NEEDS: Final[Mapping[FormulaName, str]] = {
    "rate": "counts_when",
    "ratio": "per",
    "mean": "value",
    "sum": "value",
}
_ONLY: Final[Mapping[str, tuple[FormulaName, ...]]] = {
    "counts_when": ("rate",),
    "per": ("ratio",),
    "per_kind": ("ratio",),
    "value": ("mean", "sum"),
    "unit": ("mean", "sum"),
    "decimals": ("mean", "sum"),
}
_SCORED: Final = ("nps", "csat", "ces")

_PERCENT: Final = (0.0, 100.0, "is a share in percent: between 0 and 100")
RANGES: Final[Mapping[FormulaName, tuple[float, float, str]]] = {
    "rate": _PERCENT,
    "csat": _PERCENT,
    "ces": _PERCENT,
    "nps": (-100.0, 100.0, "is in points: between -100 and 100"),
    "ratio": (0.0, float("inf"), "is a number of events per 100: 0 or more"),
    "count": (0.0, float("inf"), "is a number of events: 0 or more"),
}
"""Between which values the reading of a formula lies, and how to say so."""


def metric_findings(draft: Draft) -> Iterator[Finding]:
    """What is wrong with the metrics and with the objectives about them."""
    yield from repeated("metric", ("metrics",), draft.metrics)
    for index, metric in draft.metrics.items():
        yield from _metric(draft, ("metrics", index), metric)
    yield from _second_objectives(draft)
    metrics = {metric.id: metric for metric in draft.metrics.values()}
    for index, objective in draft.objectives.items():
        place = ("objectives", index)
        if objective.metric not in draft.names.metrics:
            yield unknown((*place, "metric"), "metric", objective.metric, draft.names.metrics)
        yield from _target(place, objective, metrics.get(objective.metric))
        yield from _times(place, objective)


def _metric(draft: Draft, place: Location, metric: Metric) -> Iterator[Finding]:
    yield from path_findings(draft.names, (*place, "at"), metric.at, "place")
    if metric.per is not None:
        yield from path_findings(draft.names, (*place, "per"), metric.per, "place")
    yield from _kind((*place, "of"), metric.of)
    if metric.per_kind is not None:
        yield from _kind((*place, "per_kind"), metric.per_kind)
    if metric.formula in _SCORED and known_kind(metric.of) and metric.of[:9] != "feedback.":
        message = f"formula {metric.formula} reads scores; {quoted(metric.of)} is not feedback"
        yield Finding((*place, "of"), message)
    yield from _formula_fields(place, metric)


def _kind(place: Location, kind: str) -> Iterator[Finding]:
    if not known_kind(kind):
        yield unknown(place, "kind of event", kind, KINDS)


def _formula_fields(place: Location, metric: Metric) -> Iterator[Finding]:
    needed = _NEEDS.get(metric.formula)
    if needed and getattr(metric, needed) is None:
        yield Finding(place, f"formula {metric.formula} needs the field {quoted(needed)}")
    for field, formulas in _ONLY.items():
        if field in metric.model_fields_set and metric.formula not in formulas:
            message = f"field {quoted(field)} is for formula {' or '.join(formulas)} only"
            yield Finding((*place, field), message, at="key")


def _second_objectives(draft: Draft) -> Iterator[Finding]:
    metrics = {index: objective.metric for index, objective in draft.objectives.items()}
    for index, first in repeats(metrics):
        message = f"metric {quoted(metrics[index])} has an objective already"
        place = ("objectives", first, "metric")
        yield Finding(("objectives", index, "metric"), message, first=place)


def _target(place: Location, objective: Objective, metric: Metric | None) -> Iterator[Finding]:
    targets = {"at_least": objective.at_least, "at_most": objective.at_most}
    given = {field: target for field, target in targets.items() if target is not None}
    if len(given) == 2:
        yield Finding((*place, "at_most"), 'only one of "at_least" and "at_most"', at="key")
    if not given:
        yield Finding(place, 'one of "at_least" and "at_most" is missing')
    if metric is None or metric.formula not in RANGES:
        return
    low, high, sentence = RANGES[metric.formula]
    for field, target in given.items():
        if not low <= target <= high:
            yield Finding((*place, field), f"formula {metric.formula} {sentence}")


def _times(place: Location, objective: Objective) -> Iterator[Finding]:
    every, window = objective.check_every, objective.window
    if window % BUCKET:
        yield Finding((*place, "window"), 'field "window" must be a multiple of 15m')
    elif window < every:
        message = f'field "window" must be at least "check_every", {duration_text(every)}'
        yield Finding((*place, "window"), message)
    if DAY % every and every % DAY:
        message = "must divide a day or be whole days, such as 15m, 1h, 6h, 1d"
        yield Finding((*place, "check_every"), f'field "check_every" {message}')
