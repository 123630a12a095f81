"""The example payloads of Pipedrive, with the events that they must become, in full."""

import pytest

from service.event import Event, Fact, Identifier, Link, Money, Retraction
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


def test_a_deal_that_changed_moved_to_a_stage() -> None:
    person, company = Identifier("person", "1"), Identifier("organization", "1")
    deal = Identifier("deal", "1")
    moved_us = 1_744_731_541_000_000
    assert convert("pipedrive", payload("pipedrive/deal_change_v2.json")) == [
        Event(
            id="5d1b1d3e-3f0e-4b0f-9a55-0c7a1f2f9c11",
            kind="sales.deal.stage_changed",
            occurred_at_us=moved_us,
            subject=person,
            identifiers=(deal, company),
            links=(Link(person, deal), Link(person, company, "weak")),
            fact=Fact("5d1b1d3e-3f0e-4b0f-9a55-0c7a1f2f9c11", moved_us),
            title="Deal 01",
            money=Money(150_000, "BRL", 2),
            status="2",
            previous_status="1",
            attributes={"deal_id": "1", "origin": "manuallycreated"},
        )
    ]


def test_a_deleted_deal_is_taken_back() -> None:
    deleted_us = 1_744_794_000_000_000
    assert convert("pipedrive", payload("pipedrive/deal_delete_v2.json")) == [
        Retraction(
            id=f"6e2c2e4f-4a1f-4c1a-8b66-1d8b2a3aad22:{what}",
            fact=Fact(f"deal:1:{what}", deleted_us),
            occurred_at_us=deleted_us,
        )
        for what in ("created", "outcome")
    ]
