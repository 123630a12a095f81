"""The example payloads of Delighted, with the events that they must become, in full."""

from typing import Any

import pytest

from connectors.feedback.answers import UNMAPPED
from service.event import Event, Fact, Identifier, Link, Score
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


CHARLIE = Identifier("email", "charlie_gravis@example.com")


def of_delighted(*others: Identifier, **fields: Any) -> Event:
    names = (Identifier("person", "5975"), *others)
    common: dict[str, Any] = {
        "id": "5435",
        "kind": "feedback.nps",
        "occurred_at_us": 1_734_830_850_000_000,
        "subject": CHARLIE,
        "identifiers": names,
        "links": tuple(Link(CHARLIE, other) for other in names),
        "score": Score(9, 0, 10, 10),
    }
    return Event(**{**common, **fields})


def test_a_new_response_is_an_nps() -> None:
    assert convert("delighted", payload("delighted/survey_response_created.json")) == [
        of_delighted(fact=Fact("5435", 1_734_830_850_000_000), attributes={"response": "5435"})
    ]


def test_a_changed_response_restates_its_answers() -> None:
    options = {"questions": {"question_2": {"kind": "feedback.csat", "scale": "1-5"}}}
    customer = Identifier("customer", "cust-123")
    about = {"country": "USA", "response": "5435"}
    changed_us = 1_734_831_450_000_000
    body = payload("delighted/survey_response_updated.json")
    assert convert("delighted", body, options=options) == [
        of_delighted(
            customer,
            fact=Fact("5435", changed_us),
            text="Your service is fast and flawless!",
            attributes=about,
        ),
        UNMAPPED,
        of_delighted(
            customer,
            id="5435:question_2",
            kind="feedback.csat",
            fact=Fact("5435:question_2", changed_us),
            title="How satisfied were you with shipping?",
            score=Score(4, 1, 5, 5),
            attributes=about | {"question": "question_2"},
        ),
    ]
