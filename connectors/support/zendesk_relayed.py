"""Ticket events as Zendesk hands them to Amazon EventBridge and to flows of its own.

The Events Connector, which Zendesk ended in 2025, and its Integration Services wrap a change of a
ticket in `ticket_event` and call it by a title: `Status Changed`. It is told as the event
subscription of that name would tell it; the id is that of the sequence that the event is of, and
its place there. The ticket has neither subject nor description here, so that the words that open
it are a `support.message`. `chat_event` is a line of a conversation, as the event subscriptions of
messaging tell it.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from connectors import strict_json
from connectors.strict_json import Id
from connectors.support.zendesk_types import PREFIX

_RENAMED: Final = {"comment_created": "comment_added"}


class _Sequence(msgspec.Struct):
    id: Id
    position: int = 1


class _About(msgspec.Struct):
    occurred_at: str
    sequence: _Sequence


class _TicketEvent(msgspec.Struct):
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
    return isinstance(payload.get("ticket_event", payload.get("chat_event")), dict)


def subscribed(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload as the event subscription of the same name has it. Raises `Refused`."""
    if "chat_event" in payload:
        return _of_chat(payload["chat_event"])
    event = payload["ticket_event"]
    told = strict_json.shaped(event, _TicketEvent, "ticket_event")
    sequence = told.meta.sequence
    return {
        "type": f"{PREFIX}ticket.{_name(told.type)}",
        "id": f"{sequence.id}:{sequence.position}",
        "time": told.meta.occurred_at,
        "detail": event.get("ticket"),
        "event": event,
    }


def _of_chat(event: object) -> dict[str, Any]:
    told = strict_json.shaped(event, _ChatEvent, "chat_event")
    return {
        "type": f"{PREFIX}messaging_ticket.{_name(told.type)}",
        "id": told.message.id,
        "time": told.meta.occurred_at,
        "detail": {"id": told.chat.ticket_id},
        "event": event,
    }


def _name(title: str) -> str:
    name = title.lower().removeprefix("ticket ").replace(" ", "_")
    return _RENAMED.get(name, name)
