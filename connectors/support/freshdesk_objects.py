"""The objects of Freshdesk, with the fields that are read."""

import msgspec


class Webhook(msgspec.Struct):
    ticket_id: str | int
    ticket_subject: str | None = None
    ticket_description: str | None = None
    ticket_latest_public_comment: str | None = None
    ticket_status: str | int | None = None
    ticket_priority: str | int | None = None
    ticket_source: str | int | None = None
    ticket_ticket_type: str | None = None
    ticket_contact_email: str | None = None
    ticket_contact_phone: str | None = None
    ticket_requester_email: str | None = None
    ticket_requester_phone: str | None = None
    requester_email: str | None = None
    contact_primary_email: str | None = None
    ticket_contact_unique_external_id: str | int | None = None
    ticket_company_name: str | None = None
    ticket_group_name: str | None = None
    ticket_tags: str | None = None


class Person(msgspec.Struct):
    """The requester, of tickets that were asked for with it."""

    email: str | None = None
    phone: str | None = None
    mobile: str | None = None


class Stats(msgspec.Struct):
    resolved_at: str | None = None
    closed_at: str | None = None


class Ticket(msgspec.Struct):
    id: int | str
    status: str | int
    created_at: str
    updated_at: str
    requester_id: int | str | None = None
    company_id: int | str | None = None
    email: str | None = None
    phone: str | None = None
    subject: str | None = None
    description: str | None = None
    description_text: str | None = None
    priority: str | int | None = None
    source: str | int | None = None
    type: str | None = None
    tags: tuple[str, ...] | None = None
    stats: Stats | None = None
    requester: Person | None = None
    deleted: bool | None = None
    spam: bool | None = None


class Rating(msgspec.Struct):
    id: int | str
    ticket_id: int | str
    ratings: dict[str, int]
    created_at: str
    updated_at: str | None = None
    user_id: int | str | None = None
    feedback: str | None = None


class Conversation(msgspec.Struct):
    id: int | str
    ticket_id: int | str
    incoming: bool
    created_at: str
    updated_at: str | None = None
    private: bool | None = None
    user_id: int | str | None = None
    from_email: str | None = None
    body: str | None = None
    body_text: str | None = None


class Contact(msgspec.Struct):
    id: int | str
    created_at: str
    updated_at: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    unique_external_id: str | None = None
    company_id: int | str | None = None
    language: str | None = None
