"""Rows of HubSpot's API state what its webhooks do, and both of them together count once."""

from typing import Any

import pytest

from connectors.contract import IGNORED_BY_SOURCE
from connectors.sales import hubspot_changes as changes
from connectors.sales.hubspot_surveys import NO_ANSWER
from connectors.sales.hubspot_types import IGNORED
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
from tests.contract.fixtures.hubspot import (
    ANSWER,
    DEAL,
    OCCURRED_MS,
    PERSON,
    TICKET,
    belonging,
    change,
    row,
    set_to,
)

ID = "508369434347"
CREATED_US, UPDATED_US = 1_739_869_200_000_000, 1_740_040_200_250_000
OCCURRED_US = OCCURRED_MS * 1_000
CONTACT, COMPANY = Identifier("contact", "5"), Identifier("company", "6")


def read(payload: object, **options: Any) -> list[Item]:
    return convert("hubspot", payload, options=options)


def events(items: list[Item]) -> list[Event]:
    found = [item for item in items if isinstance(item, Event)]
    assert not any(isinstance(item, Failed) for item in items), items
    return found


def test_a_deal_is_told_whole_and_belongs_to_its_contact() -> None:
    deal = Identifier("deal", ID)
    payload = row(DEAL, associations=belonging(contacts=["5"], companies=["6"]))
    created, won = events(read(payload))
    assert created == Event(
        id=f"deal:{ID}:created",
        kind="sales.deal.created",
        occurred_at_us=CREATED_US,
        subject=deal,
        identifiers=(CONTACT, COMPANY),
        links=(Link(deal, CONTACT), Link(deal, COMPANY, "weak")),
        fact=Fact(f"deal:{ID}:created", UPDATED_US),
        title="400 lamps",
        money=Money(4_000_050, "EUR", 2),
        status="closed won",
        attributes={"pipeline": "default"},
    )
    assert (won.kind, won.occurred_at_us, won.money) == (
        "sales.deal.won",
        OCCURRED_US,
        created.money,
    )
    assert won.fact == Fact(f"deal:{ID}:outcome", UPDATED_US)


def test_a_deal_that_is_open_has_no_outcome() -> None:
    created, none = read(row({**DEAL, "dealstage": "contractsent"}))
    assert isinstance(created, Event)
    assert isinstance(none, Retraction)
    assert none.fact == Fact(f"deal:{ID}:outcome", UPDATED_US)


def test_what_a_deal_is_worth_needs_its_currency_of_the_row_or_of_the_source() -> None:
    alone = {**DEAL, "deal_currency_code": None}
    assert events(read(row(alone)))[0].money is None
    assert events(read(row(alone), currency="EUR"))[0].money == Money(4_000_050, "EUR", 2)


