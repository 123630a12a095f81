"""Incidents and cases of ServiceNow: each row is the whole of one, as it is now."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from connectors import strict_json
from connectors.custom_fields import kept, own_names, stated
from connectors.naming import Named, name, named
from connectors.support.servicenow_options import ServicenowOptions, ToItems
from connectors.support.servicenow_records import (
    Row,
    count_of,
    created_us_of,
    id_of,
    sys_id_of,
    text_of,
    time_of,
    updated_us_of,
    version_of,
)
from service.event import Event, Fact, Identifier, Item

_STATES: Final[Mapping[str, Mapping[str, str]]] = {
    "incident": {
        "1": "new", "2": "in progress", "3": "on hold", "6": "resolved", "7": "closed",
        "8": "canceled",
    },
    "sn_customerservice_case": {
        "1": "new", "10": "open", "18": "awaiting info", "6": "resolved", "3": "closed",
        "7": "canceled",
    },
}  # fmt: skip
_ENDED: Final = {"resolved": "solved", "closed": "closed", "canceled": "closed"}
_PRIORITIES: Final = {"1": "critical", "2": "high", "3": "moderate", "4": "low", "5": "planning"}


def _case(payload: dict[str, Any], table: str, options: ServicenowOptions) -> list[Item]:
    row = strict_json.shaped(payload, Row)
    event = _of_case(row, table, payload, options)
    version = version_of(row, options.zone)
    contact = replace(
        event,
        occurred_at_us=time_of(row, "opened_at", options.zone) or created_us_of(row, options.zone),
        fact=Fact(event.id, version),
        text=text_of(row.description),
    )
    return [contact, *_reopened(row, event, options), *_state(row, event, version, options)]


def _reopened(row: Row, event: Event, options: ServicenowOptions) -> list[Item]:
    count, again_us = count_of(row.reopen_count), time_of(row, "reopened_time", options.zone)
    if not count or not again_us:
        return []
    reopened = _another(event, f"reopened:{count}", "support.reopened", again_us, -again_us)
    contact = _another(event, f"contact:{count}", "support.contact", again_us, -again_us)
    return [reopened, contact]


def _state(row: Row, event: Event, version: int, options: ServicenowOptions) -> list[Item]:
    count, ended = count_of(row.reopen_count), _ENDED.get(event.status)
    updated_us = updated_us_of(row, options.zone)
    if ended is None:
        if event.status in ("", "new"):
            return []
        part, kind = f"state:{event.status}", "support.status_changed"
        return [_another(event, f"{part}:{count}", kind, updated_us, -version)]
    column = "resolved_at" if ended == "solved" else "closed_at"
    ended_us = time_of(row, column, options.zone) or updated_us
    return [_another(event, f"{ended}:{count}", f"support.{ended}", ended_us, -version)]


def _another(event: Event, part: str, kind: str, time_us: int, version: int) -> Event:
    id_ = f"{event.id.removesuffix(':contact')}:{part}"
    return replace(event, id=id_, kind=kind, occurred_at_us=time_us, fact=Fact(id_, version))


def _of_case(row: Row, table: str, payload: dict[str, Any], options: ServicenowOptions) -> Event:
    who = _customer_of(row, own_names(options, payload))
    sys_id = sys_id_of(row)
    state = text_of(row.state) or text_of(row.incident_state)
    return Event(
        id=f"{table}:{sys_id}:contact",
        kind="support.contact",
        occurred_at_us=updated_us_of(row, options.zone),
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        title=text_of(row.short_description),
        channel=text_of(row.contact_type).lower(),
        status=_STATES[table].get(state, state.lower()).replace("cancelled", "canceled"),
        attributes=stated(
            ticket_id=sys_id,
            ticket_number=text_of(row.number),
            priority=_priority(text_of(row.priority)),
            category=text_of(row.category).lower(),
        )
        | kept(options, payload),
    )


def _customer_of(row: Row, own: list[Identifier | None]) -> Named:
    people = [
        name("user", id_of(row.caller_id)),
        name("user", id_of(row.contact)),
        name("consumer", id_of(row.consumer)),
    ]
    around = [name("account", id_of(row.account)), name("company", id_of(row.company))]
    if not any((*own, *people, *around)):
        people = [name("user", id_of(row.opened_by))]
    return named(*own, *people, around=around)


def _priority(text: str) -> str:
    code, _, word = text.partition(" - ")
    return word.lower() or _PRIORITIES.get(code, code.lower())


CASES: Final[Mapping[str, ToItems]] = dict.fromkeys(_STATES, _case)
