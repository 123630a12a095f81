"""`formbricks`: one answer a record, scored where the scale is known, taken back when deleted."""

from typing import Any

import pytest

from connectors.feedback.answers import UNMAPPED
from connectors.feedback.formbricks_responses import UNFINISHED
from service.event import Event, Fact, Failed, Identifier, Item, Link, Retraction, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.formbricks import ASKED, OPTIONS, feedback, notice, response

USER = Identifier("user", "u-5")
ORDER = Identifier("order", "4512")
DELETED_US = 1_748_858_400_000_000


def items(**fields: Any) -> list[Item]:
    payload = notice("feedback_record.created", feedback(**fields))
    return convert("formbricks", payload, options=OPTIONS)


def expected(kind: str, question: str, **fields: Any) -> Event:
    common: dict[str, Any] = {
        "id": "0190-1",
        "kind": kind,
        "occurred_at_us": 1_748_772_120_000_000,
        "subject": USER,
        "identifiers": (ORDER,),
        "links": (Link(USER, ORDER),),
        "fact": Fact("0190-1", 1_748_772_121_500_000),
        "title": "Would you recommend us?",
        "channel": "survey",
        "language": "en",
        "attributes": {
            "country": "DE",
            "question": question,
            "source": "s-1",
            "source_name": "Delivery",
            "submission": "sub-1",
        },
    }
    return Event(**{**common, **fields})


def test_an_nps_has_its_scale() -> None:
    nps = expected("feedback.nps", "q-nps", score=Score(9, 0, 10, 10))
    assert items() == convert("formbricks", feedback()) == [nps]


def test_a_scale_that_the_hub_does_not_keep_is_that_of_the_source() -> None:
    answer = {"field_id": "q-ease", "field_type": "ces", "value_number": 6}
    assert items(**answer) == [expected("feedback.ces", "q-ease", score=Score(6, 1, 7, 7))]
    for type_ in ("csat", "ces", "rating", "number", "boolean", "date"):
        assert items(field_id="q-other", field_type=type_) == [UNMAPPED]


def test_a_text_is_a_comment_and_a_choice_is_none() -> None:
    text = {"field_id": "q-why", "value_number": None, "value_text": "Too slow"}
    assert items(**text, field_type="text") == [
        expected("feedback.comment", "q-why", text="Too slow")
    ]
    assert items(**text, field_type="categorical") == [UNMAPPED]


def test_a_choice_is_worth_what_the_source_says() -> None:
    asked = {"kind": "feedback.csat", "scale": "1-3", "choices": {"Good": 3}}
    payload = feedback(field_id="q", field_type="categorical", value_number=None, value_text="Good")
    event = only_event(convert("formbricks", payload, options={"questions": {"q": asked}}))
    assert event.score == Score(3, 1, 3, 3)


def test_who_is_not_named_is_known_by_the_submission() -> None:
    event = only_event(items(user_id=None, metadata=None))
    assert event.subject == Identifier("submission", "sub-1")
    older = only_event(items(user_id=None, user_identifier="u-9", submission_id=None))
    assert older.subject == Identifier("user", "u-9")


@pytest.mark.parametrize(
    "data",
    [["0190-1", "0190-2"], {"tenant_id": "t", "ids": ["0190-1", "0190-2"]}],
)
def test_a_deletion_takes_back_the_records_that_it_names(data: object) -> None:
    assert convert("formbricks", notice("feedback_record.deleted", data)) == [
        Retraction(id=f"0190-e:{id_}", fact=Fact(id_, DELETED_US), occurred_at_us=DELETED_US)
        for id_ in ("0190-1", "0190-2")
    ]


def test_a_deletion_may_carry_the_record_itself() -> None:
    (item,) = convert("formbricks", notice("feedback_record.deleted", feedback()))
    assert isinstance(item, Retraction)
    assert item.fact == Fact("0190-1", DELETED_US)


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("unknown_type", notice("experience.created", {})),
        ("missing_field", {"data": feedback()}),
        ("missing_field", notice("feedback_record.created", {})),
        ("out_of_scale", feedback(value_number=11)),
        ("wrong_type", feedback(value_number=None)),
        ("wrong_type", notice("feedback_record.deleted", None)),
        ("bad_time", feedback(collected_at="today")),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = convert("formbricks", payload)
    assert isinstance(item, Failed)
    assert item.reason == reason


def test_a_response_of_formbricks_itself_is_its_answers() -> None:
    nps, why, several = convert("formbricks", response(), options=ASKED)
    assert isinstance(nps, Event)
    assert isinstance(why, Event)
    assert (nps.kind, nps.score, nps.text) == ("feedback.nps", Score(9, 0, 10, 10), "Too slow")
    assert nps.fact == Fact("r-1:q-nps", 1_748_772_180_000_000)
    assert nps.subject == USER
    assert nps.identifiers == (Identifier("email", "ann@mail.example"),)
    assert nps.attributes == {
        "plan": "gold",
        "survey": "s-1",
        "response": "r-1",
        "question": "q-nps",
    }
    assert (why.kind, why.text) == ("feedback.comment", "Too slow")
    assert several == UNMAPPED


def test_a_response_counts_when_it_is_finished_and_once() -> None:
    assert convert("formbricks", response("responseCreated", finished=False)) == [UNFINISHED]
    finished = convert("formbricks", response(), options=ASKED)
    assert convert("formbricks", response("responseUpdated"), options=ASKED) == finished
    older = response(contact=None, contactAttributes=None, personAttributes={"userId": "u-5"})
    (event, *_) = convert("formbricks", older, options=ASKED)
    assert isinstance(event, Event)
    assert event.subject == USER
