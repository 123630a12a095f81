"""The example payloads of Freshdesk, with the events that they must become, in full."""

import pytest

from connectors.conformance.specimen import RECORD_TIME_US
from service.event import Event, Fact, Identifier, Score
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


def test_a_webhook_of_a_rule_is_an_event_of_its_ticket() -> None:
    (event,) = convert("freshdesk", payload("freshdesk/ticket_webhook_simple.json"))
    assert isinstance(event, Event)
    id_ = event.id
    assert id_.startswith("webhook:")
    assert event == Event(
        id=id_,
        kind="support.solved",
        occurred_at_us=RECORD_TIME_US,
        subject=Identifier("email", "john@example.com"),
        fact=Fact(id_, -RECORD_TIME_US),
        title="Order not received",
        channel="email",
        tags=("delivery", "late"),
        status="resolved",
        previous_status="open",
        attributes={
            "ticket_id": "12345",
            "priority": "medium",
            "ticket_type": "question",
            "group": "Customer care",
        },
    )


def test_a_satisfaction_rating_is_an_answer_to_each_of_its_questions() -> None:
    given_us = 1_447_243_201_000_000

    def answer(question: str, kind: str, value: int) -> Event:
        return Event(
            id=f"rating:4:{question}",
            kind=kind,
            occurred_at_us=given_us,
            subject=Identifier("user", "1754"),
            fact=Fact(f"rating:4:{question}", given_us),
            score=Score(value, 1, 7, 7),
            text="Very helpful agent",
            attributes={"ticket_id": "12345", "question": question},
        )

    assert convert("freshdesk", payload("freshdesk/satisfaction_rating_record.json")) == [
        answer("default_question", "feedback.csat", 7),
        answer("question_2", "feedback.rating", 2),
    ]
