"""`zenloop`: alert webhooks of zenloop, one answer a record.

| answer                                        | becomes                                        |
|-----------------------------------------------|------------------------------------------------|
| with a score of a promoter, passive, detractor | `feedback.nps` with the comment               |
| with another score                            | what `score` of the source says, or it fails   |
| without a score                               | `feedback.comment`                             |
| additional questions                          | their events, `connectors.feedback.answers`    |

Several alerts may tell one answer, and it is told again when it changes: the fact is the answer's
id, the version `updated_at`, the time `inserted_at`. An additional question is known by its words;
`questions` of the source says which of them is a score.

The customer is the recipient's e-mail, its own identity and id, and the properties that
`identifiers` of the source names; the other properties are attributes. Labels are tags. The text is
the comment as it was written, not its translation.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from pydantic import Field

from connectors import strict_json
from connectors.contract import IGNORED_BY_SOURCE, Connector, ConnectorOptions, Convert, total
from connectors.feedback.answers import NO_ANSWERS, Answer, answer_items, as_number, scored
from connectors.feedback.questions import Question, Questions
from connectors.feedback.respondents import FIELDS, passed_through, respondent
from connectors.naming import Named, name, names_in
from connectors.refusal import Refused
from connectors.strict_json import Id
from connectors.timestamps import parse_time
from service.event import Event, Fact, Identifier, Item, Record

ANSWER: Final = "answer"
"""The one event type."""

_NPS: Final = Question(kind="feedback.nps")
_TYPES_OF_NPS: Final = frozenset({"promoter", "passive", "detractor"})


class ZenloopOptions(ConnectorOptions):
    """Keys of a source of zenloop."""

    score: Question | None = None
    """What is asked by surveys that are no NPS."""

    questions: Questions = Field(default_factory=dict)
    """What additional questions ask, by their words."""

    identifiers: dict[str, str] = Field(default_factory=lambda: dict(FIELDS))
    """Which properties name the customer, with their namespaces."""


class _Answered(msgspec.Struct):
    id: Id
    inserted_at: str
    updated_at: str | None = None
    score: float | None = None
    score_type: str | None = None
    comment: str | None = None
    labels: tuple[str, ...] | None = None
    additional_questions: dict[str, Any] | None = None


class _Survey(msgspec.Struct):
    id: str | None = None
    channel_type: str | None = None


class _Recipient(msgspec.Struct):
    id: str | None = None
    email: str | None = None
    phone: str | None = None
    identity: str | None = None
    identity_type: str | None = None


class _Property(msgspec.Struct):
    name: str
    value: Any = None


class _Alert(msgspec.Struct):
    answer: _Answered
    survey: _Survey | None = None
    recipient: _Recipient | None = None
    properties: tuple[_Property, ...] | None = None


def open_zenloop(options: ZenloopOptions) -> Convert:
    """What converts the records of a source with these options."""

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        if ANSWER in options.ignore:
            return [IGNORED_BY_SOURCE]
        return _items(strict_json.shaped(payload, _Alert), options)

    return total(read)


def _items(alert: _Alert, options: ZenloopOptions) -> list[Item]:
    frame = _frame(alert, options)
    more = [
        _additional(question, value, options)
        for question, value in sorted((alert.answer.additional_questions or {}).items())
        if value not in (None, "", [])
    ]
    return [_main(alert.answer, frame, options), *(answer_items(frame, more) if more else ())]


def _main(answer: _Answered, frame: Event, options: ZenloopOptions) -> Item:
    said = msgspec.structs.replace(frame, text=answer.comment or "")
    if answer.score is None:
        return said if answer.comment else NO_ANSWERS
    asked = _NPS if answer.score_type in _TYPES_OF_NPS else options.score
    if asked is None:
        raise Refused(
            "unknown_scale", "`answer.score_type` is none of an NPS: say what is asked as `score`"
        )
    return scored(said, asked, "answer.score", answer.score)


def _additional(question: str, value: Any, options: ZenloopOptions) -> Answer:
    number = as_number(value)
    label = value if isinstance(value, str) else ""
    if isinstance(value, list):
        label = ", ".join(part for part in value if isinstance(part, str))
    return Answer(
        id=question,
        name=question,
        mapped=options.questions.get(question),
        title=question,
        text=value if isinstance(value, str) and number is None else None,
        number=number,
        choices=(value,) if isinstance(value, str) else (),
        label=label,
    )


def _frame(alert: _Alert, options: ZenloopOptions) -> Event:
    """What every event of the answer has, under the answer's id."""
    answer = alert.answer
    survey = alert.survey or _Survey()
    properties = {one.name: one.value for one in alert.properties or ()}
    who = _who(alert, properties, options)
    inserted_us = parse_time(answer.inserted_at, "answer.inserted_at")
    updated = answer.updated_at
    version = parse_time(updated, "answer.updated_at") if updated else inserted_us
    about = {"survey": survey.id} if survey.id else {}
    return Event(
        id=answer.id,
        kind="feedback.comment",
        occurred_at_us=inserted_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(answer.id, version),
        channel=survey.channel_type or "",
        tags=answer.labels or (),
        attributes=passed_through(properties, options.identifiers)
        | about
        | {"response": answer.id},
    )


def _who(alert: _Alert, properties: Mapping[str, Any], options: ZenloopOptions) -> Named:
    recipient = alert.recipient or _Recipient()
    sort = recipient.identity_type
    names = (
        name("email", recipient.email),
        name("phone", recipient.phone),
        name(sort if sort in ("email", "phone") else "identity", recipient.identity),
        name("recipient", recipient.id),
    )
    own = names_in(properties, options.identifiers)
    return respondent(Identifier("response", alert.answer.id), (*names, *own))


def _kinds(options: ZenloopOptions) -> frozenset[str]:
    asked = [_NPS, *options.questions.values()]
    if options.score is not None:
        asked.append(options.score)
    return frozenset({"feedback.comment", *(question.kind for question in asked)})


ZENLOOP: Final = Connector(
    name="zenloop",
    options=ZenloopOptions,
    open=open_zenloop,
    ignored={},
    kinds=_kinds,
    arrival="Alerts reach a topic by an HTTP bridge. Let one alert match every answer.",
)
