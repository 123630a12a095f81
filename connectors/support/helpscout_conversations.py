"""Conversations of Help Scout: what their webhooks and the API tell of them."""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from connectors.custom_fields import stated
from connectors.event_types import mapped
from connectors.markup import plain_text
from connectors.refusal import Refused, plain
from connectors.support.helpscout_events import event_of, names_of, retraction
from connectors.support.helpscout_objects import Conversation, Customer, Deletion, Thread, Threads
from connectors.support.helpscout_options import HelpscoutOptions, ToItems
from connectors.timestamps import parse_time
from service.event import Event, Ignored, Item

OPENED_BY_STAFF: Final = Ignored("a conversation that the customer did not open")

_ENDED: Final = ("closed", "spam")
_STATUSES: Final = frozenset({"active", "pending", "closed", "open", "spam"})


def _opened(talk: Conversation, _: int, options: HelpscoutOptions) -> list[Item]:
    author = talk.created_by or Customer()
    if options.on_behalf == "ignore" and author.type == "user":
        return [OPENED_BY_STAFF]
    first = next(iter(_of_customer(talk)), None)
    text = plain_text((first and first.body) or talk.preview or "")
    created_us = parse_time(talk.created_at, "createdAt")
    id_ = f"conversation:{talk.id}:contact"
    return [replace(_of_talk(talk, "support.contact", id_, created_us), text=text)]


def _replied(talk: Conversation, _: int, __: HelpscoutOptions) -> list[Item]:
    threads = _of_customer(talk)
    if not threads:
        raise Refused("missing_field", "`_embedded.threads` has no thread of the customer")
    return [_said(talk, threads[-1])]


def _said(talk: Conversation, thread: Thread) -> Event:
    said_us = parse_time(thread.created_at, "_embedded.threads.createdAt")
    message = _of_talk(talk, "support.message", f"thread:{thread.id}", said_us)
    return replace(message, text=plain_text(thread.body or ""))


def _of_customer(talk: Conversation) -> list[Thread]:
    """The threads that the customer wrote, the first one first."""
    own = [
        thread
        for thread in (talk.embedded or Threads()).threads
        if thread.type in (None, "customer", "chat", "phone")
    ]
    return sorted(own, key=lambda thread: (thread.created_at, thread.id))


def _polled(talk: Conversation, now_us: int, options: HelpscoutOptions) -> list[Item]:
    opened = _opened(talk, now_us, options)
    begun_by_customer = opened != [OPENED_BY_STAFF]
    ended = _status_changed(talk, now_us, options) if talk.status.lower() in _ENDED else []
    replies = _of_customer(talk)[1 if begun_by_customer else 0 :]
    return [*opened, *(_said(talk, thread) for thread in replies), *ended]


def _status_changed(talk: Conversation, _: int, __: HelpscoutOptions) -> list[Item]:
    status = talk.status.lower()
    if status not in _STATUSES:
        raise Refused("unknown_status", f"{plain(talk.status)} is no status that is documented")
    at = (talk.closed_at if status == "closed" else None) or talk.user_updated_at
    if at is None:
        raise Refused("missing_field", "`userUpdatedAt` is missing")
    changed_us = parse_time(at, "userUpdatedAt")
    if status == "spam":
        return [retraction(f"conversation:{talk.id}:contact", changed_us)]
    kind = "support.closed" if status == "closed" else "support.status_changed"
    return [_of_talk(talk, kind, f"conversation:{talk.id}:{status}:{at}", changed_us)]


def _of_talk(talk: Conversation, kind: str, id_: str, time_us: int) -> Event:
    customer = talk.primary_customer or talk.created_by or Customer()
    event = event_of(kind, id_, time_us, names_of(customer))
    return replace(
        event,
        title=talk.subject or "",
        channel=(talk.type or "").lower(),
        tags=tuple(tag.tag for tag in talk.tags or () if tag.tag),
        status=talk.status.lower(),
        attributes=stated(
            conversation_id=str(talk.id),
            ticket_number=None if talk.number is None else str(talk.number),
            mailbox_id=None if talk.mailbox_id is None else str(talk.mailbox_id),
        ),
    )


def _deleted(deletion: Deletion, time_us: int, _: HelpscoutOptions) -> list[Item]:
    return [retraction(f"conversation:{deletion.id}:contact", time_us)]


CONVERSATIONS: Final[Mapping[str, ToItems]] = {
    "convo.created": mapped(Conversation, _opened),
    "convo.customer.reply.created": mapped(Conversation, _replied),
    "convo.status": mapped(Conversation, _status_changed),
    "convo.deleted": mapped(Deletion, _deleted),
    "conversation": mapped(Conversation, _polled),
}
