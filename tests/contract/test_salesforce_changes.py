"""What a change in Salesforce tells of its records, and what a gap leaves out."""

from typing import Any

import pytest

from connectors.sales import salesforce
from connectors.sales.salesforce_events import NO_STEP
from connectors.sales.salesforce_objects import IGNORED
from service.event import (
    Event,
    Fact,
    Failed,
    Identifier,
    Ignored,
    Item,
    Lookup,
    Retraction,
    Telling,
)
from tests.contract.converting import convert, only_event, tellings
from tests.contract.fixtures.salesforce import (
    ACCOUNT,
    CASE,
    COMMITTED_MS,
    OPPORTUNITY,
    case,
    change,
    opportunity,
    pushed,
)

VERSION = COMMITTED_MS * 1_000 + 2


def read(payload: object) -> list[Item]:
    return convert("salesforce", payload)


def kinds(items: list[Item]) -> list[str]:
    return [item.kind if isinstance(item, Event) else type(item).__name__ for item in items]


def test_enriched_fields_did_not_change() -> None:
    payload = change(
        "Opportunity", "UPDATE", opportunity(), changedFields=["Name", "LastModifiedDate"]
    )
    assert read(payload) == [NO_STEP]


def test_an_enriched_account_is_the_customer_of_a_moved_deal() -> None:
    record = {"StageName": "Negotiation", "AccountId": ACCOUNT}
    payload = change("Opportunity", "UPDATE", record, changedFields=["StageName"])
    assert only_event(read(payload)).subject == Identifier("account", ACCOUNT)


def test_a_bitmap_is_read_over_the_fields_as_they_come() -> None:
    names = ["AccountId", "StageName", "Amount", "LastModifiedDate"]
    record: dict[str, Any] = dict.fromkeys(names)
    record |= {"StageName": "Negotiation", "LastModifiedDate": 1_740_000_000_000}
    stage, amount = f"0x{1 << 2 | 1 << 4:x}", f"0x{1 << 3 | 1 << 4:X}"
    assert kinds(read(change("Opportunity", "UPDATE", record, changedFields=[stage]))) == [
        "sales.deal.stage_changed"
    ]
    assert read(change("Opportunity", "UPDATE", record, changedFields=[amount])) == [NO_STEP]


@pytest.mark.parametrize("listed", [[], None, ["0x02"], ["0x400000", "4-0x01"], ["-0xzz"]])
def test_what_has_a_value_changed_where_the_list_says_nothing(listed: object) -> None:
    record = {"StageName": "Negotiation", "Amount": None}
    payload = change("Opportunity", "UPDATE", record, changedFields=listed)
    assert kinds(read(payload)) == ["sales.deal.stage_changed"]


def test_a_deleted_deal_is_retracted_and_an_undeleted_one_told_again() -> None:
    gone = read(change("Opportunity", "DELETE"))
    assert [item.fact.id for item in gone if isinstance(item, Retraction)] == [
        f"opportunity:{OPPORTUNITY}:created",
        f"opportunity:{OPPORTUNITY}:outcome",
    ]
    again = only_event(read(change("Opportunity", "UNDELETE", opportunity())))
    assert again.kind == "sales.deal.created"
    assert again.occurred_at_us == 1_740_000_000_000_000


def test_records_that_changed_alike_are_items_of_their_own() -> None:
    ids = [OPPORTUNITY, "001ZM000001n4n5", "001ZM000001n4n5YAA"]
    items = read(change("Opportunity", "UPDATE", {"StageName": "Qualified"}, recordIds=ids))
    assert [item.id.rpartition(":")[2] for item in items if isinstance(item, Event)] == [
        OPPORTUNITY,
        "001ZM000001n4n5YAA",
    ]


def test_a_change_that_fails_fails_for_each_record() -> None:
    payload = change(
        "Opportunity", "CREATE", opportunity(Amount=0.001), recordIds=[OPPORTUNITY, "006X"]
    )
    items = read(payload)
    assert [item.reason for item in items if isinstance(item, Failed)] == ["bad_money"] * 2


def test_a_change_of_all_records_at_once_is_nothing_that_happened_to_a_customer() -> None:
    payload = change("Case", "UPDATE", {"Status": "New"}, recordIds=["500*"])
    assert read(payload) == [salesforce.ALL_AT_ONCE]


