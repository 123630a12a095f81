"""`hubspot`: webhooks of contacts, companies, deals, tickets and leads, one change a record.

| subscription type                           | becomes                                            |
|---------------------------------------------|----------------------------------------------------|
| `contact.creation`, `company.creation`      | `customer.created`                                 |
| `contact.propertyChange`, `company...`      | `customer.updated`; `sales.lead.created` where a   |
|                                             | contact's `lifecyclestage` becomes `lead`          |
| `contact.merge`, `company.merge`            | `customer.merged`                                  |
| `contact.`, `conversation.privacyDeletion`  | `customer.erasure_requested`                       |
| `lead.creation`                             | `sales.lead.created`                               |
| `deal.creation`                             | `sales.deal.created`                               |
| `deal.propertyChange` of `dealstage`        | `sales.deal.won`, `.lost` or else `.stage_changed` |
| `ticket.creation`                           | `support.contact`                                  |
| `ticket.propertyChange` of the stage        | `support.closed` or else `support.status_changed`  |
| ... of `hs_ticket_reopened_at`              | `support.reopened` and `support.contact`           |
| `*.associationChange`                       | `customer.updated` with the link that it states    |
| `*.deletion`, `deal.merge`                  | retraction of what the creation told               |
| `*.restore`                                 | what the creation told, at the time of the restore |

HubSpot sends arrays; their elements are items of their own. The newer `object.*` with an
`objectTypeId` are these types too, and `ignore` names types as they are written here.
Ignored, beside the types in `hubspot_types.IGNORED`: changes of other properties of deals and
tickets; tickets that were opened by hand inside HubSpot (`on_behalf: contact` counts them).

A webhook has no name and no previous value. (`hs_ticket_reopened_at` is a property that accounts
have; HubSpot's documents do not explain it.) Stages are ids: those of HubSpot's own pipelines are
known; of others the source says in `won_stages`, `lost_stages` and `closed_stages` what they are,
and in `stages` what they are called. The subject is the object itself, until an association links
it with its customer: the contact, or with `customer_is: company` the company. The other of the two
is linked weakly.

The `eventId` is not unique and differs by subscription, so ids are made of the type, the object,
the property and the time. Facts: `<object>:<id>:created`, `deal:<id>:outcome`,
`ticket:<id>:contact`, `contact:<id>:lead`, and each association; the version is the time, and the
latest counts. A deal in an open stage has no outcome, so each such change retracts one that there
may be.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec.structs import replace
from pydantic import Field

from connectors import strict_json
from connectors.contract import Connector, ConnectorOptions, Convert, total
from connectors.event_types import Mapped, by_type, mapped
from connectors.naming import Named, name, named
from connectors.refusal import Refused
from connectors.sales.hubspot_types import CUSTOM, IGNORED, OBJECTS
from connectors.timestamps import parse_milliseconds
from service.event import Event, Fact, Identifier, Ignored, Item, Record, Retraction

NO_STEP: Final = Ignored("a change of a property that tells no step of a journey")
OPENED_BY_STAFF: Final = Ignored("a ticket that the customer did not open")

_BY_STAFF: Final = frozenset(
    {"CRM", "CRM_UI", "CRM_UI_BULK_ACTION", "MOBILE_ANDROID", "MOBILE_IOS", "IMPORT"}
)
"""Sources of a change that are an employee at work."""

_STAGES: Final[Mapping[str, Mapping[str, str]]] = {
    "deal": {
        "appointmentscheduled": "appointment scheduled",
        "qualifiedtobuy": "qualified to buy",
        "presentationscheduled": "presentation scheduled",
        "decisionmakerboughtin": "decision maker bought in",
        "contractsent": "contract sent",
        "closedwon": "closed won",
        "closedlost": "closed lost",
    },
    "ticket": {
        "1": "new",
        "2": "waiting on contact",
        "3": "waiting on us",
        "4": "closed",
    },
}
"""The stages of the pipelines that every account begins with."""

_NAMES: Final = {"email": "email", "phone": "phone", "mobilephone": "phone"}
"""Properties of a contact that name it, with their namespaces."""


class HubspotOptions(ConnectorOptions):
    """Keys of a source of HubSpot."""

    customer_is: Literal["contact", "company"] = "contact"
    """Whom deals and tickets belong to."""

    on_behalf: Literal["ignore", "contact"] = "ignore"
    """Whether a ticket that an employee opened is a contact."""

    won_stages: tuple[str, ...] = ("closedwon",)
    lost_stages: tuple[str, ...] = ("closedlost",)
    closed_stages: tuple[str, ...] = ("4",)
    """Ids of the stages in which a ticket is closed."""

    stages: dict[str, str] = Field(default_factory=dict)
    """What stages are called, by their ids."""


class _Change(msgspec.Struct, rename="camel"):
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


def open_hubspot(options: HubspotOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        type_ = _type_of(payload)
        return of_type(type_)(payload, type_.partition(".")[0], options)

    return total(read)


def _type_of(payload: dict[str, Any]) -> str:
    type_ = payload.get("subscriptionType")
    if not isinstance(type_, str):
        raise Refused("missing_field", "`subscriptionType` is missing: this is no webhook")
    thing, _, action = type_.partition(".")
    if thing != "object":
        return type_
    id_ = payload.get("objectTypeId") or payload.get("fromObjectTypeId")
    if not isinstance(id_, str):
        raise Refused("missing_field", "`objectTypeId` is missing")
    return f"{_object(id_)}.{action}"


def _object(type_id: str) -> str:
    return CUSTOM if type_id.startswith("2-") else OBJECTS.get(type_id, f"object-{type_id}")


def _created(change: _Change, thing: str, options: HubspotOptions) -> list[Item]:
    if thing == "ticket" and options.on_behalf == "ignore" and change.change_source in _BY_STAFF:
        return [OPENED_BY_STAFF]
    return [_event(change, _CREATED[thing], _named(change, thing), "created", _fact(thing))]


def _restored(change: _Change, thing: str, _: HubspotOptions) -> list[Item]:
    return [_event(change, _CREATED[thing], _named(change, thing), "restored", _fact(thing))]


def _deleted(change: _Change, thing: str, _: HubspotOptions) -> list[Item]:
    facts = ("created", "outcome") if thing == "deal" else (_fact(thing),)
    return _retractions(change, f"{thing}:{_id_of(change)}", facts)


_CREATED: Final = {
    "company": "customer.created",
    "contact": "customer.created",
    "deal": "sales.deal.created",
    "lead": "sales.lead.created",
    "ticket": "support.contact",
}


def _fact(thing: str) -> str:
    return "contact" if thing == "ticket" else "created"


def _profile_changed(change: _Change, thing: str, _: HubspotOptions) -> list[Item]:
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


def _deal_changed(change: _Change, thing: str, options: HubspotOptions) -> list[Item]:
    property_, value = _property(change)
    if property_ in ("hs_is_closed_won", "hs_is_closed_lost") and value.lower() == "true":
        return [_moved(change, thing, "won" if property_.endswith("won") else "lost", "outcome")]
    if property_ != "dealstage" or not value:
        return [NO_STEP]
    status = _status(thing, value, options)
    for what, stages in (("won", options.won_stages), ("lost", options.lost_stages)):
        if value in stages:
            return [replace(_moved(change, thing, what, "outcome"), status=status)]
    moved = replace(_moved(change, thing, "stage_changed"), status=status)
    return [moved, *_retractions(change, f"{thing}:{_id_of(change)}", ("outcome",))]


def _moved(change: _Change, thing: str, what: str, fact: str = "") -> Event:
    return _event(change, f"sales.deal.{what}", _named(change, thing), what, fact)


def _ticket_changed(change: _Change, thing: str, options: HubspotOptions) -> list[Item]:
    property_, value = _property(change)
    who = _named(change, thing)
    if property_ == "hs_ticket_reopened_at" and value:
        return [
            _event(change, "support.reopened", who, "reopened"),
            _event(change, "support.contact", who, "contact"),
        ]
    if property_ != "hs_pipeline_stage" or not value:
        return [NO_STEP]
    kind = "support.closed" if value in options.closed_stages else "support.status_changed"
    return [replace(_event(change, kind, who, "stage"), status=_status(thing, value, options))]


def _status(thing: str, stage: str, options: HubspotOptions) -> str:
    return (options.stages.get(stage) or _STAGES[thing].get(stage, stage)).lower()


def _property(change: _Change) -> tuple[str, str]:
    if not change.property_name:
        raise Refused("missing_field", "`propertyName` is missing")
    value = change.property_value
    return change.property_name, "" if value is None else str(value)


def _merged(change: _Change, thing: str, _: HubspotOptions) -> list[Item]:
    merged = change.merged_object_ids
    if change.primary_object_id is None or not merged:
        raise Refused("missing_field", "`primaryObjectId` and `mergedObjectIds` are missing")
    whole = change.new_object_id or change.primary_object_id
    if thing == "deal":
        return [
            item
            for id_ in merged
            if id_ != whole
            for item in _retractions(change, f"deal:{id_}", ("created", "outcome"))
        ]
    who = named(
        name(thing, whole),
        name(thing, change.primary_object_id),
        *(name(thing, id_) for id_ in merged),
    )
    return [_event(change, "customer.merged", who, "merged")]


def _erasure_requested(change: _Change, thing: str, _: HubspotOptions) -> list[Item]:
    return [_event(change, "customer.erasure_requested", _named(change, thing), "erasure")]


def _associated(change: _Change, _: str, options: HubspotOptions) -> list[Item]:
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


def _ends(change: _Change) -> tuple[Identifier, Identifier]:
    if change.from_object_id is None or change.to_object_id is None:
        raise Refused("missing_field", "`fromObjectId` and `toObjectId` are missing")
    if change.from_object_type_id and change.to_object_type_id:
        things = (_object(change.from_object_type_id), _object(change.to_object_type_id))
    else:
        first, _, second = (change.association_type or "").lower().partition("_to_")
        things = (first, second)
    if not all(things):
        raise Refused("missing_field", "`associationType` does not say what belongs together")
    return (
        Identifier(things[0], str(change.from_object_id)),
        Identifier(things[1], str(change.to_object_id)),
    )


def _named(change: _Change, thing: str) -> Named:
    return Named(Identifier(thing, _id_of(change)), (), ())


def _id_of(change: _Change) -> str:
    if not change.object_id:
        raise Refused("missing_field", "`objectId` is missing")
    return str(change.object_id)


def _event(change: _Change, kind: str, who: Named, what: str, fact: str = "") -> Event:
    """What every event has; `fact` where a later change may restate it."""
    of_thing = f"{who.subject.namespace}:{who.subject.value}"
    id_ = f"{of_thing}:{what}:{change.occurred_at}"
    time_us = change.time_us
    return Event(
        id=id_,
        kind=kind,
        occurred_at_us=time_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(f"{of_thing}:{fact}" if fact else id_, time_us),
    )


def _retractions(change: _Change, of_thing: str, facts: tuple[str, ...]) -> list[Item]:
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
    "creation": ("contact company deal ticket lead", mapped(_Change, _created)),
    "restore": ("contact company deal ticket lead", mapped(_Change, _restored)),
    "deletion": ("contact company deal ticket lead", mapped(_Change, _deleted)),
    "merge": ("contact company deal", mapped(_Change, _merged)),
    "associationChange": ("contact company deal ticket", mapped(_Change, _associated)),
    "privacyDeletion": ("contact conversation", mapped(_Change, _erasure_requested)),
}
_MAPPED: Final[Mapping[str, OfThing]] = {
    f"{thing}.{action}": items
    for action, (things, items) in _BY_ACTION.items()
    for thing in things.split()
} | {
    "contact.propertyChange": mapped(_Change, _profile_changed),
    "company.propertyChange": mapped(_Change, _profile_changed),
    "deal.propertyChange": mapped(_Change, _deal_changed),
    "ticket.propertyChange": mapped(_Change, _ticket_changed),
}

KINDS: Final = frozenset(
    {
        "customer.created",
        "customer.erasure_requested",
        "customer.merged",
        "customer.updated",
        "sales.deal.created",
        "sales.deal.lost",
        "sales.deal.stage_changed",
        "sales.deal.won",
        "sales.lead.created",
        "support.closed",
        "support.contact",
        "support.reopened",
        "support.status_changed",
    }
)

HUBSPOT: Final = Connector(
    name="hubspot",
    options=HubspotOptions,
    open=open_hubspot,
    ignored=IGNORED,
    kinds=lambda _: KINDS,
    arrival=(
        "Webhooks of an app, behind an HTTP gateway. The body is always an array of changes, and "
        "each is an item of its own (the envelope `array`). Everything that is read lies in the "
        "body; signature headers are the gateway's to check. A change names an object and neither "
        "its customer nor its stage's meaning: the options name the stages that are won, lost and "
        "closed."
    ),
)
