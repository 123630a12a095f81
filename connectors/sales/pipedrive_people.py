"""Persons and organizations of Pipedrive, and which of them turn out to be one."""

from collections.abc import Mapping
from typing import Any, Final

from connectors import strict_json
from connectors.custom_fields import own_names
from connectors.naming import name, named
from connectors.sales.pipedrive_changes import (
    Change,
    ToItems,
    change_of,
    event_of,
    id_of,
    own_fields,
    retractions,
    since_added,
)
from connectors.sales.pipedrive_objects import Meta, Person, Way
from connectors.sales.pipedrive_options import PipedriveOptions
from service.event import Item


def _profile(payload: dict[str, Any], meta: Meta, options: PipedriveOptions) -> list[Item]:
    change = change_of(payload, meta, options)
    if change.action == "delete":
        return [*_merger(change), *retractions(change, "created")]
    person = strict_json.shaped(change.now, Person, "data")
    merged = id_of(person.merged_to_id)
    who = named(
        name(change.entity, change.item_id),
        *own_names(options, own_fields(change.now)),
        name(change.entity, merged),
        *(name("email", value) for value in _ways(person.emails, person.email)),
        *(name("phone", value) for value in _ways(person.phones, person.phone)),
        around=[name("organization", id_of(person.org_id))],
    )
    if change.action == "create":
        return [since_added(event_of(change, "customer.created", who, "created"), person.add_time)]
    kind = "customer.merged" if merged or meta.action.lower() == "merged" else "customer.updated"
    return [event_of(change, kind, who, "")]


def _merger(change: Change) -> list[Item]:
    """That what is deleted went into another one, if it did."""
    kept_one = name(change.entity, change.merged_to)
    if kept_one is None:
        return []
    who = named(kept_one, name(change.entity, change.item_id))
    return [event_of(change, "customer.merged", who, "")]


def _ways(newer: tuple[Way, ...] | None, older: tuple[Way, ...] | str | None) -> list[str | None]:
    if isinstance(older, str):
        return [older]
    return [way.value for way in (*(newer or ()), *(older or ()))]


PEOPLE: Final[Mapping[str, ToItems]] = {
    f"{entity}.{action}": _profile
    for entity in ("person", "organization")
    for action in ("create", "change", "delete")
}
