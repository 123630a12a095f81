"""`pipedrive`: webhooks of both versions, one change of one item a record.

| event                                    | becomes                                               |
|------------------------------------------|-------------------------------------------------------|
| `deal.create`                            | `sales.deal.created`, and won or lost if it is        |
| `deal.change` of the status              | `sales.deal.won`, `sales.deal.lost`; of an open deal  |
|                                          | `sales.deal.stage_changed`, without an outcome        |
| `deal.change` of the stage               | `sales.deal.stage_changed`                            |
| `lead.create`                            | `sales.lead.created`                                  |
| `person.create`, `organization.create`   | `customer.created`                                    |
| `person.change`, `organization.change`   | `customer.updated`; `customer.merged` where it says   |
|                                          | into which other it went, or was `merged`             |
| any of them deleted                      | retraction of what its creation and outcome told; of  |
|                                          | a person or organization whose `meta` says into which |
|                                          | other it went (`merged_to_id`), `customer.merged` too |

An event type is the entity with the action, in the words of the second version (`create`, `change`,
`delete`); the first's (`added`, `updated`, `deleted`, `merged`) are read as these.
`data` is the item now, `previous` has only what changed. Stages are ids of the account: `stages`
of the source says what they are called.

The customer of a deal or lead is its `person`, strongly linked, its `organization` weakly; with
`customer_is: organization` the other way round. Money is the deal's `value` in its `currency`.
Facts: `<entity>:<id>:created`, `deal:<id>:outcome`, of which the latest counts; all else is a fact
under the event's id. The version is the time of the webhook. Custom fields are named by their
hashes in `fields` and `identifiers` of the source.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from pydantic import Field

from connectors import strict_json
from connectors.contract import Connector, Convert, total
from connectors.custom_fields import CustomFields, kept, own_names, stated
from connectors.event_types import Mapped, by_type
from connectors.money import parse_money
from connectors.naming import Named, name, named
from connectors.refusal import Refused
from connectors.sales.pipedrive_objects import Deal, Meta, Person, Reference, Referred, Way
from connectors.timestamps import parse_local, parse_seconds
from service.event import Event, Fact, Ignored, Item, Money, Record, Retraction

_STAFF: Final = "plans, notes and files of employees, the customer sees none of it"
_SETTINGS: Final = "the account's own people, pipelines and products"
_WORKED_ON: Final = "how a lead is worked on inside"

_IGNORED_ENTITIES: Final = {
    _STAFF: """
        activity activity_type activityType board file mail_message mail_thread note phase project
        task""",
    _SETTINGS: "deal_installment deal_product pipeline product stage user",
}
IGNORED: Final[Mapping[str, str]] = {
    f"{entity}.{action}": reason
    for reason, entities in _IGNORED_ENTITIES.items()
    for entity in entities.split()
    for action in ("create", "change", "delete")
} | {"lead.change": _WORKED_ON}

NO_STEP: Final = Ignored("a change of a deal that is no step of a journey")

_ACTIONS: Final = {
    "added": "create",
    "updated": "change",
    "deleted": "delete",
    "merged": "change",
    "create": "create",
    "change": "change",
    "delete": "delete",
}
_OUTCOMES: Final = ("won", "lost")
_UTC: Final = ZoneInfo("UTC")


class PipedriveOptions(CustomFields):
    """Keys of a source of Pipedrive."""

    customer_is: Literal["person", "organization"] = "person"
    """Whom deals and leads belong to."""

    stages: dict[int, str] = Field(default_factory=dict)
    """What stages are called, by their ids."""


class _Change(NamedTuple):
    """A webhook, of either version."""

    entity: str
    action: str
    item_id: str
    id: str
    time_us: int
    now: dict[str, Any]
    before: dict[str, Any]
    merged_to: str | int | None
    options: PipedriveOptions


def open_pipedrive(options: PipedriveOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        if "meta" not in payload:
            raise Refused("missing_field", "`meta` is missing: this is no webhook of Pipedrive")
        meta = strict_json.shaped(payload["meta"], Meta, "meta")
        return of_type(_type_of(meta))(payload, meta, options)

    return total(read)


def _type_of(meta: Meta) -> str:
    action = meta.action.lower()
    return ".".join(filter(None, (meta.entity or meta.object, _ACTIONS.get(action, action))))


def _changed(payload: dict[str, Any], meta: Meta, options: PipedriveOptions) -> _Change:
    # The first version names an item's id `id`; the second's `id` is that of the webhook.
    first = meta.entity is None
    item_id = meta.id if first else meta.entity_id
    if item_id is None or meta.timestamp is None:
        raise Refused("missing_field", "`meta` has no id of the item or no timestamp")
    entity, action = meta.entity or meta.object or "", _ACTIONS[meta.action.lower()]
    now = payload.get("current" if first else "data")
    before = payload.get("previous")
    own = f"{entity}:{item_id}:{action}:{meta.timestamp}"
    return _Change(
        entity=entity,
        action=action,
        item_id=str(item_id),
        id=own if first or meta.id is None else str(meta.id),
        time_us=_time_us(meta.timestamp, "meta.timestamp"),
        now=now if isinstance(now, dict) else {},
        before=before if isinstance(before, dict) else {},
        merged_to=meta.merged_to_id,
        options=options,
    )


def _time_us(value: str | int, field: str) -> int:
    if isinstance(value, int) or value.isdigit():
        return parse_seconds(value, field)
    return parse_local(value, _UTC, field)


def _deal(payload: dict[str, Any], meta: Meta, options: PipedriveOptions) -> list[Item]:
    change = _changed(payload, meta, options)
    if change.action == "delete":
        return _retractions(change, "created", "outcome")
    deal = strict_json.shaped(change.now, Deal, "data")
    if change.action == "create":
        created = _of_deal(change, deal, "created", "created")
        if deal.add_time:
            created = replace(created, occurred_at_us=_time_us(deal.add_time, "add_time"))
        if deal.status not in _OUTCOMES:
            return [created]
        ended = _of_deal(change, deal, deal.status, "outcome")
        return [created, replace(ended, id=f"{ended.id}:outcome")]
    return _moved(change, deal)


def _moved(change: _Change, deal: Deal) -> list[Item]:
    if deal.status == "deleted":
        return _retractions(change, "created", "outcome")
    if "status" in change.before and deal.status in _OUTCOMES:
        return [_of_deal(change, deal, deal.status, "outcome")]
    stage = change.before.get("stage_id")
    if stage is None and "status" not in change.before:
        return [NO_STEP]
    moved = _of_deal(change, deal, "stage_changed", "")
    if isinstance(stage, int):
        moved = replace(moved, previous_status=_stage(stage, change.options))
    return [moved, *(_retractions(change, "outcome") if "status" in change.before else ())]


def _of_deal(change: _Change, deal: Deal, what: str, fact: str) -> Event:
    event = _event(change, f"sales.deal.{what}", _customer_of(change, deal), fact)
    ended = what in _OUTCOMES
    about = stated(
        deal_id=change.item_id,
        lost_reason=deal.lost_reason if what == "lost" else None,
        origin=(deal.origin or "").lower(),
    )
    return replace(
        event,
        title=deal.title or "",
        money=_money(deal.value, deal.currency),
        status=what if ended else _stage(deal.stage_id, change.options),
        attributes=event.attributes | about,
    )


def _customer_of(change: _Change, deal: Deal) -> Named:
    person = name("person", _id(deal.person_id))
    company = name("organization", _id(deal.org_id) or _id(deal.organization_id))
    first, other = person, company
    if change.options.customer_is == "organization":
        first, other = company, person
    own = own_names(change.options, _custom(change.now))
    return named(*own, first, name(change.entity, change.item_id), around=[other])


def _stage(stage: int | None, options: PipedriveOptions) -> str:
    return "" if stage is None else options.stages.get(stage, str(stage)).lower()


def _money(value: float | str | None, currency: str | None) -> Money | None:
    return parse_money(value, currency, "value") if value is not None and currency else None


def _lead(payload: dict[str, Any], meta: Meta, options: PipedriveOptions) -> list[Item]:
    change = _changed(payload, meta, options)
    if change.action == "delete":
        return _retractions(change, "created")
    amount = change.now.get("value")
    worth = amount if isinstance(amount, dict) else {}
    now = {**change.now, "value": worth.get("amount"), "currency": worth.get("currency")}
    lead = strict_json.shaped(now, Deal, "data")
    created = _event(change, "sales.lead.created", _customer_of(change, lead), "created")
    return [replace(created, title=lead.title or "", money=_money(lead.value, lead.currency))]


def _profile(payload: dict[str, Any], meta: Meta, options: PipedriveOptions) -> list[Item]:
    change = _changed(payload, meta, options)
    if change.action == "delete":
        return [*_merger(change), *_retractions(change, "created")]
    person = strict_json.shaped(change.now, Person, "data")
    merged = _id(person.merged_to_id)
    who = named(
        name(change.entity, change.item_id),
        *own_names(options, _custom(change.now)),
        name(change.entity, merged),
        *(name("email", value) for value in _ways(person.emails, person.email)),
        *(name("phone", value) for value in _ways(person.phones, person.phone)),
        around=[name("organization", _id(person.org_id))],
    )
    if change.action == "create":
        created = _event(change, "customer.created", who, "created")
        if person.add_time:
            created = replace(created, occurred_at_us=_time_us(person.add_time, "add_time"))
        return [created]
    kind = "customer.merged" if merged or meta.action.lower() == "merged" else "customer.updated"
    return [_event(change, kind, who, "")]


def _merger(change: _Change) -> list[Item]:
    """That what is deleted went into another one, if it did."""
    kept_one = name(change.entity, change.merged_to)
    if kept_one is None:
        return []
    who = named(kept_one, name(change.entity, change.item_id))
    return [_event(change, "customer.merged", who, "")]


def _ways(newer: tuple[Way, ...] | None, older: tuple[Way, ...] | str | None) -> list[str | None]:
    if isinstance(older, str):
        return [older]
    return [way.value for way in (*(newer or ()), *(older or ()))]


def _id(reference: Reference) -> str | int | None:
    return reference.value if isinstance(reference, Referred) else reference


def _custom(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item's fields, of which the second version wraps those of the company's own."""
    wrapped = item.get("custom_fields")
    own = {
        field: value.get("value") if isinstance(value, dict) else value
        for field, value in (wrapped.items() if isinstance(wrapped, dict) else ())
    }
    return {**item, **own}


