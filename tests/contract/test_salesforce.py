"""Changes in Salesforce become events of deals, cases and the people behind them."""

from typing import Any

import pytest

from connectors.sales import salesforce_cases, salesforce_people
from connectors.sales.salesforce_events import NO_STEP
from service.event import (
    Event,
    Fact,
    Identifier,
    Item,
    Link,
    Money,
    Retraction,
)
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.salesforce import (
    ACCOUNT,
    CASE,
    COMMITTED_MS,
    CONTACT,
    LEAD,
    OPPORTUNITY,
    case,
    change,
    cometd,
    opportunity,
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
    assert read(change("Case", "UPDATE", {"OwnerId": "005X"})) == [NO_STEP]


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
    assert read(change("EmailMessage", "CREATE", opening)) == [salesforce_cases.OPENS_A_CASE]
    assert read(change("EmailMessage", "CREATE", email | {"Incoming": False})) == [
        salesforce_cases.BY_STAFF
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
        salesforce_people.NOT_FORGOTTEN
    ]


def test_an_order_is_placed_when_it_is_activated() -> None:
    record = {"ActivatedDate": 1_740_000_000_000, "TotalAmount": 12.5, "CurrencyIsoCode": "EUR"}
    event = only_event(read(change("Order", "UPDATE", record)))
    assert (event.kind, event.occurred_at_us) == ("sales.order.placed", 1_740_000_000_000_000)
    assert event.money == Money(1250, "EUR", 2)
    assert read(change("Order", "CREATE", {"Status": "Draft"})) == [NO_STEP]
