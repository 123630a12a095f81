"""Webhooks of HubSpot become events of contacts, deals and tickets, each once."""

from typing import Any

import pytest

from connectors.sales import hubspot_changes as changes
from connectors.sales.hubspot_types import IGNORED
from service.event import Event, Fact, Failed, Identifier, Ignored, Item, Link, Retraction
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.hubspot import OCCURRED_MS, association, change, merge, set_to

OCCURRED_US = OCCURRED_MS * 1_000
ID = "508369434347"


def read(payload: object, **options: Any) -> list[Item]:
    return convert("hubspot", payload, options=options)


THINGS = ("contact", "company", "deal", "ticket", "product", "line_item")
ACTIONS = ("creation", "deletion", "propertyChange", "merge", "restore", "associationChange")
OF_CONVERSATIONS = ("creation", "deletion", "newMessage", "privacyDeletion")

DOCUMENTED = {
    "contact.privacyDeletion",
    *(f"{thing}.{action}" for thing in THINGS for action in ACTIONS),
    *(f"conversation.{action}" for action in OF_CONVERSATIONS),
}


def test_every_documented_type_is_read_or_ignored_and_none_both() -> None:
    assert set(changes.CHANGES) & set(IGNORED) == set()
    assert {*changes.CHANGES, *IGNORED} >= DOCUMENTED


@pytest.mark.parametrize(
    ("thing", "kind", "fact"),
    [
        ("contact", "customer.created", "created"),
        ("company", "customer.created", "created"),
        ("lead", "sales.lead.created", "created"),
        ("deal", "sales.deal.created", "created"),
        ("ticket", "support.contact", "contact"),
    ],
)
def test_a_creation_is_a_fact_of_its_object(thing: str, kind: str, fact: str) -> None:
    assert read(change(f"{thing}.creation")) == [
        Event(
            id=f"{thing}:{ID}:created:{OCCURRED_MS}",
            kind=kind,
            occurred_at_us=OCCURRED_US,
            subject=Identifier(thing, ID),
            fact=Fact(f"{thing}:{ID}:{fact}", OCCURRED_US),
        )
    ]
    gone = read(change(f"{thing}.deletion", occurredAt=OCCURRED_MS + 1))
    assert gone[0] == Retraction(
        id=f"{thing}:{ID}:{fact}:retracted:{OCCURRED_MS + 1}",
        fact=Fact(f"{thing}:{ID}:{fact}", OCCURRED_US + 1_000),
        occurred_at_us=OCCURRED_US + 1_000,
    )
    assert only_event(read(change(f"{thing}.restore"))).fact == Fact(
        f"{thing}:{ID}:{fact}", OCCURRED_US
    )


def test_a_change_counts_once_however_often_and_by_whichever_subscription_it_is_told() -> None:
    told = set_to("deal", "dealstage", "closedwon")
    again = told | {"eventId": 1, "subscriptionId": 2, "attemptNumber": 3, "appId": 4}
    newer = again | {"subscriptionType": "object.propertyChange", "objectTypeId": "0-3"}
    as_texts = told | {"objectId": ID, "occurredAt": str(OCCURRED_MS)}
    assert read(told) == read(again) == read(newer) == read(as_texts)


def test_the_elements_of_an_array_are_items_of_their_own() -> None:
    items = read([change("contact.creation"), change("contact.creation", objectId=None), 5])
    assert [type(item) for item in items] == [Event, Failed, Failed]


def test_a_ticket_that_an_employee_opened_is_no_contact_unless_the_source_says_so() -> None:
    payload = change("ticket.creation", changeSource="CRM_UI")
    assert read(payload) == [changes.OPENED_BY_STAFF]
    assert only_event(read(payload, on_behalf="contact")).kind == "support.contact"


