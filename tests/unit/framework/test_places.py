"""Journeys, stages and touchpoints by their paths."""

from service.framework.loading import Accepted, load_directory
from service.framework.places import journey_of, stage_of, stages, titles, touchpoints
from tests.unit.framework.bakery import CONNECTORS, FRAMEWORKS

loaded = load_directory(FRAMEWORKS / "good" / "plain.yaml", CONNECTORS)
assert isinstance(loaded, Accepted)
PLAIN = loaded.framework


def test_paths_are_in_the_order_of_the_text() -> None:
    assert [path for path, _ in stages(PLAIN)] == ["buy/order", "buy/help"]
    assert [path for path, _ in touchpoints(PLAIN)] == [
        "buy/order/placed",
        "buy/order/survey",
        "buy/help/call",
    ]


def test_every_place_has_its_title() -> None:
    assert titles(PLAIN) == {
        "buy": "I buy bread",
        "buy/order": "I order",
        "buy/order/placed": "I place my order",
        "buy/order/survey": "I say how it was",
        "buy/help": "I get help",
        "buy/help/call": "I call",
    }


def test_a_touchpoint_lies_in_a_stage_and_a_journey() -> None:
    assert stage_of("buy/help/call") == stage_of("buy/help") == "buy/help"
    assert journey_of("buy/help/call") == journey_of("buy") == "buy"
