"""`zendesk`: who did what, taken from the event and not from the ticket as it was when sent."""

from typing import Any

import pytest

from connectors.support import zendesk_rows, zendesk_tickets
from service.event import Event, Fact, Failed, Identifier, Ignored, Item, Link, Retraction, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.zendesk import AGENT, REQUESTER, change, comment, notice, rating

ID = "0a1b2c3d-0000-4000-8000-000000000001"
TIME_US = 1_738_661_400_123_456
ATTRIBUTES = {
    "ticket_id": "6001",
    "priority": "high",
    "ticket_type": "problem",
    "brand_id": "31",
    "group_id": "41",
    "form_id": "21",
}


def items(name: str, event: dict[str, Any] | None = None, **detail: Any) -> list[Item]:
    return convert("zendesk", notice(name, event, **detail))


def expected(kind: str, **fields: Any) -> Event:
    common: dict[str, Any] = {
        "id": ID,
        "kind": kind,
        "occurred_at_us": TIME_US,
        "subject": Identifier("user", REQUESTER),
        "identifiers": (Identifier("organization", "501"),),
        "links": (Link(Identifier("user", REQUESTER), Identifier("organization", "501"), "weak"),),
        "fact": Fact(ID, TIME_US),
        "title": "Missing bulb",
        "channel": "email",
        "tags": ("delivery",),
        "attributes": ATTRIBUTES,
    }
    return Event(**{**common, **fields})


def test_a_ticket_of_a_customer_is_a_contact() -> None:
    contact = expected(
        "support.contact",
        text="The lamp came without a bulb",
        fact=Fact("ticket:6001:contact", TIME_US),
    )
    assert items("ticket.created") == [contact]


def test_the_time_is_cut_to_microseconds_and_not_rounded() -> None:
    late = notice("ticket.created") | {"time": "2025-02-04T09:30:00.999999999Z"}
    assert only_event(convert("zendesk", late)).occurred_at_us == 1_738_661_400_999_999


@pytest.mark.parametrize("detail", [{"submitter_id": AGENT}, {"is_public": False}])
def test_a_ticket_that_an_agent_opens_is_no_contact(detail: dict[str, Any]) -> None:
    assert items("ticket.created", **detail) == [zendesk_tickets.OPENED_BY_STAFF]


def test_a_source_can_count_tickets_opened_on_behalf_of_the_customer() -> None:
    payload = notice("ticket.created", submitter_id=AGENT)
    event = only_event(convert("zendesk", payload, options={"on_behalf": "contact"}))
    assert event.kind == "support.contact"


def test_ids_may_be_numbers_or_texts() -> None:
    detail: dict[str, Any] = {
        "id": 6001,
        "requester_id": 70010,
        "organization_id": 501,
        "brand_id": 31,
    }
    assert items("ticket.created", **detail) == items("ticket.created")


@pytest.mark.parametrize("organization", [None, "0", ""])
def test_a_requester_without_organization_has_none(organization: str | None) -> None:
    assert only_event(items("ticket.created", organization_id=organization)).identifiers == ()


def test_a_public_comment_of_the_requester_is_a_message() -> None:
    assert items("ticket.comment_added", comment()) == [
        expected("support.message", text="Is it on its way?")
    ]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (comment(is_public=False), zendesk_tickets.PRIVATE),
        (comment(author={"id": AGENT, "is_staff": True}), zendesk_tickets.BY_STAFF),
        (comment(author={"id": REQUESTER, "is_staff": True}), zendesk_tickets.BY_STAFF),
        (comment(author={"id": "zd:answerBot"}), zendesk_tickets.BY_STAFF),
        (comment(author={"id": "-1"}), zendesk_tickets.BY_STAFF),
        (comment(author={"id": "70011"}), zendesk_tickets.BY_SOMEONE_ELSE),
    ],
)
def test_what_others_say_is_no_message(said: dict[str, Any], reason: Ignored) -> None:
    assert items("ticket.comment_added", said) == [reason]


def test_the_comment_that_opens_a_ticket_is_told_once() -> None:
    opening = comment(body="The lamp came without a bulb")
    at_once = {"created_at": "2025-02-04T09:29:59Z"}
    assert items("ticket.comment_added", opening, **at_once) == [zendesk_tickets.OPENING_COMMENT]
    assert only_event(items("ticket.comment_added", opening)).kind == "support.message"


def test_a_solved_ticket_that_is_open_again_is_reopened_and_a_contact() -> None:
    states = {"status": "open", "previous_status": "solved"}
    again = f"{ID}:contact"
    assert items("ticket.status_changed", change("SOLVED", "OPEN")) == [
        expected("support.reopened", **states),
        expected("support.contact", id=again, fact=Fact(again, TIME_US), **states),
    ]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("OPEN", "SOLVED", "support.solved"),
        ("NEW", "SOLVED", "support.solved"),
        ("SOLVED", "CLOSED", "support.closed"),
        ("OPEN", "CLOSED", "support.closed"),
        ("SOLVED", "PENDING", "support.reopened"),
        ("SOLVED", "HOLD", "support.reopened"),
        ("NEW", "OPEN", "support.status_changed"),
        ("OPEN", "PENDING", "support.status_changed"),
        ("CLOSED", "OPEN", "support.status_changed"),
        ("open", "Solved", "support.solved"),
    ],
)
def test_each_transition_has_its_kind(before: str, after: str, kind: str) -> None:
    states = {"status": after.lower(), "previous_status": before.lower()}
    assert items("ticket.status_changed", change(before, after)) == [expected(kind, **states)]


