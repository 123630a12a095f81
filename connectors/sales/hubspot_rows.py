"""Objects of HubSpot's API, as pollers put them into a topic: what `hubspot` tells of rows.

A row states the facts that webhooks state, with its `updatedAt` as their version. What is no fact
has the id that its webhook has, made of the time at which a property was set: so the history of a
stage is read as the webhooks of its changes, and without one the stage's own time stands in.
"""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec.structs import replace

from connectors.custom_fields import kept, own_names, stated
from connectors.event_types import mapped
from connectors.markup import plain_text
from connectors.money import parse_money
from connectors.naming import Named, name, named
from connectors.sales import hubspot_changes as changes
from connectors.sales.hubspot_changes import Change
from connectors.sales.hubspot_objects import OfRow, Row, retractions
from connectors.sales.hubspot_options import HubspotOptions
from connectors.sales.hubspot_surveys import SURVEYS
from connectors.timestamps import parse_time
from service.event import Event, Fact, Identifier, Ignored, Item, Money, Retraction


def _told(row: Row, thing: str, options: HubspotOptions) -> list[Item]:
    of_thing = f"{thing}:{row.id}"
    if row.archived:
        return retractions(row, of_thing, changes.stated_facts(thing))
    if options.leaves_out(thing, row.properties.get("hs_object_source")):
        return [changes.OPENED_BY_STAFF]
    fact = changes.created_fact(thing)
    who = _PEOPLE.get(thing, _of_customer)(row, thing, options)
    created = Event(
        id=f"{of_thing}:{fact}",
        kind=changes.CREATED[thing],
        occurred_at_us=row.created_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(f"{of_thing}:{fact}", row.updated_us),
        attributes=kept(options, row.properties),
    )
    return _MORE[thing](row, created, options)


def _contact(row: Row, created: Event, _: HubspotOptions) -> list[Item]:
    created = replace(
        created, status=row.text("lifecyclestage").lower(), language=row.text("hs_language")
    )
    since_us = row.moment_us("hs_v2_date_entered_lead", "hs_lifecyclestage_lead_date")
    if since_us is None:
        return [created]
    lead = f"contact:{row.id}:lead"
    return [
        created,
        replace(
            created,
            id=lead,
            kind="sales.lead.created",
            occurred_at_us=since_us,
            fact=Fact(lead, row.updated_us),
        ),
    ]


def _company(row: Row, created: Event, _: HubspotOptions) -> list[Item]:
    return [replace(created, status=row.text("lifecyclestage").lower())]


def _lead(row: Row, created: Event, _: HubspotOptions) -> list[Item]:
    return [replace(created, title=row.text("hs_lead_name"))]


def _deal(row: Row, created: Event, options: HubspotOptions) -> list[Item]:
    stage = row.text("dealstage")
    created = replace(
        created,
        title=row.text("dealname"),
        money=_amount(row, options),
        status=options.status("deal", stage),
        attributes=created.attributes
        | stated(pipeline=row.text("pipeline"), deal_type=row.text("dealtype")),
    )
    outcome = options.outcome(stage)
    for property_, told in (("hs_is_closed_won", "won"), ("hs_is_closed_lost", "lost")):
        outcome = outcome or (told if row.said(property_) else "")
    steps = _steps(row, "dealstage", lambda one: changes.deal_changed(one, "deal", options))
    fact = Fact(f"deal:{row.id}:outcome", row.updated_us)
    if not outcome:
        none = Retraction(id=f"{fact.id}:none", fact=fact, occurred_at_us=row.updated_us)
        return [created, *steps, none]
    entered_us = _entered_us(row, "dealstage", "closedate")
    # What is planned may be later than what is known.
    since_us = row.updated_us if entered_us is None else min(entered_us, row.updated_us)
    kind = f"sales.deal.{outcome}"
    ended = replace(created, id=fact.id, kind=kind, occurred_at_us=since_us, fact=fact)
    return [created, *steps, ended]


def _amount(row: Row, options: HubspotOptions) -> Money | None:
    amount = row.text("amount")
    currency = row.text("deal_currency_code") or options.currency
    return parse_money(amount, currency, "properties.amount") if amount and currency else None


