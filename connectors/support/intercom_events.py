"""The events of Intercom's conversations, tickets and contacts, however these came.

`of_talk`, `of_ticket` and `of_contact` make an event of an object, at a `Moment`; `rated` and
`said` add what a rating and a part of a conversation say. Facts are named here alone, so that a
notification and an object that was polled state the same.
"""

from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from connectors.custom_fields import CustomFields, kept, own_names, stated
from connectors.markup import plain_text
from connectors.naming import Named, event_about, name, named
from connectors.support import intercom_objects as objects
from connectors.timestamps import parse_seconds
from service.event import Event, Fact, Ignored, Item, Score

OPENED_BY_STAFF: Final = Ignored("a conversation or ticket that the customer did not open")
OF_A_CONVERSATION: Final = Ignored("a ticket made of a conversation, told by it")
NO_ANSWER: Final = Ignored("a rating or an answer that was asked for and not given")

PEOPLE: Final = frozenset({"user", "lead", "contact", "visitor"})
_OPENS_AGAIN: Final = "open"
_CLOSES: Final = "close"


class Moment(NamedTuple):
    """The id of what is told, and when it happened."""

    id: str
    time_us: int


def of_talk(talk: objects.Conversation, moment: Moment, kind: str, options: CustomFields) -> Event:
    """What every event of a conversation has."""
    source = talk.source or objects.Source()
    own = talk.custom_attributes or {}
    who = _named(talk.contacts, source.author, own_names(options, own))
    return replace(
        _event(moment, kind, who),
        title=talk.title or plain_text(source.subject or ""),
        channel=(source.type or "").lower(),
        tags=tuple(tag.name for tag in (talk.tags or objects.Tags()).tags if tag.name),
        status=(talk.state or "").lower(),
        attributes=stated(
            conversation_id=str(talk.id),
            priority="high" if talk.priority == "priority" else None,
        )
        | kept(options, own),
    )


def contact_by(talk: objects.Conversation, moment: Moment, options: CustomFields) -> Event:
    """The contact that a conversation is."""
    event = of_talk(talk, moment, "support.contact", options)
    source = talk.source or objects.Source()
    return replace(stating(event, contact_of(talk)), text=plain_text(source.body or ""))


def closed_talk(talk: objects.Conversation, moment: Moment, options: CustomFields) -> Event:
    """That a conversation was closed, a fact of when it was."""
    event = of_talk(talk, moment, "support.closed", options)
    closed_at = closing_of(talk)
    return (
        event if closed_at is None else stating(event, f"conversation:{talk.id}:closed:{closed_at}")
    )


def contact_of(thing: objects.Conversation | objects.Ticket) -> str:
    """The fact of the contact that a conversation or ticket is."""
    return f"{_about(thing)}:contact"


def closing_of(talk: objects.Conversation) -> int | None:
    """When a conversation was closed last, in seconds, if it says so."""
    closings = [part.created_at for part in parts_of(talk) if part.part_type == _CLOSES]
    told = (talk.statistics or objects.Statistics()).last_close_at
    return next((at for at in reversed(closings) if at is not None), told)


def of_ticket(ticket: objects.Ticket, moment: Moment, kind: str, options: CustomFields) -> Event:
    """What every event of a ticket has."""
    own = ticket.ticket_attributes or {}
    title = own.get("_default_title_")
    who = _named(ticket.contacts, None, own_names(options, own))
    return replace(
        _event(moment, kind, who),
        title=title if isinstance(title, str) else "",
        status=state_of(ticket),
        attributes=stated(ticket_id=str(ticket.id)) | kept(options, own),
    )


def opened_ticket(ticket: objects.Ticket, moment: Moment, options: CustomFields) -> Item:
    """The contact that a ticket is, if the customer opened it and no conversation tells it."""
    if (ticket.category or "customer").lower() != "customer":
        return OPENED_BY_STAFF
    linked = (ticket.linked_objects or objects.LinkedObjects()).data
    if any(other.type == "conversation" for other in linked):
        return OF_A_CONVERSATION
    description = (ticket.ticket_attributes or {}).get("_default_description_")
    event = stating(of_ticket(ticket, moment, "support.contact", options), contact_of(ticket))
    return replace(event, text=plain_text(description if isinstance(description, str) else ""))


def moved_ticket(ticket: objects.Ticket, moved_at: int, options: CustomFields) -> Event:
    """That a ticket came into its state at that second: two topics tell it, so it is one fact."""
    state = state_of(ticket)
    kind = "support.solved" if state == "resolved" else "support.status_changed"
    moved_us = parse_seconds(moved_at, "updated_at")
    return of_ticket(
        ticket, Moment(f"ticket:{ticket.id}:{state}:{moved_at}", moved_us), kind, options
    )


