"""What Zendesk says beside its event subscriptions: rows, webhooks of triggers, lines of a chat."""

from typing import Any

import pytest

from connectors.conformance.specimen import RECORD_TIME_US
from connectors.contract import IGNORED_BY_SOURCE, NOTHING_IN_IT
from connectors.support import zendesk_rows, zendesk_tickets
from service.event import Event, Fact, Failed, Identifier, Ignored, Item, Link, Retraction, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.zendesk import (
    MERGED,
    comment,
    conversed,
    happened,
    line,
    notice,
    relayed,
    row,
    spoken,
    triggered,
)

USER, EMAIL = Identifier("user", "70010"), Identifier("email", "mo@mail.example")
CREATED_US, UPDATED_US = 1_738_569_600_000_000, 1_738_661_400_000_000


def read(payload: object, **options: Any) -> list[Item]:
    return convert("zendesk", payload, options=options)


def test_a_row_of_a_ticket_is_a_contact_and_perhaps_solved() -> None:
    contact, solved = read(row("tickets"))
    assert isinstance(contact, Event)
    assert isinstance(solved, Event)
    assert (contact.kind, contact.occurred_at_us) == ("support.contact", CREATED_US)
    assert contact.fact == Fact("ticket:6001:contact", UPDATED_US)
    assert contact.text == "The lamp came without a bulb"
    assert contact.links == (Link(USER, Identifier("organization", "501"), "weak"),)
    assert (solved.kind, solved.fact) == (
        "support.solved",
        Fact("ticket:6001:solved", -UPDATED_US),
    )
    assert only_event(read(row("tickets", status="open"))).kind == "support.contact"
    assert read(row("tickets", status="deleted")) == [zendesk_rows.DELETED]


def test_a_row_of_a_rating_states_the_fact_that_the_event_states() -> None:
    event = only_event(read(row("satisfaction_ratings")))
    assert event.fact == Fact("ticket:6001:csat", UPDATED_US)
    assert (event.score, event.text) == (Score(0, 0, 1, 1), "Nobody called me back")
    offered = row("satisfaction_ratings", score="offered")
    assert read(offered) == [zendesk_rows.NO_ANSWER]


def test_a_rating_in_a_row_of_a_ticket_goes_behind_one_that_says_its_time() -> None:
    given = {"id": 35436, "score": "bad", "comment": "Nobody called me back"}
    _, rated = read(row("tickets", status="open", satisfaction_rating=given))
    assert isinstance(rated, Event)
    assert rated.fact == Fact("ticket:6001:csat", -UPDATED_US)
    assert (rated.score, rated.text) == (Score(0, 0, 1, 1), "Nobody called me back")
    offered = row("tickets", status="open", satisfaction_rating={"score": "offered"})
    assert only_event(read(offered)).kind == "support.contact"


def test_a_row_of_a_user_says_what_the_user_is_called() -> None:
    event = only_event(read(row("users")))
    assert (event.kind, event.language) == ("customer.created", "de")
    assert event.subject == USER
    assert event.identifiers == (
        EMAIL,
        Identifier("external", "ERP-5"),
        Identifier("phone", "+4940123"),
        Identifier("organization", "501"),
    )
    assert read(row("users", role="agent")) == [zendesk_rows.NOT_A_CUSTOMER]


def test_rows_of_no_interest_are_ignored_and_unknown_ones_fail() -> None:
    url = "https://acme.zendesk.com/api/v2/{}/5.json"
    assert read({"url": url.format("organizations")}) == [
        Ignored(zendesk_rows.IGNORED["organizations"])
    ]
    (item,) = read({"url": url.format("lamps")})
    assert isinstance(item, Failed)
    assert item.reason == "unknown_type"


@pytest.mark.parametrize(
    ("status", "kind", "time_us"),
    [
        ("New", "support.contact", CREATED_US),
        ("Solved", "support.solved", UPDATED_US),
        ("Closed", "support.closed", UPDATED_US),
        ("Pending", "support.status_changed", UPDATED_US),
    ],
)
def test_a_trigger_is_told_by_the_status(status: str, kind: str, time_us: int) -> None:
    event = only_event(read(triggered(status=status)))
    assert (event.kind, event.occurred_at_us, event.status) == (kind, time_us, status.lower())
    assert event.subject == EMAIL


