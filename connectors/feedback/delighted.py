"""`delighted`: webhooks of Delighted, and responses as its API lists them, one a record.

| record                                       | becomes                                           |
|----------------------------------------------|---------------------------------------------------|
| `survey_response.created`, `.updated`        | feedback of the survey's type, score and comment  |
| a response of the API (`survey_response`)    | the same                                          |
| ... its `additional_answers`                 | their events, `connectors.feedback.answers`       |

Ignored: `unsubscribe.created`, which takes no answer back, and surveys of employees (`enps`).

The type of the survey says what is asked and on which scale (`SCALES`). `questions` of the source
says so for any other type, or otherwise (a CES of seven steps), and for additional questions by
their id.

A response is told when its score is given and again whenever score, comment, notes or tags change:
it is the fact with its id, an additional answer the fact with the id of its question behind it; the
version is `updated_at`. It happened at `created_at`.

The identifiers are the person's e-mail, phone and `person` id, and the properties that
`identifiers` of the source names; the other properties are attributes.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from pydantic import Field

from connectors import strict_json
from connectors.contract import Connector, ConnectorOptions, Convert, total
from connectors.event_types import by_type, mapped
from connectors.feedback.answers import Answer, answer_items, scored
from connectors.feedback.questions import Question, Questions
from connectors.feedback.respondents import FIELDS, passed_through, respondent
from connectors.naming import Named, name, names_in
from connectors.refusal import Refused, plain
from connectors.strict_json import Id
from connectors.timestamps import parse_seconds
from service.event import Event, Fact, Identifier, Ignored, Item, Record

RESPONSE: Final = "survey_response"
"""The event type of a response that the API lists."""

OF_EMPLOYEES: Final = Ignored("a survey of employees, no customer")

IGNORED: Final[Mapping[str, str]] = {
    "unsubscribe.created": "somebody wants no more surveys, and takes no answer back"
}

_SCALES: Final = {
    "feedback.nps 0-10": "nps",
    "feedback.csat 1-5": "csat smileys smileys5 smileys_five",
    "feedback.csat 1-3": "smileys3 smileys_three",
    "feedback.csat 0-1": "thumbs",
    "feedback.ces 1-5": "ces",
    "feedback.ces 1-7": "ces7 ces_seven",
    "feedback.rating 1-5": "stars stars5 stars_five",
}

SCALES: Final[Mapping[str, Question]] = {
    type_: Question(kind=asked.split()[0], scale=asked.split()[1])
    for asked, types in _SCALES.items()
    for type_ in types.split()
}
"""What each type of survey asks; the best answer is always the highest."""


class DelightedOptions(ConnectorOptions):
    """Keys of a source of Delighted."""

    questions: Questions = Field(default_factory=dict)
    """What is asked, by the type of the survey or the id of an additional question."""

    identifiers: dict[str, str] = Field(default_factory=lambda: dict(FIELDS))
    """Which properties name the customer, with their namespaces."""


class _Person(msgspec.Struct):
    id: Id
    email: str | None = None
    phone_number: str | None = None


class _Choice(msgspec.Struct):
    id: str | None = None
    text: str | None = None


class _Value(msgspec.Struct):
    free_response: str | None = None
    scale: float | None = None
    select_one: _Choice | None = None
    select_many: tuple[_Choice, ...] | None = None


class _Question(msgspec.Struct):
    id: Id
    text: str | None = None


class _Additional(msgspec.Struct):
    value: _Value
    question: _Question


class _Tag(msgspec.Struct):
    name: str | None = None


class _Response(msgspec.Struct):
    id: Id
    person: _Person | Id
    survey_type: str
    created_at: int
    score: float | None = None
    comment: str | None = None
    updated_at: int | None = None
    person_properties: dict[str, Any] | None = None
    tags: tuple[str | _Tag, ...] | None = None
    additional_answers: tuple[_Additional, ...] | None = None


class _Notice(msgspec.Struct):
    event_data: _Response


def open_delighted(options: DelightedOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        return of_type(_type_of(payload))(payload, options)

    return total(read)


def _type_of(payload: Mapping[str, Any]) -> str:
    type_ = payload.get("event_type", RESPONSE if "survey_type" in payload else None)
    if isinstance(type_, str):
        return type_
    raise Refused("missing_field", "neither `event_type` nor `survey_type`: no survey of Delighted")


def _told(notice: _Notice, options: DelightedOptions) -> list[Item]:
    return _items(notice.event_data, options)


def _items(response: _Response, options: DelightedOptions) -> list[Item]:
    if response.survey_type == "enps":
        return [OF_EMPLOYEES]
    frame = _frame(response, options)
    more = [_additional(answer, options) for answer in response.additional_answers or ()]
    return [_main(response, frame, options), *(answer_items(frame, more) if more else ())]


def _main(response: _Response, frame: Event, options: DelightedOptions) -> Item:
    type_ = response.survey_type
    asked = options.questions.get(type_) or SCALES.get(type_)
    if asked is None:
        raise Refused(
            "unknown_scale", f"survey type {plain(type_)} is not known: add it to `questions`"
        )
    said = msgspec.structs.replace(frame, text=response.comment or "")
    return scored(said, asked, type_, response.score)


def _additional(answer: _Additional, options: DelightedOptions) -> Answer:
    value, question = answer.value, answer.question
    one = value.select_one or _Choice()
    chosen = [one, *(value.select_many or ())]
    return Answer(
        id=question.id,
        name=question.id,
        mapped=options.questions.get(question.id),
        title=question.text or "",
        text=value.free_response,
        number=value.scale,
        choices=tuple(known for known in (one.id, one.text) if known),
        label=", ".join(choice.text for choice in chosen if choice.text),
    )


def _frame(response: _Response, options: DelightedOptions) -> Event:
    """What every event of the response has, under the response's id."""
    properties = response.person_properties or {}
    who = _who(response, options)
    changed = response.created_at if response.updated_at is None else response.updated_at
    return Event(
        id=response.id,
        kind="feedback.comment",
        occurred_at_us=parse_seconds(response.created_at, "created_at"),
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(response.id, parse_seconds(changed, "updated_at")),
        channel=_text(properties, "Delighted Source").lower(),
        language=_text(properties, "locale"),
        tags=tuple(_tags(response)),
        attributes=passed_through(properties, options.identifiers) | {"response": response.id},
    )