def _event(change: _Change, kind: str, who: Named, fact: str) -> Event:
    """What every event has; `fact` where a later change may restate it."""
    return Event(
        id=change.id,
        kind=kind,
        occurred_at_us=change.time_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(_fact_id(change, fact) if fact else change.id, change.time_us),
        attributes=kept(change.options, _custom(change.now)),
    )


def _retractions(change: _Change, *facts: str) -> list[Item]:
    return [
        Retraction(
            id=f"{change.id}:{fact}",
            fact=Fact(_fact_id(change, fact), change.time_us),
            occurred_at_us=change.time_us,
        )
        for fact in facts
    ]


def _fact_id(change: _Change, fact: str) -> str:
    return f"{change.entity}:{change.item_id}:{fact}"


ToItems: TypeAlias = Mapped[[dict[str, Any], Meta, PipedriveOptions]]

_MAPPED: Final[Mapping[str, ToItems]] = {
    **{f"deal.{action}": _deal for action in ("create", "change", "delete")},
    **{f"lead.{action}": _lead for action in ("create", "delete")},
    **{f"person.{action}": _profile for action in ("create", "change", "delete")},
    **{f"organization.{action}": _profile for action in ("create", "change", "delete")},
}

KINDS: Final = frozenset(
    {
        "customer.created",
        "customer.merged",
        "customer.updated",
        "sales.deal.created",
        "sales.deal.lost",
        "sales.deal.stage_changed",
        "sales.deal.won",
        "sales.lead.created",
    }
)

PIPEDRIVE: Final = Connector(
    name="pipedrive",
    options=PipedriveOptions,
    open=open_pipedrive,
    ignored=IGNORED,
    kinds=lambda _: KINDS,
    arrival=(
        "Webhooks reach a topic by an HTTP bridge; entity and action are in the body, and no "
        "header is needed."
    ),
)
