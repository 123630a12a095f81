"""Whose contributions to a metric count as affected: what the numbers behind a miss are made of.

| formula            | objective `at_most`        | objective `at_least`                          |
|--------------------|----------------------------|-----------------------------------------------|
| rate, csat         | the condition was met      | counted and the condition was not met         |
| nps, ces           | promoter, easy             | detractor, difficult                          |
| ratio              | the numerator              | the denominator                               |
| mean               | value above the target     | value below the target                        |
| count, sum         | everything counted         | everything counted                            |
"""

import math
from typing import Final, NamedTuple

from service.framework.models import Metric, Objective
from service.metrics.buckets import Window

COUNTED: Final = 1
HIT: Final = 2
LOW: Final = 4
"""The flags of a stored contribution."""


class Contributors(NamedTuple):
    """The stored contributions to one metric at its own place, within a window of event time.

    All flags of `having` are set and none of `lacking`; the value lies above and below the bounds
    that are given, in the metric's whole units.
    """

    metric: str
    scope: str
    window: Window
    having: int = 0
    lacking: int = 0
    above: int | None = None
    below: int | None = None


def contributors(metric: Metric, window: Window) -> Contributors:
    """Everything that the metric is made of."""
    return Contributors(metric.id, metric.at, window)


def affected(metric: Metric, objective: Objective, window: Window) -> Contributors:
    """What speaks against the objective: the table above."""
    all_of_it = contributors(metric, window)
    wanted_high = objective.at_least is not None
    match metric.formula:
        case "rate" | "csat" if wanted_high:
            return all_of_it._replace(having=COUNTED, lacking=HIT)
        case "nps" | "ces" if wanted_high:
            return all_of_it._replace(having=LOW)
        case "ratio" if wanted_high:
            return all_of_it._replace(having=COUNTED)
        case "rate" | "csat" | "nps" | "ces" | "ratio":
            return all_of_it._replace(having=HIT)
        case "mean":
            return _beyond(all_of_it._replace(having=COUNTED), metric, objective)
        case _:
            return all_of_it._replace(having=COUNTED)


def _beyond(counted: Contributors, metric: Metric, objective: Objective) -> Contributors:
    unit = 10**metric.decimals
    if objective.at_least is not None:
        return counted._replace(below=math.ceil(objective.at_least * unit))
    if objective.at_most is not None:
        return counted._replace(above=math.floor(objective.at_most * unit))
    return counted
