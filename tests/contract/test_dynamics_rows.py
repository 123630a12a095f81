"""Rows of Dataverse state what its operations do, and both of them together count once."""

from typing import Any

import pytest

from connectors.sales.dynamics_cases import BY_STAFF
from connectors.sales.dynamics_entities import IGNORED
from service.event import (
    Event,
    Fact,
    Failed,
    Identifier,
    Ignored,
    Item,
    Link,
    Money,
    Retraction,
    Score,
)
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.airbyte import polled
from tests.contract.fixtures.dynamics import (
    ACCOUNT,
    CASE,
    CONTACT,
    DEAL,
    PERSON,
    RECORD,
    RESOLVED,
    WON,
    exported,
    looked_up,
    operation,
    option,
    row,
)

CREATED_US, MODIFIED_US = 1_739_869_200_000_000, 1_740_040_200_000_000
BUYER, PERSON_NAME = Identifier("account", ACCOUNT), Identifier("contact", CONTACT)


def read(payload: object, **options: Any) -> list[Item]:
    return convert("dynamics", payload, options=options)


def test_a_deal_is_told_whole() -> None:
    deal = Identifier("opportunity", RECORD)
    created, won = read(row("opportunity", WON), currency="EUR", fields={"new_plan": "plan"})
    assert created == Event(
        id=f"opportunity:{RECORD}:created",
        kind="sales.deal.created",
        occurred_at_us=CREATED_US,
        subject=BUYER,
        identifiers=(deal, PERSON_NAME),
        links=(Link(BUYER, deal), Link(BUYER, PERSON_NAME, "weak")),
        fact=Fact(f"opportunity:{RECORD}:created", MODIFIED_US),
        title="400 lamps",
        money=Money(4_000_050, "EUR", 2),
        status="4-close",
        attributes={"plan": 3},
    )
    assert isinstance(won, Event)
    assert (won.kind, won.money) == ("sales.deal.won", Money(3_900_000, "EUR", 2))
    assert won.fact == Fact(f"opportunity:{RECORD}:outcome", MODIFIED_US)


def test_what_is_changed_on_a_later_day_does_not_win_the_deal_again() -> None:
    _, won = read(row("opportunity", WON))
    assert isinstance(won, Event)
    assert won.occurred_at_us == 1_740_009_599_999_999  # the end of the 19th of February
    _, same_day = read(row("opportunity", {**WON, "actualclosedate": "2025-02-20"}))
    assert isinstance(same_day, Event)
    assert same_day.occurred_at_us == MODIFIED_US


def test_a_deal_that_is_open_has_no_outcome() -> None:
    created, none = read(row("opportunity", {**WON, "statecode": 0}))
    assert isinstance(created, Event)
    assert isinstance(none, Retraction)
    assert none.fact == Fact(f"opportunity:{RECORD}:outcome", MODIFIED_US)


@pytest.mark.parametrize(
    ("entity", "target", "columns"),
    [
        ("opportunity", DEAL, WON),
        ("incident", CASE, RESOLVED),
        ("contact", PERSON, {"emailaddress1": "ann@mail.example"}),
        ("salesorder", {"ordernumber": "O-1"}, {"ordernumber": "O-1"}),
    ],
)
def test_creation_and_row_state_one_fact(
    entity: str, target: dict[str, Any], columns: dict[str, Any]
) -> None:
    told = only_event(read(operation(entity, "Create", target)))
    polled_row = read(row(entity, columns))[0]
    assert isinstance(polled_row, Event)
    assert told.fact is not None
    assert polled_row.fact is not None
    assert (told.fact.id, told.kind) == (polled_row.fact.id, polled_row.kind)
    assert told.subject == polled_row.subject


def test_a_case_is_rated_once_and_solved_by_its_earliest_row_unless_an_operation_told_it() -> None:
    contact, rated, solved = read(row("incident", RESOLVED))
    assert isinstance(contact, Event)
    assert (contact.kind, contact.text) == ("support.contact", "It came broken")
    assert contact.occurred_at_us == CREATED_US
    assert isinstance(rated, Event)
    assert (rated.score, rated.fact) == (
        Score(4, 1, 5, 5),
        Fact(f"incident:{RECORD}:csat", MODIFIED_US),
    )
    assert isinstance(solved, Event)
    assert (solved.kind, solved.fact) == (
        "support.solved",
        Fact(f"incident:{RECORD}:solved", -MODIFIED_US),
    )
    told, taken_back = read(operation("incident", "Update", {"statecode": option(1)}))
    assert isinstance(told, Event)
    assert isinstance(taken_back, Retraction)
    assert solved.fact is not None
    assert told.fact != solved.fact
    assert taken_back.fact.id == solved.fact.id
    assert taken_back.fact.version > solved.fact.version


