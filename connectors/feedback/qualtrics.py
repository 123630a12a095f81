"""`qualtrics`: responses to surveys, one or several a record, an item for each answer.

| record                                           | becomes                                     |
|--------------------------------------------------|---------------------------------------------|
| a response, as the API gives it, also as `result`| its answers, `connectors.feedback.answers`  |
| an export, `{"responses": [...]}`                | the same for each of its responses          |
| `surveyengine.completedResponse`                 | fails as `needs_enrichment`                 |

Event subscriptions send no answer and no customer, in fields or signed in `MSG`, so a completed
response waits for the record that has them; `signalbox enrich` gets it where the source has `api`
and there is a token for it. A response that was changed is completed again: what was recorded
before `CompletedDate` does not tell it. That has no zone: with `zone` of the source it is known to
the minute, without only that it is not earlier than in the zone where the day begins first.
Ignored, beside the topics listed below: responses that are not finished, previews, tests and spam,
each told by the response itself.

An answer is known by its key in `values`: `QID7`, a row `QID7_2`, free text `QID7_TEXT`, in a loop
`1_QID7` (which also counts as `QID7` in `questions`). A number there is the code of a choice, which
the survey may have recoded or reversed, so only `questions` says what is a score; what a choice is
worth can be said by code or by label. Surveys number their questions alike: where one topic has
several, let the record say its `surveyId`, and map `SV_1.QID7`. What Qualtrics itself adds to an
answer (the group of an NPS answer, topics of a text, display order, page timing, files) is ignored.
Embedded data that `questions` names is an answer too.

The identifiers are the recipient's address and external reference and what the company passed as
embedded data (`identifiers` of the source names the fields), linked with each other, else the
`response`. Other embedded data are attributes, all of them or those in `embedded_data`.

A response that is edited keeps its id: the fact is the response's id with that of the question, the
version the time at which it was recorded, which is also when it happened.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from pydantic import Field

from connectors import strict_json
from connectors.contract import (
    Connector,
    ConnectorOptions,
    Convert,
    isolated,
    telling,
    total,
)
from connectors.event_types import by_type, ignoring
from connectors.feedback.answers import Answer, answer_items, as_number
from connectors.feedback.notified import DATED_LATER_US, response_as_of
from connectors.feedback.questions import Question, Questions, kinds_asked
from connectors.feedback.respondents import FIELDS, passed_through, respondent
from connectors.lookups import Address, api_of_source, lookup
from connectors.naming import names_in
from connectors.refusal import Refused, needs_enrichment
from connectors.strict_json import Id
from connectors.timestamps import HOUR_US, parse_local, parse_time
from service.event import AttributeValue, Event, Fact, Identifier, Ignored, Item, Record

RESPONSE: Final = "response"
"""The event type of a whole response."""

COMPLETED: Final = "surveyengine.completedResponse"

_UTC: Final = ZoneInfo("UTC")

_RESPONSE_PATH: Final = "/API/v3/surveys/{surveyId}/responses/{response}"

UNFINISHED: Final = Ignored("a response that is not finished, and may be continued")
NOT_REAL: Final = Ignored("a preview, a test or spam")
DERIVED: Final = Ignored("what Qualtrics adds to an answer, and no answer")

IGNORED: Final[Mapping[str, str]] = ignoring(
    {
        "a survey is opened or closed": "controlpanel.activateSurvey controlpanel.deactivateSurvey",
        "a survey is begun, nothing is answered yet": "surveyengine.startedRecipientSession",
        "employees about employees, no customer": "threesixty.created",
        UNFINISHED.reason: "surveyengine.partialResponse",
    }
)

_EARLIEST_US: Final = 14 * HOUR_US
"""How far the clocks of the zone where the day begins first are ahead of UTC."""

_NOT_REAL_BITS: Final = 1 | 2 | 8
"""Of `status`: preview, test, spam. Imported (4), offline (16) and of employees (32) are real."""

_STATUS_LABELS: Final = {
    "ip address": 0,
    "survey preview": 1,
    "survey test": 2,
    "imported": 4,
    "spam": 8,
    "survey preview spam": 9,
    "imported spam": 12,
    "offline": 16,
    "offline survey preview": 17,
    "ex": 32,
    "ex spam": 40,
    "ex offline": 48,
}

_ANSWER: Final = re.compile(r"(?:\d+_)?QID\d+(?:_.*)?", re.DOTALL)
_LOOP: Final = re.compile(r"\d+_(?=QID)")
_DERIVED: Final = re.compile(
    r".*_(?:NPS_GROUP|TEXT_.+|DO(?:_\d+)*|(?:FIRST|LAST)_CLICK|PAGE_SUBMIT|CLICK_COUNT|BROWSER"
    r"|VERSION|OS|RESOLUTION|FILE_(?:ID|NAME|SIZE|TYPE|URL))",
    re.DOTALL,
)

_ABOUT_RESPONSE: Final = frozenset(
    {
        "_recordId",
        "distributionChannel",
        "duration",
        "endDate",
        "externalDataReference",
        "finished",
        "ipAddress",
        "locationLatitude",
        "locationLongitude",
        "progress",
        "recipientEmail",
        "recipientFirstName",
        "recipientLastName",
        "recordedDate",
        "startDate",
        "status",
        "userLanguage",
    }
)
"""Keys of `values` that Qualtrics itself sets; all other keys are answers and embedded data."""


class QualtricsOptions(ConnectorOptions):
    """Keys of a source of Qualtrics."""

    questions: Questions = Field(default_factory=dict)
    """What is asked, by the question's key in `values`."""

    identifiers: dict[str, str] = Field(
        default_factory=lambda: {
            "recipientEmail": "email",
            "externalDataReference": "customer",
            **FIELDS,
        }
    )
    """Which keys of `values` name the customer, with their namespaces; the first is the subject."""

    embedded_data: tuple[str, ...] | None = None
    """Which embedded data are attributes, where it is not all of them."""

    zone: ZoneInfo | None = None
    """The zone of `CompletedDate` in notifications."""

    api: Address | None = None
    """Whom `signalbox enrich` asks for responses, such as `https://fra1.qualtrics.com`."""

    @cached_property
    def named(self) -> frozenset[str]:
        """Keys of `values` that `questions` may name, with or without their survey."""
        return frozenset({*self.questions, *(key.partition(".")[2] for key in self.questions)})

    @cached_property
    def apart(self) -> frozenset[str]:
        """Keys of `values` that are no embedded data, beside those of answers."""
        return _ABOUT_RESPONSE | self.identifiers.keys() | self.questions.keys()