@pytest.mark.parametrize("type_", ["GAP_CREATE", "GAP_UPDATE", "GAP_UNDELETE"])
def test_a_gap_needs_enrichment(type_: str) -> None:
    payload = change("Case", type_, dict.fromkeys(case()), recordIds=[CASE, "500X"])
    assert read(payload) == [gap(CASE), gap("500X")]


def gap(case_id: str) -> Failed:
    path = f"/services/data/v62.0/sobjects/Case/{case_id}"
    return Failed(
        "needs_enrichment",
        "the notification carries no fields, because it tells a gap: "
        "publish the record as it is now, GET /sobjects/<object>/<id>, as well",
        awaits=Telling(f"case:{case_id}", VERSION),
        lookup=Lookup(path, {"_AskedFor": str(VERSION)}),
    )


def told(payload: object) -> list[Telling]:
    return tellings("salesforce", payload)


@pytest.mark.parametrize(
    "payload",
    [
        change("Case", "CREATE", case()),
        change("Case", "UNDELETE", case()),
        change("Case", "UPDATE", {"Status": "Closed"}),
        change("Case", "DELETE"),
        change("Case", "GAP_DELETE"),
    ],
)
def test_what_is_told_of_a_record_tells_it_as_of_its_commit(payload: object) -> None:
    assert told(payload) == [Telling(f"case:{CASE}", VERSION)]


@pytest.mark.parametrize(
    "payload",
    [
        change("Case", "UPDATE", {"Subject": "A refund"}),
        change("Case", "GAP_UPDATE"),
        pushed("updated", {"Id": CASE}),
    ],
)
def test_what_tells_no_step_of_a_record_does_not_tell_what_a_gap_left_out(payload: object) -> None:
    assert told(payload) == []


def test_a_row_tells_its_record_until_the_end_of_its_second() -> None:
    row = {"Id": CASE, "LastModifiedDate": "2025-02-19T21:20:00.000+0000", **case()}
    until_us = 1_740_000_000_000_000 + 999_999
    assert told(row) == [Telling(f"case:{CASE}", until_us)]
    asked_for = row | {"_AskedFor": str(until_us + 1)}
    assert told(asked_for) == [Telling(f"case:{CASE}", until_us + 1)]
    assert told(row | {"_AskedFor": str(VERSION - 10**9)}) == [Telling(f"case:{CASE}", until_us)]


def test_a_gap_of_a_deletion_says_all_there_is_to_say() -> None:
    (item,) = read(change("Case", "GAP_DELETE"))
    assert isinstance(item, Retraction)
    assert item.fact == Fact(f"case:{CASE}:contact", VERSION)


def test_an_overflow_needs_enrichment_once() -> None:
    payload = change("Case", "GAP_OVERFLOW", recordIds=["000000000000000AAA"])
    assert read(payload) == [salesforce.OVERFLOW]


def test_a_gap_in_an_object_of_no_interest_is_ignored() -> None:
    assert read(change("Task", "GAP_UPDATE")) == [Ignored(IGNORED["Task"])]


def test_values_may_have_the_types_around_them_that_avro_puts_there() -> None:
    plain = change("Case", "UPDATE", {"Status": "Closed", "IsClosed": True})
    typed = {
        "ChangeEventHeader": {
            "com.sforce.eventbus.ChangeEventHeader": plain["ChangeEventHeader"],
        },
        "Status": {"string": "Closed"},
        "IsClosed": {"boolean": True},
    }
    assert read(typed) == read(plain)


@pytest.mark.parametrize(
    "message",
    [
        {"channel": "/event/OrderSummaryCreatedEvent", "data": {"payload": {"OrderId": "801"}}},
        {"payload": {"OrderId": "801"}, "event": {"EventApiName": "OrderSummaryCreatedEvent"}},
    ],
)
def test_platform_events_of_salesforce_itself_are_named_and_can_be_left_out(
    message: dict[str, Any],
) -> None:
    (item,) = read(message)
    assert isinstance(item, Failed)
    assert "`OrderSummaryCreatedEvent`" in item.detail
    options = {"ignore": ["OrderSummaryCreatedEvent"]}
    assert isinstance(convert("salesforce", message, options=options)[0], Ignored)
