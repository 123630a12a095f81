"""`asknicely`: a response each time it is told, by the count of how often."""

from typing import Any

import pytest

from connectors.feedback.answers import NO_ANSWERS
from service.event import Event, Fact, Failed, Identifier, Link, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.asknicely import response

EMAIL = Identifier("email", "ann@mail.example")
OTHERS = (Identifier("person", "163"), Identifier("customer", "C-7"))


def test_a_response_is_a_score_with_what_was_said() -> None:
    assert convert("asknicely", response()) == [
        Event(
            id="345",
            kind="feedback.nps",
            occurred_at_us=1_748_772_120_000_000,
            subject=EMAIL,
            identifiers=OTHERS,
            links=tuple(Link(EMAIL, other) for other in OTHERS),
            fact=Fact("345", 1),
            text="Quick!",
            channel="email",
            score=Score(9, 0, 10, 10),
            attributes={"segment": "parcels", "plan": "pro", "response": "345"},
        )
    ]


def test_a_response_that_is_told_again_is_a_newer_version() -> None:
    event = only_event(convert("asknicely", response(2, score="3")))
    assert (event.fact, event.score) == (Fact("345", 2), Score(3, 0, 10, 10))


def test_a_source_can_say_what_is_asked() -> None:
    options = {"score": {"kind": "feedback.csat", "scale": "1-5"}}
    event = only_event(convert("asknicely", response(score="4"), options=options))
    assert (event.kind, event.score) == ("feedback.csat", Score(4, 1, 5, 5))


@pytest.mark.parametrize("score", ["", None])
def test_a_survey_that_nobody_answered_is_ignored(score: str | None) -> None:
    assert convert("asknicely", response(score=score, responded="0")) == [NO_ANSWERS]


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("missing_field", {"count": 1, "person": {}}),
        ("wrong_type", response(score="ten")),
        ("out_of_scale", response(score="11")),
        ("bad_time", response(responded="")),
        ("wrong_type", response(2) | {"count": "2"}),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = convert("asknicely", payload)
    assert isinstance(item, Failed)
    assert item.reason == reason
