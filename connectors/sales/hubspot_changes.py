"""Webhooks of HubSpot: what one change of an object becomes, by the rules of `hubspot`."""

from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from connectors.event_types import Mapped, mapped
from connectors.naming import Named, event_about, name, named
from connectors.refusal import Refused
from connectors.sales.hubspot_options import HubspotOptions
from connectors.sales.hubspot_types import object_of
from connectors.timestamps import parse_milliseconds, parse_time
from service.event import Event, Fact, Identifier, Ignored, Item, Retraction

NO_STEP: Final = Ignored("a change of a property that tells no step of a journey")
OPENED_BY_STAFF: Final = Ignored("a ticket that the customer did not open")

REOPENED_AT: Final = "hs_ticket_reopened_at"

_NAMES: Final = {"email": "email", "phone": "phone", "mobilephone": "phone"}
"""Properties of a contact that name it, with their namespaces."""


class Change(msgspec.Struct, rename="camel"):
    """A webhook's element."""

    occurred_at: int | str
    object_id: int | str | None = None
    property_name: str | None = None
    property_value: str | int | float | bool | None = None
    change_source: str | None = None
    primary_object_id: int | str | None = None
    merged_object_ids: tuple[int | str, ...] | None = None
    new_object_id: int | str | None = None
    association_type: str | None = None
    association_removed: bool | None = None
    from_object_id: int | str | None = None
    from_object_type_id: str | None = None
    to_object_id: int | str | None = None
    to_object_type_id: str | None = None

    @property
    def time_us(self) -> int:
        return parse_milliseconds(self.occurred_at, "occurredAt")


OfThing: TypeAlias = Mapped[[object, str, HubspotOptions]]
"""A payload, the object that it is of, and the options to items."""


def _created(change: Change, thing: str, options: HubspotOptions) -> list[Item]:
    if options.leaves_out(thing, change.change_source):
        return [OPENED_BY_STAFF]
    return [_event(change, CREATED[thing], _named(change, thing), "created", created_fact(thing))]


def _restored(change: Change, thing: str, _: HubspotOptions) -> list[Item]:
    return [_event(change, CREATED[thing], _named(change, thing), "restored", created_fact(thing))]


def _deleted(change: Change, thing: str, _: HubspotOptions) -> list[Item]:
    return _retractions(change, f"{thing}:{_id_of(change)}", stated_facts(thing))


CREATED: Final = {
    "company": "customer.created",
    "contact": "customer.created",
    "deal": "sales.deal.created",
    "lead": "sales.lead.created",
    "ticket": "support.contact",
}
"""What the creation of an object is."""


def created_fact(thing: str) -> str:
    """The fact of an object's creation."""
    return "contact" if thing == "ticket" else "created"


def stated_facts(thing: str) -> tuple[str, ...]:
    """The facts of an object that its deletion takes back."""
    return ("created", "outcome") if thing == "deal" else (created_fact(thing),)


def _profile_changed(change: Change, thing: str, _: HubspotOptions) -> list[Item]:
    property_, value = _property(change)
    who = _named(change, thing)
    if thing == "contact" and property_ in _NAMES:
        who = named(who.subject, name(_NAMES[property_], value))
    attributes = {"property": property_}
    if property_ != "lifecyclestage":
        event = _event(change, "customer.updated", who, f"{property_}:changed")
        return [replace(event, attributes=attributes)]
    if value == "lead" and thing == "contact":
        event = _event(change, "sales.lead.created", who, "lead", "lead")
    else:
        event = _event(change, "customer.updated", who, f"{property_}:changed")
    return [replace(event, status=value.lower(), attributes=attributes)]


def deal_changed(change: Change, thing: str, options: HubspotOptions) -> list[Item]:
    """A property of a deal has another value."""
    property_, value = _property(change)
    if property_ in ("hs_is_closed_won", "hs_is_closed_lost") and value.lower() == "true":
        return [_moved(change, thing, "won" if property_.endswith("won") else "lost", "outcome")]
    if property_ != "dealstage" or not value:
        return [NO_STEP]
    status = options.status(thing, value)
    if outcome := options.outcome(value):
        return [replace(_moved(change, thing, outcome, "outcome"), status=status)]
    moved = replace(_moved(change, thing, "stage_changed"), status=status)
    return [moved, *_retractions(change, f"{thing}:{_id_of(change)}", ("outcome",))]


def _moved(change: Change, thing: str, what: str, fact: str = "") -> Event:
    return _event(change, f"sales.deal.{what}", _named(change, thing), what, fact)


