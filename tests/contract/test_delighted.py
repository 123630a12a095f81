"""`delighted`: a response each time it is told, on the scale of its survey."""

from typing import Any

import pytest

from connectors.feedback import delighted
from connectors.feedback.answers import UNMAPPED
from service.event import Event, Fact, Failed, Identifier, Item, Link, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.delighted import OPTIONS, additional, notice, response

EMAIL = Identifier("email", "ann@mail.example")
OTHERS = (Identifier("person", "5975"), Identifier("customer", "C-7"))
ABOUT = {"country": "DE", "Delighted Source": "Email", "locale": "de", "response": "5435"}


def items(**fields: Any) -> list[Item]:
    return convert("delighted", notice("survey_response.updated", **fields), options=OPTIONS)


def expected(**fields: Any) -> Event:
    common: dict[str, Any] = {
        "id": "5435",
        "kind": "feedback.nps",
        "occurred_at_us": 1_748_772_120_000_000,
        "subject": EMAIL,
        "identifiers": OTHERS,
        "links": tuple(Link(EMAIL, other) for other in OTHERS),
        "fact": Fact("5435", 1_748_772_180_000_000),
        "text": "Quick!",
        "channel": "email",
        "language": "de",
        "tags": ("vip",),
        "score": Score(9, 0, 10, 10),
        "attributes": ABOUT,
    }
    return Event(**{**common, **fields})


def test_a_response_is_a_score_with_what_was_said() -> None:
    assert items() == [expected()]


def test_a_response_that_is_told_again_is_a_newer_version() -> None:
    event = only_event(items(score=3, updated_at=1_748_772_999))
    assert event.fact == Fact("5435", 1_748_772_999_000_000)
    assert event.score == Score(3, 0, 10, 10)


def test_a_response_of_the_api_is_the_same() -> None:
    assert convert("delighted", response()) == [expected()]
    lone = only_event(convert("delighted", response(person="5975", updated_at=None)))
    assert (lone.subject, lone.fact) == (OTHERS[0], Fact("5435", 1_748_772_120_000_000))


@pytest.mark.parametrize(
    ("survey", "score", "kind", "scale"),
    [
        ("csat", 5, "feedback.csat", (1, 5)),
        ("ces", 1, "feedback.ces", (1, 5)),
        ("ces7", 7, "feedback.ces", (1, 7)),
        ("stars_five", 4, "feedback.rating", (1, 5)),
        ("smileys_five", 4, "feedback.csat", (1, 5)),
        ("thumbs", 1, "feedback.csat", (0, 1)),
    ],
)
def test_each_survey_has_its_scale(
    survey: str, score: int, kind: str, scale: tuple[int, int]
) -> None:
    event = only_event(items(survey_type=survey, score=score))
    low, high = scale
    assert (event.kind, event.score) == (kind, Score(score, low, high, high))


def test_a_source_can_say_another_scale_for_a_survey() -> None:
    options = {"questions": {"ces": {"kind": "feedback.ces", "scale": "1-7"}}}
    payload = notice("survey_response.created", survey_type="ces", score=7)
    event = only_event(convert("delighted", payload, options=options))
    assert event.score == Score(7, 1, 7, 7)


def test_surveys_of_employees_are_ignored() -> None:
    assert items(survey_type="enps") == [delighted.OF_EMPLOYEES]


def test_additional_answers_are_events_by_their_questions() -> None:
    score, mapped, words, unmapped = items(
        additional_answers=[
            additional("q-ship", scale=4),
            additional("q-why", free_response="Too dear"),
            additional("q-what", select_one={"id": "other", "text": "The delivery"}),
        ]
    )
    assert score == expected()
    of_question: dict[str, Any] = {"title": "And the parcel?", "text": ""}
    assert mapped == expected(
        id="5435:q-ship",
        kind="feedback.csat",
        fact=Fact("5435:q-ship", 1_748_772_180_000_000),
        score=Score(4, 1, 5, 5),
        attributes=ABOUT | {"question": "q-ship"},
        **of_question,
    )
    assert isinstance(words, Event)
    assert (words.kind, words.text, words.score) == ("feedback.comment", "Too dear", None)
    assert unmapped == UNMAPPED


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("unknown_type", {"event_type": "person.created"}),
        ("missing_field", {"event_data": response()}),
        ("unknown_scale", notice("survey_response.created", survey_type="pmf")),
        ("out_of_scale", notice("survey_response.created", score=11)),
        ("wrong_type", notice("survey_response.created", score=None)),
        ("wrong_type", notice("survey_response.created", created_at="today")),
        ("bad_time", notice("survey_response.created", created_at=-5)),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = convert("delighted", payload)
    assert isinstance(item, Failed)
    assert item.reason == reason
