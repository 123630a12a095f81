"""Values with their 95 % intervals, from statistics alone.

Each function reads statistics with n >= 1 and returns a `Reading` in display units: percent,
points, per 100, or the metric's own unit. The interval always contains the value.

| reading       | interval                                                                       |
|---------------|--------------------------------------------------------------------------------|
| share         | Wilson's score interval                                                        |
| net promoters | adjusted Wald: three answers added, each a quarter promoter, quarter detractor |
| per hundred   | given hits + n, hits are binomial: Wilson, carried over from p to p / (1 - p)  |
| count         | Poisson, by Byar's approximation of the exact (Garwood) limits                 |
| total         | compound Poisson: number and size of the values both vary, variance = squares  |
| mean          | Student's t                                                                    |
"""

import math
from dataclasses import dataclass
from typing import Final

from service.metrics.statistics import Statistics

Z_95: Final = 1.959963984540054
"""The 0.975 quantile of the normal distribution."""

T_95: Final = (
    12.706204736,
    4.302652730,
    3.182446305,
    2.776445105,
    2.570581836,
    2.446911851,
    2.364624252,
    2.306004135,
    2.262157163,
    2.228138852,
)
"""The 0.975 quantiles of Student's t with 1 to 10 degrees of freedom."""

ROUNDING_VARIANCE: Final = 1 / 12
"""Values are whole units, so a spread below that of rounding cannot be seen."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value and what the true value lies between, 95 % sure, in display units.

    `n` is how many events it rests on; of a ratio, the denominator. `low <= value <= high`.
    """

    value: float
    n: int
    low: float
    high: float


def share(statistics: Statistics) -> Reading:
    """Hits of n in percent."""
    low, high = wilson(statistics.hits, statistics.n)
    return _reading(100 * statistics.hits / statistics.n, statistics.n, (100 * low, 100 * high))


def net_promoters(statistics: Statistics) -> Reading:
    """Hits less low of n in points, -100 to 100."""
    centre, variance = adjusted_net(statistics)
    reach = Z_95 * math.sqrt(variance)
    ends = (max(-100.0, 100 * (centre - reach)), min(100.0, 100 * (centre + reach)))
    value = 100 * (statistics.hits - statistics.low) / statistics.n
    return _reading(value, statistics.n, ends)


def per_hundred(statistics: Statistics) -> Reading:
    """Hits per 100 of n, where hits are not a part of n."""
    low, high = wilson(statistics.hits, statistics.hits + statistics.n)
    ends = (100 * low / (1 - low), 100 * high / (1 - high))
    return _reading(100 * statistics.hits / statistics.n, statistics.n, ends)


def count(statistics: Statistics) -> Reading:
    """How many events."""
    n = statistics.n
    return _reading(float(n), n, (_byar(n, -Z_95), _byar(n + 1, Z_95)))


def total(statistics: Statistics, units: int) -> Reading:
    """The sum of the values, of which `units` make one of the metric's unit."""
    value = statistics.total / units
    reach = Z_95 * math.sqrt(statistics.squares) / units
    return _reading(value, statistics.n, (value - reach, value + reach))


def mean(statistics: Statistics, units: int) -> Reading | None:
    """The mean of the values, of which `units` make one of the metric's unit.

    None for a single value: it has no spread, so nothing bounds the true mean.
    """
    n = statistics.n
    if n < 2:
        return None
    value = statistics.total / (n * units)
    reach = t_95(n - 1) * math.sqrt(max(variance(statistics), ROUNDING_VARIANCE) / n) / units
    return _reading(value, n, (value - reach, value + reach))


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share, 0 to 1."""
    shrink = 1 + Z_95**2 / n
    centre = (hits + Z_95**2 / 2) / n / shrink
    reach = Z_95 * math.sqrt(hits * (n - hits) / n + Z_95**2 / 4) / n / shrink
    return (max(0.0, centre - reach), min(1.0, centre + reach))


def adjusted_net(statistics: Statistics) -> tuple[float, float]:
    """Centre and variance of (promoters - detractors) / n after the adjusted Wald method."""
    n = statistics.n + 3
    promoters, detractors = (statistics.hits + 0.75) / n, (statistics.low + 0.75) / n
    centre = promoters - detractors
    return (centre, (promoters + detractors - centre**2) / n)


def variance(statistics: Statistics) -> float:
    """The sample variance of the values, in squared units. Exact until the one division."""
    n = statistics.n
    return (n * statistics.squares - statistics.total**2) / (n * (n - 1))


def t_95(degrees: int) -> float:
    """The 0.975 quantile of Student's t, right to five digits.

    Above the table: the expansion in powers of 1 / degrees (Abramowitz and Stegun 26.7.5).
    """
    if degrees <= len(T_95):
        return T_95[degrees - 1]
    z = Z_95
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / float(degrees) ** power for power, term in enumerate(terms, start=1))


def _byar(n: int, z: float) -> float:
    root: float = max(0.0, 1 - 1 / (9 * n) + z / (3 * math.sqrt(n)))
    return n * root * root * root


def _reading(value: float, n: int, ends: tuple[float, float]) -> Reading:
    """The interval is widened to the value where an approximation leaves it out."""
    low, high = ends
    return Reading(value, n, min(low, value), max(high, value))
