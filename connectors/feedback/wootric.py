"""`wootric`: webhooks of Wootric (InMoment CX), one response a record, as a form or as JSON.

| event                                     | becomes                                             |
|-------------------------------------------|-----------------------------------------------------|
| `response created`, `response updated`    | feedback of the survey's mode, with score and text  |
| ... that is excluded from calculations    | a retraction of the response                        |

Ignored: `decline created`, which is no answer.

`survey_mode` says what is asked: NPS 0 to 10, CES 1 to 7, CSAT 1 to 5. Older webhooks do not have
it; then `survey_mode` of the source must say it, or the response fails: a 5 may be the best or one
of the worst.

The fact is the response's id, the version `updated_at`, the time `created_at`. The identifiers are
e-mail, the company's own `customer` id (`external_id`), the `end_user`, and the properties of the
end user that `identifiers` of the source names; the other properties are attributes.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from pydantic import Field

from connectors import strict_json
from connectors.contract import Connector, ConnectorOptions, Convert, total
from connectors.event_types import by_type, mapped
from connectors.feedback.answers import as_number, scored
from connectors.feedback.questions import Question
from connectors.feedback.respondents import FIELDS, passed_through, respondent
from connectors.naming import Named, name, names_in
from connectors.refusal import Refused
from connectors.strict_json import Id
from connectors.timestamps import parse_time
from service.event import Event, Fact, Identifier, Item, Record, Retraction

IGNORED: Final[Mapping[str, str]] = {
    "decline created": "somebody closed the survey and answered nothing"
}

_MODES: Final[Mapping[str, Question]] = {
    "NPS": Question(kind="feedback.nps"),
    "CES": Question(kind="feedback.ces", scale="1-7"),
    "CSAT": Question(kind="feedback.csat", scale="1-5"),
}


class WootricOptions(ConnectorOptions):
    """Keys of a source of Wootric."""

    survey_mode: Literal["", "NPS", "CES", "CSAT"] = ""
    """What is asked where the webhook does not say it."""

    identifiers: dict[str, str] = Field(default_factory=lambda: dict(FIELDS))
    """Which properties of the end user name the customer, with their namespaces."""


class _Response(msgspec.Struct):
    id: Id | int
    created_at: str
    updated_at: str
    score: str | float | None = None
    text: str | None = None
    email: str | None = None
    phone_number: str | None = None
    external_id: str | None = None
    end_user_id: str | int | None = None
    survey_id: str | int | None = None
    language: str | None = None
    excluded_from_calculations: str | bool | None = None
    end_user_properties: dict[str, Any] | None = None


class _Notice(msgspec.Struct):
    response: _Response
    survey_mode: str | None = None


def open_wootric(options: WootricOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        return of_type(_type_of(payload))(payload, options)

    return total(read)


def _type_of(payload: Mapping[str, Any]) -> str:
    change = payload.get("event_name")
    if not isinstance(change, str):
        raise Refused("missing_field", "`event_name` is missing: this is no webhook of Wootric")
    about = next((about for about in ("response", "decline") if about in payload), "")
    return f"{about} {change}".strip()


def _told(notice: _Notice, options: WootricOptions) -> list[Item]:
    response = notice.response
    id_ = str(response.id)
    created_us = _time_us(response.created_at, "response.created_at")
    fact = Fact(id_, _time_us(response.updated_at, "response.updated_at"))
    if str(response.excluded_from_calculations).lower() == "true":
        return [Retraction(id=id_, fact=fact, occurred_at_us=fact.version)]
    asked = _MODES.get((notice.survey_mode or options.survey_mode).upper())
    if asked is None:
        raise Refused("unknown_scale", "`survey_mode` is missing or unknown: name it in the source")
    who = _who(response, options)
    survey = {"survey": str(response.survey_id)} if response.survey_id else {}
    about = passed_through(response.end_user_properties, options.identifiers)
    event = Event(
        id=id_,
        kind=asked.kind,
        occurred_at_us=created_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=fact,
        text=response.text or "",
        language=response.language or "",
        attributes=about | survey | {"response": id_},
    )
    return [scored(event, asked, "response.score", as_number(response.score))]


def _who(response: _Response, options: WootricOptions) -> Named:
    names = (
        name("email", response.email),
        name("customer", response.external_id),
        name("end_user", response.end_user_id),
        name("phone", response.phone_number),
    )
    own = names_in(response.end_user_properties or {}, options.identifiers)
    return respondent(Identifier("response", str(response.id)), (*names, *own))


def _time_us(text: str, field: str) -> int:
    """`2016-08-04 13:57:26 -0700`: the offset stands apart."""
    day, _, rest = text.partition(" ")
    return parse_time(f"{day} {rest.replace(' ', '')}" if rest else text, field)


_MAPPED: Final = {
    "response created": mapped(_Notice, _told),
    "response updated": mapped(_Notice, _told),
}

WOOTRIC: Final = Connector(
    name="wootric",
    options=WootricOptions,
    open=open_wootric,
    ignored=IGNORED,
    kinds=lambda _: frozenset(question.kind for question in _MODES.values()),
    arrival="Webhooks reach a topic by an HTTP bridge, which may leave their forms as they are.",
)
