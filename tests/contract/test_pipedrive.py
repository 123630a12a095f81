"""Webhooks of Pipedrive become deals, leads and the people behind them."""

from typing import Any

import pytest

from connectors.sales import pipedrive
from connectors.sales.pipedrive import IGNORED
from service.event import Event, Fact, Failed, Identifier, Item, Link, Money, Retraction
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.pipedrive import OWN, deal, older, person, webhook

TIME_US, ADDED_US = 1_740_000_000_123_000, 1_739_995_200_000_000
ID = "5d1b1d3e-3f0e-4b0f-9a55-0c7a1f2f9c11"
PERSON, COMPANY, DEAL = (
    Identifier("person", "7"),
    Identifier("organization", "8"),
    Identifier("deal", "1"),
)


def read(payload: object, **options: Any) -> list[Item]:
    return convert("pipedrive", payload, options=options)


def kinds(items: list[Item]) -> list[str]:
    return [item.kind if isinstance(item, Event) else type(item).__name__ for item in items]


def test_no_type_is_both_read_and_ignored() -> None:
    assert set(pipedrive._MAPPED) & set(IGNORED) == set()


def test_a_new_deal_belongs_to_its_person() -> None:
    payload = webhook("deal.create", deal())
    assert read(payload, stages={2: "Qualified"}, fields={OWN: "plan"}) == [
        Event(
            id=ID,
            kind="sales.deal.created",
            occurred_at_us=ADDED_US,
            subject=PERSON,
            identifiers=(DEAL, COMPANY),
            links=(Link(PERSON, DEAL), Link(PERSON, COMPANY, "weak")),
            fact=Fact("deal:1:created", TIME_US),
            title="400 lamps",
            money=Money(150_050, "EUR", 2),
            status="qualified",
            attributes={"plan": "gold", "deal_id": "1", "origin": "manuallycreated"},
        )
    ]
    of_company = only_event(read(payload, customer_is="organization"))
    assert of_company.links == (Link(COMPANY, DEAL), Link(COMPANY, PERSON, "weak"))


@pytest.mark.parametrize(
    ("now", "before", "found"),
    [
        ({"status": "won"}, {"status": "open"}, ["sales.deal.won"]),
        ({"status": "lost"}, {"status": "open", "stage_id": 1}, ["sales.deal.lost"]),
        ({"stage_id": 3}, {"stage_id": 2}, ["sales.deal.stage_changed"]),
        ({"status": "open"}, {"status": "won"}, ["sales.deal.stage_changed", "Retraction"]),
        ({"status": "deleted"}, {"status": "open"}, ["Retraction", "Retraction"]),
        ({"title": "x"}, {"title": "y"}, ["Ignored"]),
    ],
)
def test_a_deal_moves(now: dict[str, Any], before: dict[str, Any], found: list[str]) -> None:
    assert kinds(read(webhook("deal.change", deal(**now), before))) == found


def test_stages_before_and_after_are_told() -> None:
    event = only_event(read(webhook("deal.change", deal(), {"stage_id": 1}), stages={1: "New"}))
    assert (event.previous_status, event.status) == ("new", "2")


def test_why_a_deal_was_lost_is_kept() -> None:
    lost = deal(status="lost", lost_reason="Too expensive")
    event = only_event(read(webhook("deal.change", lost, {"status": "open"})))
    assert event.attributes["lost_reason"] == "Too expensive"
    assert event.fact == Fact("deal:1:outcome", TIME_US)


def test_a_deal_that_is_won_when_it_is_created_is_created_and_won() -> None:
    assert kinds(read(webhook("deal.create", deal(status="won")))) == [
        "sales.deal.created",
        "sales.deal.won",
    ]


def test_what_was_deleted_is_retracted() -> None:
    items = read(webhook("deal.delete", None, deal()))
    assert [item.fact.id for item in items if isinstance(item, Retraction)] == [
        "deal:1:created",
        "deal:1:outcome",
    ]
    (gone,) = read(webhook("person.delete", None, person()))
    assert isinstance(gone, Retraction)
    assert gone.fact == Fact("person:1:created", TIME_US)


def test_a_lead_has_its_own_form_of_money() -> None:
    lead = {"title": "Lamps", "person_id": 7, "value": {"amount": 12.5, "currency": "EUR"}}
    event = only_event(read(webhook("lead.create", lead, entity_id="a-b")))
    assert (event.kind, event.money) == ("sales.lead.created", Money(1250, "EUR", 2))
    assert event.links == (Link(PERSON, Identifier("lead", "a-b")),)


def test_a_person_is_known_by_mail_and_phone() -> None:
    event = only_event(read(webhook("person.create", person())))
    who = Identifier("person", "1")
    assert event.links == (
        Link(who, Identifier("email", "ann@mail.example")),
        Link(who, Identifier("phone", "+4940123")),
        Link(who, COMPANY, "weak"),
    )
    assert event.occurred_at_us == ADDED_US
    assert only_event(read(webhook("person.change", person(), {}))).kind == "customer.updated"


def test_people_who_were_merged_are_one_customer() -> None:
    event = only_event(read(webhook("person.change", person(merged_to_id=9), {})))
    assert event.kind == "customer.merged"
    assert Link(Identifier("person", "1"), Identifier("person", "9")) in event.links


def test_a_person_who_was_deleted_by_a_merger_is_the_one_that_is_left() -> None:
    payload = webhook("person.delete", None, person(), merged_to_id="9")
    merged, retraction = read(payload)
    assert isinstance(merged, Event)
    left, gone = Identifier("person", "9"), Identifier("person", "1")
    assert (merged.kind, merged.subject, merged.links) == (
        "customer.merged",
        left,
        (Link(left, gone),),
    )
    assert isinstance(retraction, Retraction)
    assert retraction.fact.id == "person:1:created"


def test_the_first_version_says_that_people_were_merged() -> None:
    merged = only_event(read(older("merged", "person", person(), {"id": 1})))
    assert merged.kind == "customer.merged"


def test_the_first_version_says_the_same_in_other_words() -> None:
    current = deal(
        person_id={"value": 7, "name": "Ann"},
        org_id={"value": 8},
        status="won",
        add_time="2025-02-19 20:00:00",
    )
    event = only_event(read(older("updated", "deal", current, {"status": "open"})))
    assert (event.kind, event.subject) == ("sales.deal.won", PERSON)
    assert event.id == "deal:1:change:1740000000"
    added = only_event(read(older("added", "person", {"email": [{"value": "a@mail.example"}]})))
    assert added.identifiers == (Identifier("email", "a@mail.example"),)


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("missing_field", {}),
        ("wrong_type", {"meta": None}),
        ("missing_field", {"meta": {}}),
        ("unknown_type", webhook("deal.sung", deal())),
        ("unknown_type", webhook("lamp.create", {})),
        ("missing_field", webhook("deal.create", deal(), entity_id=None)),
        ("bad_time", webhook("deal.create", deal(), timestamp="today")),
        ("bad_money", webhook("deal.create", deal(value=0.001))),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = read(payload)
    assert isinstance(item, Failed), item
    assert item.reason == reason
