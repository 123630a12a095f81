"""`zenloop`: an answer once, however many alerts tell it."""

from typing import Any

import pytest

from connectors.feedback.answers import NO_ANSWERS, UNMAPPED
from service.event import Event, Fact, Failed, Identifier, Item, Link, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.zenloop import OPTIONS, alert

EMAIL = Identifier("email", "ann@mail.example")
OTHERS = (Identifier("recipient", "r-1"), Identifier("order", "4512"))
UPDATED_US = 1_748_772_180_000_000
ABOUT = {"carrier": "NP", "survey": "s-1", "response": "QWE6MTcz"}


def items(**answer: Any) -> list[Item]:
    return convert("zenloop", alert(**answer), options=OPTIONS)


def expected(**fields: Any) -> Event:
    common: dict[str, Any] = {
        "id": "QWE6MTcz",
        "kind": "feedback.nps",
        "occurred_at_us": 1_748_772_120_000_000,
        "subject": EMAIL,
        "identifiers": OTHERS,
        "links": tuple(Link(EMAIL, other) for other in OTHERS),
        "fact": Fact("QWE6MTcz", UPDATED_US),
        "text": "Schnell!",
        "channel": "email",
        "tags": ("Delivery",),
        "score": Score(10, 0, 10, 10),
        "attributes": ABOUT,
    }
    return Event(**{**common, **fields})


def test_an_answer_is_a_score_with_what_was_said_in_its_own_words() -> None:
    assert items() == [expected()]


def test_another_alert_tells_the_same() -> None:
    assert convert("zenloop", alert() | {"alert": {"id": "a-2"}}) == [expected()]


def test_additional_questions_are_known_by_their_words() -> None:
    more = {"and the parcel?": "2", "why?": "Late", "which?": ["a", "b"], "n?": 3, "empty?": ""}
    score, parcel, number, which, why = items(additional_questions=more)
    assert score == expected()
    assert parcel == expected(
        id="QWE6MTcz:and the parcel?",
        kind="feedback.csat",
        fact=Fact("QWE6MTcz:and the parcel?", UPDATED_US),
        title="and the parcel?",
        text="",
        score=Score(2, 1, 5, 5),
        attributes=ABOUT | {"question": "and the parcel?"},
    )
    assert (number, which) == (UNMAPPED, UNMAPPED)
    assert isinstance(why, Event)
    assert (why.kind, why.text, why.score) == ("feedback.comment", "Late", None)


def test_a_score_of_another_sort_is_what_the_source_says() -> None:
    payload = alert(score=4, score_type="satisfied")
    options = {"score": {"kind": "feedback.csat", "scale": "1-5"}}
    event = only_event(convert("zenloop", payload, options=options))
    assert event.score == Score(4, 1, 5, 5)
    (item,) = convert("zenloop", payload)
    assert isinstance(item, Failed)
    assert item.reason == "unknown_scale"


def test_an_answer_without_a_score_is_a_comment_or_nothing() -> None:
    event = only_event(items(score=None, score_type=None))
    assert (event.kind, event.score) == ("feedback.comment", None)
    assert items(score=None, comment="") == [NO_ANSWERS]


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("missing_field", {"alert": {}}),
        ("out_of_scale", alert(score=11)),
        ("wrong_type", alert(score="10")),
        ("bad_time", alert(inserted_at="today")),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = convert("zenloop", payload)
    assert isinstance(item, Failed)
    assert item.reason == reason
