"""`freshdesk`: webhooks of automation rules, and tickets and ratings as the REST API has them.

| record                                             | becomes                                     |
|----------------------------------------------------|---------------------------------------------|
| webhook, `triggered_event` says created            | `support.contact`, text = description       |
| ... status to Resolved, to Closed                  | `support.solved`, `support.closed`          |
| ... status from one of these to another            | `support.reopened` and `support.contact`    |
| ... any other change of the status                 | `support.status_changed`                    |
| ... the requester replied; `reply_sent` of a       | `support.message`, text = latest comment    |
| source that says `replies: requester`              |                                             |
| ... `customer_feedback`                            | `feedback.csat` on 1 to 7                   |
| ... the ticket was deleted, marked as spam         | retraction of its contact                   |
| ticket of the REST API                             | `support.contact` at its creation; and      |
|                                                    | `support.solved` or `support.closed`        |
| satisfaction rating of the REST API                | `feedback.csat` on 1 to 7, other questions  |
|                                                    | of the survey `feedback.rating` on 1 to 7   |

What a webhook holds is written by whoever makes the rule: Freshdesk's simple content, or a JSON of
the same names (`ticket_id`, `ticket_status`, ...), with or without `freshdesk_webhook` around it.
An event type for `ignore` is what triggered the rule: `ticket_created`, `status`, `priority`, ...;
that of a company's own field (`cf_...`) is `custom_field`. Where `triggered_event` is not sent,
`type` of the source says it of all records. Of a reply it says that there was one and not by whom,
as the rule does: so it counts only where `replies` of the source says `requester`.

A webhook has no id and, unless the rule puts one in, no time. So its id is a digest of the body, or
of the fields that `id_from` names, and its time is in the field `time` of the source, else that of
the record. The earliest of equal bodies counts, so a rule should put the time in.
Facts are `ticket:<id>:contact`, of a polled ticket `:solved` and `:closed`, of which the earliest
count, and `rating:<id>:<question>` whose version is `updated_at`. Feedback that triggers a rule has
no id of its rating, so leave `customer_feedback` out where ratings are polled. Statuses and
priorities are words or codes, both become words. The subject is the requester: the e-mail address
of a webhook, the `user` of a record.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from connectors import strict_json
from connectors.contract import Connector, Convert, total
from connectors.custom_fields import CustomFields, kept, own_names, stated
from connectors.event_types import Mapped, by_type, ignoring, mapped
from connectors.markup import plain_text
from connectors.naming import Named, name, named
from connectors.refusal import Refused, plain
from connectors.stand_ins import TypeOptions, type_of_source
from connectors.support.freshdesk_objects import Rating, Stats, Ticket, Webhook
from connectors.timestamps import parse_local, parse_time
from service.event import Event, Fact, Ignored, Item, Record, Retraction, Score

_HANDLING: Final = "how the ticket is handled inside, not what the customer does"
_BY_STAFF: Final = "written by an agent or a bot"

IGNORED: Final[Mapping[str, str]] = ignoring(
    {
        _HANDLING: """
            priority ticket_type ticket_assigned assigned agent responder_id group group_id product
            product_id tags source type due_by fr_due_by response_due resolution_due
            next_response_due time_sheet_action mail_del_failed_requester mail_del_failed_others
            association_type internal_agent_id internal_group_id linked round_robin_assignment
            ticket_updated subject description custom_field""",
        _BY_STAFF: "note_type note_added forwarded",
    }
)

_STATUSES: Final = {"2": "open", "3": "pending", "4": "resolved", "5": "closed"}
_PRIORITIES: Final = {"1": "low", "2": "medium", "3": "high", "4": "urgent"}
_CHANNELS: Final = {
    "1": "email", "2": "portal", "3": "phone", "5": "twitter", "6": "facebook", "7": "chat",
    "9": "feedback widget", "10": "outbound email",
}  # fmt: skip
_ENDED: Final = {"resolved": "support.solved", "closed": "support.closed"}
_RATINGS: Final = {103: 7, 102: 6, 101: 5, 100: 4, -101: 3, -102: 2, -103: 1}
_MAIN_QUESTION: Final = "default_question"

_ACTIONS: Final = {"update": "ticket_updated", "updated": "ticket_updated"}
"""Of a `ticket_action` that stands alone; any other is a type of its own."""

_CUSTOM: Final = "cf_"
_FEEDBACK: Final = "customer_feedback"
_TRIGGER: Final = re.compile(r"\{(\w+):(?:\{from:([^{},]*),to:([^{}]*)\}|([^{}]*))\}")


class FreshdeskOptions(CustomFields, TypeOptions):
    """Keys of a source of Freshdesk."""

    id_from: tuple[str, ...] = ()
    """The fields of a webhook that tell it from all others; without any all of it does."""

    replies: Literal["ignore", "requester"] = "ignore"
    """Whose replies the rules are about that are triggered by any (`reply_sent`)."""

    time: str = "ticket_updated_at"
    """The field of a webhook with its time."""

    zone: ZoneInfo | None = None
    """The zone of times of webhooks that have none."""


class _Told(msgspec.Struct, frozen=True):
    """What a webhook says beside the ticket."""

    id: str
    time_us: int
    before: str
    after: str
    """What triggered it had this value before, and has this one now."""
    options: FreshdeskOptions
    payload: Mapping[str, Any]


ToItems: TypeAlias = Callable[[Webhook, _Told], list[Item]]
SPAM: Final = Ignored("a ticket that is spam or was deleted")
BY_ANYBODY: Final = Ignored("a reply of which the webhook does not say whose it is")


def open_freshdesk(options: FreshdeskOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)
    of_record = by_type(_RECORDS, {}, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        if "ratings" in payload:
            return of_record("satisfaction_rating")(payload, options)
        if "requester_id" in payload and "created_at" in payload:
            return of_record("ticket")(payload, options)
        inner = payload.get("freshdesk_webhook")
        webhook = inner if isinstance(inner, dict) else payload
        type_, before, after = _triggered(webhook, type_of_source(options, record, "_"))
        return of_type(type_)(webhook, _told(webhook, before, after, record, options))

    return total(read)


def _triggered(webhook: Mapping[str, Any], otherwise: str) -> tuple[str, str, str]:
    """What triggered the rule, and the status before and after."""
    said = webhook.get("triggered_event")
    found = _TRIGGER.findall(said) if isinstance(said, str) else []
    known = {key: (before, after or value) for key, before, after, value in found}
    action = known.pop("ticket_action", ("", ""))[1].lower()
    if action == "created":
        return "ticket_created", "", ""
    for type_ in ("status", _FEEDBACK):
        if type_ in known:
            return type_, *known[type_]
    if type_ := next(iter(known), "") or _ACTIONS.get(action, action) or otherwise:
        return "custom_field" if type_.startswith(_CUSTOM) else type_, "", ""
    raise Refused(
        "missing_field",
        "`triggered_event` is missing: put it into the rule's webhook, or set `type` of the source",
    )


def _told(
    webhook: Mapping[str, Any], before: str, after: str, record: Record, options: FreshdeskOptions
) -> _Told:
    parts = [webhook.get(field) for field in options.id_from] or webhook
    digest = hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()[:32]
    time = webhook.get(options.time)
    return _Told(
        id=f"webhook:{digest}",
        time_us=_time_us(time, options) if isinstance(time, str) and time else record.time_us,
        before=before,
        after=after,
        options=options,
        payload=webhook,
    )


def _time_us(time: str, options: FreshdeskOptions) -> int:
    if options.zone is None:
        return parse_time(time, options.time)
    return parse_local(time, options.zone, options.time)


def _created(webhook: Webhook, told: _Told) -> list[Item]:
    event = _event(webhook, told, "support.contact", f"ticket:{webhook.ticket_id}:contact")
    return [replace(event, text=plain_text(webhook.ticket_description or ""))]


def _replied(webhook: Webhook, told: _Told) -> list[Item]:
    event = _event(webhook, told, "support.message")
    return [replace(event, text=plain_text(webhook.ticket_latest_public_comment or ""))]


def _reply_sent(webhook: Webhook, told: _Told) -> list[Item]:
    return _replied(webhook, told) if told.options.replies == "requester" else [BY_ANYBODY]


def _gave_feedback(webhook: Webhook, told: _Told) -> list[Item]:
    code = int(told.after) if re.fullmatch(r"-?\d{1,4}", told.after) else 0
    if code not in _RATINGS:
        detail = f"`triggered_event` has a code of `{_FEEDBACK}` that is not documented"
        raise Refused("unknown_score", detail)
    event = _event(webhook, told, "feedback.csat")
    return [replace(event, score=Score(_RATINGS[code], low=1, high=7, best=7))]


def _deleted(webhook: Webhook, told: _Told) -> list[Item]:
    fact = Fact(f"ticket:{webhook.ticket_id}:contact", told.time_us)
    return [Retraction(id=told.id, fact=fact, occurred_at_us=told.time_us)]


def _status_changed(webhook: Webhook, told: _Told) -> list[Item]:
    before, after = _status(told.before), _status(told.after or webhook.ticket_status)
    changed = replace(
        _event(webhook, told, _ENDED.get(after, "support.status_changed")),
        status=after,
        previous_status=before,
    )
    if before not in _ENDED or after in _ENDED:
        return [changed]
    again = f"{changed.id}:contact"
    return [
        replace(changed, kind="support.reopened"),
        replace(changed, kind="support.contact", id=again, fact=Fact(again, -told.time_us)),
    ]


def _event(webhook: Webhook, told: _Told, kind: str, fact: str = "") -> Event:
    who = named(
        name("email", webhook.ticket_contact_email),
        name("email", webhook.ticket_requester_email),
        *own_names(told.options, told.payload),
        name("external", webhook.ticket_contact_unique_external_id),
        name("phone", webhook.ticket_contact_phone),
        around=[name("company", webhook.ticket_company_name)],
    )
    return Event(
        id=told.id,
        kind=kind,
        occurred_at_us=told.time_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(fact or told.id, -told.time_us),
        title=webhook.ticket_subject or "",
        channel=_word(webhook.ticket_source, _CHANNELS),
        tags=tuple(tag for tag in map(str.strip, (webhook.ticket_tags or "").split(",")) if tag),
        status=_status(webhook.ticket_status),
        attributes=stated(
            ticket_id=str(webhook.ticket_id),
            priority=_word(webhook.ticket_priority, _PRIORITIES),
            ticket_type=(webhook.ticket_ticket_type or "").lower(),
            group=webhook.ticket_group_name,
        )
        | kept(told.options, told.payload),
    )


def _polled(ticket: Ticket, _: FreshdeskOptions) -> list[Item]:
    if ticket.deleted or ticket.spam:
        return [SPAM]
    updated_us = parse_time(ticket.updated_at, "updated_at")
    event = _of_ticket(ticket)
    status = event.status
    contact = replace(event, fact=Fact(event.id, updated_us))
    if status not in _ENDED:
        return [contact]
    stats = ticket.stats or Stats()
    ended = (stats.closed_at if status == "closed" else stats.resolved_at) or ticket.updated_at
    what = _ENDED[status].partition(".")[2]
    return [
        contact,
        replace(
            event,
            id=f"ticket:{ticket.id}:{what}",
            kind=_ENDED[status],
            occurred_at_us=parse_time(ended, "updated_at"),
            fact=Fact(f"ticket:{ticket.id}:{what}", -updated_us),
            text="",
        ),
    ]


def _of_ticket(ticket: Ticket) -> Event:
    who = named(
        name("user", ticket.requester_id),
        name("email", ticket.email),
        name("phone", ticket.phone),
        around=[name("company_id", ticket.company_id)],
    )
    return Event(
        id=f"ticket:{ticket.id}:contact",
        kind="support.contact",
        occurred_at_us=parse_time(ticket.created_at, "created_at"),
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        title=ticket.subject or "",
        text=ticket.description_text or plain_text(ticket.description or ""),
        channel=_word(ticket.source, _CHANNELS),
        tags=ticket.tags or (),
        status=_status(ticket.status),
        attributes=stated(
            ticket_id=str(ticket.id),
            priority=_word(ticket.priority, _PRIORITIES),
            ticket_type=(ticket.type or "").lower(),
        ),
    )


def _rated(rating: Rating, _: FreshdeskOptions) -> list[Item]:
    who = named(name("user", rating.user_id) or name("ticket", rating.ticket_id))
    items: list[Item] = [
        _answer(rating, question, code, who) for question, code in rating.ratings.items()
    ]
    return items or [Ignored("a survey without an answer")]


def _answer(rating: Rating, question: str, code: int, who: Named) -> Item:
    if code not in _RATINGS:
        detail = f"`ratings` has a code at {plain(question)} that is not documented"
        return Refused("unknown_score", detail).failed
    id_ = f"rating:{rating.id}:{question}"
    given = rating.updated_at or rating.created_at
    return Event(
        id=id_,
        kind="feedback.csat" if question == _MAIN_QUESTION else "feedback.rating",
        occurred_at_us=parse_time(rating.created_at, "created_at"),
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(id_, parse_time(given, "updated_at")),
        score=Score(_RATINGS[code], low=1, high=7, best=7),
        text=rating.feedback or "",
        attributes={"ticket_id": str(rating.ticket_id), "question": question},
    )


def _status(status: str | int | None) -> str:
    return _word(status, _STATUSES)


def _word(value: str | int | None, codes: Mapping[str, str]) -> str:
    text = "" if value is None else str(value).strip()
    return codes.get(text, text.lower())


_MAPPED: Final[Mapping[str, Mapped[[object, _Told]]]] = {
    "ticket_created": mapped(Webhook, _created),
    "status": mapped(Webhook, _status_changed),
    "requester_replied": mapped(Webhook, _replied),
    "customer_reply": mapped(Webhook, _replied),
    "reply_sent": mapped(Webhook, _reply_sent),
    _FEEDBACK: mapped(Webhook, _gave_feedback),
    "delete": mapped(Webhook, _deleted),
    "marked_spam": mapped(Webhook, _deleted),
}
_RECORDS: Final[Mapping[str, Mapped[[object, FreshdeskOptions]]]] = {
    "ticket": mapped(Ticket, _polled),
    "satisfaction_rating": mapped(Rating, _rated),
}

KINDS: Final = frozenset(
    {
        "feedback.csat",
        "feedback.rating",
        "support.closed",
        "support.contact",
        "support.message",
        "support.reopened",
        "support.solved",
        "support.status_changed",
    }
)

FRESHDESK: Final = Connector(
    name="freshdesk",
    options=FreshdeskOptions,
    open=open_freshdesk,
    ignored=IGNORED,
    kinds=lambda _: KINDS,
    arrival=(
        "Automation rules that call a webhook, behind an HTTP gateway; or a poller of the REST "
        "API. A rule's body is what its author chose, and it names neither the rule nor an id: "
        "`type` of the source says what the rule is about, `id_from` which fields tell one call "
        "from another, `time` and `zone` when it was."
    ),
)
