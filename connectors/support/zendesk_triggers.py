"""Webhooks of Zendesk's triggers and automations, whose body a customer of Zendesk has written.

Known are the names of Zendesk's own example, in any case and with or without underscores:
`ticketId`, `title`, `description`, `status`, `requester` (`Ann Alt <ann@mail.example>`),
`createdAt`, `updatedAt`, and `requesterId`, `requesterEmail`, `comment`, `tags`, `priority`,
`channel`. Any other template is described in a source of `mapping`.

The body does not say why the trigger fired, so what it becomes is told by the status: new is a
`support.contact`, solved and closed are `support.solved` and `support.closed`, all else is a
`support.status_changed`; where a trigger fires for another reason, `trigger` of the source says
what. The id is that of the invocation (`X-Zendesk-Webhook-Invocation-Id`), else a digest of the
body or of the fields that `id_from` names.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace

from connectors import strict_json
from connectors.custom_fields import stated
from connectors.naming import Named, name, named
from connectors.stand_ins import digest_of
from connectors.timestamps import parse_time
from service.event import Event, Fact, Item

_KINDS: Final = {"new": "support.contact", "solved": "support.solved", "closed": "support.closed"}
_ADDRESS: Final = re.compile(r"(?:^|<)([^<>\s@]+@[^<>\s@]+)(?:>|$)")
_HEADING: Final = re.compile(r"^-{10,}\s*\n+[^\n]*\d{1,2}:\d\d[^\n]*\n+")
"""What the placeholder of a description puts before the words of the customer."""


class Invocation(NamedTuple):
    """What is known of a webhook beside its body."""

    id: str
    kind: str
    """What the source says that it is, or ""."""
    id_from: tuple[str, ...]
    record_time_us: int


class _Body(msgspec.Struct):
    ticketid: str | int
    status: str | None = None
    title: str | None = None
    description: str | None = None
    comment: str | None = None
    requester: str | None = None
    requesterid: str | int | None = None
    requesteremail: str | None = None
    createdat: str | None = None
    updatedat: str | None = None
    tags: str | None = None
    priority: str | None = None
    channel: str | None = None


def is_trigger(payload: Mapping[str, Any]) -> bool:
    """Whether this is the body of a trigger's webhook, as far as its names are known."""
    return "ticketId" in payload or "ticket_id" in payload


def of_trigger(payload: Mapping[str, Any], invocation: Invocation) -> list[Item]:
    """What the webhook becomes. Raises `Refused`."""
    known = {key.lower().replace("_", ""): value for key, value in payload.items()}
    body = strict_json.shaped(known, _Body)
    status = (body.status or "").lower()
    kind = invocation.kind or _KINDS.get(status, "support.status_changed")
    time = body.createdat if kind == "support.contact" else body.updatedat
    time_us = parse_time(time, "updatedAt") if time else invocation.record_time_us
    id_ = invocation.id or f"trigger:{digest_of(payload, invocation.id_from)}"
    contact = kind == "support.contact"
    fact = Fact(f"ticket:{body.ticketid}:contact" if contact else id_, time_us)
    said = body.description if contact else body.comment if kind == "support.message" else None
    event = _event(body, id_, kind, fact, time_us)
    return [replace(event, status=status, text=_HEADING.sub("", said or ""))]


def _event(body: _Body, id_: str, kind: str, fact: Fact, time_us: int) -> Event:
    who = _requester(body)
    return Event(
        id=id_,
        kind=kind,
        occurred_at_us=time_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=fact,
        title=body.title or "",
        channel=(body.channel or "").lower(),
        tags=tuple((body.tags or "").replace(",", " ").split()),
        attributes=stated(ticket_id=str(body.ticketid), priority=(body.priority or "").lower()),
    )


def _requester(body: _Body) -> Named:
    address = _ADDRESS.search(body.requester or "")
    return named(
        name("user", body.requesterid),
        name("email", body.requesteremail or (address[1] if address else None)),
    )
