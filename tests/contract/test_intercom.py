"""Notifications of Intercom become contacts, messages, ratings and the people behind them."""

from typing import Any

import pytest

from connectors.contract import IGNORED_BY_SOURCE, NOTHING_IN_IT
from connectors.support import intercom_events, intercom_notices, intercom_polled
from connectors.support.intercom_topics import IGNORED
from service.event import Event, Fact, Failed, Identifier, Ignored, Item, Link, Retraction, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.intercom import (
    AGENT,
    CREATED,
    answer,
    contact,
    notice,
    part,
    rating,
    survey,
    talk,
    ticket,
)

CREATED_US = CREATED * 1_000_000
USER, CONTACT = Identifier("user", "cust-70"), Identifier("contact", "6762")
EMAIL = Identifier("email", "ann@mail.example")


def read(topic: str, item: dict[str, Any], **options: Any) -> list[Item]:
    return convert("intercom", notice(topic, item), options=options)


def event_of(topic: str, item: dict[str, Any], **options: Any) -> Event:
    return only_event(read(topic, item, **options))


def test_no_topic_is_both_read_and_ignored() -> None:
    assert set(intercom_notices.NOTICES) & set(IGNORED) == set()
    assert set(intercom_polled.OBJECTS) & set(intercom_polled.IGNORED) == set()


def test_a_conversation_that_a_person_begins_is_a_contact() -> None:
    assert event_of("conversation.user.created", talk(), fields={"plan": "plan"}) == Event(
        id="notif_1",
        kind="support.contact",
        occurred_at_us=CREATED_US,
        subject=USER,
        identifiers=(CONTACT, EMAIL),
        links=(Link(USER, CONTACT), Link(USER, EMAIL)),
        fact=Fact("conversation:503:contact", CREATED_US),
        title="Order",
        text="It never came",
        channel="email",
        tags=("delivery",),
        status="open",
        attributes={"conversation_id": "503", "priority": "high", "plan": "gold"},
    )


def test_people_of_a_group_conversation_stay_people_of_their_own() -> None:
    people = {"contacts": [{"id": "6762"}, {"id": "6763"}]}
    event = event_of("conversation.user.created", talk(contacts=people))
    assert event.subject == CONTACT
    assert event.links == (
        Link(CONTACT, EMAIL),
        Link(CONTACT, Identifier("contact", "6763"), "weak"),
    )


def test_an_author_who_is_no_contact_is_not_the_customer() -> None:
    by_agent = talk(source={"body": "Hi", "author": AGENT})
    event = event_of("conversation.admin.closed", by_agent)
    assert event.identifiers == (CONTACT,)


def test_a_reply_is_a_message_with_its_text() -> None:
    event = event_of("conversation.user.replied", talk(part("<p>And?</p>"), part("Hm", AGENT)))
    assert (event.kind, event.text) == ("support.message", "And?")
    assert event.fact == Fact("conversation:503:part:4", CREATED_US)
    several = read("conversation.user.replied", talk(part("a"), part("b", id="5")))
    assert [item.id for item in several if isinstance(item, Event)] == ["notif_1:0", "notif_1:1"]


def test_a_reply_of_an_agent_is_none() -> None:
    assert read("conversation.user.replied", talk(part("Hm", AGENT))) == [intercom_notices.BY_STAFF]


def test_a_reply_that_opens_a_conversation_again_is_a_contact_too() -> None:
    reopened, again = read("conversation.user.replied", talk(part("And?", part_type="open")))
    assert isinstance(reopened, Event)
    assert isinstance(again, Event)
    assert [reopened.kind, again.kind] == ["support.reopened", "support.contact"]
    assert again.fact == Fact("conversation:503:part:4:contact", CREATED_US)


