"""Events as Zendesk hands them to Amazon EventBridge and to flows of its own.

The Events Connector, which Zendesk ended in 2025, and its Integration Services wrap a change in
`ticket_event`, `user_event` or `organization_event` and call it by a title: `Status Changed`. It is
told as the event subscription of that name would tell it; the id is that of the sequence that the
event is of, and its place there. A ticket has neither subject nor description here, so that the
words that open it are a `support.message`. `chat_event` is a line of a conversation, as the event
subscriptions of messaging tell it.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from connectors import strict_json
from connectors.strict_json import Id
from connectors.support.zendesk_types import PREFIX

_OF: Final = ("ticket", "user", "organization")
_CHAT: Final = "chat_event"
_RENAMED: Final = {
    "comment_created": "comment_added",
    "active_status_changed": "active_changed",
    "group_added": "group_membership_created",
    "group_removed": "group_membership_deleted",
    "organization_added": "organization_membership_created",
    "organization_removed": "organization_membership_deleted",
}
"""Titles that are not those of the event subscriptions, in their form."""


class _Sequence(msgspec.Struct):
    id: Id
    position: int = 1


class _About(msgspec.Struct):
    occurred_at: str
    sequence: _Sequence


class _Event(msgspec.Struct):
    type: str
    meta: _About


class _Chat(msgspec.Struct):
    ticket_id: Id | int


class _Message(msgspec.Struct):
    id: Id


class _Said(msgspec.Struct):
    occurred_at: str


class _ChatEvent(msgspec.Struct):
    type: str
    meta: _Said
    chat: _Chat
    message: _Message


def is_relayed(payload: Mapping[str, Any]) -> bool:
    """Whether this is what EventBridge or a flow gets."""
    return isinstance(payload.get(_CHAT), dict) or _thing_in(payload) is not None


def subscribed(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload as the event subscription of the same name has it. Raises `Refused`."""
    thing = _thing_in(payload)
    if thing is None:
        return _of_chat(payload[_CHAT])
    event = payload[f"{thing}_event"]
    told = strict_json.shaped(event, _Event, f"{thing}_event")
    sequence = told.meta.sequence
    return {
        "type": f"{PREFIX}{thing}.{_name(told.type, thing)}",
        "id": f"{sequence.id}:{sequence.position}",
        "time": told.meta.occurred_at,
        "detail": event.get(thing),
        "event": event,
    }


def _thing_in(payload: Mapping[str, Any]) -> str | None:
    return next((thing for thing in _OF if isinstance(payload.get(f"{thing}_event"), dict)), None)


def _of_chat(event: object) -> dict[str, Any]:
    told = strict_json.shaped(event, _ChatEvent, _CHAT)
    return {
        "type": f"{PREFIX}messaging_ticket.{_name(told.type, 'chat')}",
        "id": told.message.id,
        "time": told.meta.occurred_at,
        "detail": {"id": told.chat.ticket_id},
        "event": event,
    }


def _name(title: str, thing: str) -> str:
    name = title.lower().removeprefix(f"{thing} ").replace(" ", "_")
    return _RENAMED.get(name, name)
