"""The records are what three real systems would publish, with what goes wrong on the way."""

import json
from collections import Counter
from typing import Any

import pytest

from service.demo.records import (
    SHOP_TOPIC,
    SURVEYS_TOPIC,
    TICKETS_TOPIC,
    TOPICS,
    Published,
    records,
)
from service.demo.story import tell

ZERO_US = 1_700_000_000_000_000


@pytest.fixture(scope="module")
def told() -> list[Published]:
    return records(tell(7), 7, ZERO_US)


def opened(told: list[Published], topic: str) -> list[dict[str, Any]]:
    values = (record.value for record in told if record.topic == topic)
    return [json.loads(value) for value in values if value.endswith(b"}") and is_json(value)]


def is_json(value: bytes) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def test_the_same_seed_gives_the_same_bytes(told: list[Published]) -> None:
    assert records(tell(7), 7, ZERO_US) == told


def test_another_beginning_moves_the_times_and_nothing_else(told: list[Published]) -> None:
    hour_us = 3_600_000_000
    moved = records(tell(7), 7, ZERO_US + hour_us)
    assert [r.at_us - hour_us for r in moved] == [r.at_us for r in told]
    assert [r.key for r in moved] == [r.key for r in told]


def test_records_come_in_order_of_record_time_on_three_topics(told: list[Published]) -> None:
    assert [r.at_us for r in told] == sorted(r.at_us for r in told)
    assert {r.topic for r in told} == set(TOPICS)


def test_every_shop_record_names_its_type_in_a_header_alone(told: list[Published]) -> None:
    types = Counter(dict(r.headers)["X-Shopify-Topic"] for r in told if r.topic == SHOP_TOPIC)
    assert set(types) == {
        b"orders/create",
        b"fulfillments/create",
        b"fulfillments/update",
        b"refunds/create",
    }
    assert all("topic" not in body for body in opened(told, SHOP_TOPIC))


def test_tickets_are_opened_commented_solved_reopened_and_rated(told: list[Published]) -> None:
    bodies = opened(told, TICKETS_TOPIC)
    types = {body["type"].removeprefix("zen:event-type:") for body in bodies}
    assert {
        "ticket.created",
        "ticket.comment_added",
        "ticket.status_changed",
        "ticket.csat_received",
    } < types
    comments = [b["event"]["comment"] for b in bodies if "comment" in b["event"]]
    assert {c["is_public"] for c in comments} == {True, False}
    changes = {(b["event"].get("previous"), b["event"].get("current")) for b in bodies}
    assert {("OPEN", "SOLVED"), ("SOLVED", "OPEN")} < changes


def test_some_ratings_of_a_ticket_are_corrected(told: list[Published]) -> None:
    scores: dict[str, set[str]] = {}
    for body in opened(told, TICKETS_TOPIC):
        if "satisfaction_score" in body["event"]:
            score = body["event"]["satisfaction_score"]["score"]
            scores.setdefault(body["detail"]["id"], set()).add(score)
    assert {"GOOD", "BAD"} in scores.values()


def test_answers_carry_who_and_which_carrier_in_hidden_fields(told: list[Published]) -> None:
    for body in opened(told, SURVEYS_TOPIC):
        response = body["form_response"]
        assert set(response["hidden"]) == {"email", "order_id", "carrier"}
        assert response["answers"][0]["field"]["ref"] == "how_was_delivery"
        assert 1 <= response["answers"][0]["number"] <= 5


def test_three_to_five_records_in_a_hundred_are_sent_twice(told: list[Published]) -> None:
    copies = len(told) - len({(r.topic, r.value, r.headers) for r in told})
    assert 0.03 < copies / len(told) < 0.05


def test_a_few_records_cannot_be_opened(told: list[Published]) -> None:
    broken = [r for r in told if not is_json(r.value)]
    assert 0 < len(broken) / len(told) < 0.005
