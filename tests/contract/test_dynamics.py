"""Operations of Dynamics 365 become what customers do, each once."""

from typing import Any

import pytest

from connectors.sales import dynamics
from connectors.sales import dynamics_cases as cases
from connectors.sales.dynamics_entities import IGNORED
from service.event import Event, Fact, Failed, Identifier, Item, Link, Money, Retraction, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.dynamics import (
    ACCOUNT,
    CASE,
    CONTACT,
    DEAL,
    NO_ID,
    PERSON,
    RECORD,
    money,
    operation,
    option,
    reference,
)

TIME_US = 1_740_000_000_123_000
ID = f"4af10637-4ea2-e711-8122-000d3aa2331c:{RECORD}"
BUYER, PERSON_NAME = Identifier("account", ACCOUNT), Identifier("contact", CONTACT)


def read(payload: object, **options: Any) -> list[Item]:
    return convert("dynamics", payload, options=options)


def kinds(items: list[Item]) -> list[str]:
    return [item.kind if isinstance(item, Event) else type(item).__name__ for item in items]


def test_no_entity_is_both_read_and_ignored() -> None:
    assert set(dynamics._MAPPED) & set(IGNORED) == set()


def test_a_new_opportunity_is_a_deal_of_its_customer() -> None:
    deal = Identifier("opportunity", RECORD)
    payload = operation("opportunity", "Create", DEAL)
    assert read(payload, currency="EUR", fields={"new_plan": "plan"}) == [
        Event(
            id=f"{ID}:Create",
            kind="sales.deal.created",
            occurred_at_us=TIME_US,
            subject=BUYER,
            identifiers=(deal, PERSON_NAME),
            links=(Link(BUYER, deal), Link(BUYER, PERSON_NAME, "weak")),
            fact=Fact(f"opportunity:{RECORD}:created", TIME_US),
            title="400 lamps",
            money=Money(4_000_050, "EUR", 2),
            status="1-qualify",
            attributes={"plan": 3},
        )
    ]
    assert only_event(read(payload)).money is None


@pytest.mark.parametrize(
    ("message", "target", "found"),
    [
        ("Update", {"statecode": option(1)}, ["sales.deal.won"]),
        ("Update", {"statecode": option(2)}, ["sales.deal.lost"]),
        ("Win", {"subject": "won"}, ["sales.deal.won"]),
        ("Lose", {"subject": "lost"}, ["sales.deal.lost"]),
        ("Update", {"stepname": "2-Develop"}, ["sales.deal.stage_changed"]),
        ("Update", {"statecode": option(0)}, ["sales.deal.stage_changed", "Retraction"]),
        ("Update", {"name": "401 lamps"}, ["Ignored"]),
        ("Assign", {"ownerid": "x"}, ["Ignored"]),
        ("Delete", {}, ["Retraction", "Retraction"]),
    ],
)
def test_a_deal_moves(message: str, target: dict[str, Any], found: list[str]) -> None:
    assert kinds(read(operation("opportunity", message, target))) == found


def test_that_a_deal_is_won_is_one_fact_whichever_operation_tells_it() -> None:
    by_state = only_event(read(operation("opportunity", "Update", {"statecode": option(1)})))
    by_message = only_event(read(operation("opportunity", "Win", {"subject": "x"})))
    assert by_state.fact == by_message.fact == Fact(f"opportunity:{RECORD}:outcome", TIME_US)


def test_an_image_says_whose_deal_it_is_and_what_it_was_worth() -> None:
    target = {"statecode": option(1), "actualvalue": money(39_000)}
    payload = operation("opportunity", "Update", target, image=DEAL)
    event = only_event(read(payload, currency="EUR"))
    assert event.subject == BUYER
    assert event.money == Money(3_900_000, "EUR", 2)


@pytest.mark.parametrize(
    ("state", "kind"), [(2, "sales.order.cancelled"), (3, "sales.order.shipped")]
)
def test_an_order_is_placed_shipped_and_cancelled(state: int, kind: str) -> None:
    placed = operation("salesorder", "Create", {"totalamount": money(12.5), "ordernumber": "O-1"})
    event = only_event(read(placed, currency="EUR"))
    assert (event.kind, event.money) == ("sales.order.placed", Money(1250, "EUR", 2))
    assert event.attributes == {"order_number": "O-1"}
    payload = operation("salesorder", "Update", {"statecode": option(state)})
    assert only_event(read(payload)).kind == kind


