"""The example payloads of Zendesk, with the events that they must become, in full."""

from typing import Any

import pytest

from service.event import Event, Fact, Identifier, Link, Score
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


REQUESTER = Identifier("user", "8447388090777")
ORGANIZATION = Identifier("organization", "8447346622462")


def of_ticket(kind: str, **fields: Any) -> Event:
    common: dict[str, Any] = {
        "kind": kind,
        "subject": REQUESTER,
        "identifiers": (ORGANIZATION,),
        "links": (Link(REQUESTER, ORGANIZATION, "weak"),),
        "title": "Damaged parcel",
        "channel": "web_service",
        "tags": ("delivery", "damaged"),
    }
    return Event(**{**common, **fields})


def about_ticket(**more: str) -> dict[str, str]:
    return {
        "ticket_id": "5158",
        "brand_id": "8447346621310",
        "group_id": "8447320466430",
        "form_id": "8646151517822",
        **more,
    }


CREATED_US = 1_736_331_127_672_717
COMMENTED_US = 1_736_411_804_304_701
SOLVED_US = 1_736_354_720_987_654
RATED_US = 1_736_596_893_114_250
ZENDESK = {
    "ticket_created": of_ticket(
        "support.contact",
        id="cbe4028c-7239-495d-b020-f22348516046",
        occurred_at_us=CREATED_US,
        fact=Fact("ticket:5158:contact", CREATED_US),
        text="Parcel 4512 arrived damaged, please advise",
        attributes=about_ticket(priority="low", ticket_type="task"),
    ),
    "ticket_comment_added": of_ticket(
        "support.message",
        id="d8551ba3-4243-433c-8629-aa79dc3e7182",
        occurred_at_us=COMMENTED_US,
        fact=Fact("d8551ba3-4243-433c-8629-aa79dc3e7182", COMMENTED_US),
        identifiers=(),
        links=(),
        text="Any news about my refund?",
        channel="native_messaging",
        attributes=about_ticket(ticket_type="incident"),
    ),
    "ticket_status_changed": of_ticket(
        "support.solved",
        id="a8b9c1d2-3e4f-5a6b-7c8d-9e0f1a2b3c4d",
        occurred_at_us=SOLVED_US,
        fact=Fact("a8b9c1d2-3e4f-5a6b-7c8d-9e0f1a2b3c4d", SOLVED_US),
        status="solved",
        previous_status="open",
        attributes=about_ticket(priority="high", ticket_type="problem"),
    ),
    "ticket_csat_received": of_ticket(
        "feedback.csat",
        id="7d2b0b5e-9ad1-4b0e-8f22-3f1d3f2f9c55",
        occurred_at_us=RATED_US,
        fact=Fact("ticket:5158:csat", RATED_US),
        score=Score(0, 0, 1, 1),
        attributes=about_ticket(priority="low", ticket_type="task"),
    ),
}


@pytest.mark.parametrize("name", sorted(ZENDESK))
def test_an_event_of_a_ticket_becomes_its_event(name: str) -> None:
    assert convert("zendesk", payload(f"zendesk/{name}.json")) == [ZENDESK[name]]


def test_a_row_of_a_satisfaction_rating_is_a_csat() -> None:
    rated_us = 1_736_597_110_000_000
    assert convert("zendesk", payload("zendesk/satisfaction_rating_record.json")) == [
        Event(
            id="rating:35436",
            kind="feedback.csat",
            occurred_at_us=rated_us,
            subject=Identifier("user", "7881"),
            fact=Fact("ticket:5158:csat", rated_us),
            score=Score(0, 0, 1, 1),
            text="Nobody called me back",
            attributes={
                "ticket_id": "5158",
                "reason": "The issue took too long to resolve",
            },
        )
    ]


def test_a_webhook_of_a_trigger_is_a_solved_ticket() -> None:
    solved_us = 1_736_354_720_000_000
    headers = payload("zendesk/http_headers.json")
    assert convert("zendesk", payload("zendesk/trigger_webhook.json"), headers) == [
        Event(
            id="01GK8E6C0000000000000000QW",
            kind="support.solved",
            occurred_at_us=solved_us,
            subject=Identifier("email", "jane.doe@example.com"),
            fact=Fact("01GK8E6C0000000000000000QW", solved_us),
            title="Damaged parcel",
            status="solved",
            attributes={"ticket_id": "5158"},
        )
    ]
