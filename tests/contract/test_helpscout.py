"""Webhooks of Help Scout become contacts, messages and ratings."""

from collections.abc import Mapping
from typing import Any

import pytest

from connectors.conformance.specimen import RECORD_TIME_US
from connectors.contract import NOTHING_IN_IT
from connectors.support import helpscout
from connectors.support.helpscout import IGNORED
from connectors.support.helpscout_conversations import OPENED_BY_STAFF
from service.event import Event, Fact, Failed, Identifier, Item, Link, Retraction, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.helpscout import (
    of_event,
    page,
    profile,
    rating,
    survey,
    talk,
    thread,
)

CREATED_US, UPDATED_US = 1_746_439_200_000_000, 1_746_525_600_000_000
CUSTOMER, EMAIL = Identifier("customer", "449379"), Identifier("email", "ann@mail.example")


def read(event: str, payload: Mapping[str, Any], **options: Any) -> list[Item]:
    return convert("helpscout", payload, of_event(event), options)


def test_no_event_is_both_read_and_ignored() -> None:
    assert set(helpscout._MAPPED) & set(IGNORED) == set()


def test_a_conversation_that_a_customer_opens_is_a_contact() -> None:
    assert only_event(read("convo.created", talk())) == Event(
        id="conversation:1560011:contact",
        kind="support.contact",
        occurred_at_us=CREATED_US,
        subject=CUSTOMER,
        identifiers=(EMAIL,),
        links=(Link(CUSTOMER, EMAIL),),
        fact=Fact("conversation:1560011:contact", -CREATED_US),
        title="My order",
        text="It never came\nAnn",
        channel="email",
        tags=("delivery",),
        status="active",
        attributes={"conversation_id": "1560011", "ticket_number": "12", "mailbox_id": "1234"},
    )


def test_one_that_an_agent_opens_is_none_unless_the_source_says_so() -> None:
    by_agent = talk(createdBy={"id": 5, "type": "user", "email": "sam@shop.example"})
    assert read("convo.created", by_agent) == [OPENED_BY_STAFF]
    event = only_event(read("convo.created", by_agent, on_behalf="contact"))
    assert event.subject == CUSTOMER


def test_a_reply_is_the_latest_thread_of_the_customer() -> None:
    payload = talk(
        thread(),
        thread(id=33, type="message", body="We look", createdAt="2025-05-07T10:00:00Z"),
        thread(id=32, body="Any news?", createdAt="2025-05-06T10:00:00Z"),
    )
    event = only_event(read("convo.customer.reply.created", payload))
    assert (event.kind, event.id, event.text) == ("support.message", "thread:32", "Any news?")
    assert event.occurred_at_us == UPDATED_US


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("closed", "support.closed"),
        ("pending", "support.status_changed"),
        ("active", "support.status_changed"),
    ],
)
def test_a_status_changes(status: str, kind: str) -> None:
    event = only_event(read("convo.status", talk(status=status)))
    assert (event.kind, event.status, event.occurred_at_us) == (kind, status, UPDATED_US)
    assert event.id == f"conversation:1560011:{status}:2025-05-06T10:00:00Z"


@pytest.mark.parametrize(
    ("event", "payload"),
    [("convo.deleted", {"id": 1560011}), ("convo.status", talk(status="spam"))],
)
def test_what_is_deleted_or_spam_was_no_contact(event: str, payload: dict[str, Any]) -> None:
    (gone,) = read(event, payload)
    assert isinstance(gone, Retraction)
    assert gone.fact == Fact("conversation:1560011:contact", 1)


@pytest.mark.parametrize(
    ("answer", "value"), [("Great", 3), ("Okay", 2), ("Bad", 1), ("Not Good", 1), ("great", 3)]
)
def test_a_rating_has_three_steps_and_the_latest_counts(answer: str, value: int) -> None:
    for name in ("satisfaction.ratings", "satratings"):
        event = only_event(read(name, rating(answer)))
        assert event.score == Score(value, 1, 3, 3)
        assert event.fact == Fact("rating:5434", UPDATED_US)
        assert event.occurred_at_us == CREATED_US


