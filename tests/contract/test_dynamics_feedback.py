"""Ratings of Dynamics 365 and responses of Customer Voice are feedback on their own scales."""

from connectors.sales.dynamics_events import NO_STEP
from connectors.sales.dynamics_feedback import NO_ANSWER
from service.event import Fact, Identifier, Item, Retraction, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.dynamics import CONTACT, RECORD, looked_up, operation, option, row

PERSON = Identifier("contact", CONTACT)
RATED = {"rating": 4, "minrating": 1, "maxrating": 5, "comments": "Fine", "title": "Delivery"}
ANSWERED = {
    "activityid": RECORD,
    "msfp_npsscore": 9,
    "msfp_respondentemailaddress": "ann@mail.example",
    "msfp_submitdate": "2025-02-19T21:20:00Z",
    **looked_up("regardingobjectid", "contact", CONTACT),
}


def read(payload: object) -> list[Item]:
    return convert("dynamics", payload)


def test_a_rating_has_the_scale_beside_it() -> None:
    columns = {**RATED, **looked_up("createdbycontact", "contact", CONTACT)}
    event = only_event(read(row("feedback", columns)))
    assert (event.kind, event.score, event.text) == ("feedback.rating", Score(4, 1, 5, 5), "Fine")
    assert event.subject == PERSON
    unscaled = only_event(read(row("feedback", {**RATED, "maxrating": None})))
    assert (unscaled.kind, unscaled.score) == ("feedback.comment", None)
    assert read(row("feedback", {"rating": 4})) == [NO_ANSWER]


def test_row_and_operation_state_one_rating() -> None:
    told = only_event(read(operation("feedback", "Create", RATED | {"rating": option(4)})))
    polled = only_event(read(row("feedback", RATED)))
    assert told.fact is not None
    assert polled.fact is not None
    assert told.fact.id == polled.fact.id == f"feedback:{RECORD}:answer"


def test_an_update_takes_no_score_away() -> None:
    assert read(operation("feedback", "Update", {"comments": "Very fine"})) == [NO_STEP]
    whole = operation("feedback", "Update", {"comments": "Very fine"}, image=RATED)
    assert only_event(read(whole)).score == Score(4, 1, 5, 5)
    (gone,) = read(operation("feedback", "Delete"))
    assert isinstance(gone, Retraction)


def test_a_response_of_customer_voice_is_an_nps_where_it_was_asked_for() -> None:
    event = only_event(read(row("msfp_surveyresponse", ANSWERED)))
    assert (event.kind, event.score) == ("feedback.nps", Score(9, 0, 10, 10))
    assert event.subject == Identifier("email", "ann@mail.example")
    assert PERSON in event.identifiers
    assert event.occurred_at_us == 1_740_000_000_000_000
    assert event.fact == Fact(f"msfp_surveyresponse:{RECORD}:answer", 1_740_040_200_000_000)
    unasked = only_event(read(row("msfp_surveyresponse", {**ANSWERED, "msfp_npsscore": None})))
    assert unasked.kind == "feedback.survey"


def test_other_messages_tell_nothing() -> None:
    assert read(operation("msfp_surveyresponse", "Assign", {"ownerid": "x"})) == [NO_STEP]
