"""`medallia`: feedback of Digital, and records by the names that their template gives."""

from typing import Any

import pytest

from connectors.feedback.answers import NO_ANSWERS, UNMAPPED
from connectors.feedback.medallia_digital import PREVIEW
from service.event import Event, Fact, Failed, Identifier, Item, Link, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.medallia import OF_RECORDS, OPTIONS, feedback, record

CREATED_US = 1_748_772_120_250_000
ANSWERED_US = 1_748_772_120_000_000
USER = Identifier("user", "u-5")
EMAIL = Identifier("email", "ann@mail.example")
CUSTOMER = Identifier("customer", "C-7")


def items(answers: dict[str, Any], **fields: Any) -> list[Item]:
    return convert("medallia", feedback(answers, **fields), options=OPTIONS)


def expected(field: str, kind: str, **fields: Any) -> Event:
    common: dict[str, Any] = {
        "id": f"1a2b-3c4d:{field}",
        "kind": kind,
        "occurred_at_us": CREATED_US,
        "subject": USER,
        "identifiers": (EMAIL,),
        "links": (Link(USER, EMAIL, "weak"),),
        "fact": Fact(f"1a2b-3c4d:{field}", CREATED_US),
        "channel": "web",
        "tags": ("checkout",),
        "attributes": {
            "carrier": "NordPost",
            "form": "Checkout",
            "form_id": "4",
            "url": "https://shop.example/checkout",
            "response": "1a2b-3c4d",
            "question": field,
        },
    }
    return Event(**{**common, **fields})


def test_answers_of_a_feedback_with_its_nps() -> None:
    assert items({"ease": 6, "words": "Too slow", "visits": 3}, nps=9) == [
        expected("ease", "feedback.ces", score=Score(6, 1, 7, 7), text="Too slow"),
        UNMAPPED,
        expected("words", "feedback.comment", text="Too slow"),
        expected("nps", "feedback.nps", score=Score(9, 0, 10, 10), text="Too slow"),
    ]


def test_an_nps_that_the_form_asked_for_counts_once() -> None:
    options = {"questions": {"recommend": {"kind": "feedback.nps"}}}
    event = only_event(convert("medallia", feedback({"recommend": 9}, nps=9), options=options))
    assert event.id == "1a2b-3c4d:recommend"


@pytest.mark.parametrize(
    ("grading", "high"), [("grading", 5), ("grading1to7", 7), ("Grading1to10", 10)]
)
def test_a_csat_has_the_scale_of_its_grading(grading: str, high: int) -> None:
    event = only_event(items({}, csatDefaultType=grading, csatDefaultValue=4))
    assert (event.kind, event.score) == ("feedback.csat", Score(4, 1, high, high))


def test_a_csat_of_an_unknown_grading_is_no_score() -> None:
    assert items({}, csatDefaultType="smileys", csatDefaultValue=4) == [NO_ANSWERS]


def test_an_answer_may_have_its_label_beside_it() -> None:
    event = only_event(items({"ease": {"value": 2, "label": "Hard", "title": "How was it?"}}))
    assert (event.score, event.title) == (Score(2, 1, 7, 7), "How was it?")


@pytest.mark.parametrize("fields", [{"originType": "Preview"}, {"url": "[Preview]"}])
def test_previews_are_ignored(fields: dict[str, Any]) -> None:
    assert items({"ease": 6}, **fields) == [PREVIEW]


def test_the_feedbacks_of_a_page_stand_for_themselves() -> None:
    page = {"feedbacks": [feedback({"ease": 8}), {}, feedback({"ease": 6})], "pageNumber": 0}
    out_of_scale, nameless, event = convert("medallia", page, options=OPTIONS)
    assert isinstance(out_of_scale, Failed)
    assert nameless == Failed("missing_field", "`uuid` is missing")
    assert isinstance(event, Event)


def of_record(question: str, kind: str, version: int = ANSWERED_US, **fields: Any) -> Event:
    common: dict[str, Any] = {
        "id": f"9001:{question}",
        "kind": kind,
        "occurred_at_us": ANSWERED_US,
        "subject": EMAIL,
        "identifiers": (CUSTOMER,),
        "links": (Link(EMAIL, CUSTOMER),),
        "fact": Fact(f"9001:{question}", version),
        "channel": "sms",
        "language": "en",
        "attributes": {"unit": "Kiel", "response": "9001", "question": question},
    }
    return Event(**{**common, **fields})


def test_a_record_is_read_by_the_names_of_the_source() -> None:
    assert convert("medallia", record(), options=OF_RECORDS) == [
        of_record("ltr", "feedback.nps", score=Score(9, 0, 10, 10)),
        of_record("osat", "feedback.csat", score=Score(2, 1, 5, 5)),
        of_record("why", "feedback.comment", text="Nobody rang"),
    ]


def test_a_record_that_is_updated_is_a_newer_version() -> None:
    payload = record(changed="2025-06-02T10:00:00Z", ltr=None, why="")
    (event,) = convert("medallia", payload, options=OF_RECORDS)
    score = Score(2, 1, 5, 5)
    assert event == of_record("osat", "feedback.csat", 1_748_858_400_000_000, score=score)


@pytest.mark.parametrize("count", [1_748_772_120, 1_748_772_120_000])
def test_the_time_of_a_record_may_be_a_number(count: int) -> None:
    payload = record(responsedate=count, ltr=None, why="")
    event = only_event(convert("medallia", payload, options=OF_RECORDS))
    assert event.occurred_at_us == ANSWERED_US


def test_records_may_come_several_at_once() -> None:
    several = convert("medallia", [record(), record(surveyid=None)], options=OF_RECORDS)
    assert [type(item).__name__ for item in several] == ["Event", "Event", "Event", "Failed"]


@pytest.mark.parametrize(
    ("reason", "payload", "options"),
    [
        ("missing_field", record(), {}),
        ("missing_field", record(responsedate=None), OF_RECORDS),
        ("bad_time", record(responsedate="June"), OF_RECORDS),
        ("bad_time", record(), {**OF_RECORDS, "zone": None}),
        ("bad_time", feedback({"ease": 6}, creationDate=-1), OPTIONS),
        ("wrong_type", feedback({"ease": "fine"}), OPTIONS),
        ("out_of_scale", feedback({}, nps=11), OPTIONS),
    ],
)
def test_what_is_not_understood_fails(
    reason: str, payload: dict[str, Any], options: dict[str, Any]
) -> None:
    (item,) = convert("medallia", payload, options=options)
    assert isinstance(item, Failed)
    assert item.reason == reason


def test_custom_parameters_may_be_a_list_of_names_and_values() -> None:
    listed = [{"name": "order_id", "value": "4512"}, {"value": "?"}, 7]
    by_name = feedback({"words": "Slow"}, customParams={"order_id": "4512"})
    assert convert("medallia", feedback({"words": "Slow"}, customParams=listed)) == convert(
        "medallia", by_name
    )
