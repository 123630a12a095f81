"""`freshdesk`: webhooks of automation rules, and what its REST API has of tickets and people.

| record                                             | becomes                                     |
|----------------------------------------------------|---------------------------------------------|
| webhook, `triggered_event` says created            | `support.contact`, text = description       |
| ... status to Resolved, to Closed                  | `support.solved`, `support.closed`          |
| ... status from one of these to another            | `support.reopened` and `support.contact`    |
| ... any other change of the status                 | `support.status_changed`                    |
| ... the requester replied,                         | `support.message`, text = latest comment    |
| or `reply_sent` with `replies: requester`          |                                             |
| ... `customer_feedback`                            | `feedback.csat` on 1 to 7                   |
| ... the ticket was deleted, marked as spam         | retraction of its contact                   |

What comes of the REST API is told in `freshdesk_polled`.

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
no id of its rating, so leave `customer_feedback` out where ratings are polled, and replies where
conversations are. Statuses and priorities are words or codes, both become words. The subject is the
requester: the e-mail address of a webhook, the `user` of a record.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from connectors import strict_json
from connectors.contract import Connector, Convert, total
from connectors.custom_fields import CustomFields, kept, own_names, stated
from connectors.event_types import Mapped, by_type, ignoring, mapped
from connectors.markup import plain_text
from connectors.naming import Named, name, named
from connectors.refusal import Refused
from connectors.stand_ins import TypeOptions, digest_of, type_of_source
from connectors.support.freshdesk_objects import Webhook
from connectors.support.freshdesk_polled import OBJECTS, object_of
from connectors.support.freshdesk_words import (
    CHANNELS,
    ENDED,
    PRIORITIES,
    RATINGS,
    status_of,
    word_of,
)
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

BY_ANYBODY: Final = Ignored("a reply of which the webhook does not say whose it is")

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


def open_freshdesk(options: FreshdeskOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)
    of_object = by_type(OBJECTS, {}, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        if object_ := object_of(payload):
            return of_object(object_)(payload)
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
        "`triggered_event` is missing: put it into the rule's webhook, or set `type` of the "
        "source; and this is no ticket, conversation, rating or contact of the REST API",
    )


def _told(
    webhook: Mapping[str, Any], before: str, after: str, record: Record, options: FreshdeskOptions
) -> _Told:
    time = webhook.get(options.time)
    return _Told(
        id=f"webhook:{digest_of(webhook, options.id_from)}",
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
    if code not in RATINGS:
        detail = f"`triggered_event` has a code of `{_FEEDBACK}` that is not documented"
        raise Refused("unknown_score", detail)
    event = _event(webhook, told, "feedback.csat")
    return [replace(event, score=Score(RATINGS[code], low=1, high=7, best=7))]


def _deleted(webhook: Webhook, told: _Told) -> list[Item]:
    fact = Fact(f"ticket:{webhook.ticket_id}:contact", told.time_us)
    return [Retraction(id=told.id, fact=fact, occurred_at_us=told.time_us)]


def _status_changed(webhook: Webhook, told: _Told) -> list[Item]:
    before, after = status_of(told.before), status_of(told.after or webhook.ticket_status)
    changed = replace(
        _event(webhook, told, ENDED.get(after, "support.status_changed")),
        status=after,
        previous_status=before,
    )
    if before not in ENDED or after in ENDED:
        return [changed]
    again = f"{changed.id}:contact"
    return [
        replace(changed, kind="support.reopened"),
        replace(changed, kind="support.contact", id=again, fact=Fact(again, -told.time_us)),
    ]


def _event(webhook: Webhook, told: _Told, kind: str, fact: str = "") -> Event:
    who = _requester(webhook, told)
    return Event(
        id=told.id,
        kind=kind,
        occurred_at_us=told.time_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(fact or told.id, -told.time_us),
        title=webhook.ticket_subject or "",
        channel=word_of(webhook.ticket_source, CHANNELS),
        tags=tuple(tag for tag in map(str.strip, (webhook.ticket_tags or "").split(",")) if tag),
        status=status_of(webhook.ticket_status),
        attributes=stated(
            ticket_id=str(webhook.ticket_id),
            priority=word_of(webhook.ticket_priority, PRIORITIES),
            ticket_type=(webhook.ticket_ticket_type or "").lower(),
            group=webhook.ticket_group_name,
        )
        | kept(told.options, told.payload),
    )


def _requester(webhook: Webhook, told: _Told) -> Named:
    return named(
        name("email", webhook.ticket_contact_email),
        name("email", webhook.ticket_requester_email),
        name("email", webhook.requester_email),
        name("email", webhook.contact_primary_email),
        *own_names(told.options, told.payload),
        name("external", webhook.ticket_contact_unique_external_id),
        name("phone", webhook.ticket_contact_phone),
        name("phone", webhook.ticket_requester_phone),
        around=[name("company", webhook.ticket_company_name)],
    )


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

KINDS: Final = frozenset(
    {
        "customer.created",
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
