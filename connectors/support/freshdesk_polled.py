"""What the REST API of Freshdesk has, as pollers put it into a topic, one object a record.

| object              | becomes                                                                   |
|---------------------|---------------------------------------------------------------------------|
| ticket              | `support.contact` at its creation; `support.solved` or `support.closed`   |
| conversation        | `support.message` of the customer; what agents write is ignored           |
| satisfaction rating | `feedback.csat` on 1 to 7, other questions `feedback.rating` on 1 to 7    |
| contact             | `customer.created`, which links user, e-mail, phone and the external id   |

They have no type and are told by their fields.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from connectors.custom_fields import stated
from connectors.event_types import Mapped, mapped
from connectors.markup import plain_text
from connectors.naming import Named, name, named
from connectors.refusal import Refused, plain
from connectors.support.freshdesk_objects import (
    Contact,
    Conversation,
    Person,
    Rating,
    Stats,
    Ticket,
)
from connectors.support.freshdesk_words import (
    CHANNELS,
    ENDED,
    PRIORITIES,
    RATINGS,
    status_of,
    word_of,
)
from connectors.timestamps import parse_time
from service.event import Event, Fact, Ignored, Item, Score

SPAM: Final = Ignored("a ticket that is spam or was deleted")
BY_STAFF: Final = Ignored("written by an agent, or a note among agents")

_MAIN_QUESTION: Final = "default_question"
_TELLING: Final = (
    ("satisfaction_rating", frozenset({"ratings"})),
    ("conversation", frozenset({"incoming", "ticket_id"})),
    ("ticket", frozenset({"requester_id", "created_at"})),
    ("contact", frozenset({"active", "email", "created_at"})),
)
"""Which fields tell an object, in this order."""


def object_of(payload: Mapping[str, Any]) -> str:
    """Which object of the API this is, "" if it is none."""
    return next((object_ for object_, fields in _TELLING if fields <= payload.keys()), "")


def _polled(ticket: Ticket) -> list[Item]:
    if ticket.deleted or ticket.spam:
        return [SPAM]
    updated_us = parse_time(ticket.updated_at, "updated_at")
    event = _of_ticket(ticket)
    status = event.status
    contact = replace(event, fact=Fact(event.id, updated_us))
    if status not in ENDED:
        return [contact]
    stats = ticket.stats or Stats()
    ended = (stats.closed_at if status == "closed" else stats.resolved_at) or ticket.updated_at
    what = ENDED[status].partition(".")[2]
    return [
        contact,
        replace(
            event,
            id=f"ticket:{ticket.id}:{what}",
            kind=ENDED[status],
            occurred_at_us=parse_time(ended, "updated_at"),
            fact=Fact(f"ticket:{ticket.id}:{what}", -updated_us),
            text="",
        ),
    ]


def _of_ticket(ticket: Ticket) -> Event:
    requester = ticket.requester or Person()
    who = named(
        name("user", ticket.requester_id),
        name("email", ticket.email or requester.email),
        name("phone", ticket.phone or requester.phone or requester.mobile),
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
        channel=word_of(ticket.source, CHANNELS),
        tags=ticket.tags or (),
        status=status_of(ticket.status),
        attributes=stated(
            ticket_id=str(ticket.id),
            priority=word_of(ticket.priority, PRIORITIES),
            ticket_type=(ticket.type or "").lower(),
        ),
    )


def _rated(rating: Rating) -> list[Item]:
    who = named(name("user", rating.user_id) or name("ticket", rating.ticket_id))
    items: list[Item] = [
        _answer(rating, question, code, who) for question, code in rating.ratings.items()
    ]
    return items or [Ignored("a survey without an answer")]


def _answer(rating: Rating, question: str, code: int, who: Named) -> Item:
    if code not in RATINGS:
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
        score=Score(RATINGS[code], low=1, high=7, best=7),
        text=rating.feedback or "",
        attributes={"ticket_id": str(rating.ticket_id), "question": question},
    )


def _said(part: Conversation) -> list[Item]:
    if not part.incoming or part.private:
        return [BY_STAFF]
    said_us = parse_time(part.created_at, "created_at")
    who = named(name("user", part.user_id), name("email", part.from_email))
    id_ = f"conversation:{part.id}"
    message = Event(
        id=id_,
        kind="support.message",
        occurred_at_us=said_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(id_, parse_time(part.updated_at or part.created_at, "updated_at")),
        text=part.body_text or plain_text(part.body or ""),
        attributes={"ticket_id": str(part.ticket_id)},
    )
    return [message]


def _created(contact: Contact) -> list[Item]:
    who = named(
        name("user", contact.id),
        name("email", contact.email),
        name("phone", contact.phone),
        name("phone", contact.mobile),
        name("external", contact.unique_external_id),
        around=[name("company_id", contact.company_id)],
    )
    id_ = f"contact:{contact.id}:created"
    created = Event(
        id=id_,
        kind="customer.created",
        occurred_at_us=parse_time(contact.created_at, "created_at"),
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(id_, parse_time(contact.updated_at or contact.created_at, "updated_at")),
        language=contact.language or "",
    )
    return [created]


OBJECTS: Final[Mapping[str, Mapped[[object]]]] = {
    "ticket": mapped(Ticket, _polled),
    "conversation": mapped(Conversation, _said),
    "satisfaction_rating": mapped(Rating, _rated),
    "contact": mapped(Contact, _created),
}