@pytest.mark.parametrize(
    ("stage", "kind", "status"),
    [
        ("closedwon", "sales.deal.won", "closed won"),
        ("closedlost", "sales.deal.lost", "closed lost"),
        ("77", "sales.deal.won", "signed"),
    ],
)
def test_a_deal_is_won_or_lost(stage: str, kind: str, status: str) -> None:
    event = only_event(
        read(
            set_to("deal", "dealstage", stage),
            won_stages=["closedwon", "77"],
            stages={"77": "Signed"},
        )
    )
    assert (event.kind, event.status) == (kind, status)
    assert event.fact == Fact(f"deal:{ID}:outcome", OCCURRED_US)


def test_a_deal_in_an_open_stage_has_no_outcome() -> None:
    moved, retraction = read(set_to("deal", "dealstage", "contractsent"))
    assert isinstance(moved, Event)
    assert (moved.kind, moved.status) == ("sales.deal.stage_changed", "contract sent")
    assert isinstance(retraction, Retraction)
    assert retraction.fact == Fact(f"deal:{ID}:outcome", OCCURRED_US)


def test_that_a_deal_is_won_is_one_fact_whichever_property_tells_it() -> None:
    by_stage = only_event(read(set_to("deal", "dealstage", "closedwon")))
    by_flag = only_event(read(set_to("deal", "hs_is_closed_won", "true")))
    assert by_flag.kind == by_stage.kind
    assert by_flag.fact == by_stage.fact
    assert read(set_to("deal", "hs_is_closed_won", "false")) == [changes.NO_STEP]


@pytest.mark.parametrize(
    ("stage", "kind", "status"),
    [
        ("2", "support.status_changed", "waiting on contact"),
        ("4", "support.closed", "closed"),
        ("901", "support.status_changed", "901"),
    ],
)
def test_a_ticket_moves_through_its_stages(stage: str, kind: str, status: str) -> None:
    event = only_event(read(set_to("ticket", "hs_pipeline_stage", stage)))
    assert (event.kind, event.status) == (kind, status)
    assert event.id == f"ticket:{ID}:stage:{OCCURRED_MS}"


def test_a_ticket_that_was_reopened_is_a_contact_too() -> None:
    items = read(set_to("ticket", "hs_ticket_reopened_at", "1740000000000"))
    assert [item.kind for item in items if isinstance(item, Event)] == [
        "support.reopened",
        "support.contact",
    ]


@pytest.mark.parametrize(
    ("thing", "property_", "value"),
    [
        ("deal", "amount", "2000"),
        ("deal", "dealstage", ""),
        ("ticket", "hs_ticket_priority", "HIGH"),
        ("ticket", "hs_ticket_reopened_at", ""),
    ],
)
def test_other_properties_are_no_step(thing: str, property_: str, value: str) -> None:
    assert read(set_to(thing, property_, value)) == [changes.NO_STEP]


@pytest.mark.parametrize(
    ("property_", "name"),
    [
        ("email", Identifier("email", "mo@mail.example")),
        ("mobilephone", Identifier("phone", "mo@mail.example")),
    ],
)
def test_a_contact_gets_a_name(property_: str, name: Identifier) -> None:
    event = only_event(read(set_to("contact", property_, "mo@mail.example")))
    assert event.kind == "customer.updated"
    assert event.links == (Link(Identifier("contact", ID), name),)
    assert event.attributes == {"property": property_}


def test_values_of_properties_are_kept_nowhere_else() -> None:
    event = only_event(read(set_to("contact", "address", "Lindenweg 5")))
    assert "Lindenweg" not in str(event)


def test_a_contact_becomes_a_lead() -> None:
    event = only_event(read(set_to("contact", "lifecyclestage", "lead")))
    assert (event.kind, event.status) == ("sales.lead.created", "lead")
    other = only_event(read(set_to("contact", "lifecyclestage", "customer")))
    assert (other.kind, other.status) == ("customer.updated", "customer")


CONTACT, COMPANY, DEAL = (
    Identifier(n, v) for n, v in (("contact", "5"), ("company", "6"), ("deal", "7"))
)