def ticket_changed(change: Change, thing: str, options: HubspotOptions) -> list[Item]:
    """A property of a ticket has another value."""
    property_, value = _property(change)
    who = _named(change, thing)
    if property_ == REOPENED_AT and value:
        # A row tells the time as well, and not when the property was set.
        change = replace(change, occurred_at=moment(value, property_) // 1_000)
        return [
            _event(change, "support.reopened", who, "reopened"),
            _event(change, "support.contact", who, "contact"),
        ]
    if property_ != "hs_pipeline_stage" or not value:
        return [NO_STEP]
    kind = "support.closed" if value in options.closed_stages else "support.status_changed"
    return [replace(_event(change, kind, who, "stage"), status=options.status(thing, value))]


def moment(value: str, field: str) -> int:
    """The time that a property has: webhooks tell milliseconds, rows ISO 8601."""
    return parse_milliseconds(value, field) if value.isdecimal() else parse_time(value, field)


def _property(change: Change) -> tuple[str, str]:
    if not change.property_name:
        raise Refused("missing_field", "`propertyName` is missing")
    value = change.property_value
    return change.property_name, "" if value is None else str(value)


def _merged(change: Change, thing: str, _: HubspotOptions) -> list[Item]:
    merged = change.merged_object_ids
    if change.primary_object_id is None or not merged:
        raise Refused("missing_field", "`primaryObjectId` and `mergedObjectIds` are missing")
    whole = change.new_object_id or change.primary_object_id
    if thing == "deal":
        return [
            item
            for id_ in merged
            if id_ != whole
            for item in _retractions(change, f"deal:{id_}", stated_facts(thing))
        ]
    who = named(
        name(thing, whole),
        name(thing, change.primary_object_id),
        *(name(thing, id_) for id_ in merged),
    )
    return [_event(change, "customer.merged", who, "merged")]


def _erasure_requested(change: Change, thing: str, _: HubspotOptions) -> list[Item]:
    return [_event(change, "customer.erasure_requested", _named(change, thing), "erasure")]


def _associated(change: Change, _: str, options: HubspotOptions) -> list[Item]:
    ends = sorted(_ends(change), key=lambda end: _RANKS.get(end.namespace, len(_RANKS)))
    one, other = ends
    if one.namespace not in _PEOPLE or other.namespace not in _LINKED:
        return [NO_STEP]
    fact = f"association:{one.namespace}:{one.value}:{other.namespace}:{other.value}"
    if change.association_removed:
        return _retractions(change, fact, ("",))
    both = other.namespace in _PEOPLE
    if not both and one.namespace == options.customer_is:
        who = named(one, other)
    else:
        who = named(one, around=[other])
    event = _event(change, "customer.updated", who, "associated")
    return [replace(event, id=f"{fact}:{change.occurred_at}", fact=Fact(fact, change.time_us))]


_PEOPLE: Final = ("contact", "company")
_LINKED: Final = frozenset({*_PEOPLE, "deal", "ticket", "lead"})
_RANKS: Final = {thing: rank for rank, thing in enumerate(_PEOPLE)}


def _ends(change: Change) -> tuple[Identifier, Identifier]:
    if change.from_object_id is None or change.to_object_id is None:
        raise Refused("missing_field", "`fromObjectId` and `toObjectId` are missing")
    if change.from_object_type_id and change.to_object_type_id:
        things = (object_of(change.from_object_type_id), object_of(change.to_object_type_id))
    else:
        first, _, second = (change.association_type or "").lower().partition("_to_")
        things = (first, second)
    if not all(things):
        raise Refused("missing_field", "`associationType` does not say what belongs together")
    return (
        Identifier(things[0], str(change.from_object_id)),
        Identifier(things[1], str(change.to_object_id)),
    )


def _named(change: Change, thing: str) -> Named:
    return Named(Identifier(thing, _id_of(change)), (), ())


def _id_of(change: Change) -> str:
    if not change.object_id:
        raise Refused("missing_field", "`objectId` is missing")
    return str(change.object_id)


def _event(change: Change, kind: str, who: Named, what: str, fact: str = "") -> Event:
    """What every event has; `fact` where a later change may restate it."""
    of_thing = f"{who.subject.namespace}:{who.subject.value}"
    id_ = f"{of_thing}:{what}:{change.occurred_at}"
    time_us = change.time_us
    fact_id = f"{of_thing}:{fact}" if fact else id_
    return event_about(who, kind, id_, time_us, Fact(fact_id, time_us))


def _retractions(change: Change, of_thing: str, facts: tuple[str, ...]) -> list[Item]:
    time_us = change.time_us
    ids = [f"{of_thing}:{fact}" if fact else of_thing for fact in facts]
    return [
        Retraction(
            id=f"{id_}:retracted:{change.occurred_at}",
            fact=Fact(id_, time_us),
            occurred_at_us=time_us,
        )
        for id_ in ids
    ]


_BY_ACTION: Final[Mapping[str, tuple[str, OfThing]]] = {
    "creation": ("contact company deal ticket lead", mapped(Change, _created)),
    "restore": ("contact company deal ticket lead", mapped(Change, _restored)),
    "deletion": ("contact company deal ticket lead", mapped(Change, _deleted)),
    "merge": ("contact company deal", mapped(Change, _merged)),
    "associationChange": ("contact company deal ticket lead", mapped(Change, _associated)),
    "privacyDeletion": ("contact conversation", mapped(Change, _erasure_requested)),
}
CHANGES: Final[Mapping[str, OfThing]] = {
    f"{thing}.{action}": items
    for action, (things, items) in _BY_ACTION.items()
    for thing in things.split()
} | {
    "contact.propertyChange": mapped(Change, _profile_changed),
    "company.propertyChange": mapped(Change, _profile_changed),
    "deal.propertyChange": mapped(Change, deal_changed),
    "ticket.propertyChange": mapped(Change, ticket_changed),
}
