"""The example payloads of Airbyte, with the events that they must become, in full."""

import pytest

from service.event import Event, Fact, Identifier, Score
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


def test_a_rating_in_a_stream_is_read_by_its_mapping() -> None:
    ratings = {
        "kind": "feedback.csat",
        "when": 'payload.score in ["good", "bad"]',
        "id": 'string(payload.id) + ":" + payload.updated_at',
        "time": "payload.created_at",
        "fact": {"id": "string(payload.id)", "version": "payload.updated_at"},
        "subject": {"user": "payload.requester_id"},
        "text": "payload.comment",
        "score": {"value": 'payload.score == "good" ? 1 : 0', "scale": "0-1"},
        "attributes": {"ticket_id": "string(payload.ticket_id)"},
    }
    stream = {"connector": "mapping", "events": [ratings]}
    record = payload("airbyte/kafka_destination.kafka_record.json")
    options = {"streams": {"satisfaction_ratings": stream}}
    assert convert("airbyte", record["value"], options=options) == [
        Event(
            id="35436:2025-01-11T12:05:10Z",
            kind="feedback.csat",
            occurred_at_us=1_736_596_893_000_000,
            subject=Identifier("user", "7881"),
            fact=Fact("35436", 1_736_597_110_000_000),
            text="Nobody called me back",
            score=Score(0, 0, 1, 1),
            attributes={"ticket_id": "5158"},
        )
    ]