@pytest.mark.parametrize(
    ("topic", "state", "kind"),
    [
        ("conversation.admin.closed", "closed", "support.closed"),
        ("conversation.admin.opened", "open", "support.reopened"),
        ("conversation.admin.snoozed", "snoozed", "support.status_changed"),
        ("conversation.admin.unsnoozed", "open", "support.status_changed"),
    ],
)
def test_agents_move_a_conversation(topic: str, state: str, kind: str) -> None:
    event = event_of(topic, talk(state=state))
    assert (event.kind, event.status) == (kind, state)


def test_a_rating_is_on_1_to_5_and_the_latest_counts() -> None:
    event = event_of("conversation.rating.added", rating(2))
    given_us = CREATED_US + 9_000_000
    assert event.score == Score(2, 1, 5, 5)
    assert event.text == "Too long"
    assert event.occurred_at_us == given_us
    assert event.fact == Fact("conversation:503:rating", given_us)
    remarked = event_of("conversation.rating.remarked", rating(2, updated_at=CREATED + 20))
    assert remarked.fact == Fact("conversation:503:rating", CREATED_US + 20_000_000)


def test_a_rating_that_was_only_asked_for_is_none() -> None:
    assert read("conversation.rating.added", rating(None)) == [intercom_events.NO_ANSWER]
    assert read("conversation.rating.added", talk()) == [intercom_events.NO_ANSWER]


def test_a_deleted_conversation_was_no_contact() -> None:
    assert read("conversation.deleted", {"id": "503", "deleted": True}) == [
        Retraction(
            id="notif_1",
            fact=Fact("conversation:503:contact", CREATED_US),
            occurred_at_us=CREATED_US,
        )
    ]


def test_a_ticket_of_a_customer_is_a_contact() -> None:
    event = event_of("ticket.created", ticket())
    assert (event.kind, event.title, event.text) == (
        "support.contact",
        "Broken lamp",
        "It came broken",
    )
    assert event.subject == CONTACT
    assert event.fact == Fact("ticket:900:contact", CREATED_US)
    assert event.status == "in progress"


def test_other_tickets_are_none() -> None:
    assert read("ticket.created", ticket(category="Back-office")) == [
        intercom_events.OPENED_BY_STAFF
    ]
    linked = ticket(linked_objects={"data": [{"type": "conversation", "id": "503"}]})
    assert read("ticket.created", linked) == [intercom_events.OF_A_CONVERSATION]


def test_two_topics_tell_one_change_of_a_ticket_and_it_counts_once() -> None:
    resolved = ticket(ticket_state={"id": "1", "category": "resolved"})
    by_state = read("ticket.state.updated", resolved)
    assert by_state == read("ticket.resolved", resolved)
    event = only_event(by_state)
    assert (event.kind, event.status) == ("support.solved", "resolved")
    assert event.fact == Fact(f"ticket:900:resolved:{CREATED + 5}", CREATED_US + 5_000_000)
    assert event_of("ticket.state.updated", ticket()).kind == "support.status_changed"


def test_a_ticket_is_answered_rated_and_closed() -> None:
    reply = event_of("ticket.contact.replied", ticket())
    assert (reply.kind, reply.text) == ("support.message", "And now?")
    assert event_of("ticket.closed", {"ticket": ticket()}).kind == "support.closed"
    rated = event_of("ticket.rating.provided", ticket(rating={"rating": 5, "updated_at": CREATED}))
    assert rated.score == Score(5, 1, 5, 5)
    assert rated.fact == Fact("ticket:900:rating", CREATED_US)


@pytest.mark.parametrize(
    ("topic", "kind", "fact"),
    [
        ("contact.user.created", "customer.created", "contact:6762:created"),
        ("user.created", "customer.created", "contact:6762:created"),
        ("contact.lead.created", "sales.lead.created", "contact:6762:created"),
        ("contact.user.updated", "customer.updated", "notif_1"),
        ("contact.lead.signed_up", "customer.updated", "notif_1"),
    ],
)
def test_people_are_known_by_all_their_names(topic: str, kind: str, fact: str) -> None:
    event = event_of(topic, contact())
    assert (event.kind, event.fact) == (kind, Fact(fact, CREATED_US))
    assert event.identifiers == (CONTACT, EMAIL, Identifier("phone", "+4940123"))