def test_a_trigger_that_says_contact_has_the_words_of_the_customer_alone() -> None:
    event = only_event(read(triggered(status="New")))
    assert event.text == "It came without a bulb"
    assert event.fact == Fact("ticket:6001:contact", CREATED_US)


def test_the_source_says_why_a_trigger_fires() -> None:
    payload = triggered(comment="Any news?", status="Open")
    event = only_event(read(payload, trigger="message"))
    assert (event.kind, event.text) == ("support.message", "Any news?")


def test_names_of_a_template_may_be_written_in_other_ways() -> None:
    snake = {"ticket_id": 6001, "status": "solved", "requester_email": "mo@mail.example"}
    event = only_event(read(snake))
    assert event.subject == EMAIL
    assert event.occurred_at_us == RECORD_TIME_US


def test_a_trigger_is_known_by_its_invocation_or_its_body() -> None:
    headers = {"X-Zendesk-Webhook-Invocation-Id": "01GK"}
    assert only_event(convert("zendesk", triggered(), headers)).id == "01GK"
    first, second = (only_event(read(triggered())) for _ in range(2))
    assert first == second
    assert first.id.startswith("trigger:")
    same = {"id_from": ["ticketId", "updatedAt"]}
    other = triggered(title="Bulb")
    assert only_event(read(other)).id != first.id
    assert only_event(read(other, **same)).id == only_event(read(triggered(), **same)).id


def test_what_is_said_by_messaging_counts_once_by_its_comments_or_its_lines() -> None:
    said = notice("ticket.comment_added", comment(), via={"channel": "native_messaging"})
    assert only_event(read(said)).kind == "support.message"
    assert read(line()) == [zendesk_tickets.BY_ITS_COMMENTS]
    assert read(said, messaging="lines") == [zendesk_tickets.BY_ITS_LINES]
    event = only_event(read(line(), messaging="lines"))
    assert (event.kind, event.text, event.subject) == (
        "support.message",
        "Is it on its way?",
        USER,
    )
    assert read(line(type="agent"), messaging="lines") == [zendesk_tickets.BY_STAFF]
    assert read(line(id="zd:answerBot", type="system"), messaging="lines") == [
        zendesk_tickets.BY_STAFF
    ]


def test_a_page_is_read_row_by_row_and_each_row_has_its_own_outcome() -> None:
    page = {
        "tickets": [row("tickets", status="open"), {**row("tickets"), "requester_id": "who"}],
        "users": [row("users"), row("users", role="agent")],
        "next_page": None,
        "count": 2,
        "end_of_stream": True,
    }
    contact, broken, created, agent = read(page)
    assert [contact] == read(row("tickets", status="open"))
    assert isinstance(broken, Failed)
    assert [created, agent] == [*read(row("users")), zendesk_rows.NOT_A_CUSTOMER]


def test_rows_of_a_page_are_told_by_its_lists_or_by_their_own_address() -> None:
    change = {"id": 7, "ticket_id": 6001, "event_type": "Audit", "child_events": []}
    assert read({"ticket_events": [change], "count": 1}) == [
        Ignored(zendesk_rows.IGNORED["ticket_events"])
    ]
    rated = row("satisfaction_ratings")
    assert read({"results": [rated], "count": 1}) == read(rated)
    assert read({"ticket": row("tickets")}) == read(row("tickets"))
    assert read({"tickets": [row("tickets")]}, ignore=["tickets"]) == [IGNORED_BY_SOURCE]


def test_a_page_with_nothing_in_it_is_ignored() -> None:
    assert read({"tickets": [], "count": 0}) == [NOTHING_IN_IT]


