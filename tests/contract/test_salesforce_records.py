"""Platform events, pushed records and rows of Salesforce, and what cannot be understood."""

from typing import Any

import pytest

from connectors.sales.salesforce_events import NO_STEP
from service.event import (
    Event,
    Fact,
    Failed,
    Identifier,
    Item,
    Money,
    Retraction,
)
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.salesforce import (
    CASE,
    EVENTS,
    PARCEL_LOST,
    case,
    change,
    cometd,
    opportunity,
    pushed,
)


def read(payload: object, **options: Any) -> list[Item]:
    return convert("salesforce", payload, options=options)


def test_a_platform_event_is_what_the_source_says() -> None:
    event = only_event(read(PARCEL_LOST, **EVENTS))
    assert event == Event(
        id=f"Parcel_Lost__e:{PARCEL_LOST['EventUuid']}",
        kind="x.parcel_lost",
        occurred_at_us=1_740_000_000_123_000,
        subject=Identifier("customer", "77"),
        fact=Fact(f"Parcel_Lost__e:{PARCEL_LOST['EventUuid']}", 1_740_000_000_123_000),
        text="Nobody knows where it is",
        money=Money(4990, "EUR", 2),
        attributes={"carrier": "NordPost"},
    )


def test_a_platform_event_is_known_by_its_name_its_channel_or_the_source() -> None:
    content = {k: v for k, v in PARCEL_LOST.items() if k not in ("_ObjectType", "EventUuid")}
    message = cometd(content) | {"event": {"replayId": 7}}
    (by_channel,) = read({"channel": "/event/Parcel_Lost__e", "data": message}, **EVENTS)
    (by_source,) = read(message, type="Parcel_Lost__e", **EVENTS)
    named = message | {"event": {"replayId": 7, "EventApiName": "Parcel_Lost__e"}}
    (by_name,) = read(named, **EVENTS)
    assert by_name == by_channel == by_source
    assert isinstance(by_source, Event)
    assert by_source.id == "Parcel_Lost__e:7"


def test_a_platform_event_that_nobody_described_fails() -> None:
    (item,) = read(PARCEL_LOST)
    assert isinstance(item, Failed)
    assert item.reason == "unknown_type"


def test_a_pushed_record_is_known_by_its_id() -> None:
    event = only_event(read(pushed("created", case(Id=CASE))))
    assert event.kind == "support.contact"
    (gone,) = read(pushed("deleted", {"Id": CASE}))
    assert isinstance(gone, Retraction)
    assert read(pushed("updated", {"Id": CASE, "Status": "Closed"})) == [NO_STEP]


def test_a_row_tells_what_its_creation_would_tell_now() -> None:
    row = case(
        Id=CASE,
        attributes={"type": "Case", "url": "/services/data/v60.0/sobjects/Case/500"},
        IsClosed=True,
        Status="Closed",
        ClosedDate="2025-02-19T21:30:00.000+0000",
        LastModifiedDate="2025-02-19T21:31:00.000+0000",
        IsDeleted=False,
    )
    contact, closed = read(row)
    assert isinstance(contact, Event)
    assert isinstance(closed, Event)
    modified_us = 1_740_000_660_000_000
    assert contact.fact == Fact(f"case:{CASE}:contact", modified_us)
    assert (closed.kind, closed.occurred_at_us) == ("support.closed", 1_740_000_600_000_000)
    assert closed.fact == Fact(f"push:row:{CASE}:closed", modified_us)
    (gone,) = read(row | {"IsDeleted": True})
    assert isinstance(gone, Retraction)


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("missing_field", {}),
        ("missing_field", {"Name": "Acme"}),
        ("wrong_type", change("Case", "CREATE", recordIds="5")),
        ("missing_field", change("Case", "CREATE", recordIds=[])),
        ("unknown_type", change("Case", "TRUNCATE")),
        ("unknown_type", change("Lamp__c", "CREATE")),
        ("bad_time", change("Case", "CREATE", case(), commitTimestamp=-1)),
        ("bad_time", change("Case", "CREATE", case(CreatedDate="yesterday"))),
        ("bad_money", change("Opportunity", "CREATE", opportunity(Amount="1e9"))),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = read(payload)
    assert isinstance(item, Failed), item
    assert item.reason == reason
