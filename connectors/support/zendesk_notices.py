"""What an event subscription of Zendesk sends, with the fields that are read."""

import msgspec

from connectors.strict_json import Id


class Via(msgspec.Struct):
    channel: str | None = None


class Ticket(msgspec.Struct):
    id: Id | int
    requester_id: Id | int | None = None
    submitter_id: Id | int | None = None
    organization_id: str | int | None = None
    subject: str | None = None
    description: str | None = None
    is_public: bool | None = None
    created_at: str | None = None
    tags: tuple[str, ...] | None = None
    via: Via | None = None
    priority: str | None = None
    type: str | None = None
    brand_id: str | int | None = None
    group_id: str | int | None = None
    form_id: str | int | None = None


class Author(msgspec.Struct):
    id: Id | int
    is_staff: bool


class Comment(msgspec.Struct):
    author: Author
    is_public: bool
    body: str | None = None


class Rating(msgspec.Struct):
    score: str
    comment: str | None = None


class Actor(msgspec.Struct):
    id: Id | int
    type: str | None = None


class Line(msgspec.Struct):
    body: str | None = None


class Happening(msgspec.Struct):
    current: str | None = None
    previous: str | None = None
    comment: Comment | None = None
    satisfaction_score: Rating | None = None
    actor: Actor | None = None
    message: Line | None = None


class Notice(msgspec.Struct):
    id: Id
    time: str
    detail: Ticket
    event: Happening