def test_the_transition_is_that_of_the_event_however_late_it_was_sent() -> None:
    event = only_event(items("ticket.status_changed", change("NEW", "OPEN"), status="CLOSED"))
    assert (event.kind, event.status) == ("support.status_changed", "open")


@pytest.mark.parametrize("status", ["DELETED", "ARCHIVED", "SCRUBBED"])
def test_housekeeping_is_no_change_of_status(status: str) -> None:
    assert items("ticket.status_changed", change("CLOSED", status)) == [
        zendesk_tickets.HOUSEKEEPING
    ]
    assert items("ticket.status_changed", change(status, "OPEN")) == [zendesk_tickets.HOUSEKEEPING]


@pytest.mark.parametrize("name", ["ticket.soft_deleted", "ticket.marked_as_spam"])
def test_a_deleted_ticket_is_no_contact_any_more(name: str) -> None:
    assert items(name, status="DELETED") == [
        Retraction(id=ID, fact=Fact("ticket:6001:contact", TIME_US), occurred_at_us=TIME_US)
    ]


def test_a_ticket_that_is_brought_back_is_a_contact_when_it_was_opened() -> None:
    event = only_event(items("ticket.undeleted"))
    assert event.fact == Fact("ticket:6001:contact", TIME_US)
    assert (event.kind, event.occurred_at_us) == ("support.contact", 1_738_569_600_000_000)


@pytest.mark.parametrize(
    ("answer", "value"),
    [("GOOD", 1.0), ("BAD", 0.0), ("good", 1.0), ("bad_with_comment", 0.0)],
)
def test_a_rating_is_good_or_bad(answer: str, value: float) -> None:
    assert items("ticket.csat_received", rating(answer)) == [
        expected(
            "feedback.csat",
            fact=Fact("ticket:6001:csat", TIME_US),
            score=Score(value, low=0, high=1, best=1),
        )
    ]


def test_a_rating_that_is_changed_is_a_newer_version_of_the_same_fact() -> None:
    first = only_event(items("ticket.csat_received", rating("BAD")))
    later = notice("ticket.csat_received", rating("GOOD")) | {
        "id": "another",
        "time": "2025-02-04T09:30:01Z",
    }
    second = only_event(convert("zendesk", later))
    assert first.fact is not None
    assert second.fact is not None
    assert first.fact.id == second.fact.id
    assert first.fact.version < second.fact.version


@pytest.mark.parametrize("answer", ["OFFERED", "unoffered"])
def test_a_rating_that_was_only_offered_is_no_score(answer: str) -> None:
    assert items("ticket.csat_received", rating(answer)) == [zendesk_rows.NO_ANSWER]


@pytest.mark.parametrize(
    ("reason", "name", "event", "detail"),
    [
        ("unknown_type", "ticket.teleported", {}, {}),
        ("unknown_status", "ticket.status_changed", change("OPEN", "GONE"), {}),
        ("missing_field", "ticket.status_changed", {"current": "OPEN"}, {}),
        ("unknown_score", "ticket.csat_received", rating("MEH"), {}),
        ("missing_field", "ticket.csat_received", {}, {}),
        ("missing_field", "ticket.comment_added", {}, {}),
        ("missing_field", "ticket.created", {}, {"requester_id": None}),
        ("missing_field", "ticket.undeleted", {}, {"created_at": None}),
        ("wrong_type", "ticket.created", {}, {"tags": "delivery"}),
        ("bad_id", "ticket.created", {}, {"requester_id": ""}),
        ("bad_id", "ticket.created", {}, {"id": ""}),
        ("nul_character", "ticket.created", {}, {"tags": ["\0"]}),
    ],
)
def test_what_is_not_understood_fails(
    reason: str, name: str, event: dict[str, Any], detail: dict[str, Any]
) -> None:
    (item,) = items(name, event, **detail)
    assert isinstance(item, Failed)
    assert item.reason == reason


def test_a_new_type_is_named_with_what_to_do() -> None:
    (item,) = items("ticket.teleported")
    assert item == Failed(
        "unknown_type",
        "event type `zen:event-type:ticket.teleported` is not known; to leave it out, "
        "add it to `ignore` of the source",
    )


def test_the_source_can_leave_types_out() -> None:
    options = {"ignore": ["zen:event-type:ticket.teleported"]}
    (item,) = convert("zendesk", notice("ticket.teleported"), options=options)
    assert isinstance(item, Ignored)


def test_a_record_that_is_no_event_says_so() -> None:
    (item,) = convert("zendesk", {"ticketId": "5158", "status": "Solved"})
    assert isinstance(item, Failed)
    assert item.reason == "missing_field"
