"""The objects of Help Scout, with the fields that are read."""

import msgspec


class Address(msgspec.Struct):
    value: str | None = None


class Addresses(msgspec.Struct):
    emails: tuple[Address, ...] = ()
    phones: tuple[Address, ...] = ()


class Customer(msgspec.Struct):
    id: int | None = None
    type: str | None = None
    email: str | None = None
    emails: tuple[Address, ...] = ()
    embedded: Addresses | None = msgspec.field(default=None, name="_embedded")


class Thread(msgspec.Struct, rename="camel"):
    id: int
    created_at: str
    type: str | None = None
    body: str | None = None


class Threads(msgspec.Struct):
    threads: tuple[Thread, ...] = ()


class Tag(msgspec.Struct):
    tag: str | None = None


class Conversation(msgspec.Struct, rename="camel"):
    id: int
    status: str
    created_at: str
    number: int | None = None
    type: str | None = None
    subject: str | None = None
    preview: str | None = None
    mailbox_id: int | None = None
    closed_at: str | None = None
    user_updated_at: str | None = None
    created_by: Customer | None = None
    primary_customer: Customer | None = None
    tags: tuple[Tag, ...] | None = None
    embedded: Threads | None = msgspec.field(default=None, name="_embedded")


class Rating(msgspec.Struct, rename="camel"):
    id: int
    rating: str
    created_at: str
    modified_at: str | None = None
    comments: str | None = None
    customer: Customer | None = None
    ticket_id: int | None = None
    conversation_id: int | None = None


class Profile(msgspec.Struct, rename="camel"):
    id: int
    created_at: str
    updated_at: str | None = None
    embedded: Addresses | None = msgspec.field(default=None, name="_embedded")


class Deletion(msgspec.Struct):
    id: int


class SurveyMessage(msgspec.Struct):
    name: str | None = None


class SurveyAnswer(msgspec.Struct):
    timestamp: str
    value: str | None = None
    name: str | None = None
    category: str | None = None
    comment: str | None = None


class _Answerer(msgspec.Struct):
    customer: Customer | None = None


class Survey(msgspec.Struct):
    """What was answered to the survey of a message."""

    response: SurveyAnswer
    message: SurveyMessage | None = None
    embedded: _Answerer | None = msgspec.field(default=None, name="_embedded")

    @property
    def customer(self) -> Customer | None:
        """Who answered, where Help Scout knows."""
        return None if self.embedded is None else self.embedded.customer
