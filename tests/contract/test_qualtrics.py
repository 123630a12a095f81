"""`qualtrics`: answers of whole responses; a notification waits for the response it is about."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from connectors.feedback import qualtrics
from connectors.feedback.answers import NO_ANSWERS, UNMAPPED
from connectors.feedback.qualtrics_responses import DERIVED, NOT_REAL, UNFINISHED
from service.event import Event, Fact, Failed, Identifier, Ignored, Item, Link, Score, Telling
from tests.contract.converting import convert, only_event, tellings
from tests.contract.fixtures.qualtrics import OPTIONS, notification, response

RECORDED_US = 1_748_772_120_250_000
EMAIL = Identifier("email", "ann@mail.example")
CUSTOMER = Identifier("customer", "C-7")


def items(answers: dict[str, Any], **about: Any) -> list[Item]:
    return convert("qualtrics", response(answers, **about), options=OPTIONS)


def expected(question: str, kind: str, **fields: Any) -> Event:
    common: dict[str, Any] = {
        "id": f"R_1:{question}",
        "kind": kind,
        "occurred_at_us": RECORDED_US,
        "subject": EMAIL,
        "identifiers": (CUSTOMER,),
        "links": (Link(EMAIL, CUSTOMER),),
        "fact": Fact(f"R_1:{question}", RECORDED_US),
        "channel": "email",
        "language": "en-GB",
        "attributes": {"carrier": "NordPost", "response": "R_1", "question": question},
    }
    return Event(**{**common, **fields})


def test_mapped_answers_are_scores_and_carry_the_one_text() -> None:
    assert items({"QID1": 9, "QID1_NPS_GROUP": 3, "QID7": 2, "QID2_TEXT": "Nobody rang"}) == [
        expected("QID1", "feedback.nps", score=Score(9, 0, 10, 10), text="Nobody rang"),
        expected("QID2_TEXT", "feedback.comment", text="Nobody rang"),
        expected("QID7", "feedback.csat", score=Score(2, 1, 5, 5), text="Nobody rang"),
        DERIVED,
    ]


def test_an_answer_that_nobody_mapped_is_never_a_score() -> None:
    assert items({"QID3": 6, "QID5": ["2", "4"], "QID6": "3"}) == [UNMAPPED] * 3


@pytest.mark.parametrize(
    "key",
    ["QID1_NPS_GROUP", "QID2_TEXT_1f9Topics", "QID3_DO_1", "QID9_PAGE_SUBMIT", "QID8_FILE_ID"],
)
def test_what_qualtrics_adds_to_an_answer_is_none(key: str) -> None:
    assert items({"QID7": 4, key: "x"})[1:] == [DERIVED]


def test_codes_that_the_survey_reversed_are_worth_what_the_source_says() -> None:
    how = {"kind": "feedback.csat", "scale": "1-3", "choices": {1: 3, "Meh": 2}}
    payload = response({"QID4": 1, "QID5": 2, "QID6": 3})
    payload["labels"] |= {"QID4": "Great", "QID5": "Meh", "QID6": "Awful"}
    options = {"questions": dict.fromkeys(("QID4", "QID5", "QID6"), how)}
    great, meh, awful = convert("qualtrics", payload, options=options)
    assert isinstance(great, Event)
    assert isinstance(meh, Event)
    assert (great.score, meh.score) == (Score(3, 1, 3, 3), Score(2, 1, 3, 3))
    assert awful == Failed(
        "wrong_type",
        "the answer to `QID6` is not one of its `choices`: it has a scale in `questions`",
    )


def test_a_choice_reads_as_its_label_where_it_is_mapped_as_text() -> None:
    payload = response({"QID5": ["2", "4"]})
    payload["labels"] |= {"QID5": ["Late", "Damaged"]}
    options = {"questions": {"QID5": {"kind": "feedback.comment"}}}
    event = only_event(convert("qualtrics", payload, options=options))
    assert (event.kind, event.text) == ("feedback.comment", "Late, Damaged")


def test_a_question_in_a_loop_is_mapped_by_its_own_name() -> None:
    first, second = items({"1_QID7": 2, "2_QID7": 5})
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert (first.id, second.id) == ("R_1:1_QID7", "R_1:2_QID7")
    assert (first.score, second.score) == (Score(2, 1, 5, 5), Score(5, 1, 5, 5))


def test_surveys_that_number_their_questions_alike_are_told_apart() -> None:
    options = {
        "questions": {
            "SV_1.QID7": {"kind": "feedback.nps"},
            "SV_2.QID7": {"kind": "feedback.csat", "scale": "1-5"},
        }
    }
    kinds = [
        [
            item.kind if isinstance(item, Event) else item
            for item in convert(
                "qualtrics", response({"QID7": 4}) | {"surveyId": survey}, options=options
            )
        ]
        for survey in ("SV_1", "SV_2", "SV_3")
    ]
    assert kinds == [["feedback.nps"], ["feedback.csat"], [UNMAPPED]]


def test_embedded_data_can_be_an_answer() -> None:
    options = {"questions": {"stars": {"kind": "feedback.rating", "scale": "1-5"}}}
    event = only_event(convert("qualtrics", response({"stars": "4"}), options=options))
    assert event.score == Score(4, 1, 5, 5)
    assert event.attributes == {"carrier": "NordPost", "response": "R_1", "question": "stars"}


def test_an_anonymous_response_is_that_of_nobody_else() -> None:
    event = only_event(items({"QID7": 4}, recipientEmail="", externalDataReference=None))
    assert (event.subject, event.links) == (Identifier("response", "R_1"), ())


def test_what_the_company_passes_as_embedded_data_names_the_customer() -> None:
    event = only_event(items({"QID7": 4}, order_id="4512", account_id="A-1"))
    order, account = Identifier("order", "4512"), Identifier("account", "A-1")
    assert event.identifiers == (CUSTOMER, order, account)
    assert event.links == (Link(EMAIL, CUSTOMER), Link(EMAIL, order), Link(EMAIL, account, "weak"))
    assert "order_id" not in event.attributes


def test_a_source_can_choose_among_embedded_data() -> None:
    options = OPTIONS | {"embedded_data": ["plan"]}
    payload = response({"QID7": 4}, plan="pro")
    event = only_event(convert("qualtrics", payload, options=options))
    assert event.attributes == {"plan": "pro", "response": "R_1", "question": "QID7"}


@pytest.mark.parametrize("status", [1, 2, 8, 9, 12, 17, 40, "1", "Survey Preview", "Spam"])
def test_previews_tests_and_spam_are_ignored(status: object) -> None:
    assert items({"QID7": 4}, status=status) == [NOT_REAL]


@pytest.mark.parametrize("status", [0, 4, 16, 32, "0", "IP Address", "Imported", "offline"])
def test_imported_and_offline_responses_are_real(status: object) -> None:
    assert isinstance(only_event(items({"QID7": 4}, status=status)), Event)


@pytest.mark.parametrize("finished", [0, "0", False, "False"])
def test_a_response_that_is_not_finished_is_ignored(finished: object) -> None:
    assert items({"QID7": 4}, finished=finished) == [UNFINISHED]


def test_a_response_without_an_answer_is_ignored() -> None:
    assert items({"QID7": None, "QID2_TEXT": ""}) == [NO_ANSWERS]


def test_a_response_that_is_edited_is_a_newer_version() -> None:
    event = only_event(items({"QID7": 5}, recordedDate="2025-06-02T10:00:00Z"))
    assert event.fact == Fact("R_1:QID7", 1_748_858_400_000_000)


def test_the_responses_of_an_export_stand_for_themselves() -> None:
    payload = {"responses": [response({"QID7": 9}), {"values": {}}, response({"QID7": 4})]}
    out_of_scale, nameless, event = convert("qualtrics", payload, options=OPTIONS)
    assert isinstance(out_of_scale, Failed)
    assert nameless == Failed("missing_field", "`responseId` is missing")
    assert isinstance(event, Event)


def test_a_notification_waits_for_its_response() -> None:
    form = urlencode(notification("surveyengine.completedResponse.SV_1")).encode()
    plain = notification("surveyengine.completedResponse.SV_1")
    signed = {"MSG": json.dumps(plain), "HMAC": "0f"}
    for payload in (form, plain, signed):
        (item,) = convert("qualtrics", payload)
        assert isinstance(item, Failed)
        assert item.reason == "needs_enrichment"
        assert "GET /surveys/<id>/responses/<id>" in item.detail


@pytest.mark.parametrize(
    ("zone", "behind_s"),
    [(None, 14 * 3_600), ("America/Denver", 60 - 6 * 3_600)],
)
def test_a_notification_does_not_wait_for_what_was_recorded_before(
    zone: str | None, behind_s: int
) -> None:
    completed = notification("surveyengine.completedResponse.SV_1")
    (item,) = convert("qualtrics", completed, options={"zone": zone})
    assert isinstance(item, Failed)
    as_utc_us = 1_748_772_120_000_000
    assert item.awaits == Telling("response:R_1", as_utc_us - behind_s * 1_000_000)
    undated = completed | {"CompletedDate": ""}
    (item,) = convert("qualtrics", undated, options={"zone": zone})
    assert isinstance(item, Failed)
    assert item.awaits == Telling("response:R_1")


@pytest.mark.parametrize("answers", [{"QID7": 4}, {"QID7": 9, "QID5": "2"}, {}])
def test_a_response_tells_what_a_notification_waits_for(answers: dict[str, Any]) -> None:
    told = [Telling("response:R_1", RECORDED_US)]
    assert tellings("qualtrics", response(answers), OPTIONS) == told
    assert tellings("qualtrics", response(answers, status=1), OPTIONS) == told
    assert tellings("qualtrics", response(answers, finished=0), OPTIONS) == []
    assert tellings("qualtrics", response({"QID7": 9}), OPTIONS) == []


@pytest.mark.parametrize("topic", sorted(qualtrics.IGNORED))
def test_other_topics_are_ignored_whatever_survey_and_brand_they_name(topic: str) -> None:
    items = convert("qualtrics", notification(f"{topic}.SV_1"))
    assert items == [Ignored(qualtrics.IGNORED[topic])]


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("unknown_type", notification("surveyengine.teleported")),
        ("missing_field", {"values": {}}),
        ("missing_field", response({"QID7": 4}, recordedDate=None, endDate="")),
        ("bad_time", response({"QID7": 4}, recordedDate="2025-06-01 10:02:00")),
        ("unknown_status", response({"QID7": 4}, status="Teleported")),
        ("wrong_type", response({"QID7": ["4"]})),
        ("out_of_scale", response({"QID7": 0})),
        ("wrong_type", {"result": "none"}),
        ("invalid_json", {"MSG": "{", "HMAC": "0f"}),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = convert("qualtrics", payload, options=OPTIONS)
    assert isinstance(item, Failed)
    assert item.reason == reason
