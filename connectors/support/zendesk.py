"""`zendesk`: events of Zendesk Support, webhooks of its triggers, rows and pages of its REST API.

Event subscriptions (`zen:event-type:...`) say most, one event a record; those about users are told
in `zendesk_users`. What rows and triggers become is told in `zendesk_rows` and `zendesk_triggers`,
what comes by Amazon EventBridge in `zendesk_relayed`, what Sunshine Conversations sends in
`zendesk_conversations`. A page of the API or of its incremental export (`{"tickets": [...],
"next_page": ...}`) is read row by row, those that were sideloaded too.

| event type                                   | becomes                                           |
|----------------------------------------------|---------------------------------------------------|
| `ticket.created` by the requester            | `support.contact`, text = description             |
| `ticket.comment_added`, public, by requester | `support.message`, text = the comment             |
| `ticket.status_changed` to SOLVED            | `support.solved`                                  |
| ... to CLOSED                                | `support.closed`                                  |
| ... from SOLVED to OPEN                      | `support.reopened` and `support.contact`          |
| ... from SOLVED to NEW, PENDING, HOLD        | `support.reopened`: only agents choose these      |
| ... between the other four                   | `support.status_changed`                          |
| `ticket.csat_received`, good or bad          | `feedback.csat` on 0 to 1                         |
| `ticket.soft_deleted`, `.marked_as_spam`     | retraction of the ticket's contact                |
| `ticket.undeleted`                           | the ticket's contact again, at its creation       |
| `messaging_ticket.message_added`             | `support.message`, with `messaging: lines`        |

Ignored, beside the types listed below: private comments and tickets; what agents and bots write;
comments of people other than the requester; the comment that repeats the description when a ticket
is opened; tickets that an agent opens (`on_behalf: contact` counts them, for accounts whose forms
or phones open tickets in an agent's name); status changes to and from DELETED, ARCHIVED and
SCRUBBED, which housekeeping makes; ratings that were only offered.

The subject is the requester (`user`), weakly linked with the ticket's `organization`; the payload
has no e-mail address. `detail` is the ticket when it was *sent*, maybe newer than the event, so a
transition is taken from `event` alone, and a ticket's state at its creation is not told.

Facts. The contact of a ticket is the fact `ticket:<id>:contact`, its rating `ticket:<id>:csat`:
one of each for a ticket, the latest counts, so that a rating that was changed corrects the one
before. All else is a fact under the event's id. The version is the event's time in microseconds.
"""

from collections.abc import Mapping
from typing import Any, Final

from connectors import strict_json
from connectors.contract import Connector, Convert, isolated, total
from connectors.event_types import Mapped, by_type
from connectors.headers import header
from connectors.refusal import Refused
from connectors.support import zendesk_conversations, zendesk_rows
from connectors.support.zendesk_conversations import CONVERSATIONS, events_in
from connectors.support.zendesk_options import ZendeskOptions
from connectors.support.zendesk_relayed import is_relayed, subscribed
from connectors.support.zendesk_rows import ROWS, page_of, resource_of
from connectors.support.zendesk_tickets import TICKETS
from connectors.support.zendesk_triggers import Invocation, is_trigger, of_trigger
from connectors.support.zendesk_types import IGNORED, PREFIX
from connectors.support.zendesk_users import USERS
from service.event import Item, Record

_PREFIXES: Final = (PREFIX, "zen:event-type/")
"""Some types are documented with the one, some with the other."""


def open_zendesk(options: ZendeskOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)
    of_resource = by_type(ROWS, zendesk_rows.IGNORED, options.ignore)
    of_event = by_type(CONVERSATIONS, zendesk_conversations.IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        type_ = payload.get("type")
        if isinstance(type_, str) and type_.startswith(_PREFIXES):
            return of_type(PREFIX + type_[len(PREFIX) :])(payload, options)
        if resource := resource_of(payload):
            return of_resource(resource)(payload)
        if is_trigger(payload):
            return of_trigger(payload, _invocation(record, options))
        if is_relayed(payload):
            event = subscribed(payload)
            return of_type(event["type"])(event, options)
        return several(payload)

    def several(payload: dict[str, Any]) -> list[Item]:
        events = events_in(payload)
        if events is not None:
            return isolated(events, lambda event: of_event(_type_of(event))(event, options))
        page = None if isinstance(payload.get("type"), str) else page_of(payload)
        if page is not None:
            return isolated(page, lambda row: of_resource(row.resource)(row.columns))
        return of_type(_type_of(payload))(payload, options)

    return total(read)


def _type_of(event: object) -> str:
    type_ = event.get("type") if isinstance(event, dict) else None
    if isinstance(type_, str):
        return type_
    raise Refused(
        "missing_field",
        "`type` is missing: this is no event of an event subscription, neither a row nor a page of "
        "the REST API, and no webhook of a trigger",
    )


def _invocation(record: Record, options: ZendeskOptions) -> Invocation:
    return Invocation(
        id=header(record, "x-zendesk-webhook-invocation-id"),
        kind=f"support.{options.trigger}" if options.trigger else "",
        id_from=options.id_from,
        record_time_us=record.time_us,
    )


_MAPPED: Final[Mapping[str, Mapped[[object, ZendeskOptions]]]] = {
    f"{PREFIX}{name}": items for name, items in (*TICKETS.items(), *USERS.items())
}

KINDS: Final = frozenset(
    {
        "customer.created",
        "customer.merged",
        "feedback.csat",
        "support.closed",
        "support.contact",
        "support.message",
        "support.reopened",
        "support.solved",
        "support.status_changed",
    }
)

ZENDESK: Final = Connector(
    name="zendesk",
    options=ZendeskOptions,
    open=open_zendesk,
    ignored={**IGNORED, **zendesk_rows.IGNORED, **zendesk_conversations.IGNORED},
    kinds=lambda _: KINDS,
    arrival=(
        "Event subscriptions and webhooks of triggers reach a topic by an HTTP bridge, rows by a "
        "poller such as Confluent's. A trigger's id is in the header "
        "`X-Zendesk-Webhook-Invocation-Id`; where a bridge drops it, `id_from` stands in."
    ),
)
