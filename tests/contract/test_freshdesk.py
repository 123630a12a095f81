"""What rules of Freshdesk send and what its API has become contacts, solutions and ratings."""

from typing import Any

import pytest

from connectors.support import freshdesk, freshdesk_polled
from connectors.support.freshdesk import IGNORED
from service.event import Event, Fact, Failed, Identifier, Ignored, Item, Link, Retraction, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.freshdesk import (
    CREATED,
    contact,
    conversation,
    rating,
    status,
    ticket,
    webhook,
)

UPDATED_US = 1_746_439_200_000_000
EMAIL = Identifier("email", "ann@mail.example")


def read(payload: object, **options: Any) -> list[Item]:
    return convert("freshdesk", payload, options=options)


def test_no_type_is_both_read_and_ignored() -> None:
    assert set(freshdesk._MAPPED) & set(IGNORED) == set()


def test_a_new_ticket_is_a_contact() -> None:
    event = only_event(
        read(
            webhook(CREATED),
            fields={"ticket_cf_order_id": "order_id"},
        )
    )
    company = Identifier("company", "Acme")
    assert event == Event(
        id=event.id,
        kind="support.contact",
        occurred_at_us=UPDATED_US,
        subject=EMAIL,
        identifiers=(company,),
        links=(Link(EMAIL, company, "weak"),),
        fact=Fact("ticket:12345:contact", -UPDATED_US),
        title="Order not received",
        text="Where is my parcel?",
        channel="email",
        tags=("delivery", "late"),
        status="open",
        attributes={
            "ticket_id": "12345",
            "priority": "medium",
            "ticket_type": "question",
            "group": "Customer care",
            "order_id": "4512",
        },
    )


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ("Open", "Resolved", ["support.solved"]),
        ("Open", "Closed", ["support.closed"]),
        ("2", "4", ["support.solved"]),
        ("Resolved", "Closed", ["support.closed"]),
        ("Open", "Waiting on Customer", ["support.status_changed"]),
        ("Resolved", "Open", ["support.reopened", "support.contact"]),
        ("Closed", "Pending", ["support.reopened", "support.contact"]),
    ],
)
def test_a_status_changes(before: str, after: str, kinds: list[str]) -> None:
    items = read(webhook(status(before, after)))
    assert [item.kind for item in items if isinstance(item, Event)] == kinds


def test_statuses_are_words_whether_they_are_codes_or_not() -> None:
    coded = webhook(status("2", "4"), ticket_priority=2, ticket_source=1, ticket_status=4)
    event = only_event(read(coded))
    assert (event.previous_status, event.status) == ("open", "resolved")
    assert (event.channel, event.attributes["priority"]) == ("email", "medium")


def test_a_reply_of_the_requester_is_a_message() -> None:
    event = only_event(read(webhook("{requester_replied:true}")))
    assert (event.kind, event.text) == ("support.message", "Still not here")


def test_whose_a_reply_was_is_said_by_the_source() -> None:
    reply = webhook("{reply_sent:sent}")
    assert read(reply) == [freshdesk.BY_ANYBODY]
    event = only_event(read(reply, replies="requester"))
    assert (event.kind, event.text) == ("support.message", "Still not here")


def test_feedback_that_triggers_a_rule_has_the_steps_of_a_rating() -> None:
    event = only_event(read(webhook("{customer_feedback:-102}")))
    assert (event.kind, event.score) == ("feedback.csat", Score(2, 1, 7, 7))
    (odd,) = read(webhook("{customer_feedback:7}"))
    assert isinstance(odd, Failed)
    assert odd.reason == "unknown_score"


@pytest.mark.parametrize("action", ["delete", "marked_spam"])
def test_a_ticket_that_was_deleted_or_is_spam_was_no_contact(action: str) -> None:
    (gone,) = read(webhook(f"{{ticket_action:{action}}}"))
    assert isinstance(gone, Retraction)
    assert gone.fact == Fact("ticket:12345:contact", UPDATED_US)


def test_a_template_may_leave_out_what_is_around_it() -> None:
    payload = webhook(CREATED)
    assert read(payload["freshdesk_webhook"]) == read(payload)


def test_the_source_says_what_triggered_where_the_webhook_does_not() -> None:
    payload = webhook(CREATED)
    del payload["freshdesk_webhook"]["triggered_event"]
    (failed,) = read(payload)
    assert isinstance(failed, Failed)
    assert failed.reason == "missing_field"
    assert only_event(read(payload, type="ticket_created")).kind == "support.contact"


def test_equal_bodies_are_one_event_and_others_are_not() -> None:
    first, second = (only_event(read(webhook(CREATED))) for _ in range(2))
    other = only_event(read(webhook(CREATED, ticket_priority="Low")))
    assert first.id == second.id != other.id
    options = {"id_from": ["ticket_id", "ticket_updated_at"]}
    assert (
        only_event(read(webhook(CREATED), **options)).id
        == only_event(read(webhook(CREATED, ticket_priority="Low"), **options)).id
    )