def test_an_association_links_a_deal_with_its_customer() -> None:
    event = only_event(read(association("DEAL_TO_CONTACT", 7, 5)))
    assert event.subject == CONTACT
    assert event.links == (Link(CONTACT, DEAL),)
    other_way = only_event(read(association("CONTACT_TO_DEAL", 5, 7)))
    assert other_way == event
    newer = change(
        "object.associationChange",
        fromObjectTypeId="0-3",
        toObjectTypeId="0-1",
        fromObjectId=7,
        toObjectId=5,
    )
    assert read(newer) == [event]


def test_whose_deal_it_is_says_the_source() -> None:
    of_contact = association("DEAL_TO_CONTACT", 7, 5)
    of_company = association("DEAL_TO_COMPANY", 7, 6)
    (weak,) = only_event(read(of_company)).links
    (strong,) = only_event(read(of_company, customer_is="company")).links
    (person,) = only_event(read(of_contact, customer_is="company")).links
    assert [weak, strong, person] == [
        Link(COMPANY, DEAL, "weak"),
        Link(COMPANY, DEAL),
        Link(CONTACT, DEAL, "weak"),
    ]


def test_people_of_a_company_stay_people_of_their_own() -> None:
    (link,) = only_event(read(association("COMPANY_TO_CONTACT", 6, 5))).links
    assert link == Link(CONTACT, COMPANY, "weak")


def test_an_association_that_ends_is_retracted() -> None:
    stated = only_event(read(association("DEAL_TO_CONTACT", 7, 5)))
    (item,) = read(association("CONTACT_TO_DEAL", 5, 7) | {"associationRemoved": True})
    assert isinstance(item, Retraction)
    assert item.fact == stated.fact


def test_what_belongs_together_without_a_person_is_no_step() -> None:
    for type_ in ("DEAL_TO_TICKET", "CONTACT_TO_ENGAGEMENT", "DEAL_TO_LINE_ITEM"):
        assert read(association(type_, 7, 8)) == [changes.NO_STEP]


def test_merged_contacts_are_one_customer() -> None:
    event = only_event(read(merge("contact")))
    assert event.kind == "customer.merged"
    whole = Identifier("contact", "3")
    assert event.links == (
        Link(whole, Identifier("contact", "1")),
        Link(whole, Identifier("contact", "2")),
    )


def test_deals_that_were_merged_away_are_retracted() -> None:
    items = read(merge("deal", newObjectId=None))
    assert [item.fact.id for item in items if isinstance(item, Retraction)] == [
        "deal:2:created",
        "deal:2:outcome",
    ]


def test_a_privacy_deletion_is_an_erasure_request() -> None:
    event = only_event(read(change("contact.privacyDeletion")))
    assert event.kind == "customer.erasure_requested"
    assert event.subject == Identifier("contact", ID)


def test_objects_of_no_interest_are_ignored_in_both_forms() -> None:
    reason = [Ignored(IGNORED["product.creation"])]
    assert read(change("product.creation")) == reason
    assert read(change("object.creation", objectTypeId="0-7")) == reason
    assert read(change("object.creation", objectTypeId="2-3456")) == [
        Ignored(IGNORED["custom_object.creation"])
    ]


def test_an_object_that_is_not_known_can_be_left_out_by_its_name() -> None:
    payload = change("object.creation", objectTypeId="0-9999")
    (item,) = read(payload)
    assert isinstance(item, Failed)
    assert "`object-0-9999.creation`" in item.detail
    (item,) = convert("hubspot", payload, options={"ignore": ["object-0-9999.creation"]})
    assert isinstance(item, Ignored)


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("missing_field", {}),
        ("missing_field", change("object.creation")),
        ("unknown_type", change("contact.sneeze")),
        ("unknown_type", change("object.creation", objectTypeId="0-9999")),
        ("missing_field", change("contact.creation", objectId=None)),
        ("missing_field", change("deal.propertyChange")),
        ("missing_field", change("contact.associationChange")),
        ("missing_field", change("contact.associationChange", fromObjectId=1, toObjectId=2)),
        ("missing_field", change("contact.merge")),
        ("bad_time", change("contact.creation", occurredAt="today")),
        ("wrong_type", change("contact.creation", occurredAt=None)),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = read(payload)
    assert isinstance(item, Failed), item
    assert item.reason == reason
