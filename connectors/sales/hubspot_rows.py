"""Objects of HubSpot's API, as pollers put them into a topic: what `hubspot` tells of rows.

A row states the facts that webhooks state, with its `updatedAt` as their version. What is no fact
has the id that its webhook has, made of the time at which a property was set: so the history of a
stage is read as the webhooks of its changes, and without one the stage's own time stands in.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import msgspec
from msgspec.structs import replace

from connectors.custom_fields import kept, own_names, stated
from connectors.event_types import Mapped, mapped
from connectors.markup import plain_text
from connectors.money import parse_money
from connectors.naming import Named, name, named
from connectors.refusal import Refused
from connectors.sales import hubspot_changes as changes
from connectors.sales.hubspot_changes import Change, moment
from connectors.sales.hubspot_options import HubspotOptions
from connectors.timestamps import parse_time
from service.event import Event, Fact, Identifier, Ignored, Item, Money, Retraction

NO_ANSWER: Final = Ignored("a survey's answer without a text, and without a scale in `surveys`")


class _Version(msgspec.Struct):
    timestamp: str
    value: str | int | float | bool | None = None


class _Other(msgspec.Struct):
    id: int | str


class _Others(msgspec.Struct):
    results: tuple[_Other, ...] = ()


class Row(msgspec.Struct, rename="camel"):
    """An object. Airbyte writes what belongs to it as plain lists of ids beside it."""

    id: int | str
    properties: dict[str, Any]
    created_at: str
    updated_at: str
    archived: bool | None = None
    archived_at: str | None = None
    properties_with_history: dict[str, tuple[_Version, ...]] | None = None
    associations: dict[str, _Others] | None = None
    contacts: tuple[int | str, ...] | None = None
    companies: tuple[int | str, ...] | None = None
    tickets: tuple[int | str, ...] | None = None

    @property
    def created_us(self) -> int:
        return parse_time(self.created_at, "createdAt")

    @property
    def updated_us(self) -> int:
        return parse_time(self.updated_at, "updatedAt")

    def text(self, property_: str) -> str:
        """The value of a property; "" if it has none."""
        value = self.properties.get(property_)
        is_one = isinstance(value, str | int | float) and not isinstance(value, bool)
        return str(value) if is_one else ""

    def said(self, property_: str) -> bool:
        """Whether a property is true."""
        return self.properties.get(property_) in (True, "true")

    def moment_us(self, *properties: str) -> int | None:
        """The time in the first of these properties that has one."""
        found = next((field for field in properties if self.text(field)), None)
        return None if found is None else moment(self.text(found), f"properties.{found}")

    def history(self, property_: str) -> tuple[_Version, ...]:
        """The values of a property since the beginning, the newest first."""
        return (self.properties_with_history or {}).get(property_, ())

    def others(self, resource: str, beside: tuple[int | str, ...] | None) -> list[str]:
        """The ids of the objects of a resource that belong to this one."""
        found = (self.associations or {}).get(resource, _Others()).results
        return [*(str(one.id) for one in found), *map(str, beside or ())]


OfRow: TypeAlias = Mapped[[object, str, HubspotOptions]]
"""A payload, the object that it is of, and the options to items."""


def _told(row: Row, thing: str, options: HubspotOptions) -> list[Item]:
    of_thing = f"{thing}:{row.id}"
    if row.archived:
        return _archived(row, of_thing, changes.stated_facts(thing))
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


def _archived(row: Row, of_thing: str, facts: tuple[str, ...]) -> list[Item]:
    time_us = row.updated_us
    if row.archived_at:
        time_us = max(time_us, parse_time(row.archived_at, "archivedAt"))
    return [
        Retraction(
            id=f"{of_thing}:{fact}:archived",
            fact=Fact(f"{of_thing}:{fact}", time_us),
            occurred_at_us=time_us,
        )
        for fact in facts
    ]


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
    steps = _steps(row, "deal", "dealstage", options)
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
    told = _steps(row, "ticket", "hs_pipeline_stage", options)
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


def _steps(row: Row, thing: str, property_: str, options: HubspotOptions) -> list[Item]:
    read = changes.deal_changed if thing == "deal" else changes.ticket_changed
    items: list[Item] = []
    for version in row.history(property_):
        time_ms = parse_time(version.timestamp, "timestamp") // 1_000
        change = Change(time_ms, row.id, property_, version.value)
        items += read(change, thing, options)
    return [item for item in items if not isinstance(item, Ignored)]


def _entered_us(row: Row, property_: str, *otherwise: str) -> int | None:
    """When the object came into the stage that it is in."""
    if history := row.history(property_):
        return max(parse_time(version.timestamp, "timestamp") for version in history)
    stage = row.text(property_)
    return row.moment_us(f"hs_v2_date_entered_{stage}", f"hs_date_entered_{stage}", *otherwise)


def _answered(row: Row, thing: str, options: HubspotOptions) -> list[Item]:
    fact = f"{thing}:{row.id}"
    if row.archived:
        return _archived(row, fact, ("answer",))
    value, text = row.text("hs_value"), row.text("hs_content")
    asked = options.survey(row.text("hs_survey_id"), row.text("hs_survey_type"))
    if not text and not (asked and value):
        return [NO_ANSWER]
    score = asked.score(_number(value)) if asked and value else None
    who = named(
        *own_names(options, row.properties),
        name("contact", row.text("hs_contact_id")),
        *(name("contact", id_) for id_ in row.others("contacts", row.contacts)[:1]),
        name(thing, row.id),
        around=[name("ticket", id_) for id_ in row.others("tickets", row.tickets)],
    )
    answer = Event(
        id=f"{fact}:answer",
        kind=asked.kind if asked and (score or asked.ends is None) else "feedback.comment",
        occurred_at_us=row.moment_us("hs_submission_timestamp") or row.created_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(f"{fact}:answer", row.updated_us),
        score=score,
        text=text,
        channel=row.text("hs_survey_channel").lower(),
        attributes=stated(
            survey_id=row.text("hs_survey_id"), survey_name=row.text("hs_survey_name")
        )
        | kept(options, row.properties),
    )
    return [answer]


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise Refused("wrong_type", "`properties.hs_value` must be a number") from None


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
    "feedback_submission": mapped(Row, _answered),
}
