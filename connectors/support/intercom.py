"""`intercom`: webhooks of conversations, tickets and contacts, one notification a record.

| topic                                           | becomes                                      |
|-------------------------------------------------|----------------------------------------------|
| `conversation.user.created`                     | `support.contact`, text = the first message  |
| `conversation.user.replied`                     | `support.message`, text = the reply          |
| ... that opens it again                         | `support.reopened` and `support.contact`     |
| `conversation.admin.closed`                     | `support.closed`                             |
| `conversation.admin.opened`                     | `support.reopened`: an agent's doing         |
| `conversation.admin.snoozed`, `.unsnoozed`      | `support.status_changed`                     |
| `conversation.rating.added`, `.remarked`        | `feedback.csat` on 1 to 5, text = the remark |
| `conversation.deleted`                          | retraction of the contact                    |
| `ticket.created`, a customer's                  | `support.contact`                            |
| `ticket.contact.replied`                        | `support.message`                            |
| `ticket.state.updated`, `ticket.resolved`       | `support.solved`, `support.status_changed`   |
| `ticket.closed`                                 | `support.closed`                             |
| `ticket.rating.provided`                        | `feedback.csat` on 1 to 5                    |
| `contact.user.created`, `contact.lead.created`  | `customer.created`, `sales.lead.created`     |
| `contact.*.updated`, `.signed_up`, `.email`     | `customer.updated`                           |
| `contact.merged`                                | `customer.merged`                            |
| `contact.deleted`                               | retraction of the creation                   |

Ignored, beside the topics in `intercom_topics.IGNORED`: replies whose parts are an agent's or a
bot's; back-office and tracker tickets; tickets that were made of a conversation, which told it.

The payload is a snapshot of the whole conversation, of whose parts only those that caused the
notification are there. Bodies are HTML and become text. The subject is the company's own id of the
first contact (`user`, from `external_id`), else Intercom's (`contact`); what else it is called is
linked strongly, further people of a group conversation weakly.

Facts. `conversation:<id>:contact` and `:rating`, and those of a ticket, are one of each, of which
the latest counts, so that a rating given anew takes the place of the one before; so is
`contact:<id>:created`. A ticket's state is a fact of state and time, because two topics tell it.
All else is a fact under the notification's id; one that has none is known by topic, thing and time.
The version is the time of the notification, of a rating that when it was given. `contact.merged`
tells the contact that is left, and not which one went into it: it links what that is called.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec
from msgspec.structs import replace

from connectors import strict_json
from connectors.contract import Connector, Convert, total
from connectors.custom_fields import CustomFields, kept, own_names, stated
from connectors.event_types import Mapped, by_type, mapped
from connectors.markup import plain_text
from connectors.naming import Named, name, named
from connectors.refusal import Refused
from connectors.support import intercom_objects as objects
from connectors.support.intercom_topics import IGNORED
from connectors.timestamps import parse_seconds
from service.event import Event, Fact, Ignored, Item, Record, Retraction, Score

BY_STAFF: Final = Ignored("written by an agent or a bot")
OPENED_BY_STAFF: Final = Ignored("a ticket that the customer did not open")
OF_A_CONVERSATION: Final = Ignored("a ticket made of a conversation, told by it")
NO_ANSWER: Final = Ignored("a rating that was asked for and not given")

_PEOPLE: Final = frozenset({"user", "lead", "contact", "visitor"})
_OPENS_AGAIN: Final = "open"


class _Data(msgspec.Struct):
    item: dict[str, Any]


class _Notice(msgspec.Struct):
    topic: str
    created_at: int
    data: _Data
    id: str = ""

    @property
    def time_us(self) -> int:
        return parse_seconds(self.created_at, "created_at")


def _with_id(notice: _Notice, thing: Any) -> _Notice:
    if notice.id:
        return notice
    return replace(notice, id=f"{notice.topic}:{thing.id}:{notice.created_at}")


ToItems: TypeAlias = Callable[[Any, _Notice, CustomFields], list[Item]]


def open_intercom(options: CustomFields) -> Convert:
    """What converts the records of a source with these options."""
    of_topic = by_type(_MAPPED, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        topic = payload.get("topic")
        if not isinstance(topic, str):
            raise Refused("missing_field", "`topic` is missing: this is no notification")
        return of_topic(topic)(payload, options)

    return total(read)


def _told(
    shape: type[msgspec.Struct], items: ToItems, inside: str = ""
) -> Mapped[[object, CustomFields]]:
    """`items` of the item of a notification, or of what some topics nest `inside` it."""

    def of_notice(notice: _Notice, options: CustomFields) -> list[Item]:
        item = notice.data.item.get(inside, notice.data.item)
        thing = strict_json.shaped(item, shape, "data.item")
        return items(thing, _with_id(notice, thing), options)

    return mapped(_Notice, of_notice)


def _opened(talk: objects.Conversation, notice: _Notice, options: CustomFields) -> list[Item]:
    source = talk.source or objects.Source()
    event = _of_talk(talk, notice, "support.contact", options, "contact")
    return [replace(event, text=plain_text(source.body or ""))]


def _replied(talk: objects.Conversation, notice: _Notice, options: CustomFields) -> list[Item]:
    parts = (talk.conversation_parts or objects.Parts()).conversation_parts
    own = [part for part in parts if part.author and part.author.type in _PEOPLE]
    if parts and not own:
        return [BY_STAFF]
    text = "\n".join(plain_text(part.body) for part in own if part.body)
    message = replace(_of_talk(talk, notice, "support.message", options), text=text)
    if all(part.part_type != _OPENS_AGAIN for part in own):
        return [message]
    again = f"{message.id}:contact"
    return [
        replace(message, kind="support.reopened"),
        replace(message, kind="support.contact", id=again, fact=Fact(again, notice.time_us)),
    ]


def _turned(kind: str) -> ToItems:
    def items(talk: objects.Conversation, notice: _Notice, options: CustomFields) -> list[Item]:
        return [_of_talk(talk, notice, kind, options)]

    return items


def _rated(talk: objects.Conversation, notice: _Notice, options: CustomFields) -> list[Item]:
    event = _of_talk(talk, notice, "feedback.csat", options, "rating")
    return [_with_rating(event, talk.conversation_rating)]


def _with_rating(event: Event, rating: objects.Rating | None) -> Item:
    if rating is None or rating.rating is None:
        return NO_ANSWER
    given_at = rating.updated_at or rating.created_at
    given_us = event.occurred_at_us if given_at is None else parse_seconds(given_at, "updated_at")
    return replace(
        event,
        occurred_at_us=given_us,
        fact=Fact(event.fact.id if event.fact else event.id, given_us),
        score=Score(rating.rating, low=1, high=5, best=5),
        text=rating.remark or "",
    )


def _talk_deleted(talk: objects.Conversation, notice: _Notice, _: CustomFields) -> list[Item]:
    return [_retraction(notice, f"conversation:{talk.id}:contact")]


def _of_talk(
    talk: objects.Conversation, notice: _Notice, kind: str, options: CustomFields, fact: str = ""
) -> Event:
    source = talk.source or objects.Source()
    own = talk.custom_attributes or {}
    who = _named(talk.contacts, source.author, own_names(options, own))
    event = _event(notice, kind, who, f"conversation:{talk.id}:{fact}" if fact else notice.id)
    return replace(
        event,
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


def _ticket_opened(ticket: objects.Ticket, notice: _Notice, options: CustomFields) -> list[Item]:
    if (ticket.category or "customer").lower() != "customer":
        return [OPENED_BY_STAFF]
    linked = (ticket.linked_objects or objects.LinkedObjects()).data
    if any(other.type == "conversation" for other in linked):
        return [OF_A_CONVERSATION]
    description = (ticket.ticket_attributes or {}).get("_default_description_")
    event = _of_ticket(ticket, notice, "support.contact", options, "contact")
    return [replace(event, text=plain_text(description if isinstance(description, str) else ""))]


def _ticket_replied(ticket: objects.Ticket, notice: _Notice, options: CustomFields) -> list[Item]:
    parts = (ticket.ticket_parts or objects.Parts()).ticket_parts
    own = [part for part in parts if part.author and part.author.type in _PEOPLE]
    text = "\n".join(plain_text(part.body) for part in own if part.body)
    return [replace(_of_ticket(ticket, notice, "support.message", options), text=text)]


def _ticket_moved(ticket: objects.Ticket, notice: _Notice, options: CustomFields) -> list[Item]:
    state = _state_of(ticket)
    kind = "support.solved" if state == "resolved" else "support.status_changed"
    at = notice.created_at if ticket.updated_at is None else ticket.updated_at
    id_ = f"ticket:{ticket.id}:{state}:{at}"
    event = _of_ticket(ticket, notice, kind, options)
    moved_us = parse_seconds(at, "data.item.updated_at")
    return [replace(event, id=id_, occurred_at_us=moved_us, fact=Fact(id_, moved_us))]


def _ticket_closed(ticket: objects.Ticket, notice: _Notice, options: CustomFields) -> list[Item]:
    return [_of_ticket(ticket, notice, "support.closed", options)]


def _ticket_rated(ticket: objects.Ticket, notice: _Notice, options: CustomFields) -> list[Item]:
    event = _of_ticket(ticket, notice, "feedback.csat", options, "rating")
    return [_with_rating(event, ticket.rating or ticket.conversation_rating)]


def _state_of(ticket: objects.Ticket) -> str:
    state = ticket.ticket_state
    text = state.category if isinstance(state, objects.State) else state
    return (text or "").lower().replace("_", " ")


def _of_ticket(
    ticket: objects.Ticket, notice: _Notice, kind: str, options: CustomFields, fact: str = ""
) -> Event:
    own = ticket.ticket_attributes or {}
    title = own.get("_default_title_")
    who = _named(ticket.contacts, None, own_names(options, own))
    event = _event(notice, kind, who, f"ticket:{ticket.id}:{fact}" if fact else notice.id)
    return replace(
        event,
        title=title if isinstance(title, str) else "",
        status=_state_of(ticket),
        attributes=stated(ticket_id=str(ticket.id)) | kept(options, own),
    )


def _profile(kind: str, fact: str = "") -> ToItems:
    def items(contact: objects.Contact, notice: _Notice, options: CustomFields) -> list[Item]:
        own = contact.custom_attributes or {}
        who = named(
            *own_names(options, own),
            name("user", contact.external_id or contact.user_id),
            name("contact", contact.id),
            name("email", contact.email),
            name("phone", contact.phone),
        )
        event = _event(notice, kind, who, f"contact:{contact.id}:{fact}" if fact else notice.id)
        return [replace(event, status=(contact.role or "").lower(), attributes=kept(options, own))]

    return items


def _contact_deleted(contact: objects.Contact, notice: _Notice, _: CustomFields) -> list[Item]:
    return [_retraction(notice, f"contact:{contact.id}:created")]


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


def _event(notice: _Notice, kind: str, who: Named, fact: str) -> Event:
    time_us = notice.time_us
    return Event(
        id=notice.id,
        kind=kind,
        occurred_at_us=time_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(fact, time_us),
    )


def _retraction(notice: _Notice, fact: str) -> Retraction:
    time_us = notice.time_us
    return Retraction(id=notice.id, fact=Fact(fact, time_us), occurred_at_us=time_us)


_MAPPED: Final[Mapping[str, Mapped[[object, CustomFields]]]] = {
    "conversation.user.created": _told(objects.Conversation, _opened),
    "conversation.user.replied": _told(objects.Conversation, _replied),
    "conversation.admin.closed": _told(objects.Conversation, _turned("support.closed")),
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
    "contact.user.created": _told(objects.Contact, _profile("customer.created", "created")),
    "contact.lead.created": _told(objects.Contact, _profile("sales.lead.created", "created")),
    "contact.user.updated": _told(objects.Contact, _profile("customer.updated")),
    "contact.lead.updated": _told(objects.Contact, _profile("customer.updated")),
    "contact.lead.signed_up": _told(objects.Contact, _profile("customer.updated")),
    "contact.lead.added_email": _told(objects.Contact, _profile("customer.updated")),
    "contact.email.updated": _told(objects.Contact, _profile("customer.updated")),
    "contact.merged": _told(objects.Contact, _profile("customer.merged")),
    "contact.deleted": _told(objects.Contact, _contact_deleted),
    # As versions of the API below 2 call them.
    "user.created": _told(objects.Contact, _profile("customer.created", "created")),
    "user.email.updated": _told(objects.Contact, _profile("customer.updated")),
    "user.deleted": _told(objects.Contact, _contact_deleted),
    "contact.created": _told(objects.Contact, _profile("sales.lead.created", "created")),
    "contact.updated": _told(objects.Contact, _profile("customer.updated")),
    "contact.signed_up": _told(objects.Contact, _profile("customer.updated")),
    "contact.added_email": _told(objects.Contact, _profile("customer.updated")),
}

KINDS: Final = frozenset(
    {
        "customer.created",
        "customer.merged",
        "customer.updated",
        "feedback.csat",
        "sales.lead.created",
        "support.closed",
        "support.contact",
        "support.message",
        "support.reopened",
        "support.solved",
        "support.status_changed",
    }
)

INTERCOM: Final = Connector(
    name="intercom",
    options=CustomFields,
    open=open_intercom,
    ignored=IGNORED,
    kinds=lambda _: KINDS,
    arrival=(
        "Webhooks of an app, behind an HTTP gateway that writes the notification to the topic. "
        "Everything that is read lies in the body; the signature header, which gateways drop, is "
        "theirs to check. What a workspace calls its own attributes is named in `fields`."
    ),
)