def test_a_new_case_is_a_contact() -> None:
    event = only_event(read(operation("incident", "Create", CASE)))
    assert (event.kind, event.title, event.text) == (
        "support.contact",
        "Lamp is broken",
        "It came broken",
    )
    assert event.subject == PERSON_NAME
    assert event.fact == Fact(f"incident:{RECORD}:contact", TIME_US)
    assert event.channel == "email"
    assert event.attributes == {
        "ticket_id": RECORD,
        "ticket_number": "CAS-01",
        "priority": "high",
    }


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ({"statecode": option(1), "statuscode": option(5)}, ["support.solved", "Retraction"]),
        ({"statecode": option(2)}, ["support.closed", "Retraction"]),
        ({"statecode": option(0)}, ["support.reopened", "support.contact"]),
        ({"statuscode": option(3)}, ["support.status_changed"]),
        ({"customersatisfactioncode": option(2)}, ["feedback.csat"]),
        ({"title": "Lamp"}, ["Ignored"]),
    ],
)
def test_a_case_moves(target: dict[str, Any], found: list[str]) -> None:
    assert kinds(read(operation("incident", "Update", target))) == found


def test_satisfaction_is_on_1_to_5_and_the_latest_counts() -> None:
    payload = operation("incident", "Update", {"customersatisfactioncode": option(2)})
    event = only_event(read(payload))
    assert event.score == Score(2, 1, 5, 5)
    assert event.fact == Fact(f"incident:{RECORD}:csat", TIME_US)


def test_a_mail_that_comes_in_is_a_message_of_its_case() -> None:
    mail = {
        "directioncode": False,
        "regardingobjectid": reference("incident", RECORD.upper()),
        "emailsender": reference("contact", CONTACT),
        "sender": "ann@mail.example",
        "description": "<p>Any news?</p>",
    }
    event = only_event(read(operation("email", "Create", mail)))
    assert (event.kind, event.text) == ("support.message", "Any news?")
    assert event.subject == PERSON_NAME
    assert Link(PERSON_NAME, Identifier("incident", RECORD)) in event.links
    assert read(operation("email", "Create", mail | {"directioncode": True})) == [cases.BY_STAFF]


def test_people_are_known_by_their_names_and_stay_people_of_their_own() -> None:
    event = only_event(read(operation("contact", "Create", PERSON)))
    who = Identifier("contact", RECORD)
    assert event.links == (
        Link(who, Identifier("email", "ann@mail.example")),
        Link(who, Identifier("phone", "+49170")),
        Link(who, BUYER, "weak"),
    )
    assert event.fact == Fact(f"contact:{RECORD}:created", TIME_US)
    lead = only_event(read(operation("lead", "Create", {"emailaddress1": "ann@mail.example"})))
    assert lead.kind == "sales.lead.created"


def test_merged_people_are_one_customer() -> None:
    parameters = [{"key": "SubordinateId", "value": CONTACT.upper()}]
    payload = operation("contact", "Merge", InputParameters=parameters)
    event = only_event(read(payload))
    assert event.kind == "customer.merged"
    assert event.identifiers == (PERSON_NAME,)


def test_finance_and_operations_have_customers_and_orders_of_their_own() -> None:
    created = operation("CustCustomerV3Entity", "Create", {"CustomerAccount": "CUST-1"})
    assert only_event(read(created)).subject == Identifier("customer", "CUST-1")
    attributes = {"SalesOrderNumber": "S-1", "OrderingCustomerAccountNumber": "CUST-1"}
    placed = only_event(read(operation("SalesOrderHeaderV2Entity", "Create", attributes)))
    assert placed.kind == "sales.order.placed"
    assert placed.links == (Link(Identifier("customer", "CUST-1"), Identifier("order", "S-1")),)


def test_a_synchronous_step_is_known_by_its_correlation() -> None:
    event = only_event(read(operation("contact", "Create", PERSON, OperationId=NO_ID)))
    assert event.id == f"aaaa0000-bb11-2222-33cc-444444dddddd:{RECORD}:Create"


def test_what_was_too_large_needs_enrichment() -> None:
    (item,) = read(operation("incident", "Create", InputParameters=None))
    assert isinstance(item, Failed)
    assert item.reason == "needs_enrichment"
    (gone, *_) = read(operation("incident", "Delete", InputParameters=None))
    assert isinstance(gone, Retraction)


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("missing_field", {}),
        ("unknown_type", operation("new_lamp", "Create", {"x": 1})),
        ("missing_field", operation("contact", "Create", PERSON, PrimaryEntityId=None)),
        ("missing_field", operation("contact", "Create", PERSON, OperationCreatedOn=None)),
        ("bad_time", operation("contact", "Create", PERSON, OperationCreatedOn="today")),
        (
            "missing_field",
            operation("contact", "Create", PERSON, OperationId=None, CorrelationId=None),
        ),
        ("out_of_scale", operation("incident", "Update", {"customersatisfactioncode": option(9)})),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = read(payload)
    assert isinstance(item, Failed), item
    assert item.reason == reason