def test_merged_contacts_are_one_customer() -> None:
    event = event_of("contact.merged", contact(merged_from={"type": "contact", "id": "6700"}))
    assert (event.kind, event.subject) == ("customer.merged", USER)
    assert Link(USER, CONTACT) in event.links
    assert Link(USER, Identifier("contact", "6700")) in event.links


def test_a_notification_without_an_id_is_known_by_what_it_tells() -> None:
    payload = notice("contact.merged", contact())
    del payload["id"]
    event = only_event(convert("intercom", payload))
    assert event.id == f"contact.merged:{contact()['id']}:{payload['created_at']}"


def test_a_deleted_person_was_never_created() -> None:
    (gone,) = read("contact.deleted", {"id": "6762", "deleted": True})
    assert isinstance(gone, Retraction)
    assert gone.fact == Fact("contact:6762:created", CREATED_US)


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("missing_field", {}),
        ("unknown_type", {"type": "lamp", "id": "1"}),
        ("missing_field", contact()),
        ("unknown_type", notice("conversation.sung", talk())),
        ("missing_field", {"topic": "conversation.deleted"}),
        ("out_of_scale", notice("conversation.rating.added", rating(7))),
        ("bad_time", notice("conversation.user.created", talk(), created_at=-1)),
        ("missing_field", notice("conversation.user.created", {"id": "503"})),
        ("wrong_type", notice("conversation.user.created", talk(contacts=[]))),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = convert("intercom", payload)
    assert isinstance(item, Failed), item
    assert item.reason == reason


def test_answers_to_a_survey_are_comments_whichever_statement_tells_them() -> None:
    event = event_of("content_stat.survey", survey("answer", answer=answer("5", "Slow")))
    assert (event.kind, event.text, event.title) == ("feedback.comment", "Slow", "How was it?")
    assert event.subject == USER
    assert event.fact == Fact("survey:31:6762:5", CREATED_US)
    completed = survey("completion", answers=[answer("5", "Slow"), answer("6", 4)])
    first, second = read("content_stat.survey", completed)
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert first.fact == event.fact
    assert (second.text, second.score) == ("4", None)
    assert read("content_stat.survey", survey("receipt")) == [intercom_events.NO_ANSWER]


def polled(thing: dict[str, Any], **options: Any) -> list[Item]:
    return convert("intercom", thing, options=options)


def facts(items: list[Item]) -> dict[str, Fact | None]:
    return {item.kind: item.fact for item in items if isinstance(item, Event)}


def test_a_conversation_that_was_polled_states_the_facts_that_were_notified() -> None:
    reply = part("<p>And?</p>", created_at=CREATED + 60, updated_at=CREATED + 60)
    closing = part(None, AGENT, id="5", part_type="close", created_at=CREATED + 90)
    whole = rating(4, updated_at=CREATED + 99)["conversation_rating"]
    snapshot = talk(
        reply,
        part("Soon", AGENT, id="6"),
        part(None, id="7", part_type="conversation_rating_changed"),
        closing,
        state="closed",
        conversation_rating=whole,
        updated_at=CREATED + 100,
    )
    items = polled(snapshot)
    assert facts(items) == {
        "support.contact": Fact("conversation:503:contact", CREATED_US + 100_000_000),
        "support.message": Fact("conversation:503:part:4", CREATED_US + 60_000_000),
        "support.closed": Fact(f"conversation:503:closed:{CREATED + 90}", CREATED_US + 100_000_000),
        "feedback.csat": Fact("conversation:503:rating", CREATED_US + 99_000_000),
    }
    notified = [
        ("support.contact", event_of("conversation.user.created", talk())),
        ("support.message", event_of("conversation.user.replied", talk(reply))),
        ("support.closed", event_of("conversation.admin.closed", talk(closing))),
        ("feedback.csat", event_of("conversation.rating.added", snapshot)),
    ]
    for kind, event in notified:
        stated = facts(items)[kind]
        assert event.fact
        assert stated
        assert stated.id == event.fact.id
        assert stated.version >= event.fact.version


