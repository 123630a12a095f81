"""Objects of Intercom's REST API, as pollers put them into a topic, alone or in pages.

| object              | becomes                                                               |
|---------------------|-----------------------------------------------------------------------|
| `conversation`      | `support.contact` at its creation; `support.message` and, of those    |
|                     | that open it again, `support.reopened` and `support.contact` of its   |
|                     | parts, if these are there; `support.closed` if it is; `feedback.csat` |
| `conversation_part` | the same of one part, whose `conversation_id` a poller added          |
| `ticket`            | `support.contact`, `support.message`; `support.solved` or             |
|                     | `support.status_changed` where a part tells when; `feedback.csat`     |
| `contact`           | `customer.created`, of a lead `sales.lead.created`                    |

These are the facts that notifications state, with the object's `updated_at` as their version, so
both may be read.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from connectors.custom_fields import CustomFields
from connectors.event_types import Mapped, ignoring, mapped
from connectors.refusal import Refused
from connectors.support import intercom_objects as objects
from connectors.support.intercom_events import (
    OPENED_BY_STAFF,
    PEOPLE,
    Moment,
    closed_talk,
    closing_of,
    contact_by,
    creation_of,
    moved_ticket,
    moving_of,
    of_contact,
    of_talk,
    of_ticket,
    opened_ticket,
    own_parts,
    rated,
    said,
    stating,
    word_of,
)
from connectors.timestamps import parse_seconds
from service.event import Event, Ignored, Item

NOT_A_CUSTOMER: Final = Ignored("neither a user nor a lead")
NO_WORD: Final = Ignored("a part of a conversation without a word of the customer")

_LISTS: Final = (
    "data", "conversations", "contacts", "tickets", "conversation_parts", "ticket_parts", "events",
)  # fmt: skip
_WORDS: Final = frozenset({"comment", "open", "quick_reply"})
_BY_CUSTOMER: Final = "customer_initiated"
_CREATED: Final = {"user": "customer.created", "lead": "sales.lead.created"}

IGNORED: Final[Mapping[str, str]] = ignoring(
    {
        "the workspace's own people, texts, settings and companies": """
            activity_log admin app article collection company data_attribute help_center
            list_company news-item newsfeed note segment subscription tag team ticket_type""",
        "tracked in the product; read it from the tool that tracks it": "event visitor",
        "a part of a ticket, told by the ticket": "ticket_part",
    }
)


def page_of(payload: Mapping[str, Any]) -> list[object] | None:
    """The objects of a page of the API, or None if this is none."""
    type_ = payload.get("type")
    if not isinstance(type_, str) or not (type_ == "list" or type_.endswith(".list")):
        return None
    return next((payload[name] for name in _LISTS if isinstance(payload.get(name), list)), None)


def type_of(thing: object) -> str:
    """Which object this is. Raises `Refused`."""
    type_ = thing.get("type") if isinstance(thing, dict) else None
    if isinstance(type_, str):
        return type_
    raise Refused("missing_field", "`type` is missing: this is no object of the REST API")


def _conversation(talk: objects.Conversation, options: CustomFields) -> list[Item]:
    created, updated = _times(talk)
    event = of_talk(talk, updated, "support.message", options)
    return [
        _contact(contact_by(talk, created, options), updated)
        if _is_asked(talk)
        else OPENED_BY_STAFF,
        *_messages(event, talk),
        *_closing(talk, updated, options),
        *_rating(replace(event, kind="feedback.csat"), talk, talk.conversation_rating),
    ]


def _is_asked(talk: objects.Conversation) -> bool:
    source = talk.source or objects.Source()
    by_a_person = source.author is not None and source.author.type in PEOPLE
    return by_a_person or source.delivered_as == _BY_CUSTOMER


def _contact(contact: Event, updated: Moment) -> Event:
    """At its creation, as the object was when it was updated."""
    fact = contact.fact.id if contact.fact else contact.id
    return stating(replace(contact, id=fact), fact, updated.time_us)


def _messages(event: Event, thing: objects.Conversation | objects.Ticket) -> list[Item]:
    words = (part for part in own_parts(thing) if part.part_type in _WORDS and part.id)
    return [item for part in words for item in _word(event, thing, part)]


def _word(
    event: Event, thing: objects.Conversation | objects.Ticket, part: objects.Part
) -> list[Item]:
    return said(replace(event, id=word_of(thing, part)), thing, part)


def _closing(talk: objects.Conversation, updated: Moment, options: CustomFields) -> list[Item]:
    closed_at = closing_of(talk)
    if closed_at is None or talk.state != "closed":
        return []
    moment = Moment(updated.id, parse_seconds(closed_at, "last_close_at"))
    event = closed_talk(talk, moment, options)
    return [_contact(event, updated)]


def _rating(
    event: Event, thing: objects.Conversation | objects.Ticket, rating: objects.Rating | None
) -> list[Item]:
    item = rated(event, thing, rating)
    return [replace(item, id=item.fact.id)] if isinstance(item, Event) and item.fact else []


def _part(part: objects.Part, options: CustomFields) -> list[Item]:
    if part.author is None or part.author.type not in PEOPLE or part.part_type not in _WORDS:
        return [NO_WORD]
    if not (part.id and part.conversation_id and part.created_at is not None):
        raise Refused("missing_field", "`id`, `conversation_id` or `created_at` is missing")
    talk = objects.Conversation(id=part.conversation_id, contacts=objects.People((part.author,)))
    moment = Moment(str(part.id), parse_seconds(part.created_at, "created_at"))
    return _word(of_talk(talk, moment, "support.message", options), talk, part)


def _ticket(ticket: objects.Ticket, options: CustomFields) -> list[Item]:
    created, updated = _times(ticket)
    opened = opened_ticket(ticket, created, options)
    event = of_ticket(ticket, updated, "support.message", options)
    moved_at = moving_of(ticket)
    return [
        _contact(opened, updated) if isinstance(opened, Event) else opened,
        *_messages(event, ticket),
        *([] if moved_at is None else [moved_ticket(ticket, moved_at, options)]),
        *_rating(replace(event, kind="feedback.csat"), ticket, ticket.rating),
    ]


def _profile(contact: objects.Contact, options: CustomFields) -> list[Item]:
    kind = _CREATED.get((contact.role or "").lower())
    if kind is None:
        return [NOT_A_CUSTOMER]
    created, updated = _times(contact)
    event = of_contact(contact, created, kind, options)
    return [_contact(stating(event, creation_of(contact)), updated)]


def _times(thing: objects.Conversation | objects.Ticket | objects.Contact) -> tuple[Moment, Moment]:
    """When the object was created and last updated."""
    if thing.created_at is None:
        raise Refused("missing_field", "`created_at` is missing")
    updated_at = thing.created_at if thing.updated_at is None else thing.updated_at
    id_ = str(thing.id)
    return (
        Moment(id_, parse_seconds(thing.created_at, "created_at")),
        Moment(id_, parse_seconds(updated_at, "updated_at")),
    )


OBJECTS: Final[Mapping[str, Mapped[[object, CustomFields]]]] = {
    "conversation": mapped(objects.Conversation, _conversation),
    "conversation_part": mapped(objects.Part, _part),
    "ticket": mapped(objects.Ticket, _ticket),
    "contact": mapped(objects.Contact, _profile),
}
