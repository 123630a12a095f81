"""A change of one item of Pipedrive, as either version of its webhooks tells it."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec.structs import replace

from connectors.custom_fields import kept
from connectors.event_types import Mapped
from connectors.naming import Named
from connectors.refusal import Refused
from connectors.sales.pipedrive_objects import Meta, Reference, Referred
from connectors.sales.pipedrive_options import PipedriveOptions
from connectors.timestamps import UTC_ZONE, parse_local, parse_seconds
from service.event import Event, Fact, Item, Retraction

_ACTIONS: Final = {
    "added": "create",
    "updated": "change",
    "deleted": "delete",
    "merged": "change",
    "create": "create",
    "change": "change",
    "delete": "delete",
}


class Change(NamedTuple):
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


ToItems: TypeAlias = Mapped[[dict[str, Any], Meta, PipedriveOptions]]
"""A payload, what it says of itself, and the options to items."""


def type_of(meta: Meta) -> str:
    """The event type, in the words of the second version."""
    action = meta.action.lower()
    return ".".join(filter(None, (meta.entity or meta.object, _ACTIONS.get(action, action))))


def change_of(payload: dict[str, Any], meta: Meta, options: PipedriveOptions) -> Change:
    """What a webhook says has changed. Raises `Refused`."""
    # The first version names an item's id `id`; the second's `id` is that of the webhook.
    first = meta.entity is None
    item_id = meta.id if first else meta.entity_id
    if item_id is None or meta.timestamp is None:
        raise Refused("missing_field", "`meta` has no id of the item or no timestamp")
    entity, action = meta.entity or meta.object or "", _ACTIONS[meta.action.lower()]
    now = payload.get("current" if first else "data")
    before = payload.get("previous")
    own = f"{entity}:{item_id}:{action}:{meta.timestamp}"
    return Change(
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


def event_of(change: Change, kind: str, who: Named, fact: str) -> Event:
    """What every event has; `fact` where a later change may restate it."""
    return Event(
        id=change.id,
        kind=kind,
        occurred_at_us=change.time_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(_fact_id(change, fact) if fact else change.id, change.time_us),
        attributes=kept(change.options, own_fields(change.now)),
    )


def since_added(created: Event, add_time: str | None) -> Event:
    """The creation of an item, at the time that the item has for it."""
    if not add_time:
        return created
    return replace(created, occurred_at_us=_time_us(add_time, "add_time"))


def retractions(change: Change, *facts: str) -> list[Item]:
    """What takes these facts of the item back."""
    return [
        Retraction(
            id=f"{change.id}:{fact}",
            fact=Fact(_fact_id(change, fact), change.time_us),
            occurred_at_us=change.time_us,
        )
        for fact in facts
    ]


def id_of(reference: Reference) -> str | int | None:
    """The id of the item that another one refers to, in either version."""
    return reference.value if isinstance(reference, Referred) else reference


def own_fields(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item's fields, of which the second version wraps those of the company's own."""
    wrapped = item.get("custom_fields")
    own = {
        field: value.get("value") if isinstance(value, dict) else value
        for field, value in (wrapped.items() if isinstance(wrapped, dict) else ())
    }
    return {**item, **own}


def _fact_id(change: Change, fact: str) -> str:
    return f"{change.entity}:{change.item_id}:{fact}"


def _time_us(value: str | int, field: str) -> int:
    if isinstance(value, int) or value.isdigit():
        return parse_seconds(value, field)
    return parse_local(value, UTC_ZONE, field)
