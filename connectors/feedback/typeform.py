"""`typeform`: webhooks of forms, one response a record, an item for each of its answers.

| answer                                             | becomes                                   |
|----------------------------------------------------|-------------------------------------------|
| to a question in `questions` of the source, scored | an event of its kind, with the score      |
| to a question in `questions`, not scored           | an event of its kind, with the text       |
| a text to any other question                       | `feedback.comment`                        |
| anything else to any other question                | ignored: a score is never guessed         |
| an e-mail address or phone number                  | an identifier of the response's events    |

The payload has numbers without their scales, whether of an NPS, a rating or a year of birth: the
source says in `questions`, by the question's ref or else its id, what is a score and on which scale
(`connectors.feedback.questions`). `calculated.score` is the result of a quiz and is not read.
Partial responses (`form_response_partial`) are ignored, they may be completed or not.

A response may be delivered again under another `event_id`, so the event id is the response's
`token` with the id of the question, and that is the fact too; the version is `submitted_at`.

Hidden fields are what the company put into the link: those that `identifiers` of the source names
are identifiers (`user_id`, `customer_id`, `email`, `phone` unless said otherwise), strongly linked
with each other; the others are attributes. The subject is the first of them, else the e-mail
address that was typed in, else the phone number, else the `response`. What is typed in beside an
identifier is linked weakly: anybody can type anything. Where a response has exactly one long text
outside `questions`, its scores carry it as their text too, so that what people say can be read
beside how they scored.
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

import msgspec
from pydantic import Field

from connectors import strict_json
from connectors.contract import Connector, ConnectorOptions, Convert, total
from connectors.event_types import by_type, mapped
from connectors.feedback.questions import Question
from connectors.refusal import Refused, plain
from connectors.strict_json import Id
from connectors.timestamps import parse_time
from service.event import (
    AttributeValue,
    Event,
    Fact,
    Failed,
    Identifier,
    Ignored,
    Item,
    Link,
    Record,
)

UNMAPPED: Final = Ignored("an answer to a question that `questions` of the source does not name")
NO_ANSWERS: Final = Ignored("a response without an answer")

IDENTIFIERS: Final = {
    "user_id": "user",
    "customer_id": "customer",
    "email": "email",
    "phone": "phone",
}

IGNORED: Final[Mapping[str, str]] = {
    "form_response_partial": "a response that was not sent, and may be completed later"
}


class TypeformOptions(ConnectorOptions):
    """Keys of a source of Typeform."""

    questions: dict[str, Question] = Field(default_factory=dict)
    """What is asked, by the question's ref or else its id."""

    identifiers: dict[str, str] = Field(default_factory=lambda: dict(IDENTIFIERS))
    """Which hidden fields name the customer, with their namespaces; the first is the subject."""


class _Field(msgspec.Struct):
    id: Id
    type: str = ""
    ref: str | None = None
    title: str | None = None


class _Answer(msgspec.Struct):
    type: str
    field: _Field
    text: str | None = None
    number: float | None = None
    email: str | None = None
    phone_number: str | None = None


class _Definition(msgspec.Struct):
    fields: tuple[_Field, ...] = ()


class _Response(msgspec.Struct):
    form_id: str
    token: Id
    submitted_at: str
    hidden: dict[str, AttributeValue | None] | None = None
    definition: _Definition | None = None
    answers: tuple[_Answer, ...] | None = None


class _Notice(msgspec.Struct):
    form_response: _Response


class _Asked(NamedTuple):
    """A question as its answer needs it."""

    name: str
    """The ref, else the id."""
    title: str
    mapped: Question | None