def test_what_a_flow_gets_is_told_as_by_the_event_subscription() -> None:
    event = only_event(read(relayed("Status Changed", previous="open", current="solved")))
    assert (event.kind, event.previous_status) == ("support.solved", "open")
    assert event.id == "ED28AEC3:2"
    assert event.subject == USER
    assert event.occurred_at_us == 1_738_661_400_123_456
    said = only_event(read(relayed("Comment Created", **comment())))
    assert (said.kind, said.text) == ("support.message", "Is it on its way?")
    assert only_event(read(relayed("Ticket Created"))).kind == "support.contact"
    (gone,) = read(relayed("Ticket Soft Deleted"))
    assert isinstance(gone, Retraction)
    assert gone.fact.id == "ticket:6001:contact"
    (handled,) = read(relayed("Email CCs Changed"))
    assert isinstance(handled, Ignored)


def test_what_comes_by_eventbridge_is_the_same() -> None:
    rule = {
        "version": "0",
        "id": "5cabfa42",
        "detail-type": "Support Ticket: Comment Created",
        "source": "aws.partner/zendesk.com/1/default",
        "detail": relayed("Comment Created", **comment()),
    }
    assert read(rule) == read(relayed("Comment Created", **comment()))


def test_a_line_of_a_conversation_that_came_by_eventbridge_is_the_same() -> None:
    said = {
        "actor": {"id": "70010", "type": "end_user"},
        "chat": {"account_id": 1, "ticket_id": 6001},
        "message": {"id": "67ab5f55", "body": "Is it on its way?"},
        "meta": {"occurred_at": "2025-02-04T09:30:00.123456Z", "ref": "r1", "version": "1.0"},
        "type": "Message Added",
    }
    assert read({"chat_event": said}) == [zendesk_tickets.BY_ITS_COMMENTS]
    event = only_event(read({"chat_event": said}, messaging="lines"))
    assert (event.id, event.text) == ("67ab5f55", "Is it on its way?")
    assert event.attributes == {"ticket_id": "6001"}


def test_users_and_organizations_are_told_by_eventbridge_too() -> None:
    about = relayed("User Created")["ticket_event"]["meta"]
    user = {"id": 70010, "role": "end-user", "email": "mo@mail.example", "organization_id": 501}

    def of_user(title: str, **more: Any) -> list[Item]:
        return read({"user_event": {"meta": about, "type": title, "user": {**user, **more}}})

    event = only_event(of_user("User Created"))
    assert (event.kind, event.subject) == ("customer.created", USER)
    assert EMAIL in event.identifiers
    assert only_event(of_user("User Merged")).kind == "customer.merged"
    assert of_user("User Created", role="agent") == [zendesk_rows.NOT_A_CUSTOMER]
    for title in ("Active Status Changed", "Organization Added", "Time Zone Changed"):
        (profile,) = of_user(title)
        assert isinstance(profile, Ignored), title
    named = {"meta": about, "type": "Name Changed", "organization": {"id": 501}}
    (handled,) = read({"organization_event": named})
    assert isinstance(handled, Ignored)


def test_sunshine_conversations_tell_lines_and_mergers_each_with_its_own_outcome() -> None:
    events = conversed(spoken(), spoken(type="business"), {"type": "conversation:read"}, {})
    said, staff, seen, broken = read(events, messaging="lines")
    assert isinstance(said, Event)
    assert (said.kind, said.text, said.channel) == (
        "support.message",
        "Is it on its way?",
        "whatsapp",
    )
    assert said.subject == Identifier("messaging_user", "m-70")
    assert said.identifiers == (Identifier("external", "ERP-5"),)
    assert said.fact == Fact("message:67ab5f55", 1_738_661_400_123_000)
    assert staff == zendesk_tickets.BY_STAFF
    assert isinstance(seen, Ignored)
    assert isinstance(broken, Failed)
    assert read(conversed(spoken())) == [zendesk_tickets.BY_ITS_COMMENTS]
    merged = only_event(read(conversed(happened("user:merge", mergedUsers=MERGED))))
    assert merged.kind == "customer.merged"
    assert Identifier("messaging_user", "m-71") in merged.identifiers
