"""The example payloads of Dynamics 365, with the events that they must become, in full."""

import pytest

from service.event import Event, Fact, Identifier, Link, Money
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared

RECORD = "9b2c1de0-1234-4c9a-8f00-aaaaaaaaaaaa"


def test_an_opportunity_that_was_closed_as_won_is_a_won_deal() -> None:
    account = Identifier("account", "1b2c3d4e-0000-4000-8000-bbbbbbbbbbbb")
    deal = Identifier("opportunity", RECORD)
    won = payload("dynamics/opportunity_won_update.webhook.json")
    assert convert("dynamics", won, options={"currency": "EUR"}) == [
        Event(
            id=f"4af10637-4ea2-e711-8122-000d3aa2331c:{RECORD}:Update",
            kind="sales.deal.won",
            occurred_at_us=1_720_000_001_000_000,
            subject=account,
            identifiers=(deal,),
            links=(Link(account, deal),),
            fact=Fact(f"opportunity:{RECORD}:outcome", 1_720_000_001_000_000),
            title="400 widgets",
            money=Money(150_050, "EUR", 2),
            status="won",
        )
    ]


def test_a_customer_of_finance_and_operations_is_one() -> None:
    customer = Identifier("customer", "CUST-001")
    record = Identifier("record", RECORD)
    assert convert("dynamics", payload("dynamics/finops_data_event.json")) == [
        Event(
            id=f"0f8fad5b-d9cb-469f-a165-70867728950e:{RECORD}:Create",
            kind="customer.created",
            occurred_at_us=1_720_000_000_000_000,
            subject=customer,
            identifiers=(record,),
            links=(Link(customer, record),),
            fact=Fact(f"CustCustomerV3Entity:{RECORD}:created", 1_720_000_000_000_000),
        )
    ]