def open_typeform(options: TypeformOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type({"form_response": mapped(_Notice, _items)}, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        type_ = payload.get("event_type")
        if not isinstance(type_, str):
            raise Refused("missing_field", "`event_type` is missing: this is no webhook of a form")
        return of_type(type_)(payload, options) or [NO_ANSWERS]

    return total(read)


def _items(notice: _Notice, options: TypeformOptions) -> list[Item]:
    response = notice.form_response
    answers = response.answers or ()
    frame = _frame(response, options)
    fields = {field.id: field for field in (response.definition or _Definition()).fields}
    asked = [_asked(answer.field, fields, options) for answer in answers]
    said = _only_long_text(answers, asked)
    return [
        _item(answer, question, frame, said)
        for answer, question in zip(answers, asked, strict=True)
        if answer.type not in ("email", "phone_number")
    ]


def _asked(field: _Field, fields: Mapping[str, _Field], options: TypeformOptions) -> _Asked:
    defined = fields.get(field.id, field)
    ref = field.ref or defined.ref or ""
    mapped = options.questions.get(ref) or options.questions.get(field.id)
    return _Asked(ref or field.id, defined.title or "", mapped)


def _only_long_text(answers: tuple[_Answer, ...], asked: list[_Asked]) -> str:
    texts = [
        answer.text or ""
        for answer, question in zip(answers, asked, strict=True)
        if answer.field.type == "long_text" and question.mapped is None
    ]
    return texts[0] if len(texts) == 1 else ""


def _item(answer: _Answer, question: _Asked, frame: Event, said: str) -> Item:
    id_ = f"{frame.id}:{answer.field.id}"
    event = msgspec.structs.replace(
        frame,
        id=id_,
        fact=Fact(id_, frame.occurred_at_us),
        title=question.title,
        attributes=frame.attributes | {"question": question.name},
    )
    if question.mapped is None:
        return UNMAPPED if answer.text is None else _text_event(event, answer.text)
    kind = question.mapped.kind
    if question.mapped.ends is None:
        if answer.text is None:
            return _wrong_answer(question, "a text", "give it a scale in `questions`")
        return msgspec.structs.replace(_text_event(event, answer.text), kind=kind)
    if answer.number is None:
        return _wrong_answer(question, "a number", "it has a scale in `questions`")
    score = question.mapped.score(answer.number)
    if score is None or not score.low <= score.value <= score.high:
        return _out_of_scale(question)
    return msgspec.structs.replace(event, kind=kind, score=score, text=said)


def _text_event(event: Event, text: str) -> Event:
    return msgspec.structs.replace(event, kind="feedback.comment", text=text)


def _wrong_answer(question: _Asked, expected: str, why: str) -> Failed:
    return Failed("wrong_type", f"the answer to {plain(question.name)} is not {expected}: {why}")


def _out_of_scale(question: _Asked) -> Failed:
    return Failed("out_of_scale", f"the answer to {plain(question.name)} is outside its scale")


def _frame(response: _Response, options: TypeformOptions) -> Event:
    """What every event of the response has, under the response's token."""
    named = tuple(_hidden_identifiers(response, options))
    typed = tuple(_typed_identifiers(response.answers or ()))
    subject, *others = (*named, *typed) or (Identifier("response", response.token),)
    identifiers = tuple(dict.fromkeys(other for other in others if other != subject))
    return Event(
        id=response.token,
        kind="feedback.comment",
        occurred_at_us=parse_time(response.submitted_at, "form_response.submitted_at"),
        subject=subject,
        identifiers=identifiers,
        links=tuple(
            Link(subject, other, "strong" if other in named else "weak") for other in identifiers
        ),
        attributes=_attributes(response, options),
    )


def _hidden_identifiers(response: _Response, options: TypeformOptions) -> Iterator[Identifier]:
    hidden = response.hidden or {}
    for field, namespace in options.identifiers.items():
        value = hidden.get(field)
        if value is not None and value != "":
            yield Identifier(namespace, str(value))


def _typed_identifiers(answers: tuple[_Answer, ...]) -> Iterator[Identifier]:
    for answer in answers:
        if answer.email:
            yield Identifier("email", answer.email)
    for answer in answers:
        if answer.phone_number:
            yield Identifier("phone", answer.phone_number)


def _attributes(response: _Response, options: TypeformOptions) -> dict[str, AttributeValue]:
    hidden = {
        name: value
        for name, value in (response.hidden or {}).items()
        if value is not None and name not in options.identifiers
    }
    return hidden | {"form_id": response.form_id, "response": response.token}


def _kinds(options: TypeformOptions) -> frozenset[str]:
    return frozenset({"feedback.comment", *(q.kind for q in options.questions.values())})


TYPEFORM: Final = Connector(
    name="typeform",
    options=TypeformOptions,
    open=open_typeform,
    ignored=IGNORED,
    kinds=_kinds,
)