def test_a_time_without_a_zone_is_of_the_zone_of_the_source() -> None:
    payload = webhook(CREATED, at="2025-05-05 12:00:00")
    event = only_event(read(payload, time="at", zone="Europe/Berlin"))
    assert event.occurred_at_us == UPDATED_US


def test_how_a_ticket_is_handled_is_ignored() -> None:
    assert read(webhook("{ticket_action:updated}{priority:{from:Low,to:High}}")) == [
        Ignored(IGNORED["priority"])
    ]
    assert read(webhook("{ticket_action:updated}")) == [Ignored(IGNORED["ticket_updated"])]
    own = webhook("{cf_order_id:{from:4512,to:4513}}")
    assert read(own) == [Ignored(IGNORED["custom_field"])]


def test_an_action_that_is_not_known_is_not_lost_without_a_word() -> None:
    (item,) = read(webhook("{ticket_action:teleported}"))
    assert isinstance(item, Failed)
    assert item.reason == "unknown_type"
    (message,) = read(webhook("{ticket_action:requester_replied}"))
    assert isinstance(message, Event)
    assert message.kind == "support.message"


def test_a_polled_ticket_is_a_contact_and_perhaps_solved() -> None:
    contact, solved = read(ticket())
    assert isinstance(contact, Event)
    assert isinstance(solved, Event)
    assert contact.subject == Identifier("user", "1754")
    assert contact.fact == Fact("ticket:12345:contact", 1_746_612_000_000_000)
    assert (contact.text, contact.status) == ("Where is my parcel?", "resolved")
    assert (solved.kind, solved.occurred_at_us) == ("support.solved", 1_746_525_600_000_000)
    assert solved.fact == Fact("ticket:12345:solved", -1_746_612_000_000_000)
    assert only_event(read(ticket(status=2))).kind == "support.contact"
    assert read(ticket(spam=True)) == [freshdesk_polled.SPAM]


@pytest.mark.parametrize(
    ("code", "value"), [(103, 7), (102, 6), (101, 5), (100, 4), (-101, 3), (-102, 2), (-103, 1)]
)
def test_a_rating_has_seven_steps(code: int, value: int) -> None:
    event = only_event(read(rating(default_question=code)))
    assert event.kind == "feedback.csat"
    assert event.score == Score(value, 1, 7, 7)
    assert event.fact == Fact("rating:4:default_question", 1_746_534_600_000_000)


def test_each_question_is_an_item_of_its_own() -> None:
    main, other, odd = read(rating(default_question=103, question_2=-102, question_3=5))
    assert isinstance(main, Event)
    assert isinstance(other, Event)
    assert isinstance(odd, Failed)
    assert (other.kind, other.attributes["question"]) == ("feedback.rating", "question_2")
    assert odd.reason == "unknown_score"


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("missing_field", {}),
        ("unknown_type", webhook("{moon_phase:full}")),
        ("missing_field", webhook(CREATED, ticket_contact_email=None, ticket_company_name=None)),
        ("missing_field", {"triggered_event": CREATED}),
        ("bad_time", webhook(CREATED, ticket_updated_at="yesterday")),
        ("bad_time", ticket(created_at="yesterday")),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = read(payload)
    assert isinstance(item, Failed), item
    assert item.reason == reason


def test_what_a_customer_writes_is_polled_as_a_message() -> None:
    event = only_event(read(conversation()))
    assert (event.kind, event.text) == ("support.message", "Still not here")
    assert event.subject == Identifier("user", "1754")
    assert event.fact == Fact("conversation:51", 1_746_534_600_000_000)
    assert read(conversation(incoming=False)) == [freshdesk_polled.BY_STAFF]
    assert read(conversation(private=True)) == [freshdesk_polled.BY_STAFF]


def test_a_contact_that_was_polled_is_known_by_all_its_names() -> None:
    event = only_event(read(contact()))
    assert (event.kind, event.language) == ("customer.created", "de")
    assert event.subject == Identifier("user", "1754")
    assert event.identifiers == (
        EMAIL,
        Identifier("phone", "+4940123"),
        Identifier("external", "cust-70"),
        Identifier("company_id", "7"),
    )
    with_requester = ticket(status=2, requester={"id": 1754, "email": "ann@mail.example"})
    assert EMAIL in only_event(read(with_requester)).identifiers


def test_a_rule_may_name_the_requester_as_it_likes() -> None:
    payload = webhook(CREATED, ticket_contact_email=None, requester_email="ann@mail.example")
    assert only_event(read(payload)).subject == EMAIL
