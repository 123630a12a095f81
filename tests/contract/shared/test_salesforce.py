"""The example payloads of Salesforce, with the events that they must become, in full."""

from typing import Any

import pytest

from service.event import Event, Fact, Failed, Identifier, Item, Link, Money, Telling
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


def read(name: str, **options: Any) -> list[Item]:
    return convert("salesforce", payload(f"salesforce/{name}.json"), options=options)


ACCOUNT = Identifier("account", "001SM0000000iibYAA")
DEAL = Identifier("opportunity", "006SM0000001Tb3YAE")


def test_an_opportunity_that_the_pub_sub_api_created_is_a_deal() -> None:
    assert read("opportunity_create.pubsub", currency="USD") == [
        Event(
            id="00000466-3d4f-bbe3-9c2b-5ab0fb45cc02:1:006SM0000001Tb3YAE",
            kind="sales.deal.created",
            occurred_at_us=1_652_977_933_000_000,
            subject=ACCOUNT,
            identifiers=(DEAL,),
            links=(Link(ACCOUNT, DEAL),),
            fact=Fact("opportunity:006SM0000001Tb3YAE:created", 1_652_977_933_000_001),
            title="Acme - 400 Widgets",
            money=Money(4_000_000, "USD", 2),
            status="prospecting",
            attributes={"opportunity_id": "006SM0000001Tb3YAE"},
        )
    ]


def test_an_opportunity_that_confluent_brought_moved_to_a_stage() -> None:
    assert read("confluent_cdc_opportunity_update.value") == [
        Event(
            id="00000471-11aa-4be3-9c2b-5ab0fb45cc77:1:006SM0000001Tb3YAE",
            kind="sales.deal.won",
            occurred_at_us=1_653_064_333_000_000,
            subject=DEAL,
            fact=Fact("opportunity:006SM0000001Tb3YAE:outcome", 1_653_064_333_000_001),
            status="closed won",
            attributes={"opportunity_id": "006SM0000001Tb3YAE"},
        )
    ]


def test_an_account_that_the_pub_sub_api_changed_is_an_update() -> None:
    assert read("account_update_compound.pubsub") == [
        Event(
            id="00006bf0-edfd-6e54-a3f9-e8cefdb2c2b7:1:0015f00002JUXA8AAP",
            kind="customer.updated",
            occurred_at_us=1_714_156_703_000_000,
            subject=Identifier("account", "0015f00002JUXA8AAP"),
            fact=Fact(
                "00006bf0-edfd-6e54-a3f9-e8cefdb2c2b7:1:0015f00002JUXA8AAP", 1_714_156_703_000_001
            ),
        )
    ]


def test_a_gap_waits_for_its_account_to_be_told() -> None:
    (item,) = read("account_gap_create.pubsub")
    assert isinstance(item, Failed)
    assert item.reason == "needs_enrichment"
    assert item.awaits == Telling("account:001ZM000001n4n5YAA", 1_714_417_112_000_019)


def test_a_case_that_the_streaming_api_created_is_a_contact() -> None:
    contact = Identifier("contact", "0033t000XXXXXXCAAA")
    case = Identifier("case", "5003t000XXXXXXAAA")
    account = Identifier("account", "0013t000XXXXXXAAAA")
    assert read("case_create.streaming") == [
        Event(
            id="0002343d-9d90-e395-ed20-cf416ba652ad:1:5003t000XXXXXXAAA",
            kind="support.contact",
            occurred_at_us=1_612_912_679_000_000,
            subject=contact,
            identifiers=(case, account),
            links=(Link(contact, case), Link(contact, account, "weak")),
            fact=Fact("case:5003t000XXXXXXAAA:contact", 1_612_912_679_000_001),
            title="Refund not received",
            channel="email",
            status="new",
            attributes={
                "ticket_id": "5003t000XXXXXXAAA",
                "ticket_number": "00001234",
                "priority": "high",
            },
        )
    ]


def test_a_case_that_the_streaming_api_changed_is_a_new_status() -> None:
    assert read("case_update.streaming") == [
        Event(
            id="000c6c88-b097-f5fb-0005-65d83dc022e5:1:50025000009vJE9AAM",
            kind="support.status_changed",
            occurred_at_us=1_569_407_548_000_000,
            subject=Identifier("case", "50025000009vJE9AAM"),
            fact=Fact(
                "000c6c88-b097-f5fb-0005-65d83dc022e5:1:50025000009vJE9AAM", 1_569_407_548_000_001
            ),
            status="escalated",
            attributes={"ticket_id": "50025000009vJE9AAM"},
        )
    ]


def test_a_platform_event_is_what_the_source_says_that_it_is() -> None:
    meaning = {
        "kind": "x.alert",
        "identifiers": {"CreatedById": "salesforce_user"},
        "text": "Message__c",
    }
    events = {"MyPlatformEvent__e": meaning}
    assert read("confluent_platform_event.with_schema", platform_events=events) == [
        Event(
            id="MyPlatformEvent__e:2956549",
            kind="x.alert",
            occurred_at_us=1_596_010_416_799_000,
            subject=Identifier("salesforce_user", "0052X00000AJGNCQA5"),
            fact=Fact("MyPlatformEvent__e:2956549", 1_596_010_416_799_000),
            text="test message 1",
        )
    ]


def test_the_key_of_a_push_topic_is_no_change() -> None:
    (item,) = read("confluent_pushtopic_lead.key")
    assert isinstance(item, Failed)
    assert item.reason == "missing_field"