def test_an_order_is_placed_and_shipped() -> None:
    columns = {
        "opportunityid": ACCOUNT,
        "customerid": ACCOUNT.upper(),
        "customerid_entitytype": "account",
        "statecode": "3",
        "totalamount": 12.5,
    }
    placed, shipped = read(exported("salesorder", columns), currency="EUR")
    assert isinstance(placed, Event)
    assert (placed.kind, placed.subject) == ("sales.order.placed", BUYER)
    assert placed.money == Money(1250, "EUR", 2)
    assert isinstance(shipped, Event)
    assert shipped.fact == Fact(f"salesorder:{RECORD}:shipped", MODIFIED_US)


def test_a_reference_without_annotation_is_read_where_it_can_only_be_one() -> None:
    columns = {"_customerid_value": CONTACT, "_contactid_value": CONTACT, "_accountid_value": None}
    assert only_event(read(row("incident", columns))).subject == PERSON_NAME
    unknown = {"_customerid_value": CONTACT}
    event = only_event(read(row("incident", unknown)))
    assert event.subject == Identifier("incident", RECORD)


def test_a_mail_that_comes_in_is_a_message_however_it_is_told() -> None:
    columns = {
        "activityid": RECORD,
        "activitytypecode": "email",
        "directioncode": False,
        **looked_up("regardingobjectid", "incident", RECORD),
        **looked_up("emailsender", "contact", CONTACT),
    }
    message = only_event(read(row("email", columns)))
    assert (message.kind, message.subject) == ("support.message", PERSON_NAME)
    assert message.fact == Fact(f"email:{RECORD}:created", MODIFIED_US)
    assert read(row("email", {**columns, "directioncode": True})) == [BY_STAFF]


def test_a_contact_that_was_merged_away_is_its_master() -> None:
    event = only_event(read(row("contact", looked_up("masterid", "contact", CONTACT))))
    assert event.links == (Link(Identifier("contact", RECORD), PERSON_NAME),)


@pytest.mark.parametrize(
    "payload",
    [
        exported("incident", {"IsDelete": True}),
        {
            "@odata.context": "https://shop.crm.example/api/data/v9.2/$metadata#incidents/$deletedEntity",
            "id": RECORD,
            "reason": "deleted",
        },
    ],
)
def test_what_was_deleted_is_retracted(payload: dict[str, Any]) -> None:
    (item,) = read(payload)
    assert isinstance(item, Retraction)
    assert item.fact.id == f"incident:{RECORD}:contact"


def test_the_rows_of_a_page_are_items_of_their_own() -> None:
    page = {"value": [row("incident", CASE), {}, row("contact", {})], "@odata.nextLink": "https://"}
    assert [type(item) for item in read(page)] == [Event, Failed, Event]


def test_the_source_says_what_rows_are_where_they_do_not() -> None:
    both = row("incident", {"contactid": CONTACT})
    (item,) = read(both)
    assert isinstance(item, Failed)
    assert only_event(read(both, type="incidents")).kind == "support.contact"
    streams = {"incidents": {"connector": "dynamics", "type": "incident"}}
    by_airbyte = convert("airbyte", polled("incidents", both), options={"streams": streams})
    assert only_event(by_airbyte).kind == "support.contact"


def test_rows_of_no_interest_are_ignored_by_their_entity() -> None:
    called = {
        "@odata.context": "https://shop.crm.example/api/data/v9.2/$metadata#opportunityproducts/$entity"
    }
    assert read(row("x", called)) == [Ignored(IGNORED["opportunityproduct"])]
    assert read(row("task", {"activitytypecode": "task"})) == [Ignored(IGNORED["task"])]


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("missing_field", row("new_lamp", {})),
        ("missing_field", row("incident", {"modifiedon": None, "createdon": None})),
        ("missing_field", row("incident", {"createdon": None})),
        ("bad_time", row("incident", {"modifiedon": "today"})),
        ("out_of_scale", row("incident", {"customersatisfactioncode": 9})),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    failed = [item for item in read(payload) if isinstance(item, Failed)]
    assert [item.reason for item in failed] == [reason]