class _Told(msgspec.Struct):
    """One response or several, as the API wraps them."""

    result: dict[str, Any] | None = None
    responses: list[Any] | None = None
    survey_id: str | None = msgspec.field(default=None, name="surveyId")


class _Response(msgspec.Struct, rename="camel"):
    response_id: Id
    values: dict[str, Any]
    labels: dict[str, Any] | None = None
    survey_id: str | None = None


def open_qualtrics(options: QualtricsOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        return of_type(_type_of(payload))(payload, options)

    return total(read)


def _type_of(payload: Mapping[str, Any]) -> str:
    topic = _notice(payload).get("Topic")
    if not isinstance(topic, str):
        return RESPONSE
    pairs = (f"{area}.{name}" for area, name in pairwise(topic.split(".")))
    return next((pair for pair in pairs if pair in IGNORED or pair == COMPLETED), topic)


def _notice(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """A notification, which lies in another one where it is signed."""
    if "Topic" not in payload and isinstance(payload.get("MSG"), str):
        return strict_json.read_object(payload["MSG"].encode())
    return payload


def _completed(payload: object, options: QualtricsOptions) -> list[Item]:
    notice = _notice(payload) if isinstance(payload, dict) else {}
    response, survey = notice.get("ResponseID"), notice.get("SurveyID")
    raise needs_enrichment(
        "answers",
        "publish the response itself, GET /surveys/<id>/responses/<id>, as well",
        response_as_of(response, _completed_us(notice, options))
        if isinstance(response, str)
        else None,
        lookup(_RESPONSE_PATH, ("surveyId",), surveyId=survey, response=response),
    )


def _completed_us(notice: Mapping[str, Any], options: QualtricsOptions) -> int:
    """Not before when the response was recorded; 0 if the notification does not say."""
    said = notice.get("CompletedDate")
    if not isinstance(said, str) or not said:
        return 0
    ahead_us = _EARLIEST_US if options.zone is None else DATED_LATER_US
    return parse_local(said, options.zone or _UTC, "CompletedDate") - ahead_us


def _told(payload: object, options: QualtricsOptions) -> list[Item]:
    whole = strict_json.shaped(payload, _Told)
    several = [_alone(whole) or payload] if whole.responses is None else whole.responses
    return isolated(several, lambda part: _items(part, options))


def _alone(told: _Told) -> dict[str, Any] | None:
    """A response that is wrapped, with the survey that may be named beside it."""
    if not told.result or told.survey_id is None:
        return told.result
    return {"surveyId": told.survey_id, **told.result}


def _items(part: object, options: QualtricsOptions) -> list[Item]:
    response = strict_json.shaped(part, _Response)
    values = response.values
    recorded_us = _recorded_us(values)
    told = response_as_of(response.response_id, recorded_us)
    if not _is_real(values):
        return telling([NOT_REAL], told)
    if str(values.get("finished", 1)).lower() not in ("1", "true"):
        return [UNFINISHED]
    answers: list[Answer] = []
    derived: list[Item] = []
    known = options.named
    for key in sorted(key for key in values if "QID" in key or key in known):
        if (value := values[key]) is None or value in ("", []):
            continue
        asked = _asked(key, response, options)
        if asked or (_is_answer(key) and not _DERIVED.fullmatch(key)):
            answers.append(_answer(key, value, response, asked))
        elif _is_answer(key):
            derived.append(DERIVED)
    frame = _frame(response, recorded_us, options)
    return telling(answer_items(frame, answers) + derived, told)


def _is_real(values: Mapping[str, Any]) -> bool:
    status = values.get("status", 0)
    number = _STATUS_LABELS.get(status.lower()) if isinstance(status, str) else status
    number = as_number(status) if number is None else number
    if not isinstance(number, int | float) or isinstance(number, bool) or number != number // 1:
        raise Refused("unknown_status", "`values.status` is none that is documented")
    return not int(number) & _NOT_REAL_BITS


def _asked(key: str, response: _Response, options: QualtricsOptions) -> Question | None:
    """What is asked, by its survey and its key, by its key, or in a loop by its own name."""
    questions = options.questions
    asked = questions.get(f"{response.survey_id}.{key}") or questions.get(key)
    if asked or "_QID" not in key:
        return asked
    return questions.get(_LOOP.sub("", key, count=1))


def _is_answer(key: str) -> bool:
    return "QID" in key and _ANSWER.fullmatch(key) is not None


def _answer(key: str, value: Any, response: _Response, asked: Question | None) -> Answer:
    label = _label(response.labels, key)
    number = as_number(value)
    written = isinstance(value, str) and (key.endswith("_TEXT") or (number is None and not label))
    one = isinstance(value, str | int | float) and not isinstance(value, bool)
    return Answer(
        id=key,
        name=key,
        mapped=asked,
        text=value if written else None,
        number=number,
        choices=(str(value), label) if one else (),
        label=label,
        long=written,
    )


def _label(labels: Mapping[str, Any] | None, key: str) -> str:
    label = (labels or {}).get(key)
    if isinstance(label, list):
        return ", ".join(part for part in label if isinstance(part, str))
    return label if isinstance(label, str) else ""


def _frame(response: _Response, recorded_us: int, options: QualtricsOptions) -> Event:
    """What every event of the response has, under the response's id."""
    values = response.values
    who = respondent(
        Identifier("response", response.response_id), stated=names_in(values, options.identifiers)
    )
    return Event(
        id=response.response_id,
        kind="feedback.comment",
        occurred_at_us=recorded_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(response.response_id, recorded_us),
        channel=_text(values, "distributionChannel").lower(),
        language=_language(_text(values, "userLanguage")),
        attributes=_attributes(response, options),
    )


def _recorded_us(values: Mapping[str, Any]) -> int:
    for field in ("recordedDate", "endDate"):
        if moment := _text(values, field):
            return parse_time(moment, f"values.{field}")
    raise Refused("missing_field", "`values.recordedDate` is missing")


def _text(values: Mapping[str, Any], field: str) -> str:
    value = values.get(field)
    return value if isinstance(value, str) else ""


def _language(code: str) -> str:
    """As others write it: `EN-GB` is `en-GB`."""
    language, dash, region = code.partition("-")
    return f"{language.lower()}{dash}{region}"


def _attributes(response: _Response, options: QualtricsOptions) -> dict[str, AttributeValue]:
    chosen, apart = options.embedded_data, options.apart
    embedded = {
        field: value
        for field, value in response.values.items()
        if field not in apart and (chosen is None or field in chosen) and not _is_answer(field)
    }
    about = {"survey": response.survey_id} if response.survey_id else {}
    return passed_through(embedded, ()) | about | {"response": response.response_id}


_MAPPED: Final = {RESPONSE: _told, COMPLETED: _completed}


QUALTRICS: Final = Connector(
    name="qualtrics",
    options=QualtricsOptions,
    open=open_qualtrics,
    ignored=IGNORED,
    kinds=lambda options: kinds_asked(options.questions),
    arrival=(
        "Responses come from a workflow or a poller that asks the API for each completed one. "
        "Event subscriptions alone send forms without answers; a bridge may leave them as "
        "they are."
    ),
    api=api_of_source("X-API-TOKEN"),
)
