"""`typeform`: webhooks of forms, and responses as the API lists them; an item for each answer.

Answers become events by `questions` of the source, as `connectors.feedback.answers` says; an e-mail
address or phone number that was typed in becomes an identifier of the response's events.

The payload has numbers without their scales, whether of an NPS, a rating or a year of birth: the
source says in `questions`, by the question's ref or else its id, what is a score and on which scale
(`connectors.feedback.questions`). `calculated.score` is the result of a quiz and is not read.
Partial responses (`form_response_partial`) are ignored, they may be completed or not. A response of
the API, or a page of them (`items`), is read as that of a webhook; it names no form and repeats no
question.

A response may be delivered again under another `event_id`, so the event id is the response's
`token` with the id of the question, and that is the fact too; the version is `submitted_at`.

Hidden fields are what the company put into the link: those that `identifiers` of the source names
are identifiers (unless said otherwise `user_id`, `customer_id`, `email`, `phone`, `order_id` and
`account_id`), the others are attributes. The subject is the first of them, else the e-mail address
that was typed in, else the phone number, else the `response`.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from pydantic import Field

from connectors import strict_json
from connectors.contract import Connector, ConnectorOptions, Convert, isolated, total
from connectors.event_types import by_type, mapped
from connectors.feedback.answers import Answer, answer_items
from connectors.feedback.questions import Questions, kinds_asked
from connectors.feedback.respondents import FIELDS, passed_through, respondent
from connectors.naming import names_in
from connectors.refusal import Refused
from connectors.strict_json import Id
from connectors.timestamps import parse_time
from service.event import AttributeValue, Event, Fact, Identifier, Item, Record

RESPONSE: Final = "response"
"""The event type of a response of the API."""

IGNORED: Final[Mapping[str, str]] = {
    "form_response_partial": "a response that was not sent, and may be completed later"
}


class TypeformOptions(ConnectorOptions):
    """Keys of a source of Typeform."""

    questions: Questions = Field(default_factory=dict)
    """What is asked, by the question's ref or else its id."""

    identifiers: dict[str, str] = Field(default_factory=lambda: dict(FIELDS))
    """Which hidden fields name the customer, with their namespaces; the first is the subject."""


class _Field(msgspec.Struct):
    id: Id
    type: str = ""
    ref: str | None = None
    title: str | None = None


class _Choice(msgspec.Struct):
    label: str | None = None
    other: str | None = None


class _Choices(msgspec.Struct):
    labels: tuple[str, ...] | None = None


class _Answer(msgspec.Struct):
    type: str
    field: _Field
    text: str | None = None
    number: float | None = None
    choice: _Choice | None = None
    choices: _Choices | None = None
    email: str | None = None
    phone_number: str | None = None


class _Definition(msgspec.Struct):
    fields: tuple[_Field, ...] = ()


class _Response(msgspec.Struct):
    token: Id
    submitted_at: str
    form_id: str | None = None
    hidden: dict[str, AttributeValue | None] | None = None
    definition: _Definition | None = None
    answers: tuple[_Answer, ...] | None = None


class _Notice(msgspec.Struct):
    form_response: _Response


def open_typeform(options: TypeformOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)

    def item(part: object) -> list[Item]:
        return of_type(_type_of(part))(part, options)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        page = payload.get("items")
        return isolated(page if isinstance(page, list) else [payload], item)

    return total(read)


def _type_of(part: object) -> str:
    told = part if isinstance(part, dict) else {}
    type_ = told.get("event_type", RESPONSE if "submitted_at" in told else None)
    if not isinstance(type_, str):
        raise Refused("missing_field", "`event_type` is missing: this is no webhook of a form")
    return type_


def _noticed(notice: _Notice, options: TypeformOptions) -> list[Item]:
    return _items(notice.form_response, options)


def _items(response: _Response, options: TypeformOptions) -> list[Item]:
    return answer_items(_frame(response, options), _answers(response, options))


def _answers(response: _Response, options: TypeformOptions) -> list[Answer]:
    defined = {field.id: field for field in (response.definition or _Definition()).fields}
    return [
        _answer(answer, defined.get(answer.field.id, answer.field), options)
        for answer in response.answers or ()
        if answer.type not in ("email", "phone_number")
    ]


def _answer(answer: _Answer, defined: _Field, options: TypeformOptions) -> Answer:
    id_ = answer.field.id
    ref = answer.field.ref or defined.ref or ""
    chosen = answer.choice or _Choice()
    label = chosen.label or chosen.other or ""
    return Answer(
        id=id_,
        name=ref or id_,
        mapped=options.questions.get(ref) or options.questions.get(id_),
        title=defined.title or "",
        text=answer.text,
        number=answer.number,
        choices=(label,) if label else (),
        label=label or ", ".join((answer.choices and answer.choices.labels) or ()),
        long=answer.field.type == "long_text",
    )


def _frame(response: _Response, options: TypeformOptions) -> Event:
    """What every event of the response has, under the response's token."""
    who = respondent(
        Identifier("response", response.token),
        stated=names_in(response.hidden or {}, options.identifiers),
        typed=_typed_in(response.answers or ()),
    )
    submitted_us = parse_time(response.submitted_at, "form_response.submitted_at")
    return Event(
        id=response.token,
        kind="feedback.comment",
        occurred_at_us=submitted_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(response.token, submitted_us),
        attributes=passed_through(response.hidden, options.identifiers)
        | ({"form_id": response.form_id} if response.form_id else {})
        | {"response": response.token},
    )


def _typed_in(answers: tuple[_Answer, ...]) -> Iterator[Identifier]:
    for answer in answers:
        if answer.email:
            yield Identifier("email", answer.email)
    for answer in answers:
        if answer.phone_number:
            yield Identifier("phone", answer.phone_number)


_MAPPED: Final = {
    "form_response": mapped(_Notice, _noticed),
    RESPONSE: mapped(_Response, _items),
}


TYPEFORM: Final = Connector(
    name="typeform",
    options=TypeformOptions,
    open=open_typeform,
    ignored=IGNORED,
    kinds=lambda options: kinds_asked(options.questions),
    arrival=(
        "Webhooks reach a topic by an HTTP bridge; the type is in the body. A poller may publish "
        "responses or pages of them as the API gives them."
    ),
)