def _ticket(row: Row, created: Event, options: HubspotOptions) -> list[Item]:
    stage = row.text("hs_pipeline_stage")
    created = replace(
        created,
        title=row.text("subject"),
        channel=row.text("source_type").lower(),
        status=options.status("ticket", stage),
        attributes=created.attributes
        | stated(
            ticket_id=str(row.id),
            priority=row.text("hs_ticket_priority").lower(),
            category=row.text("hs_ticket_category").lower(),
            pipeline=row.text("hs_pipeline"),
        ),
    )
    contact = replace(created, text=plain_text(row.text("content")))
    told = _steps(
        row, "hs_pipeline_stage", lambda one: changes.ticket_changed(one, "ticket", options)
    )
    entered_us = _entered_us(row, "hs_pipeline_stage", "closed_date", "hs_last_closed_date")
    if not told and stage in options.closed_stages and entered_us is not None:
        told = [_step(created, "support.closed", f"ticket:{row.id}:stage", entered_us)]
    return [contact, *told, *_reopened(row, created)]


def _reopened(row: Row, of: Event) -> list[Item]:
    time_us = row.moment_us(changes.REOPENED_AT)
    if time_us is None:
        return []
    return [
        _step(of, "support.reopened", f"ticket:{row.id}:reopened", time_us),
        _step(of, "support.contact", f"ticket:{row.id}:contact", time_us),
    ]


def _step(of: Event, kind: str, what: str, time_us: int) -> Event:
    id_ = f"{what}:{time_us // 1_000}"
    return replace(of, id=id_, kind=kind, occurred_at_us=time_us, fact=Fact(id_, time_us))


def _steps(row: Row, property_: str, read: Callable[[Change], list[Item]]) -> list[Item]:
    """What the webhooks of the property's changes would tell."""
    items: list[Item] = []
    for version in row.history(property_):
        time_ms = parse_time(version.timestamp, "timestamp") // 1_000
        items += read(Change(time_ms, row.id, property_, version.value))
    return [item for item in items if not isinstance(item, Ignored)]


def _entered_us(row: Row, property_: str, *otherwise: str) -> int | None:
    """When the object came into the stage that it is in."""
    if history := row.history(property_):
        return max(parse_time(version.timestamp, "timestamp") for version in history)
    stage = row.text(property_)
    return row.moment_us(f"hs_v2_date_entered_{stage}", f"hs_date_entered_{stage}", *otherwise)


def _is_contact(row: Row, thing: str, options: HubspotOptions) -> Named:
    merged = row.text("hs_merged_object_ids").split(";")
    return named(
        name(thing, row.id),
        *own_names(options, row.properties),
        name("email", row.text("email")),
        *(name("email", one) for one in row.text("hs_additional_emails").split(";")),
        name("phone", row.text("phone")),
        name("phone", row.text("mobilephone")),
        *(name(thing, one) for one in merged),
        around=[
            name("company", row.text("associatedcompanyid")),
            *(name("company", id_) for id_ in row.others("companies", row.companies)),
        ],
    )


def _is_company(row: Row, thing: str, options: HubspotOptions) -> Named:
    return named(
        name(thing, row.id),
        *own_names(options, row.properties),
        around=[name("phone", row.text("phone"))],
    )


def _of_customer(row: Row, thing: str, options: HubspotOptions) -> Named:
    """The object and whom it belongs to: the first of those who may be that."""
    people = {
        "contact": row.others("contacts", row.contacts),
        "company": row.others("companies", row.companies),
    }
    known = [Identifier(of, id_) for of, ids in people.items() for id_ in ids]
    owner = next((one for one in known if one.namespace == options.customer_is), None)
    return named(name(thing, row.id), *own_names(options, row.properties), owner, around=known)


_PEOPLE: Final = {"contact": _is_contact, "company": _is_company}
_MORE: Final = {
    "company": _company,
    "contact": _contact,
    "deal": _deal,
    "lead": _lead,
    "ticket": _ticket,
}

ROWS: Final[Mapping[str, OfRow]] = {
    **dict.fromkeys(_MORE, mapped(Row, _told)),
    **SURVEYS,
}
