"""The example payloads of Typeform, with the events that they must become, in full."""

from typing import Any

import pytest

from connectors.feedback.answers import UNMAPPED
from service.event import Event, Fact, Identifier, Link, Score
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


TOKEN = "a3a12ec67a1365927098a606107fac15"
SUBMITTED_US = 1_516_299_422_000_000
SAID = "It's cold right now! I live in an older medium-sized city with a university."
USER = Identifier("user", "abc123456")
TYPED = Identifier("email", "laura@example.com")


def of_answer(question: str, ref: str, **fields: Any) -> Event:
    common: dict[str, Any] = {
        "id": f"{TOKEN}:{question}",
        "kind": "feedback.comment",
        "occurred_at_us": SUBMITTED_US,
        "subject": USER,
        "identifiers": (TYPED,),
        "links": (Link(USER, TYPED, "weak"),),
        "fact": Fact(f"{TOKEN}:{question}", SUBMITTED_US),
        "attributes": {"form_id": "lT4Z3j", "response": TOKEN, "question": ref},
    }
    return Event(**{**common, **fields})


def test_each_answer_that_is_mapped_is_an_event() -> None:
    options = {
        "questions": {
            "readable_ref_rating": {"kind": "feedback.csat", "scale": "1-5", "best": 5},
            "NRsxU591jIW9": {"kind": "feedback.rating", "scale": "1-5"},
        }
    }
    items = convert("typeform", payload("typeform/form_response.json"), options=options)
    assert items == [
        of_answer(
            "DlXFaesGBpoF",
            "readable_ref_long_text",
            title="Thanks, {{answer_60906475}}! What's it like where you live? "
            "Tell us in a few sentences.",
            text=SAID,
        ),
        of_answer(
            "JwWggjAKtOkA",
            "readable_ref_short_text",
            title="What is your first name?",
            text="Laura",
        ),
        *[UNMAPPED] * 6,
        of_answer(
            "NRsxU591jIW9",
            "readable_ref_opinion_scale",
            kind="feedback.rating",
            title="How important is the weather to your opinion about a city? "
            "1 is not important, 5 is very important.",
            text=SAID,
            score=Score(2, 1, 5, 5),
        ),
        of_answer(
            "WOTdC00F8A3h",
            "readable_ref_rating",
            kind="feedback.csat",
            title="How would you rate the weather where you currently live? "
            "1 is poor weather, 5 is excellent weather.",
            text=SAID,
            score=Score(3, 1, 5, 5),
        ),
        *[UNMAPPED] * 2,
    ]