def test_a_customer_is_known_by_mail_and_phone() -> None:
    event = only_event(read("customer.created", profile()))
    assert event.identifiers == (EMAIL, Identifier("phone", "+4940123"))
    assert event.fact == Fact("customer:449379:created", -CREATED_US)
    changed = only_event(read("customer.updated", profile()))
    assert (changed.kind, changed.occurred_at_us) == ("customer.updated", UPDATED_US)
    assert read("customer.deleted", {"id": 449379}) == [
        Retraction(
            id="customer:449379:created:gone",
            fact=Fact("customer:449379:created", 1),
            occurred_at_us=RECORD_TIME_US,
        )
    ]


def test_the_source_says_the_event_where_the_header_is_lost() -> None:
    (item,) = convert("helpscout", talk())
    assert isinstance(item, Failed)
    assert item.reason == "missing_header"
    assert convert("helpscout", talk(), options={"type": "convo.created"}) == read(
        "convo.created", talk()
    )


@pytest.mark.parametrize(
    ("reason", "event", "payload"),
    [
        ("unknown_type", "convo.sung", talk()),
        ("missing_field", "convo.created", {"id": 1}),
        ("missing_field", "convo.created", talk(createdBy=None, primaryCustomer=None)),
        ("missing_field", "convo.customer.reply.created", talk(thread(type="note"))),
        ("missing_field", "convo.status", talk(userUpdatedAt=None)),
        ("unknown_status", "convo.status", talk(status="asleep")),
        ("unknown_score", "satratings", rating("Superb")),
        ("bad_time", "satratings", rating("Great", createdAt="today")),
    ],
)
def test_what_is_not_understood_fails(reason: str, event: str, payload: dict[str, Any]) -> None:
    (item,) = read(event, payload)
    assert isinstance(item, Failed), item
    assert item.reason == reason


SURVEY = "message.survey.response.received"


@pytest.mark.parametrize(
    ("answer", "kind", "score"),
    [
        (survey("9", category="promoter"), "feedback.nps", Score(9, 0, 10, 10)),
        (survey("🙁", name="Sad"), "feedback.csat", Score(1, 1, 3, 3)),
        (survey("👍", name="Thumbs Up"), "feedback.csat", Score(1, 0, 1, 1)),
        (survey("Too expensive"), "feedback.comment", None),
        (survey(None), "feedback.comment", None),
    ],
)
def test_a_survey_says_what_it_asked(answer: dict[str, Any], kind: str, score: Score) -> None:
    event = only_event(read(SURVEY, answer))
    assert (event.kind, event.score, event.text) == (kind, score, "Slow")
    assert event.subject == Identifier("customer", "449379")
    assert event.title == "Monthly survey"
    assert event == only_event(read(SURVEY, answer))


def test_an_answer_of_nobody_is_known_by_what_it_says() -> None:
    unknown = {**survey("Too expensive", comment=None), "_embedded": {}}
    event = only_event(read(SURVEY, unknown))
    assert event.subject == Identifier("response", event.id)
    assert (event.text, event.attributes["answer"]) == ("Too expensive", "Too expensive")
    (failed,) = read(SURVEY, survey("nine", category="promoter"))
    assert isinstance(failed, Failed)


def test_a_page_of_the_api_states_the_facts_of_the_webhooks() -> None:
    reply = thread(id=32, body="Any news?", createdAt="2025-05-05T12:00:00Z")
    by_agent = thread(id=33, type="message", createdAt="2025-05-05T13:00:00Z")
    closed = talk(reply, thread(), by_agent, status="closed", closedAt="2025-05-06T10:00:00Z")
    contact, message, ended = convert("helpscout", page("conversations", closed))
    assert [contact] == read("convo.created", closed)
    assert isinstance(contact, Event)
    assert contact.text == "It never came\nAnn"
    assert isinstance(message, Event)
    assert [message] == read("convo.customer.reply.created", closed)
    assert [ended] == read("convo.status", closed)
    by_staff = talk(reply, createdBy={"id": 1, "type": "user"})
    begun, answered = convert("helpscout", by_staff, options={"type": "conversation"})
    assert begun == OPENED_BY_STAFF
    assert isinstance(answered, Event)
    assert answered.fact == message.fact
    created, broken = convert("helpscout", page("customers", profile(), {"id": "x"}))
    assert [created] == read("customer.created", profile())
    assert isinstance(broken, Failed)
    assert convert("helpscout", page("users")) == [NOTHING_IN_IT]
