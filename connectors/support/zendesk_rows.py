"""Rows of Zendesk's REST API, as pollers put them into a topic: snapshots without what changed.

| row of                 | becomes                                                              |
|------------------------|----------------------------------------------------------------------|
| `tickets`              | `support.contact` at its creation; `support.solved` or `.closed`;    |
|                        | its rating, `feedback.csat` on 0 to 1                                |
| `satisfaction_ratings` | `feedback.csat` on 0 to 1                                            |
| `users`, end users     | `customer.created`, which links user, e-mail and phone               |

A row's resource is in its `url`; where it has none, it is the name of its list in the page.
Contacts and ratings are the facts that event subscriptions state too, `ticket:<id>:contact` and
`:csat`, so both may be read; that a ticket is solved is its own fact here, of which the earliest
snapshot counts, so leave `tickets` out where both are. A ticket does not say when it was rated, so
its rating counts, as of the earliest snapshot, only where nothing else states it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace

from connectors.custom_fields import stated
from connectors.event_types import Mapped, ignoring, mapped
from connectors.naming import name, named
from connectors.refusal import Refused, plain
from connectors.timestamps import parse_time
from service.event import Event, Fact, Ignored, Item, Score

NO_ANSWER: Final = Ignored("a rating that was offered and not given")
NOT_A_CUSTOMER: Final = Ignored("a profile of an agent")
DELETED: Final = Ignored("a ticket that was deleted")

_OF_A_SEARCH: Final = "results"
_RESOURCE: Final = re.compile(r"/api/v2/(?:[a-z_]+/)*?([a-z_]+)/\d+(?:\.json)?$", re.ASCII)

_PARTS: Final = "a part, metric or change of a ticket; the ticket is told by its own row"
_SETTINGS: Final = "the account's own people, companies, texts and settings"

IGNORED: Final[Mapping[str, str]] = ignoring(
    {
        _PARTS: """
            audits comments deleted_tickets incremental_tickets ticket_audits ticket_comments
            ticket_events ticket_metric_events ticket_metrics""",
        _SETTINGS: """
            brands custom_roles groups group_memberships macros organization_memberships
            organizations schedules sla_policies tags ticket_fields ticket_forms triggers""",
    }
)

RATINGS: Final = {"good": 1.0, "good_with_comment": 1.0, "bad": 0.0, "bad_with_comment": 0.0}
NO_RATINGS: Final = frozenset({"offered", "unoffered"})


class _Via(msgspec.Struct):
    channel: str | None = None


class _Given(msgspec.Struct):
    """A rating as the ticket has it, which says no time."""

    score: str
    comment: str | None = None


class _Ticket(msgspec.Struct):
    id: int
    requester_id: int
    status: str
    created_at: str
    updated_at: str
    organization_id: int | None = None
    subject: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    via: _Via | None = None
    priority: str | None = None
    type: str | None = None
    brand_id: int | None = None
    group_id: int | None = None
    ticket_form_id: int | None = None
    satisfaction_rating: _Given | None = None


class _Rating(msgspec.Struct):
    id: int
    ticket_id: int
    requester_id: int
    score: str
    created_at: str
    updated_at: str
    comment: str | None = None
    reason: str | None = None


class _User(msgspec.Struct):
    id: int
    role: str
    created_at: str
    updated_at: str
    email: str | None = None
    phone: str | None = None
    external_id: str | None = None
    organization_id: int | None = None
    locale: str | None = None
    tags: tuple[str, ...] | None = None


class Row(NamedTuple):
    """One row of a page, and what it is a row of."""

    resource: str
    columns: object


def page_of(payload: Mapping[str, Any]) -> list[Row] | None:
    """The rows of a page of the API, or None if this is none. A search mixes its resources."""
    lists = [(name, rows) for name, rows in payload.items() if _is_rows(name, rows)]
    lists += [(f"{name}s", [row]) for name, row in payload.items() if _is_row(name, row)]
    if not lists:
        return None
    return [Row(_resource_in(name, row), row) for name, rows in lists for row in rows]


def _is_rows(name: str, rows: object) -> bool:
    known = name in ROWS or name in IGNORED or name == _OF_A_SEARCH
    return known and isinstance(rows, list)


def _is_row(name: str, row: object) -> bool:
    return f"{name}s" in ROWS and isinstance(row, dict)


def _resource_in(name: str, row: object) -> str:
    return (resource_of(row) if isinstance(row, dict) else "") or name


def resource_of(row: Mapping[str, Any]) -> str:
    """Which resource the row is of, or "" if it is none."""
    url = row.get("url")
    match = _RESOURCE.search(url) if isinstance(url, str) else None
    return match[1] if match else ""


def _ticket(ticket: _Ticket) -> list[Item]:
    status = ticket.status.lower()
    if status == "deleted":
        return [DELETED]
    updated_us = parse_time(ticket.updated_at, "updated_at")
    contact = _of_ticket(ticket, Fact(f"ticket:{ticket.id}:contact", updated_us))
    now = replace(contact, occurred_at_us=updated_us, text="")
    items: list[Item] = [contact]
    if status in ("solved", "closed"):
        ended = Fact(f"ticket:{ticket.id}:{status}", -updated_us)
        items.append(replace(now, id=ended.id, kind=f"support.{status}", fact=ended))
    given = ticket.satisfaction_rating
    if given is not None and given.score.lower() in RATINGS:
        rated = Fact(f"ticket:{ticket.id}:csat", -updated_us)
        items.append(_scored(replace(now, id=rated.id, fact=rated), given.score, given.comment))
    return items


def _of_ticket(ticket: _Ticket, fact: Fact) -> Event:
    who = named(
        name("user", ticket.requester_id), around=[name("organization", ticket.organization_id)]
    )
    return Event(
        id=fact.id,
        kind="support.contact",
        occurred_at_us=parse_time(ticket.created_at, "created_at"),
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=fact,
        title=ticket.subject or "",
        text=ticket.description or "",
        channel=(ticket.via and ticket.via.channel) or "",
        tags=ticket.tags or (),
        status=ticket.status.lower(),
        attributes=stated(
            ticket_id=str(ticket.id),
            priority=ticket.priority,
            ticket_type=ticket.type,
            brand_id=_text(ticket.brand_id),
            group_id=_text(ticket.group_id),
            form_id=_text(ticket.ticket_form_id),
        ),
    )


def _rating(rating: _Rating) -> list[Item]:
    answer = rating.score.lower()
    if answer in NO_RATINGS:
        return [NO_ANSWER]
    if answer not in RATINGS:
        raise Refused("unknown_score", f"a rating is good or bad, not {plain(rating.score)}")
    who = named(name("user", rating.requester_id))
    given_us = parse_time(rating.updated_at, "updated_at")
    event = Event(
        id=f"rating:{rating.id}",
        kind="feedback.csat",
        occurred_at_us=given_us,
        subject=who.subject,
        fact=Fact(f"ticket:{rating.ticket_id}:csat", given_us),
        attributes=stated(ticket_id=str(rating.ticket_id), reason=rating.reason),
    )
    return [_scored(event, answer, rating.comment)]


def _scored(event: Event, answer: str, comment: str | None) -> Event:
    score = Score(RATINGS[answer.lower()], low=0, high=1, best=1)
    return replace(event, kind="feedback.csat", score=score, text=comment or "")


def _user(user: _User) -> list[Item]:
    if user.role != "end-user":
        return [NOT_A_CUSTOMER]
    who = named(
        name("user", user.id),
        name("email", user.email),
        name("external", user.external_id),
        name("phone", user.phone),
        around=[name("organization", user.organization_id)],
    )
    id_ = f"user:{user.id}:created"
    created = Event(
        id=id_,
        kind="customer.created",
        occurred_at_us=parse_time(user.created_at, "created_at"),
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(id_, parse_time(user.updated_at, "updated_at")),
        language=user.locale or "",
        tags=user.tags or (),
    )
    return [created]


def _text(id_: int | None) -> str | None:
    return None if id_ is None else str(id_)


ROWS: Final[Mapping[str, Mapped[[object]]]] = {
    "tickets": mapped(_Ticket, _ticket),
    "satisfaction_ratings": mapped(_Rating, _rating),
    "users": mapped(_User, _user),
}
