"""`asknicely`: webhooks of AskNicely, one response a record.

A response is told when its score is given (`count` 1) and again at each change of score or comment:
it is the fact with the id of its question, and `count` is its version. A survey that nobody
answered is ignored.

AskNicely asks for an NPS, unless `score` of the source says otherwise:

    score: {kind: feedback.csat, scale: 1-5}

The customer is the contact's e-mail and phone with its `person` id and the custom fields that
`identifiers` of the source names; other custom fields of the contact are attributes.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from pydantic import Field

from connectors import strict_json
from connectors.contract import IGNORED_BY_SOURCE, Connector, ConnectorOptions, Convert, total
from connectors.feedback.answers import NO_ANSWERS, as_number, scored
from connectors.feedback.questions import Question
from connectors.feedback.respondents import FIELDS, passed_through, respondent
from connectors.naming import names_in
from connectors.strict_json import Id
from connectors.timestamps import parse_seconds
from service.event import Event, Fact, Identifier, Item, Record

RESPONSE: Final = "response"
"""The one event type."""

_ABOUT_PERSON: Final = frozenset(
    {"id", "name", "firstname", "lastname", "email", "phone", "mobile", "created"}
)


class AskNicelyOptions(ConnectorOptions):
    """Keys of a source of AskNicely."""

    score: Question = Question(kind="feedback.nps")
    """What its surveys ask."""

    identifiers: dict[str, str] = Field(default_factory=lambda: dict(FIELDS))
    """Which custom fields name the customer beside the contact, with their namespaces."""


class _Question(msgspec.Struct):
    id: Id
    score: str | float | None = None
    comment: str | None = None
    responded: str | int | None = None
    deliverymethod: str | None = None
    segment: str | None = None


class _Response(msgspec.Struct):
    count: int
    person: dict[str, Any]
    question: _Question


def open_asknicely(options: AskNicelyOptions) -> Convert:
    """What converts the records of a source with these options."""

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        if RESPONSE in options.ignore:
            return [IGNORED_BY_SOURCE]
        return [_item(strict_json.shaped(payload, _Response), options)]

    return total(read)


def _item(response: _Response, options: AskNicelyOptions) -> Item:
    question = response.question
    if question.score in (None, ""):
        return NO_ANSWERS
    event = _event(response, question, options)
    return scored(event, options.score, "question.score", as_number(question.score))


def _event(response: _Response, question: _Question, options: AskNicelyOptions) -> Event:
    person = response.person
    who = respondent(
        Identifier("response", question.id),
        stated=[*names_in(person, _CONTACT), *names_in(person, options.identifiers)],
    )
    about = passed_through(person, _ABOUT_PERSON | options.identifiers.keys())
    segment = {"segment": question.segment} if question.segment else {}
    return Event(
        id=question.id,
        kind=options.score.kind,
        occurred_at_us=parse_seconds(question.responded or "", "question.responded"),
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(question.id, response.count),
        text=question.comment or "",
        channel=question.deliverymethod or "",
        attributes=about | segment | {"response": question.id},
    )


_CONTACT: Final[Mapping[str, str]] = {
    "email": "email",
    "phone": "phone",
    "mobile": "phone",
    "id": "person",
}

ASKNICELY: Final = Connector(
    name="asknicely",
    options=AskNicelyOptions,
    open=open_asknicely,
    ignored={},
    kinds=lambda options: frozenset({options.score.kind}),
    arrival="Its webhook reaches a topic by an HTTP bridge.",
)
