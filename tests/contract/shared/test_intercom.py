"""The example payloads of Intercom, with the events that they must become, in full."""

from typing import Any

import pytest

from service.event import Event, Fact, Identifier, Link, Score
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared

USER = Identifier("user", "cust-70")
CONTACT = Identifier("contact", "6762f1261bb69f9f2193bba7")
EMAIL = Identifier("email", "jane.doe@example.com")
OPENED_US, CLOSED_US, RATED_US = (
    1_734_537_511_000_000,
    1_734_700_000_000_000,
    1_734_700_400_000_000,
)


def of_conversation(**fields: Any) -> Event:
    common: dict[str, Any] = {
        "subject": USER,
        "identifiers": (CONTACT, EMAIL),
        "links": (Link(USER, CONTACT), Link(USER, EMAIL)),
        "channel": "conversation",
        "attributes": {"conversation_id": "503"},
    }
    return Event(**{**common, **fields})


EVENTS = {
    "conversation_user_created": of_conversation(
        id="notif_4e3504a3-ba3f-46dc-ab48-8e4d5bdfdf4e",
        kind="support.contact",
        occurred_at_us=OPENED_US,
        fact=Fact("conversation:503:contact", OPENED_US),
        text="My order never arrived",
        status="open",
    ),
    "conversation_admin_closed": of_conversation(
        id="notif_72f1b4c1-7f84-4a0f-8b53-0a1d7ba58b11",
        kind="support.closed",
        occurred_at_us=CLOSED_US,
        fact=Fact("conversation:503:closed:1734700000", CLOSED_US),
        status="closed",
    ),
    "conversation_rating_added": of_conversation(
        id="notif_c8f1a7d2-1f0a-4f0b-9f0a-2f0f2a9d3a77",
        kind="feedback.csat",
        occurred_at_us=RATED_US,
        fact=Fact("conversation:503:rating", RATED_US),
        score=Score(2, 1, 5, 5),
        text="Took too long",
        status="closed",
    ),
}


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_a_notification_becomes_its_event(name: str) -> None:
    assert convert("intercom", payload(f"intercom/{name}.json")) == [EVENTS[name]]
