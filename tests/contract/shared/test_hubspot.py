"""The example payloads of HubSpot, with the events that they must become, in full."""

import json

import pytest

from service.event import Event, Fact, Identifier, Link
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared

CONTACT = Identifier("contact", "508369434347")
DEAL = Identifier("deal", "332507367156")
TICKET = Identifier("ticket", "318514647758")
ASSOCIATION = "association:contact:508369434347:deal:332507367156"

EVENTS = {
    "contact_creation": Event(
        id="contact:508369434347:created:1782371969536",
        kind="customer.created",
        occurred_at_us=1_782_371_969_536_000,
        subject=CONTACT,
        fact=Fact("contact:508369434347:created", 1_782_371_969_536_000),
    ),
    "deal_property_change": Event(
        id="deal:332507367156:won:1782371972793",
        kind="sales.deal.won",
        occurred_at_us=1_782_371_972_793_000,
        subject=DEAL,
        fact=Fact("deal:332507367156:outcome", 1_782_371_972_793_000),
        status="closed won",
    ),
    "ticket_creation": Event(
        id="ticket:318514647758:created:1782371973446",
        kind="support.contact",
        occurred_at_us=1_782_371_973_446_000,
        subject=TICKET,
        fact=Fact("ticket:318514647758:contact", 1_782_371_973_446_000),
    ),
    "ticket_property_change": Event(
        id="ticket:318514647758:stage:1782371973873",
        kind="support.closed",
        occurred_at_us=1_782_371_973_873_000,
        subject=TICKET,
        fact=Fact("ticket:318514647758:stage:1782371973873", 1_782_371_973_873_000),
        status="closed",
    ),
    "object_property_change_generic": Event(
        id="ticket:318514647758:stage:1782371980000",
        kind="support.closed",
        occurred_at_us=1_782_371_980_000_000,
        subject=TICKET,
        fact=Fact("ticket:318514647758:stage:1782371980000", 1_782_371_980_000_000),
        status="closed",
    ),
    "contact_association_change": Event(
        id=f"{ASSOCIATION}:1782371982000",
        kind="customer.updated",
        occurred_at_us=1_782_371_982_000_000,
        subject=CONTACT,
        identifiers=(DEAL,),
        links=(Link(CONTACT, DEAL),),
        fact=Fact(ASSOCIATION, 1_782_371_982_000_000),
    ),
}


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_a_webhook_becomes_its_event(name: str) -> None:
    assert convert("hubspot", payload(f"hubspot/{name}.json")) == [EVENTS[name]]


def test_the_example_that_is_signed_is_a_new_contact() -> None:
    body = json.loads(payload("hubspot/signed_example_v1.json")["body"])
    assert convert("hubspot", body) == [
        Event(
            id="contact:123:created:1564113600000",
            kind="customer.created",
            occurred_at_us=1_564_113_600_000_000,
            subject=Identifier("contact", "123"),
            fact=Fact("contact:123:created", 1_564_113_600_000_000),
        )
    ]
