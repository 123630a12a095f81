"""The example payloads of SurveyMonkey, with the events that they must become, in full."""

from typing import Any

import pytest

from connectors.feedback.answers import UNMAPPED
from service.event import Event, Fact, Failed, Identifier, Lookup, Score, Telling
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


def test_a_notification_waits_for_its_response_to_be_told() -> None:
    (item,) = convert("surveymonkey", payload("surveymonkey/response_completed.json"))
    assert item == Failed(
        "needs_enrichment",
        "the notification carries no answers: "
        "publish the response, GET /surveys/<id>/responses/<id>/details, as well",
        awaits=Telling("response:5007154402"),
        lookup=Lookup("/v3/surveys/105724755/responses/5007154402/details?simple=true"),
    )


def test_each_question_of_the_details_that_is_mapped_is_an_event() -> None:
    choices = {3057839051: 4, 3057839052: 5}
    options = {
        "questions": {319352786: {"kind": "feedback.csat", "scale": "1-5", "choices": choices}}
    }
    late = "Delivery was late"
    common: dict[str, Any] = {
        "occurred_at_us": 1_451_339_834_000_000,
        "subject": Identifier("customer", "cust-123"),
        "text": late,
    }
    about: dict[str, Any] = {
        "custvar_1": "one",
        "custom_value": "custom identifier for the response",
        "survey": "105724755",
        "collector": "50253690",
        "response": "5007154402",
    }
    modified_us = 1_451_339_978_000_000
    body = payload("surveymonkey/response_details.json")
    assert convert("surveymonkey", body, options=options) == [
        Event(
            id="5007154402:319352786",
            kind="feedback.csat",
            fact=Fact("5007154402:319352786", modified_us),
            score=Score(4, 1, 5, 5),
            attributes=about | {"question": "319352786"},
            **common,
        ),
        UNMAPPED,
        Event(
            id="5007154402:319352788",
            kind="feedback.comment",
            fact=Fact("5007154402:319352788", modified_us),
            attributes=about | {"question": "319352788"},
            **common,
        ),
    ]