def test_the_history_of_a_stage_is_read_as_the_webhooks_of_its_changes() -> None:
    versions = [
        {"value": "closedwon", "timestamp": "2025-02-19T21:20:00.123Z", "sourceType": "CRM_UI"},
        {"value": "contractsent", "timestamp": "2025-02-18T09:00:00.000Z"},
    ]
    _, won, moved, open_, _ = read(row(DEAL, propertiesWithHistory={"dealstage": versions}))
    assert [won] == read(set_to("deal", "dealstage", "closedwon"))
    earlier = set_to("deal", "dealstage", "contractsent")
    assert [moved, open_] == read(earlier | {"occurredAt": CREATED_US // 1_000})


def test_a_ticket_is_a_contact_and_what_came_of_it_has_the_ids_of_the_webhooks() -> None:
    contact, closed, reopened, again = events(read(row(TICKET, contacts=["5"])))
    assert (contact.title, contact.text) == ("Lamp is broken", "It came broken")
    assert (contact.channel, contact.status) == ("email", "closed")
    assert contact.attributes == {"ticket_id": ID, "priority": "high", "pipeline": "0"}
    assert contact.links == (Link(Identifier("ticket", ID), CONTACT),)
    told = only_event(read(set_to("ticket", "hs_pipeline_stage", "4")))
    assert (closed.id, closed.fact, closed.kind) == (told.id, told.fact, told.kind)
    at = str(reopened.occurred_at_us // 1_000)
    by_webhook = events(read(set_to("ticket", "hs_ticket_reopened_at", at)))
    assert [(event.id, event.fact) for event in by_webhook] == [
        (event.id, event.fact) for event in (reopened, again)
    ]


@pytest.mark.parametrize(
    ("thing", "properties"), [("deal", DEAL), ("ticket", TICKET), ("contact", PERSON)]
)
def test_creation_and_row_state_one_fact(thing: str, properties: dict[str, Any]) -> None:
    by_webhook = only_event(read(change(f"{thing}.creation")))
    by_row = events(read(row(properties)))[0]
    assert by_webhook.fact is not None
    assert by_row.fact is not None
    assert (by_webhook.fact.id, by_webhook.kind) == (by_row.fact.id, by_row.kind)


def test_a_ticket_that_an_employee_opened_is_no_contact() -> None:
    payload = row({**TICKET, "hs_object_source": "CRM_UI"})
    assert read(payload) == [changes.OPENED_BY_STAFF]
    assert events(read(payload, on_behalf="contact"))


def test_a_contact_has_all_its_names_and_was_a_lead_once() -> None:
    created, lead = events(read(row(PERSON)))
    who = Identifier("contact", ID)
    assert created.links == (
        Link(who, Identifier("email", "mo@mail.example")),
        Link(who, Identifier("phone", "+49170")),
        Link(who, Identifier("contact", "11")),
        Link(who, Identifier("contact", "12")),
        Link(who, COMPANY, "weak"),
    )
    assert (lead.kind, lead.fact) == ("sales.lead.created", Fact(f"contact:{ID}:lead", UPDATED_US))


def test_a_company_and_a_lead_are_known_by_what_the_source_or_their_address_says() -> None:
    company = row({"name": "Acme"}, url=f"https://app.hubspot.com/contacts/1/record/0-2/{ID}")
    assert events(read(company))[0].subject == Identifier("company", ID)
    (lead,) = events(read(row({"hs_lead_name": "Acme"}, contacts=[5])))
    assert (lead.kind, lead.links) == (
        "sales.lead.created",
        (Link(Identifier("lead", ID), CONTACT),),
    )


def test_an_answer_has_its_scale_only_where_that_is_known() -> None:
    answer = only_event(read(row(ANSWER)))
    assert (answer.kind, answer.score) == ("feedback.nps", Score(9, 0, 10, 10))
    assert (answer.subject, answer.text, answer.channel) == (CONTACT, "Wow!", "email")
    csat = row({**ANSWER, "hs_survey_type": "CSAT", "hs_value": "2"})
    assert only_event(read(csat)).kind == "feedback.comment"
    surveys = {5: {"kind": "feedback.csat", "scale": "0-2"}}
    assert only_event(read(csat, surveys=surveys)).score == Score(2, 0, 2, 2)
    silent = {**ANSWER, "hs_survey_type": "CSAT", "hs_content": ""}
    assert read(row(silent)) == [NO_ANSWER]


def test_what_was_archived_is_retracted() -> None:
    items = read(row(DEAL, archived=True, archivedAt="2025-02-21T00:00:00Z"))
    assert [item.fact for item in items if isinstance(item, Retraction)] == [
        Fact(f"deal:{ID}:created", 1_740_096_000_000_000),
        Fact(f"deal:{ID}:outcome", 1_740_096_000_000_000),
    ]


def test_the_rows_of_a_page_are_items_of_their_own() -> None:
    page = {"results": [row(DEAL), {"id": "1"}, row(TICKET)], "paging": {"next": {}}}
    kinds = [type(item) for item in read(page)]
    assert kinds == [Event, Event, Failed, Event, Event, Event, Event]
    assert isinstance(read({"results": []})[0], Ignored)


def test_airbyte_brings_rows_of_a_stream_that_the_source_describes() -> None:
    streams = {"tickets": {"connector": "hubspot", "type": "tickets"}}
    items = convert("airbyte", polled("tickets", row(TICKET)), options={"streams": streams})
    assert items == read(row(TICKET))


def test_rows_of_no_interest_are_ignored_by_their_object() -> None:
    assert read(row({"name": "Lamp"}), type="products") == [Ignored(IGNORED["product"])]
    assert read(row({"hs_lead_name": "Acme"}), ignore=["lead"]) == [IGNORED_BY_SOURCE]


@pytest.mark.parametrize(
    ("reason", "payload", "options"),
    [
        ("missing_field", row({"name": "Acme"}), {}),
        ("unknown_type", row({}), {"type": "parcels"}),
        ("wrong_type", row(DEAL, createdAt=None), {}),
        ("bad_time", row(DEAL, updatedAt="today"), {}),
        ("bad_time", row({**TICKET, "hs_ticket_reopened_at": "today"}), {}),
        ("bad_money", row({**DEAL, "amount": "much"}), {}),
        ("out_of_scale", row({**ANSWER, "hs_value": "11"}), {}),
        ("wrong_type", row({**ANSWER, "hs_value": "nine"}), {}),
    ],
)
def test_what_is_not_understood_fails(
    reason: str, payload: dict[str, Any], options: dict[str, Any]
) -> None:
    (failed,) = read(payload, **options)
    assert isinstance(failed, Failed), failed
    assert failed.reason == reason