def moving_of(ticket: objects.Ticket) -> int | None:
    """When a ticket came into its state, in seconds, if one of its parts says so."""
    state = state_of(ticket)
    moves = [
        part.created_at
        for part in parts_of(ticket)
        if part.ticket_state
        and _plain_state(part.ticket_state) == state
        and part.ticket_state != part.previous_ticket_state
    ]
    return next((at for at in reversed(moves) if at is not None), None)


def state_of(ticket: objects.Ticket) -> str:
    """The state of a ticket in plain words."""
    state = ticket.ticket_state
    return _plain_state(state.category if isinstance(state, objects.State) else state)


def _plain_state(state: str | None) -> str:
    return (state or "").lower().replace("_", " ")


def of_contact(contact: objects.Contact, moment: Moment, kind: str, options: CustomFields) -> Event:
    """What every event of a contact has."""
    own = contact.custom_attributes or {}
    merged = contact.merged_from or objects.Person()
    who = named(
        *own_names(options, own),
        name("user", contact.external_id or contact.user_id),
        name("contact", contact.id),
        name("contact", merged.id),
        name("email", contact.email),
        name("phone", contact.phone),
    )
    return replace(
        _event(moment, kind, who),
        status=(contact.role or "").lower(),
        attributes=kept(options, own),
    )


def creation_of(contact: objects.Contact) -> str:
    """The fact that a contact was created."""
    return f"contact:{contact.id}:created"


def rated(
    event: Event, thing: objects.Conversation | objects.Ticket, rating: objects.Rating | None
) -> Item:
    """`event` of a conversation or ticket as its rating, one of each: the latest counts."""
    if rating is None or rating.rating is None:
        return NO_ANSWER
    given_at = rating.updated_at or rating.created_at
    given_us = event.occurred_at_us if given_at is None else parse_seconds(given_at, "updated_at")
    return replace(
        event,
        occurred_at_us=given_us,
        fact=Fact(f"{_about(thing)}:rating", given_us),
        score=Score(rating.rating, low=1, high=5, best=5),
        text=rating.remark or "",
    )


def parts_of(thing: objects.Conversation | objects.Ticket) -> tuple[objects.Part, ...]:
    """The parts that are there: all of one that was got alone, else those that caused it."""
    if isinstance(thing, objects.Ticket):
        return (thing.ticket_parts or objects.Parts()).ticket_parts
    return (thing.conversation_parts or objects.Parts()).conversation_parts


def own_parts(thing: objects.Conversation | objects.Ticket) -> list[objects.Part]:
    """Those of them that are the customer's."""
    return [part for part in parts_of(thing) if part.author and part.author.type in PEOPLE]


def said(
    event: Event, thing: objects.Conversation | objects.Ticket, part: objects.Part
) -> list[Item]:
    """`event` of a conversation or ticket as what this part of it says, a fact of the part."""
    at_us = event.occurred_at_us
    if part.created_at is not None:
        at_us = parse_seconds(part.created_at, "created_at")
    edited_at = part.updated_at
    version = at_us if edited_at is None else parse_seconds(edited_at, "updated_at")
    fact = word_of(thing, part) or event.id
    written = replace(
        event, occurred_at_us=at_us, fact=Fact(fact, version), text=plain_text(part.body or "")
    )
    if part.part_type != _OPENS_AGAIN:
        return [written]
    again = Fact(f"{fact}:contact", version)
    return [
        replace(written, kind="support.reopened"),
        replace(written, kind="support.contact", id=f"{event.id}:contact", fact=again),
    ]


def word_of(thing: objects.Conversation | objects.Ticket, part: objects.Part) -> str:
    """The fact that a part was written, "" if it has no id."""
    return f"{_about(thing)}:part:{part.id}" if part.id else ""


def stating(event: Event, fact: str, version_us: int | None = None) -> Event:
    """`event` as a version of that fact: of its own time, if no other is said."""
    version = event.occurred_at_us if version_us is None else version_us
    return replace(event, fact=Fact(fact, version))


def _about(thing: objects.Conversation | objects.Ticket) -> str:
    kind = "ticket" if isinstance(thing, objects.Ticket) else "conversation"
    return f"{kind}:{thing.id}"


def _named(people: objects.People | None, author: objects.Person | None, own: list[Any]) -> Named:
    first, *others = (people or objects.People()).contacts or (author or objects.Person(),)
    written = author is not None and author.id == first.id
    return named(
        *own,
        name("user", first.external_id),
        name("contact", first.id),
        name("email", author.email if author and written else None),
        around=[name("contact", other.id) for other in others],
    )


def _event(moment: Moment, kind: str, who: Named) -> Event:
    return event_about(who, kind, moment.id, moment.time_us, Fact(moment.id, moment.time_us))
