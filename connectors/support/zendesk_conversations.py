"""Webhooks of Zendesk's Sunshine Conversations, several events a record.

| event                             | becomes                                                    |
|-----------------------------------|------------------------------------------------------------|
| `conversation:message` of a user  | `support.message`, with `messaging: lines`                 |
| `user:merge`                      | `customer.merged`, which links both users                  |

They tell the lines of conversations that event subscriptions of messaging tell too, so read one of
the two. A user is the `messaging_user`, linked with the company's own id (`external`).
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from connectors.custom_fields import stated
from connectors.event_types import Mapped, ignoring, mapped
from connectors.naming import event_about, name, named
from connectors.strict_json import Id
from connectors.support.zendesk_options import ZendeskOptions
from connectors.support.zendesk_tickets import BY_ITS_COMMENTS, BY_STAFF
from connectors.timestamps import parse_time
from service.event import Event, Fact, Item

IGNORED: Final[Mapping[str, str]] = ignoring(
    {
        "how a conversation is handled and delivered, no word of the customer": """
            conversation:create conversation:join conversation:leave
            conversation:message:delivery:channel conversation:message:delivery:failure
            conversation:message:delivery:user
            conversation:postback conversation:read conversation:referral conversation:remove
            conversation:typing switchboard:acceptControl switchboard:acceptControl:failure
            switchboard:offerControl switchboard:offerControl:failure switchboard:passControl
            switchboard:passControl:failure switchboard:releaseControl
            switchboard:releaseControl:failure""",
        "a profile is edited, nothing happens on a journey": """
            client:add client:remove client:update user:remove user:update""",
    }
)


class _User(msgspec.Struct, rename="camel"):
    id: str | None = None
    external_id: str | None = None


class _Author(msgspec.Struct, rename="camel"):
    type: str
    user_id: str | None = None
    user: _User | None = None


class _Content(msgspec.Struct, rename="camel"):
    text: str | None = None
    alt_text: str | None = None


class _Source(msgspec.Struct):
    type: str | None = None


class _Message(msgspec.Struct):
    id: Id
    author: _Author
    received: str | None = None
    content: _Content | None = None
    source: _Source | None = None


class _Conversation(msgspec.Struct):
    id: str | None = None


class _Said(msgspec.Struct):
    message: _Message
    conversation: _Conversation | None = None


class _Pair(msgspec.Struct):
    surviving: _User
    discarded: _User


class _Merged(msgspec.Struct, rename="camel"):
    merged_users: _Pair


class _OfMessage(msgspec.Struct, rename="camel"):
    id: Id
    created_at: str
    payload: _Said


class _OfMerger(msgspec.Struct, rename="camel"):
    id: Id
    created_at: str
    payload: _Merged


def events_in(payload: Mapping[str, Any]) -> list[object] | None:
    """The events of a webhook of Sunshine Conversations, or None if this is none."""
    events = payload.get("events")
    is_one = isinstance(payload.get("app"), dict) and isinstance(payload.get("webhook"), dict)
    return events if is_one and isinstance(events, list) else None


def _said(told: _OfMessage, options: ZendeskOptions) -> list[Item]:
    if options.messaging == "comments":
        return [BY_ITS_COMMENTS]
    message = told.payload.message
    author = message.author
    if author.type != "user":
        return [BY_STAFF]
    user, content = author.user or _User(), message.content or _Content()
    who = named(
        name("messaging_user", author.user_id or user.id), name("external", user.external_id)
    )
    conversation = told.payload.conversation or _Conversation()
    said_us = parse_time(message.received or told.created_at, "message.received")
    id_ = f"message:{message.id}"
    event = Event(
        id=id_,
        kind="support.message",
        occurred_at_us=said_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(id_, said_us),
        text=content.text or content.alt_text or "",
        channel=(message.source or _Source()).type or "",
        attributes=stated(conversation_id=conversation.id),
    )
    return [event]


def _merged(told: _OfMerger, _: ZendeskOptions) -> list[Item]:
    pair = told.payload.merged_users
    who = named(
        name("messaging_user", pair.surviving.id),
        name("messaging_user", pair.discarded.id),
        name("external", pair.surviving.external_id),
        name("external", pair.discarded.external_id),
    )
    merged_us = parse_time(told.created_at, "createdAt")
    return [event_about(who, "customer.merged", told.id, merged_us, Fact(told.id, merged_us))]


CONVERSATIONS: Final[Mapping[str, Mapped[[object, ZendeskOptions]]]] = {
    "conversation:message": mapped(_OfMessage, _said),
    "user:merge": mapped(_OfMerger, _merged),
}
