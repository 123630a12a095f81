"""Segments: how they are named, folded when there are many, and which one stands out.

A segment is named `attribute=value`. A part is the statistics of one value in one window. Every
event has exactly one value, so the parts add up to the whole and the rest is the whole minus a
part.

A segment stands out if it is worse than the rest beyond chance: the difference of two estimates
over its standard error, two-sided, 5 % shared among the segments compared (Bonferroni). The
estimates: shares after Agresti and Caffo (one hit and one miss added to each side), NPS after the
adjusted Wald method, ratios as logarithms with half an event added, means as they are. A count
or a sum has no rest to be compared with.
"""

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

from service.event import AttributeValue
from service.framework.models import Metric, Objective
from service.metrics.buckets import together
from service.metrics.formulas import read
from service.metrics.intervals import Reading, adjusted_net, variance
from service.metrics.statistics import Statistics

SEGMENT_VALUES: Final = 1_000
"""How many values of a segment are read by themselves."""

OTHER: Final = "other"
UNKNOWN: Final = "unknown"

MIN_N: Final = 10
"""A side with a smaller n is not compared."""

SIGNIFICANCE: Final = 0.05


MAX_VALUE_CHARACTERS: Final = 200
"""A longer value is cut, so that a name fits into an index."""


class Side(NamedTuple):
    """One side of a comparison."""

    statistics: Statistics
    reading: Reading


class Standout(NamedTuple):
    """A segment value that is worse than all other events together."""

    value: str
    here: Side
    elsewhere: Side


def segment_named(attribute: str, value: AttributeValue | None) -> str:
    """The segment of an event whose attribute has this value.

    Absent and empty are `unknown`; true is `true`; a number is one segment whatever its type, so
    3 and 3.0 are both `3`.
    """
    if isinstance(value, bool):
        value = "true" if value else "false"
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else str(value)[:MAX_VALUE_CHARACTERS]
    return f"{attribute}={text or UNKNOWN}"


def value_of(segment: str) -> str:
    """The value in the name of a segment."""
    return segment.partition("=")[2]


def fold(parts: Mapping[str, Statistics], keep: int = SEGMENT_VALUES) -> dict[str, Statistics]:
    """The `keep` values with the greatest n, the rest added up as `other`.

    Equal n are kept in the order of their names. The sum of all parts stays the same.
    """
    by_size = sorted(parts, key=lambda value: (value == OTHER, -parts[value].n, value))
    kept = {value: parts[value] for value in by_size[:keep] if value != OTHER}
    rest = [value for value in parts if value not in kept]
    if rest:
        kept[OTHER] = together(parts[value] for value in rest)
    return kept


def standout(
    metric: Metric, objective: Objective, parts: Mapping[str, Statistics]
) -> Standout | None:
    """The segment that is worse than the rest with the least room for chance, if any is.

    Worse is lower for an objective `at_least`, otherwise higher. `unknown` and `other` are part
    of the rest and never stand out themselves: they name nobody.
    """
    whole = together(parts.values())
    excesses = {
        value: excess
        for value in sorted(parts.keys() - {OTHER, UNKNOWN})
        if (excess := _excess(metric, objective, parts[value], whole)) is not None
    }
    if not excesses:
        return None
    value = max(excesses, key=excesses.__getitem__)
    part, rest = parts[value], whole.minus(parts[value])
    here, elsewhere = read(metric, part), read(metric, rest)
    by_chance = _chance(excesses[value]) * len(excesses) >= SIGNIFICANCE
    if by_chance or here is None or elsewhere is None:
        return None
    return Standout(value, Side(part, here), Side(rest, elsewhere))


def _excess(
    metric: Metric, objective: Objective, part: Statistics, whole: Statistics
) -> float | None:
    """How many standard errors the part is worse than the rest; None if not to be compared."""
    rest = whole.minus(part)
    if min(part.n, rest.n) < MIN_N:
        return None
    here, elsewhere = _estimate(metric, part), _estimate(metric, rest)
    if here is None or elsewhere is None:
        return None
    error = math.sqrt(here[1] + elsewhere[1])
    worse = elsewhere[0] - here[0] if objective.at_least is not None else here[0] - elsewhere[0]
    return worse / error if error > 0 else None


def _estimate(metric: Metric, statistics: Statistics) -> tuple[float, float] | None:
    """Centre and variance of what is compared."""
    n, hits = statistics.n, statistics.hits
    match metric.formula:
        case "rate" | "csat" | "ces":
            share = (hits + 1) / (n + 2)
            return (share, share * (1 - share) / (n + 2))
        case "nps":
            return adjusted_net(statistics)
        case "ratio":
            return (math.log((hits + 0.5) / (n + 0.5)), 1 / (hits + 0.5) + 1 / (n + 0.5))
        case "mean":
            return (statistics.total / n, variance(statistics) / n)
        case _:
            return None


def _chance(excess: float) -> float:
    """How likely a difference as great, in either direction, is by chance; 1 if not worse."""
    return math.erfc(excess / math.sqrt(2)) if excess > 0 else 1.0
