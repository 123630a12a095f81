"""Whose contributions speak against an objective."""

import pytest

from service.framework.models import Metric, Objective
from service.metrics.buckets import Window
from service.opportunities.affected import COUNTED, HIT, LOW, affected

WINDOW = Window(0, 900_000_000)
AT = "purchase/receive/parcel-arrives"


def metric(formula: str, decimals: int = 0) -> Metric:
    return Metric.model_validate(
        {"id": "m", "title": "M", "formula": formula, "of": "x.y", "at": AT, "decimals": decimals}
    )


def objective(**target: float) -> Objective:
    return Objective.model_validate(
        {"metric": "m", "window": "24h", "check_every": "1h", "goal": "G", **target}
    )


@pytest.mark.parametrize(
    ("formula", "side", "having", "lacking"),
    [
        ("rate", "at_most", HIT, 0),
        ("rate", "at_least", COUNTED, HIT),
        ("csat", "at_least", COUNTED, HIT),
        ("nps", "at_least", LOW, 0),
        ("ces", "at_least", LOW, 0),
        ("ratio", "at_most", HIT, 0),
        ("ratio", "at_least", COUNTED, 0),
        ("count", "at_most", COUNTED, 0),
        ("sum", "at_least", COUNTED, 0),
    ],
)
def test_flags_say_who_is_affected(formula: str, side: str, having: int, lacking: int) -> None:
    found = affected(metric(formula), objective(**{side: 5}), WINDOW)
    assert (found.having, found.lacking, found.above, found.below) == (having, lacking, None, None)
    assert (found.metric, found.scope, found.window) == ("m", AT, WINDOW)


def test_of_a_mean_the_values_beyond_the_target_are_affected() -> None:
    assert affected(metric("mean", 1), objective(at_most=24.55), WINDOW).above == 245
    assert affected(metric("mean", 1), objective(at_least=24.55), WINDOW).below == 246
    assert affected(metric("mean", 1), objective(at_least=24.5), WINDOW).below == 245
