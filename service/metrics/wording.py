"""Numbers in plain words: `60 %`, `between 48 and 71 %`, `at least 85 %`, `in 24 h`.

A share is in percent, NPS in points without a sign for it, a ratio `per 100` (the metric's title
says of what), a count bare, a mean or sum in the metric's unit: a currency code stands before the
number (`EUR 12.40`), any other unit after it. Numbers below 10 keep a decimal, below 1 two.
"""

import re
from datetime import timedelta

from service.framework.models import Metric, Objective
from service.metrics.intervals import Reading
from service.metrics.statistics import Statistics


def value_text(metric: Metric, value: float) -> str:
    """The value with its unit."""
    return _with_unit(metric, _number(metric, value))


def interval_text(metric: Metric, reading: Reading) -> str:
    """What the true value lies between, 95 % sure."""
    low = _number(metric, reading.low)
    if _is_money(metric):
        low = _with_unit(metric, low)
        return f"between {low} and {_number(metric, reading.high)}"
    return f"between {low} and {value_text(metric, reading.high)}"


def objective_text(metric: Metric, objective: Objective) -> str:
    """The target: `at least 85 %`."""
    return " and ".join(text for _, text in target_texts(metric, objective))


def target_texts(metric: Metric, objective: Objective) -> list[tuple[float, str]]:
    """Each side of the target with its words, the lower first."""
    targets = (("at least", objective.at_least), ("at most", objective.at_most))
    return [
        (target, f"{side} {_with_unit(metric, _target(metric, target))}")
        for side, target in targets
        if target is not None
    ]


def value_beside_target(metric: Metric, objective: Objective, value: float) -> str:
    """The value with its unit, in as many decimals as it takes to differ from the target."""
    return _with_unit(metric, _apart(metric, objective, value))


def standing_text(metric: Metric, objective: Objective, reading: Reading) -> str:
    """Value beside target: `Satisfied with delivery is 60 %, objective at least 85 %`."""
    value = value_beside_target(metric, objective, reading.value)
    return f"{metric.title} is {value}, objective {objective_text(metric, objective)}"


def proof_text(metric: Metric, statistics: Statistics, window: timedelta) -> str:
    """What was counted in the window: `41 of 68 answers were good in 24 h`."""
    return f"{_counted_text(metric, statistics)} in {period_text(window)}"


def period_text(period: timedelta) -> str:
    """`24 h`, `7 days`, `15 min`, `90 s`: in the largest unit that divides it; a day is 24 h."""
    seconds = int(period.total_seconds())
    if seconds % 86_400 == 0 and seconds > 86_400:
        return f"{seconds // 86_400} days"
    for size, unit in ((3_600, "h"), (60, "min")):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _counted_text(metric: Metric, statistics: Statistics) -> str:
    n, hits, low = (f"{number:,}" for number in statistics[:3])
    match metric.formula:
        case "csat":
            return f"{hits} of {n} answers were good"
        case "ces":
            return f"{hits} of {n} answers were easy, {low} difficult"
        case "nps":
            return f"{hits} of {n} would recommend, {low} would not"
        case "rate":
            return f"{hits} of {n}"
        case "ratio":
            return f"{hits} for {n}"
        case _:
            return f"{n} counted"


def _number(metric: Metric, value: float) -> str:
    match metric.formula:
        case "count":
            return f"{value:,.0f}"
        case "sum":
            return f"{value:,.{metric.decimals}f}"
        case "mean":
            return f"{value:,.{max(1, metric.decimals)}f}"
        case _:
            size = abs(round(value, 1))
            return _trimmed(f"{value:.{0 if size >= 10 else 1 if size >= 1 else 2}f}")


def _target(metric: Metric, target: float) -> str:
    return _number(metric, target) if _is_money(metric) else _trimmed(f"{target:,.6f}")


def _apart(metric: Metric, objective: Objective, value: float) -> str:
    targets = [t for t in (objective.at_least, objective.at_most) if t is not None and t != value]
    text = _number(metric, value)
    for decimals in range(1, 7):
        if _trimmed(text) not in [_target(metric, target) for target in targets]:
            break
        text = f"{value:,.{decimals}f}"
    return text


def _with_unit(metric: Metric, number: str) -> str:
    match metric.formula:
        case "rate" | "csat" | "ces":
            return f"{number} %"
        case "ratio" if " per 100 " not in metric.title:
            return f"{number} per 100"
        case "mean" | "sum" if metric.unit:
            return f"{metric.unit} {number}" if _is_money(metric) else f"{number} {metric.unit}"
        case _:
            return number


def _is_money(metric: Metric) -> bool:
    return metric.formula in ("mean", "sum") and bool(re.fullmatch(r"[A-Z]{3}", metric.unit))


def _trimmed(number: str) -> str:
    text = number.rstrip("0").rstrip(".") if "." in number else number
    return "0" if text == "-0" else text
