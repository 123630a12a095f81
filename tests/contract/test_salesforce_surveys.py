"""Responses and answers of Salesforce Surveys are feedback of whom they are of."""

from typing import Any

from connectors.feedback.answers import UNMAPPED
from connectors.sales.salesforce_surveys import NOT_COMPLETED, NOT_PERSONAL
from service.event import Event, Identifier, Item, Link, Retraction, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.salesforce import (
    ANSWERED,
    CONTACT,
    INVITATION,
    QUESTION,
    QUESTIONS,
    RESPONSE,
    SURVEYED,
    change,
)

PERSON, ASKED = Identifier("contact", CONTACT), Identifier("survey_invitation", INVITATION)
SAID = Identifier("survey_response", RESPONSE)
AT_US = 1_739_999_940_000_000


def read(payload: object, **options: Any) -> list[Item]:
    return convert("salesforce", payload, options=options)


def response(type_: str, **fields: Any) -> dict[str, Any]:
    return change("SurveyResponse", type_, {**SURVEYED, **fields})


def answer(type_: str = "CREATE", **fields: Any) -> dict[str, Any]:
    return change("SurveyQuestionResponse", type_, {**ANSWERED, **fields})


def test_a_response_that_was_completed_is_of_whom_it_names() -> None:
    event = only_event(read(response("UPDATE")))
    assert (event.kind, event.occurred_at_us, event.language) == ("feedback.survey", AT_US, "de")
    assert event.links == (Link(PERSON, SAID), Link(PERSON, ASKED))
    assert event.fact is not None
    assert event.fact.id == f"surveyresponse:{RESPONSE}:completed"


def test_a_response_that_was_begun_says_whose_it_is() -> None:
    begun = only_event(read(response("CREATE", Status="Started")))
    assert (begun.kind, begun.links) == (
        "customer.updated",
        (Link(PERSON, SAID), Link(PERSON, ASKED)),
    )
    by_a_user = response("CREATE", Status="Started", SubmitterId="005AA0000012345YAC")
    assert read(by_a_user) == [NOT_COMPLETED]


def test_an_invitation_says_whose_the_answers_are() -> None:
    invited = change("SurveyInvitation", "CREATE", {"ContactId": CONTACT})
    assert only_event(read(invited)).links == (Link(PERSON, ASKED),)
    assert read(change("SurveyInvitation", "CREATE", {"IsDefault": True})) == [NOT_PERSONAL]


def test_an_answer_is_scored_where_the_source_says_what_was_asked() -> None:
    event = only_event(read(answer(), questions=QUESTIONS))
    assert (event.kind, event.score) == ("feedback.csat", Score(4, 1, 5, 5))
    assert (event.subject, event.links) == (SAID, (Link(SAID, ASKED),))
    assert event.attributes == {"question": QUESTION}
    chosen = answer(NumberValue=None, ResponseValue="Very easy", QuestionChoiceId="0Kc1")
    easy = {QUESTION: {"kind": "feedback.ces", "scale": "1-3", "choices": {"0Kc1": 3}}}
    assert only_event(read(chosen, questions=easy)).score == Score(3, 1, 3, 3)


def test_an_answer_that_the_source_does_not_know_is_a_comment_or_nothing() -> None:
    said = only_event(read(answer(NumberValue=None, ResponseValue="Nobody rang")))
    assert (said.kind, said.text) == ("feedback.comment", "Nobody rang")
    assert read(answer()) == [UNMAPPED]


def test_an_answer_that_was_deleted_is_retracted() -> None:
    told = only_event(read(answer(), questions=QUESTIONS))
    (gone,) = read(answer("DELETE", sequenceNumber=3))
    assert isinstance(gone, Retraction)
    assert isinstance(told, Event)
    assert told.fact is not None
    assert gone.fact.id == told.fact.id
