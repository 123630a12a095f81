"""Changes in Salesforce become events of deals, cases and the people behind them."""

from typing import Any

import pytest

from connectors.sales import salesforce, salesforce_mapped
from connectors.sales.salesforce_objects import IGNORED
from service.event import (
    Event,
    Fact,
    Failed,
    Identifier,
    Ignored,
    Item,
    Link,
    Lookup,
    Money,
    Retraction,
    Telling,
)
from tests.contract.converting import convert, only_event, tellings
from tests.contract.fixtures.salesforce import (
    ACCOUNT,
    CASE,
    COMMITTED_MS,
    CONTACT,
    EVENTS,
    LEAD,
    OPPORTUNITY,
    PARCEL_LOST,
    case,
    change,
    cometd,
    opportunity,
    pushed,
)

COMMITTED_US = COMMITTED_MS * 1_000
VERSION = COMMITTED_US + 2
ID = f"0002343d-9d90-e395-ed20-cf416ba652ad:2:{OPPORTUNITY}"


def read(payload: object, **options: Any) -> list[Item]:
    return convert("salesforce", payload, options=options)


def kinds(items: list[Item]) -> list[str]:
    return [item.kind if isinstance(item, Event) else type(item).__name__ for item in items]


def moved(**fields: Any) -> list[Item]:
    return read(change("Opportunity", "UPDATE", fields))


def test_a_new_opportunity_is_a_deal_of_its_account_with_exact_money() -> None:
    account, deal = Identifier("account", ACCOUNT), Identifier("opportunity", OPPORTUNITY)
    assert read(change("Opportunity", "CREATE", opportunity(ContactId=CONTACT))) == [
        Event(
            id=ID,
            kind="sales.deal.created",
            occurred_at_us=1_740_000_000_000_000,
            subject=account,
            identifiers=(deal, Identifier("contact", CONTACT)),
            links=(Link(account, deal), Link(account, Identifier("contact", CONTACT), "weak")),
            fact=Fact(f"opportunity:{OPPORTUNITY}:created", VERSION),
            title="400 lamps",
            channel="web",
            status="prospecting",
            money=Money(4_000_050, "EUR", 2),
            attributes={"opportunity_id": OPPORTUNITY},
        )
    ]


def test_money_without_a_currency_is_not_guessed() -> None:
    payload = change("Opportunity", "CREATE", opportunity(CurrencyIsoCode=None))
    assert only_event(read(payload)).money is None
    of_the_organisation = only_event(read(payload, currency="EUR"))
    assert of_the_organisation.money == Money(4_000_050, "EUR", 2)


def test_fields_of_the_company_are_attributes_under_the_names_of_the_source() -> None:
    payload = change("Case", "CREATE", case(Plan__c="gold", Size__c=None, Odd__c={"x": 1}))
    fields = {"Plan__c": "plan", "Size__c": "size", "Odd__c": "odd"}
    attributes = only_event(read(payload, fields=fields)).attributes
    assert attributes["plan"] == "gold"
    assert not {"size", "odd"} & set(attributes)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"StageName": "Negotiation"}, "sales.deal.stage_changed"),
        ({"StageName": "Done", "IsClosed": True, "IsWon": True}, "sales.deal.won"),
        ({"StageName": "Dropped", "IsClosed": True}, "sales.deal.lost"),
        ({"StageName": "Dropped", "IsWon": False}, "sales.deal.lost"),
        ({"StageName": "Closed Won"}, "sales.deal.won"),
        ({"StageName": "Closed Lost"}, "sales.deal.lost"),
    ],
)
def test_a_deal_moves_through_its_stages(fields: dict[str, Any], kind: str) -> None:
    event = only_event(moved(**fields))
    assert (event.kind, event.status) == (kind, fields["StageName"].lower())
    assert event.subject == Identifier("opportunity", OPPORTUNITY)
    assert event.occurred_at_us == COMMITTED_US
    outcome = f"opportunity:{OPPORTUNITY}:outcome"
    assert event.fact == Fact(ID if kind.endswith("changed") else outcome, VERSION)


def test_a_deal_that_is_opened_again_has_no_outcome_any_more() -> None:
    event, retraction = moved(StageName="Negotiation", IsClosed=False, IsWon=False)
    assert isinstance(event, Event)
    assert event.kind == "sales.deal.stage_changed"
    assert retraction == Retraction(
        id=f"{ID}:outcome",
        fact=Fact(f"opportunity:{OPPORTUNITY}:outcome", VERSION),
        occurred_at_us=COMMITTED_US,
    )


def test_a_deal_that_is_won_when_it_is_created_is_created_and_won() -> None:
    items = read(change("Opportunity", "CREATE", opportunity(IsClosed=True, IsWon=True)))
    assert kinds(items) == ["sales.deal.created", "sales.deal.won"]


def test_enriched_fields_did_not_change() -> None:
    payload = change(
        "Opportunity", "UPDATE", opportunity(), changedFields=["Name", "LastModifiedDate"]
    )
    assert read(payload) == [salesforce_mapped.NO_STEP]


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
    assert read(change("Opportunity", "UPDATE", record, changedFields=[amount])) == [
        salesforce_mapped.NO_STEP
    ]


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


def test_a_change_of_all_records_at_once_is_nothing_that_happened_to_a_customer() -> None:
    payload = change("Case", "UPDATE", {"Status": "New"}, recordIds=["500*"])
    assert read(payload) == [salesforce.ALL_AT_ONCE]


