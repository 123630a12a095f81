"""The example payloads of Jira, with the events that they must become, in full."""

from typing import Any

import pytest

from service.event import Event, Fact, Identifier
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared

SENT_US = 1_648_587_813_752_000
MOVED_US = 1_649_966_403_771_000


def of_issue(**fields: Any) -> Event:
    common: dict[str, Any] = {
        "subject": Identifier("user", "qm:cust-123"),
        "title": "Where is my parcel?",
        "tags": ("API",),
        "attributes": {
            "ticket_id": "11955",
            "ticket_number": "SUP-3",
            "priority": "high",
            "ticket_type": "[system] service request",
            "project": "SUP",
        },
    }
    return Event(**{**common, **fields})


def test_a_new_issue_is_a_contact() -> None:
    assert convert("jira", payload("jira/issue_created.json")) == [
        of_issue(
            id="issue:11955",
            kind="support.contact",
            occurred_at_us=1_648_587_813_327_000,
            fact=Fact("issue:11955:contact", SENT_US),
            text="Parcel lost",
            status="new",
        )
    ]


def test_an_issue_that_moved_is_a_new_status() -> None:
    assert convert("jira", payload("jira/issue_updated_status.json")) == [
        of_issue(
            id="issue:11955:27318",
            kind="support.status_changed",
            occurred_at_us=MOVED_US,
            fact=Fact("issue:11955:27318", MOVED_US),
            status="opened",
            previous_status="new",
        )
    ]
