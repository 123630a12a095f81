"""Responses of Qualtrics and their answers."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from connectors import strict_json
from connectors.contract import isolated, telling
from connectors.feedback.answers import Answer, answer_items, as_number
from connectors.feedback.notified import response_as_of
from connectors.feedback.qualtrics_options import QualtricsOptions
from connectors.feedback.questions import Question
from connectors.feedback.respondents import passed_through, respondent
from connectors.naming import names_in
from connectors.refusal import Refused
from connectors.strict_json import Id
from connectors.timestamps import parse_time
from service.event import AttributeValue, Event, Fact, Identifier, Ignored, Item

UNFINISHED: Final = Ignored("a response that is not finished, and may be continued")
NOT_REAL: Final = Ignored("a preview, a test or spam")
DERIVED: Final = Ignored("what Qualtrics adds to an answer, and no answer")

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


def responses_in(payload: object, options: QualtricsOptions) -> list[Item]:
    """The items of all responses in a payload; one that is wrong fails alone."""
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
