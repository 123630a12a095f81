"""A course as a drawing: what an SVG of `WIDTH` by `HEIGHT` needs, in its coordinates.

The line is the value, the band what the true value lies between, the dashed line the objective.
Where the line is on the wrong side of the objective it is drawn in the colour of a miss, by
clipping a second line to `missed`. Pure.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Final, NamedTuple

from service.framework.models import Objective
from service.metrics.courses import Course
from service.metrics.intervals import Reading
from service.metrics.wording import target_texts
from service.store.times import moment

WIDTH: Final = 360
HEIGHT: Final = 156
LEFT: Final = 46
RIGHT: Final = 350
TOP: Final = 14
BOTTOM: Final = 130
_TICKS: Final = 3
_PERCENT: Final = frozenset({"rate", "csat", "ces"})
_DAYS_US: Final = 3 * 86_400_000_000


class Tick(NamedTuple):
    """A label at a place on its axis."""

    at: float
    text: str


class Target(NamedTuple):
    """A side of the objective. Its words stand on the side of a miss, where there is room."""

    at: float
    words_at: float
    text: str


class Span(NamedTuple):
    """A stretch of the vertical axis, from the top down."""

    top: float
    height: float


class Chart(NamedTuple):
    """`bands` and `lines` are the data of SVG paths, one for each stretch without a gap."""

    values: tuple[Tick, ...]
    times: tuple[Tick, ...]
    bands: tuple[str, ...]
    lines: tuple[str, ...]
    targets: tuple[Target, ...]
    missed: tuple[Span, ...]
    last: tuple[float, float]


class _Scale(NamedTuple):
    """From a moment and a value to coordinates; what lies beyond is drawn at the edge."""

    start_us: int
    end_us: int
    low: float
    high: float

    def x(self, at_us: int) -> float:
        part = (at_us - self.start_us) / max(1, self.end_us - self.start_us)
        return round(LEFT + part * (RIGHT - LEFT), 1)

    def y(self, value: float) -> float:
        part = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(BOTTOM - part * (BOTTOM - TOP), 1)


class _Read(NamedTuple):
    at_us: int
    reading: Reading


def chart(course: Course, from_us: int, zone: tzinfo) -> Chart | None:
    """The drawing from `from_us` on, times in `zone`; None where nothing counted."""
    stretches = _stretches(course, from_us)
    if not stretches:
        return None
    scale = _scale(course, stretches, from_us)
    last = stretches[-1][-1]
    return Chart(
        tuple(_value_ticks(course, scale)),
        tuple(_time_ticks(scale, zone)),
        tuple(_band(stretch, scale) for stretch in stretches),
        tuple(_line(stretch, scale) for stretch in stretches),
        tuple(_targets(course, scale)),
        tuple(_missed(course.standing.objective, scale)),
        (scale.x(last.at_us), scale.y(last.reading.value)),
    )


def _stretches(course: Course, from_us: int) -> list[list[_Read]]:
    """What can be judged, without gaps; where nothing can, whatever was counted."""
    objective = course.standing.objective
    points = [point for point in course.points if point.at_us >= from_us]
    most = max((point.reading.n for point in points if point.reading), default=0)
    least = objective.min_n if objective and objective.min_n <= most else 0
    stretches: list[list[_Read]] = [[]]
    for at_us, reading in points:
        if reading is None or reading.n < least:
            stretches.append([])
        else:
            stretches[-1].append(_Read(at_us, reading))
    return [stretch for stretch in stretches if stretch]


def _scale(course: Course, stretches: Sequence[Sequence[_Read]], from_us: int) -> _Scale:
    """Wide enough for every interval and for the objective."""
    objective = course.standing.objective
    ends = [end for one in stretches for _, read in one for end in (read.low, read.high)]
    ends += [target for target in _sides(objective) if target is not None]
    low, high = min(ends), max(ends)
    room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
    floor = -math.inf if low < 0 else 0.0
    ceiling = 100.0 if course.standing.metric.formula in _PERCENT else math.inf
    bounds = max(floor, low - room), min(ceiling, high + room)
    return _Scale(from_us, course.points[-1].at_us, *bounds)


def _sides(objective: Objective | None) -> tuple[float | None, float | None]:
    return (objective.at_least, objective.at_most) if objective else (None, None)


def _value_ticks(course: Course, scale: _Scale) -> Iterator[Tick]:
    rough = (scale.high - scale.low) / _TICKS
    power = math.floor(math.log10(rough))
    step = next(n * 10.0**power for n in (1, 2, 5, 10) if n * 10.0**power >= rough)
    sign, decimals = " %" if course.standing.metric.formula in _PERCENT else "", max(0, -power)
    for n in range(math.ceil(scale.low / step), math.floor(scale.high / step) + 1):
        yield Tick(scale.y(n * step), f"{n * step:,.{decimals}f}{sign}")


def _time_ticks(scale: _Scale, zone: tzinfo) -> Iterator[Tick]:
    pattern = "%a %H:%M" if scale.end_us - scale.start_us < _DAYS_US else "%d %b"
    for at_us in (scale.start_us, (scale.start_us + scale.end_us) // 2, scale.end_us):
        yield Tick(scale.x(at_us), f"{moment(at_us).astimezone(zone):{pattern}}")


def _band(stretch: Sequence[_Read], scale: _Scale) -> str:
    above = [f"{scale.x(at_us)} {scale.y(reading.high)}" for at_us, reading in stretch]
    below = [f"{scale.x(at_us)} {scale.y(reading.low)}" for at_us, reading in reversed(stretch)]
    return f"M{'L'.join(above + below)}Z"


def _line(stretch: Sequence[_Read], scale: _Scale) -> str:
    places = [f"{scale.x(at_us)} {scale.y(reading.value)}" for at_us, reading in stretch]
    return f"M{'L'.join(places if len(places) > 1 else places * 2)}"


def _targets(course: Course, scale: _Scale) -> Iterator[Target]:
    metric, objective = course.standing.metric, course.standing.objective
    for target, text in target_texts(metric, objective) if objective else ():
        at = scale.y(target)
        words_at = at + 12 if objective and target == objective.at_least else at - 5
        yield Target(at, words_at, text.removesuffix(" per 100"))


def _missed(objective: Objective | None, scale: _Scale) -> Iterator[Span]:
    at_least, at_most = _sides(objective)
    if at_least is not None:
        top = scale.y(at_least)
        yield Span(top, round(HEIGHT - top, 1))
    if at_most is not None:
        yield Span(0, scale.y(at_most))
