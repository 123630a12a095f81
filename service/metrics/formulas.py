"""The eight formulas: what an event adds to a metric, and what is read from what was added.

| formula | counted (n)                  | hit                  | low         | value             |
|---------|------------------------------|----------------------|-------------|-------------------|
| count   | every event                  |                      |             |                   |
| rate    | `counts_when` can be judged  | it is true           |             |                   |
| ratio   | an event at `per`            | an event at `at`     |             |                   |
| mean    | `value` can be taken         |                      |             | 10**-decimals     |
| sum     | `value` can be taken         |                      |             | 10**-decimals     |
| nps     | score of 10 or 11 points     | top two (9, 10)      | below top 4 | step of the scale |
| csat    | score                        | top boxes            |             | step of the scale |
| ces     | score                        | above the middle     | below it    | step of the scale |

Read: `rate` and `csat` 100 hits / n in percent, `ces` likewise, `nps` 100 (hits - low) / n in
points, `ratio` 100 hits / n, `count` n, `sum` total and `mean` total / n in the metric's unit.

Scores. The step is the answer on its own scale with the good end up: of 1 to 5 with 1 the best,
an answer of 2 is the step 4. An answer between two steps counts as the worse one: 4.5 of 5 is 4.
A score outside its scale, or whose best is neither end, is not counted.
"""

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Final, NamedTuple, assert_never

from service.event import Score
from service.framework.models import FormulaName, Metric
from service.metrics import intervals
from service.metrics.intervals import Reading
from service.metrics.statistics import Statistics

TOP_BOXES: Final[Mapping[float, int]] = {
    2: 1,
    3: 1,
    4: 2,
    5: 2,
    6: 3,
    7: 3,
    8: 3,
    9: 3,
    10: 2,
    11: 2,
}
"""How many of the best points of a scale are satisfied, by its number of points."""

WIDE_TOP: Final = 0.75
"""On a scale of any other length, satisfied is the part from here on: where 4 of 1 to 5 lies."""

VALUE_LIMIT: Final = 2**62
"""A value must be nearer to zero than this, so that it fits the stored whole number."""

FLOAT_NOISE: Final = 1e-9
"""What arithmetic on scores may lose: 0.29 * 100 is 28.999999999999996 and means 29."""


class Effect(NamedTuple):
    """What one event adds to each series of one metric. Fields as in `Contribution`."""

    counted: int = 0
    hit: int = 0
    low: int = 0
    value: int = 0


COUNTED: Final = Effect(counted=1)
MET: Final = Effect(counted=1, hit=1)
NUMERATOR: Final = Effect(hit=1)
DENOMINATOR: Final = Effect(counted=1)


class _Answer(NamedTuple):
    """A score on its scale: the step, whole steps above the bad end, and the scale's length."""

    step: int
    above: int
    span: float


@lru_cache(maxsize=1024)
def nps_effect(score: Score) -> Effect | None:
    """Promoters are the top two points, detractors those below the top four.

    None for a score whose scale has not 10 or 11 points: it is no answer to this question.
    """
    answer = _answer(score)
    if answer is None or answer.span not in (9, 10):
        return None
    promoter, detractor = answer.above >= answer.span - 1, answer.above < answer.span - 3
    return Effect(1, int(promoter), int(detractor), answer.step)


@lru_cache(maxsize=1024)
def csat_effect(score: Score) -> Effect | None:
    """Satisfied are the top boxes of the scale (`TOP_BOXES`, `WIDE_TOP`)."""
    answer = _answer(score)
    if answer is None:
        return None
    boxes = TOP_BOXES.get(answer.span + 1)
    first = answer.span * WIDE_TOP if boxes is None else answer.span + 1 - boxes
    return Effect(1, int(answer.above >= first), 0, answer.step)


@lru_cache(maxsize=1024)
def ces_effect(score: Score) -> Effect | None:
    """Easy is above the middle of the scale, difficult below: of 1 to 7, 5 to 7 and 1 to 3."""
    answer = _answer(score)
    if answer is None:
        return None
    easy, difficult = 2 * answer.above > answer.span, 2 * answer.above < answer.span
    return Effect(1, int(easy), int(difficult), answer.step)


SCORED: Final[Mapping[FormulaName, Callable[[Score], Effect | None]]] = {
    "nps": nps_effect,
    "csat": csat_effect,
    "ces": ces_effect,
}
"""The formulas that are about the event's score."""


@lru_cache(maxsize=4096)
def value_effect(number: float, decimals: int) -> Effect | None:
    """The effect of a value for `mean` and `sum`; None if it has no whole number."""
    value = whole_units(number, decimals)
    return None if value is None else Effect(1, 0, 0, value)


def whole_units(number: float, decimals: int) -> int | None:
    """`number` as a whole number of 10**-`decimals`, halves to the even one.

    A fraction is taken as its shortest decimal, the way people wrote it: 1.015 with 2 decimals
    is 102, although the nearest float lies below. None if it is not finite or reaches
    `VALUE_LIMIT`.
    """
    if isinstance(number, int):
        value = number * 10**decimals
    elif not math.isfinite(number):
        return None
    elif number.is_integer():
        value = int(number) * 10**decimals
    else:
        shifted = Decimal(repr(number)).scaleb(decimals)
        value = int(shifted.to_integral_value(ROUND_HALF_EVEN))
    return value if -VALUE_LIMIT < value < VALUE_LIMIT else None


def read(metric: Metric, statistics: Statistics) -> Reading | None:
    """The metric's value with its interval, in display units.

    None where there is nothing to read: n = 0, or a mean of a single value.
    """
    if statistics.n <= 0:
        return None
    reading: Reading | None
    match metric.formula:
        case "count":
            reading = intervals.count(statistics)
        case "rate" | "csat" | "ces":
            reading = intervals.share(statistics)
        case "ratio":
            reading = intervals.per_hundred(statistics)
        case "nps":
            reading = intervals.net_promoters(statistics)
        case "sum":
            reading = intervals.total(statistics, 10**metric.decimals)
        case "mean":
            reading = intervals.mean(statistics, 10**metric.decimals)
        case unknown:
            assert_never(unknown)
    return reading


def _answer(score: Score) -> _Answer | None:
    low, high = score.low, score.high
    span = high - low
    if not (math.isfinite(span) and low <= score.value <= high and score.best in (low, high)):
        return None
    value = score.value if score.best == high else low + high - score.value
    step = math.floor(value + FLOAT_NOISE)
    if span <= 0 or abs(step) >= VALUE_LIMIT:
        return None
    return _Answer(step, math.floor(value - low + FLOAT_NOISE), span)
