"""What Intercom notifies of: a snapshot of a conversation, ticket or contact, and why it was sent.

`NOTICES` has what makes the items of each topic; `intercom` has the table of it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec
from msgspec.structs import replace

from connectors import strict_json
from connectors.custom_fields import CustomFields
from connectors.event_types import Mapped, mapped
from connectors.support import intercom_objects as objects
from connectors.support.intercom_events import (
    NO_ANSWER,
    Moment,
    closed_talk,
    contact_by,
    contact_of,
    creation_of,
    moved_ticket,
    moving_of,
    of_contact,
    of_talk,
    of_ticket,
    opened_ticket,
    own_parts,
    parts_of,
    rated,
    said,
    stating,
)
from connectors.timestamps import parse_seconds
from service.event import Event, Fact, Ignored, Item, Retraction

BY_STAFF: Final = Ignored("written by an agent or a bot")


class _Data(msgspec.Struct):
    item: dict[str, Any]


class _Notice(msgspec.Struct):
    topic: str
    created_at: int
    data: _Data
    id: str = ""


ToItems: TypeAlias = Callable[[Any, Moment, CustomFields], list[Item]]


def _told(
    shape: type[msgspec.Struct], items: ToItems, inside: str = ""
) -> Mapped[[object, CustomFields]]:
    """`items` of the item of a notification, or of what some topics nest `inside` it."""

    def of_notice(notice: _Notice, options: CustomFields) -> list[Item]:
        item = notice.data.item.get(inside, notice.data.item)
        thing = strict_json.shaped(item, shape, "data.item")
        return items(thing, _moment(notice, thing), options)

    return mapped(_Notice, of_notice)


def _moment(notice: _Notice, thing: Any) -> Moment:
    id_ = notice.id or f"{notice.topic}:{thing.id}:{notice.created_at}"
    return Moment(id_, parse_seconds(notice.created_at, "created_at"))


def _opened(talk: objects.Conversation, moment: Moment, options: CustomFields) -> list[Item]:
    return [contact_by(talk, moment, options)]


def _replied(talk: objects.Conversation, moment: Moment, options: CustomFields) -> list[Item]:
    if parts_of(talk) and not own_parts(talk):
        return [BY_STAFF]
    return _words(of_talk(talk, moment, "support.message", options), talk)


def _words(message: Event, thing: objects.Conversation | objects.Ticket) -> list[Item]:
    """What each part says that the customer wrote; a notification has seldom more than one."""
    own = own_parts(thing)
    if len(own) < 2:
        return said(message, thing, own[0] if own else objects.Part())
    return [
        item
        for place, part in enumerate(own)
        for item in said(replace(message, id=f"{message.id}:{place}"), thing, part)
    ]


def _closed(talk: objects.Conversation, moment: Moment, options: CustomFields) -> list[Item]:
    return [closed_talk(talk, moment, options)]


def _turned(kind: str) -> ToItems:
    def items(talk: objects.Conversation, moment: Moment, options: CustomFields) -> list[Item]:
        return [of_talk(talk, moment, kind, options)]

    return items


def _rated(talk: objects.Conversation, moment: Moment, options: CustomFields) -> list[Item]:
    event = of_talk(talk, moment, "feedback.csat", options)
    return [rated(event, talk, talk.conversation_rating)]


def _talk_deleted(talk: objects.Conversation, moment: Moment, _: CustomFields) -> list[Item]:
    return [_retraction(moment, contact_of(talk))]


def _ticket_opened(ticket: objects.Ticket, moment: Moment, options: CustomFields) -> list[Item]:
    return [opened_ticket(ticket, moment, options)]


def _ticket_replied(ticket: objects.Ticket, moment: Moment, options: CustomFields) -> list[Item]:
    return _words(of_ticket(ticket, moment, "support.message", options), ticket)


def _ticket_moved(ticket: objects.Ticket, moment: Moment, options: CustomFields) -> list[Item]:
    moved_at = moving_of(ticket) or ticket.updated_at
    return [moved_ticket(ticket, moved_at or moment.time_us // 1_000_000, options)]


def _ticket_closed(ticket: objects.Ticket, moment: Moment, options: CustomFields) -> list[Item]:
    return [of_ticket(ticket, moment, "support.closed", options)]


def _ticket_rated(ticket: objects.Ticket, moment: Moment, options: CustomFields) -> list[Item]:
    event = of_ticket(ticket, moment, "feedback.csat", options)
    return [rated(event, ticket, ticket.rating or ticket.conversation_rating)]


def _created(kind: str) -> ToItems:
    def items(contact: objects.Contact, moment: Moment, options: CustomFields) -> list[Item]:
        return [stating(of_contact(contact, moment, kind, options), creation_of(contact))]

    return items


def _profile(kind: str) -> ToItems:
    def items(contact: objects.Contact, moment: Moment, options: CustomFields) -> list[Item]:
        return [of_contact(contact, moment, kind, options)]

    return items


def _survey(stat: objects.ContentStat, moment: Moment, options: CustomFields) -> list[Item]:
    told = stat.content_stat
    answers = told.answers or (() if told.answer is None else (told.answer,))
    event = of_contact(stat.contact, moment, "feedback.comment", options)
    asked = f"survey:{told.content_id}:{stat.contact.id}"
    return [_answer(answer, event, asked) for answer in answers] or [NO_ANSWER]


def _answer(answer: objects.Answer, event: Event, asked: str) -> Item:
    """A number is kept as it was written: of what scale it is, nobody says."""
    fact = f"{asked}:{answer.question_id}"
    if answer.response in (None, ""):
        return NO_ANSWER
    return replace(
        stating(event, fact),
        id=f"{event.id}:{answer.question_id}",
        title=answer.question_text or "",
        text=str(answer.response),
        attributes=event.attributes | {"question": str(answer.question_id)},
    )


def _contact_deleted(contact: objects.Contact, moment: Moment, _: CustomFields) -> list[Item]:
    return [_retraction(moment, creation_of(contact))]


def _retraction(moment: Moment, fact: str) -> Retraction:
    time_us = moment.time_us
    return Retraction(id=moment.id, fact=Fact(fact, time_us), occurred_at_us=time_us)


NOTICES: Final[Mapping[str, Mapped[[object, CustomFields]]]] = {
    "conversation.user.created": _told(objects.Conversation, _opened),
    "conversation.user.replied": _told(objects.Conversation, _replied),
    "conversation.admin.closed": _told(objects.Conversation, _closed),
    "conversation.admin.opened": _told(objects.Conversation, _turned("support.reopened")),
    "conversation.admin.snoozed": _told(objects.Conversation, _turned("support.status_changed")),
    "conversation.admin.unsnoozed": _told(objects.Conversation, _turned("support.status_changed")),
    "conversation.rating.added": _told(objects.Conversation, _rated),
    "conversation.rating.remarked": _told(objects.Conversation, _rated),
    "conversation.deleted": _told(objects.Conversation, _talk_deleted),
    "ticket.created": _told(objects.Ticket, _ticket_opened),
    "ticket.contact.replied": _told(objects.Ticket, _ticket_replied, "ticket"),
    "ticket.state.updated": _told(objects.Ticket, _ticket_moved),
    "ticket.resolved": _told(objects.Ticket, _ticket_moved),
    "ticket.closed": _told(objects.Ticket, _ticket_closed, "ticket"),
    "ticket.rating.provided": _told(objects.Ticket, _ticket_rated, "ticket"),
    "content_stat.survey": _told(objects.ContentStat, _survey),
    "contact.user.created": _told(objects.Contact, _created("customer.created")),
    "contact.lead.created": _told(objects.Contact, _created("sales.lead.created")),
    "contact.user.updated": _told(objects.Contact, _profile("customer.updated")),
    "contact.lead.updated": _told(objects.Contact, _profile("customer.updated")),
    "contact.lead.signed_up": _told(objects.Contact, _profile("customer.updated")),
    "contact.lead.added_email": _told(objects.Contact, _profile("customer.updated")),
    "contact.email.updated": _told(objects.Contact, _profile("customer.updated")),
    "contact.merged": _told(objects.Contact, _profile("customer.merged")),
    "contact.deleted": _told(objects.Contact, _contact_deleted),
    # As versions of the API below 2 call them.
    "user.created": _told(objects.Contact, _created("customer.created")),
    "user.email.updated": _told(objects.Contact, _profile("customer.updated")),
    "user.deleted": _told(objects.Contact, _contact_deleted),
    "contact.created": _told(objects.Contact, _created("sales.lead.created")),
    "contact.updated": _told(objects.Contact, _profile("customer.updated")),
    "contact.signed_up": _told(objects.Contact, _profile("customer.updated")),
    "contact.added_email": _told(objects.Contact, _profile("customer.updated")),
}
