"""The objects of Intercom, of which notifications are snapshots, with the fields that are read."""

from typing import Any

import msgspec

from connectors.strict_json import Id


class Person(msgspec.Struct):
    """An author, or a contact as a conversation names it."""

    id: Id | int | None = None
    type: str | None = None
    external_id: str | int | None = None
    email: str | None = None


class People(msgspec.Struct):
    contacts: tuple[Person, ...] = ()


class Source(msgspec.Struct):
    type: str | None = None
    delivered_as: str | None = None
    subject: str | None = None
    body: str | None = None
    author: Person | None = None


class Part(msgspec.Struct):
    id: str | int | None = None
    conversation_id: str | int | None = None
    """Added by a poller to a part that it got without its conversation."""
    part_type: str | None = None
    body: str | None = None
    author: Person | None = None
    created_at: int | None = None
    updated_at: int | None = None
    ticket_state: str | None = None
    previous_ticket_state: str | None = None


class Parts(msgspec.Struct):
    conversation_parts: tuple[Part, ...] = ()
    ticket_parts: tuple[Part, ...] = ()


class Rating(msgspec.Struct):
    rating: int | float | None = None
    remark: str | None = None
    created_at: int | None = None
    updated_at: int | None = None


class Statistics(msgspec.Struct):
    last_close_at: int | None = None


class Tag(msgspec.Struct):
    name: str | None = None


class Tags(msgspec.Struct):
    tags: tuple[Tag, ...] = ()


class Conversation(msgspec.Struct):
    id: Id | int
    created_at: int | None = None
    updated_at: int | None = None
    state: str | None = None
    title: str | None = None
    source: Source | None = None
    contacts: People | None = None
    tags: Tags | None = None
    priority: str | None = None
    custom_attributes: dict[str, Any] | None = None
    conversation_rating: Rating | None = None
    conversation_parts: Parts | None = None
    statistics: Statistics | None = None


class State(msgspec.Struct):
    category: str | None = None


class Linked(msgspec.Struct):
    type: str | None = None


class LinkedObjects(msgspec.Struct):
    data: tuple[Linked, ...] = ()


class Ticket(msgspec.Struct):
    id: Id | int
    category: str | None = None
    ticket_state: str | State | None = None
    ticket_attributes: dict[str, Any] | None = None
    contacts: People | None = None
    linked_objects: LinkedObjects | None = None
    created_at: int | None = None
    updated_at: int | None = None
    conversation_rating: Rating | None = None
    rating: Rating | None = None
    ticket_parts: Parts | None = None


class Contact(msgspec.Struct):
    id: Id | int
    created_at: int | str | None = None
    """Seconds in the REST API, and a text in some notifications."""
    updated_at: int | str | None = None
    external_id: str | int | None = None
    user_id: str | int | None = None
    email: str | None = None
    phone: str | None = None
    role: str | None = None
    custom_attributes: dict[str, Any] | None = None
    merged_from: Person | None = None
    """The contact that went into this one."""


class Answer(msgspec.Struct):
    question_id: str | int
    question_text: str | None = None
    response: str | int | float | None = None
    answered_at: str | int | None = None


class Stat(msgspec.Struct):
    content_id: str | int
    stat_type: str
    receipt_id: str | int | None = None
    content_title: str | None = None
    answer: Answer | None = None
    answers: tuple[Answer, ...] | None = None


class ContentStat(msgspec.Struct):
    """What somebody did with a survey."""

    content_stat: Stat
    contact: Contact

    @property
    def id(self) -> str | int:
        """What tells it from others, where a notification has no id."""
        return self.content_stat.content_id
