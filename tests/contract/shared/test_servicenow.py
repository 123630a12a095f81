"""The example payload of ServiceNow, with the event that it must become, in full."""

import pytest

from service.event import Event, Fact, Identifier
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


def test_an_incident_that_confluent_brought_is_a_contact() -> None:
    created_us = 1_586_423_895_000_000
    assert convert("servicenow", payload("servicenow/confluent_incident.with_schema.json")) == [
        Event(
            id="incident:76f61bf12fcc1010774cd7492799b6b1:contact",
            kind="support.contact",
            occurred_at_us=created_us,
            subject=Identifier("user", "6816f79cc0a8016401c5a33be04be441"),
            fact=Fact("incident:76f61bf12fcc1010774cd7492799b6b1:contact", created_us),
            title="This is test",
            status="new",
            attributes={
                "ticket_id": "76f61bf12fcc1010774cd7492799b6b1",
                "ticket_number": "INC0010001",
                "priority": "planning",
                "category": "inquiry",
            },
        )
    ]
