"""`surveymonkey`: answers by the ids of their choices; a webhook waits for the details."""

from typing import Any

import pytest

from connectors.feedback import surveymonkey
from connectors.feedback.answers import NO_ANSWERS, UNMAPPED
from connectors.feedback.surveymonkey_responses import PREVIEW, TURNED_AWAY, UNFINISHED
from service.event import Event, Fact, Failed, Identifier, Item, Link, Retraction, Score, Telling
from tests.contract.converting import convert, only_event, tellings
from tests.contract.fixtures.surveymonkey import OPTIONS, details, question, webhook

CREATED_US = 1_748_772_000_000_000
MODIFIED_US = 1_748_772_120_000_000
DATED_US = 1_748_858_400_500_000
CUSTOMER = Identifier("customer", "C-7")
EMAIL = Identifier("email", "ann@mail.example")


def items(*questions: dict[str, Any], **fields: Any) -> list[Item]:
    return convert("surveymonkey", details(*questions, **fields), options=OPTIONS)


def expected(id_: str, kind: str, **fields: Any) -> Event:
    common: dict[str, Any] = {
        "id": f"R1:{id_}",
        "kind": kind,
        "occurred_at_us": CREATED_US,
        "subject": CUSTOMER,
        "identifiers": (EMAIL,),
        "links": (Link(CUSTOMER, EMAIL),),
        "fact": Fact(f"R1:{id_}", MODIFIED_US),
        "language": "en",
        "attributes": {
            "carrier": "NordPost",
            "survey": "S1",
            "collector": "CL1",
            "response": "R1",
            "question": id_,
        },
    }
    return Event(**{**common, **fields})


def test_a_choice_is_worth_what_the_source_says_by_its_id() -> None:
    assert items(
        question("101", {"choice_id": "12"}), question("103", {"text": "Nobody rang"})
    ) == [
        expected("101", "feedback.csat", score=Score(2, 1, 3, 3), text="Nobody rang"),
        expected("103", "feedback.comment", text="Nobody rang"),
    ]


def test_a_weight_counts_on_the_scale_of_the_question() -> None:
    weighed = {"row_id": "1", "choice_id": "77", "choice_metadata": {"weight": "9"}}
    assert items(question("102", weighed, heading="Recommend us?")) == [
        expected("102", "feedback.nps", score=Score(9, 0, 10, 10), title="Recommend us?")
    ]


def test_a_choice_that_nobody_mapped_is_never_a_score() -> None:
    weighed = {"choice_id": "77", "choice_metadata": {"weight": 5}, "simple_text": "Great"}
    assert items(question("104", weighed), question("105", {"text": "4"})) == [UNMAPPED] * 2


def test_rows_of_a_question_are_answers_of_their_own() -> None:
    options = {"questions": {"106.b": {"kind": "feedback.csat", "scale": "1-5"}}}
    rows = (
        {"row_id": "a", "choice_id": "1", "choice_metadata": {"weight": 1}},
        {"row_id": "b", "choice_id": "2", "choice_metadata": {"weight": 4}},
    )
    first, second = convert("surveymonkey", details(question("106", *rows)), options=options)
    assert first == UNMAPPED
    assert second == expected("106.b", "feedback.csat", score=Score(4, 1, 5, 5))


def test_what_is_written_beside_a_choice_is_a_comment() -> None:
    answers = ({"choice_id": "13"}, {"other_id": "99", "text": "By drone"})
    score, comment = items(question("101", *answers))
    assert score == expected("101", "feedback.csat", score=Score(3, 1, 3, 3), text="By drone")
    assert comment == expected("101.other", "feedback.comment", text="By drone")


def test_several_choices_read_as_their_labels_where_they_are_mapped_as_text() -> None:
    options = {"questions": {"107": {"kind": "feedback.comment"}}}
    several = ({"choice_id": "1", "simple_text": "Late"}, {"choice_id": "2", "simple_text": "Wet"})
    event = only_event(convert("surveymonkey", details(question("107", *several)), options=options))
    assert event.text == "Late, Wet"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"response_status": "partial"}, UNFINISHED),
        ({"response_status": "disqualified"}, TURNED_AWAY),
        ({"response_status": "overquota"}, TURNED_AWAY),
        ({"collection_mode": "preview"}, PREVIEW),
        ({"collection_mode": "survey_preview"}, PREVIEW),
        ({"pages": []}, NO_ANSWERS),
    ],
)
def test_what_is_no_answer_is_ignored(fields: dict[str, Any], reason: object) -> None:
    assert items(question("101", {"choice_id": "12"}), **fields) == [reason]


def test_an_anonymous_response_is_that_of_nobody_else() -> None:
    event = only_event(
        items(question("101", {"choice_id": "12"}), metadata={}, custom_variables={})
    )
    assert (event.subject, event.links) == (Identifier("response", "R1"), ())


def test_a_page_of_responses() -> None:
    page = {"data": [details(question("101", {"choice_id": "12"})), {"id": "R2"}], "page": 1}
    event, thin = convert("surveymonkey", page, options=OPTIONS)
    assert isinstance(event, Event)
    assert isinstance(thin, Failed)


@pytest.mark.parametrize(
    ("type_", "version"),
    [("response_completed", 0), ("response_updated", DATED_US - 60_000_000)],
)
def test_a_webhook_waits_for_the_details(type_: str, version: int) -> None:
    (item,) = convert("surveymonkey", webhook(type_))
    assert isinstance(item, Failed)
    assert item.reason == "needs_enrichment"
    assert "/details" in item.detail
    assert item.awaits == Telling("response:R1", version)


@pytest.mark.parametrize(
    ("payload", "version"),
    [
        (details(question("101", {"choice_id": "12"})), MODIFIED_US),
        (details(), MODIFIED_US),
        (details(response_status="disqualified"), MODIFIED_US),
        (details(collection_mode="preview"), MODIFIED_US),
        (webhook("response_deleted"), DATED_US),
    ],
)
def test_details_and_deletions_tell_what_webhooks_wait_for(payload: object, version: int) -> None:
    for options in (OPTIONS, {}):
        assert tellings("surveymonkey", payload, options) == [Telling("response:R1", version)]


@pytest.mark.parametrize(
    "payload",
    [details(response_status="partial"), details(question("102", {"text": "n/a"}))],
)
def test_what_is_not_finished_or_cannot_be_read_tells_nothing(payload: object) -> None:
    assert tellings("surveymonkey", payload, OPTIONS) == []


def test_a_deletion_takes_back_what_the_source_maps() -> None:
    assert convert("surveymonkey", webhook("response_deleted"), options=OPTIONS) == [
        Retraction(
            id=f"E1:{question}", fact=Fact(f"R1:{question}", DATED_US), occurred_at_us=DATED_US
        )
        for question in ("101", "102")
    ]
    assert convert("surveymonkey", webhook("response_deleted")) == [surveymonkey.NOTHING_MAPPED]


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("unknown_type", webhook("response_teleported")),
        ("missing_field", {"survey_id": "S1"}),
        ("missing_field", {"event_type": "response_completed"}),
        ("unknown_status", details(response_status="lost")),
        ("wrong_type", details(question("101", {"choice_id": "14"}))),
        ("wrong_type", details(question("102", {"text": "nine"}))),
        ("bad_time", details(question("101", {"choice_id": "11"}), date_modified="now")),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = convert("surveymonkey", payload, options=OPTIONS)
    assert isinstance(item, Failed)
    assert item.reason == reason