def _who(response: _Response, options: DelightedOptions) -> Named:
    person = response.person
    known = person if isinstance(person, _Person) else _Person(id=person)
    names = (
        name("email", known.email),
        name("phone", known.phone_number),
        name("person", known.id),
    )
    own = names_in(response.person_properties or {}, options.identifiers)
    return respondent(Identifier("response", response.id), (*names, *own))


def _tags(response: _Response) -> list[str]:
    tags = (tag.name if isinstance(tag, _Tag) else tag for tag in response.tags or ())
    return [tag for tag in tags if tag]


def _text(properties: Mapping[str, Any], field: str) -> str:
    value = properties.get(field)
    return value if isinstance(value, str) else ""


_MAPPED: Final = {
    "survey_response.created": mapped(_Notice, _told),
    "survey_response.updated": mapped(_Notice, _told),
    RESPONSE: mapped(_Response, _items),
}


def _kinds(options: DelightedOptions) -> frozenset[str]:
    asked = (*options.questions.values(), *SCALES.values())
    return frozenset({"feedback.comment", *(question.kind for question in asked)})


DELIGHTED: Final = Connector(
    name="delighted",
    options=DelightedOptions,
    open=open_delighted,
    ignored=IGNORED,
    kinds=_kinds,
    arrival=(
        "Webhooks reach a topic by an HTTP bridge; the type is in the body. Delighted ends in "
        "2026: for an archive, publish what its API lists."
    ),
)