def test_a_listed_conversation_says_by_its_statistics_when_it_was_closed() -> None:
    closed = talk(state="closed", statistics={"last_close_at": CREATED + 90})
    closed.pop("conversation_parts")
    contact_, ended = polled(closed)
    assert isinstance(contact_, Event)
    assert isinstance(ended, Event)
    assert contact_.occurred_at_us == CREATED_US
    assert (ended.kind, ended.occurred_at_us) == ("support.closed", CREATED_US + 90_000_000)
    notified = event_of("conversation.admin.closed", closed)
    assert (ended.fact and ended.fact.id) == (notified.fact and notified.fact.id)


def test_what_an_agent_or_a_campaign_begins_is_no_contact() -> None:
    source = {"type": "email", "delivered_as": "automated", "body": "Hi", "author": AGENT}
    assert polled(talk(source=source)) == [intercom_events.OPENED_BY_STAFF]
    asked = talk(source={**source, "delivered_as": "customer_initiated"})
    assert only_event(polled(asked)).kind == "support.contact"


def test_a_part_that_was_polled_alone_is_the_message_of_its_conversation() -> None:
    alone = part("<p>And?</p>", created_at=CREATED, conversation_id="503")
    event = only_event(polled(alone))
    assert (event.kind, event.text, event.subject) == ("support.message", "And?", CONTACT)
    assert event.fact == Fact("conversation:503:part:4", CREATED_US)
    assert event.attributes == {"conversation_id": "503"}
    assert polled({**alone, "author": AGENT}) == [intercom_polled.NO_WORD]
    (item,) = polled({**alone, "conversation_id": None})
    assert isinstance(item, Failed)


def test_a_ticket_that_was_polled_says_by_its_parts_when_it_moved() -> None:
    moved = part(
        None,
        AGENT,
        id="8",
        part_type="ticket_state_updated_by_admin",
        previous_ticket_state="in_progress",
        ticket_state="resolved",
        created_at=CREATED + 5,
    )
    state = {"type": "ticket_state", "id": "2", "category": "resolved"}
    resolved = ticket(
        ticket_state=state, ticket_parts={"ticket_parts": [moved]}, created_at=CREATED
    )
    assert facts(polled(resolved)) == {
        "support.contact": Fact("ticket:900:contact", CREATED_US + 5_000_000),
        "support.solved": Fact(f"ticket:900:resolved:{CREATED + 5}", CREATED_US + 5_000_000),
    }
    assert event_of("ticket.resolved", resolved) in polled(resolved)


def test_people_who_were_polled_were_created_and_are_no_one_else() -> None:
    event = only_event(polled(contact(created_at=CREATED, updated_at=CREATED + 9)))
    assert (event.kind, event.subject) == ("customer.created", USER)
    assert event.occurred_at_us == CREATED_US
    assert event.fact == Fact("contact:6762:created", CREATED_US + 9_000_000)
    lead = contact(created_at=CREATED, role="lead")
    assert only_event(polled(lead)).kind == "sales.lead.created"
    assert polled(contact(created_at=CREATED, role="visitor")) == [intercom_polled.NOT_A_CUSTOMER]


def test_a_page_is_read_object_by_object() -> None:
    people = [contact(created_at=CREATED), contact(), {"type": "company", "id": "c"}]
    page = {"type": "list", "data": people, "total_count": 3, "pages": {"type": "pages"}}
    created, broken, company = polled(page)
    assert isinstance(created, Event)
    assert isinstance(broken, Failed)
    assert isinstance(company, Ignored)
    listed = {"type": "conversation.list", "conversations": [talk()], "total_count": 1}
    assert polled(listed) == polled(talk())
    assert polled({"type": "ticket.list", "tickets": []}) == [NOTHING_IN_IT]
    assert polled(listed, ignore=["conversation"]) == [IGNORED_BY_SOURCE]
