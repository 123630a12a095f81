"""Responses of Formbricks itself, as its webhooks send them: a survey's answers, by question.

| event                                | becomes                                        |
|--------------------------------------|------------------------------------------------|
| `responseFinished`                   | its answers, `connectors.feedback.answers`     |
| `responseCreated`, `responseUpdated` | the same if it is finished, else ignored       |

An answer is known by its question's id, and has no scale: `questions` of the source says it. The
fact is the response's id with that of the question, the version `updatedAt`. The customer is the
user or the e-mail address of the contact, else the `response`; other attributes of the contact are
kept.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from connectors.feedback.answers import Answer, answer_items, as_number
from connectors.feedback.formbricks_options import FormbricksOptions
from connectors.feedback.respondents import passed_through, respondent
from connectors.naming import names_in
from connectors.strict_json import Id
from connectors.timestamps import parse_time
from service.event import Event, Fact, Identifier, Ignored, Item

EVENTS: Final = ("responseCreated", "responseUpdated", "responseFinished")

UNFINISHED: Final = Ignored("a response that is not finished, and may be continued")

_NAMES: Final[Mapping[str, str]] = {"userId": "user", "email": "email"}


class _Contact(msgspec.Struct, rename="camel"):
    user_id: str | None = None


class _Response(msgspec.Struct, rename="camel"):
    id: Id
    created_at: str
    updated_at: str
    finished: bool
    data: dict[str, Any]
    survey_id: str | None = None
    language: str | None = None
    contact: _Contact | None = None
    contact_attributes: dict[str, Any] | None = None
    person_attributes: dict[str, Any] | None = None
    """As versions before 3 call them."""


class Sent(msgspec.Struct):
    """What a webhook holds."""

    data: _Response


def of_response(sent: Sent, options: FormbricksOptions) -> list[Item]:
    """What the response becomes. Raises `Refused`."""
    response = sent.data
    if not response.finished:
        return [UNFINISHED]
    answers = [
        _answer(question, value, options)
        for question, value in response.data.items()
        if value not in (None, "", [], {})
    ]
    return answer_items(_frame(response, options), answers)


def _answer(question: str, value: Any, options: FormbricksOptions) -> Answer:
    """A text may be written or chosen: which of them it is, the payload does not say."""
    number = as_number(value)
    several = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
    text = value if isinstance(value, str) and number is None else None
    return Answer(
        id=question,
        name=question,
        mapped=options.questions.get(question),
        text=text,
        number=number,
        choices=(text,) if text else (),
        label=text or ", ".join(several),
        long=text is not None,
    )


def _frame(response: _Response, options: FormbricksOptions) -> Event:
    """What every event of the response has, under the response's id."""
    about = response.contact_attributes or response.person_attributes or {}
    names = {**_NAMES, **options.identifiers}
    known = {"userId": (response.contact or _Contact()).user_id, **about}
    who = respondent(Identifier("response", response.id), stated=names_in(known, names))
    survey = {"survey": response.survey_id} if response.survey_id else {}
    return Event(
        id=response.id,
        kind="feedback.comment",
        occurred_at_us=parse_time(response.created_at, "data.createdAt"),
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(response.id, parse_time(response.updated_at, "data.updatedAt")),
        language="" if response.language in (None, "default") else response.language,
        attributes=passed_through(about, names) | survey | {"response": response.id},
    )