def test_a_new_case_is_a_contact_of_its_person() -> None:
    event = only_event(read(cometd(change("Case", "CREATE", case()))))
    person = Identifier("contact", CONTACT)
    assert event.subject == person
    assert event.links == (
        Link(person, Identifier("case", CASE)),
        Link(person, Identifier("email", "mo@mail.example"), "weak"),
        Link(person, Identifier("account", ACCOUNT), "weak"),
    )
    assert event.kind == "support.contact"
    assert event.occurred_at_us == 1_739_999_999_000_000
    assert event.fact == Fact(f"case:{CASE}:contact", VERSION)
    assert (event.title, event.text) == ("Refund not received", "I sent it back in May")
    assert (event.channel, event.status) == ("email", "new")
    assert event.attributes == {
        "ticket_id": CASE,
        "ticket_number": "00001234",
        "priority": "high",
    }


def test_a_case_of_nobody_known_is_of_the_address_that_was_typed_in() -> None:
    event = only_event(read(change("Case", "CREATE", case(ContactId=None))))
    email = Identifier("email", "mo@mail.example")
    assert event.subject == email
    assert Link(email, Identifier("case", CASE)) in event.links


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"Status": "Escalated"}, "support.status_changed"),
        ({"Status": "Solved", "IsClosed": True}, "support.closed"),
        ({"IsClosed": True}, "support.closed"),
        ({"Status": "Closed"}, "support.closed"),
    ],
)
def test_the_status_of_a_case_changes(fields: dict[str, Any], kind: str) -> None:
    event = only_event(read(change("Case", "UPDATE", fields)))
    assert (event.kind, event.status) == (kind, fields.get("Status", "").lower())


def test_a_case_that_is_open_again_is_reopened_and_a_contact() -> None:
    reopened, contact = read(change("Case", "UPDATE", {"Status": "Working", "IsClosed": False}))
    assert isinstance(reopened, Event)
    assert isinstance(contact, Event)
    assert [reopened.kind, contact.kind] == ["support.reopened", "support.contact"]
    assert contact.id == f"{reopened.id}:contact"
    assert contact.fact == Fact(contact.id, VERSION)


def test_another_owner_of_a_case_is_no_step() -> None:
    assert read(change("Case", "UPDATE", {"OwnerId": "005X"})) == [salesforce_mapped.NO_STEP]


def test_a_reply_by_mail_is_a_message() -> None:
    email = {
        "Incoming": True,
        "ParentId": CASE,
        "FromAddress": "mo@mail.example",
        "HtmlBody": "<p>Any news?</p>",
        "ReplyToEmailMessageId": "02s1",
    }
    event = only_event(read(change("EmailMessage", "CREATE", email)))
    assert (event.kind, event.text) == ("support.message", "Any news?")
    assert event.subject == Identifier("case", CASE)
    opening = email | {"ReplyToEmailMessageId": None}
    assert read(change("EmailMessage", "CREATE", opening)) == [salesforce_mapped.OPENS_A_CASE]
    assert read(change("EmailMessage", "CREATE", email | {"Incoming": False})) == [
        salesforce_mapped.BY_STAFF
    ]


def test_a_person_is_known_by_all_names_that_the_record_has() -> None:
    record = {
        "Email": "mo@mail.example",
        "MobilePhone": "+49170",
        "AccountId": ACCOUNT,
        "Erp__c": 5,
    }
    event = only_event(
        read(change("Contact", "CREATE", record), identifiers={"Erp__c": "customer"})
    )
    assert event.kind == "customer.created"
    assert event.subject == Identifier("contact", CONTACT)
    assert event.identifiers == (
        Identifier("customer", "5"),
        Identifier("email", "mo@mail.example"),
        Identifier("phone", "+49170"),
        Identifier("account", ACCOUNT),
    )
    assert [link.strength for link in event.links] == ["strong"] * 3 + ["weak"]


def test_a_converted_lead_is_its_contact() -> None:
    record = {"IsConverted": True, "ConvertedContactId": CONTACT, "ConvertedAccountId": ACCOUNT}
    event = only_event(read(change("Lead", "UPDATE", record)))
    assert event.kind == "customer.merged"
    assert Link(Identifier("lead", LEAD), Identifier("contact", CONTACT)) in event.links


def test_a_person_who_asks_to_be_forgotten_is_an_erasure_request() -> None:
    event = only_event(read(change("Individual", "UPDATE", {"ShouldForget": True})))
    assert event.kind == "customer.erasure_requested"
    assert read(change("Individual", "UPDATE", {"ShouldForget": False})) == [
        salesforce_mapped.NOT_FORGOTTEN
    ]


def test_an_order_is_placed_when_it_is_activated() -> None:
    record = {"ActivatedDate": 1_740_000_000_000, "TotalAmount": 12.5, "CurrencyIsoCode": "EUR"}
    event = only_event(read(change("Order", "UPDATE", record)))
    assert (event.kind, event.occurred_at_us) == ("sales.order.placed", 1_740_000_000_000_000)
    assert event.money == Money(1250, "EUR", 2)
    assert read(change("Order", "CREATE", {"Status": "Draft"})) == [salesforce_mapped.NO_STEP]


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
    assert read(pushed("updated", {"Id": CASE, "Status": "Closed"})) == [salesforce_mapped.NO_STEP]


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
