"""Responses of SurveyMonkey with their details, alone or in pages, and their answers."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from connectors import strict_json
from connectors.contract import isolated, telling
from connectors.feedback.answers import Answer, answer_items, as_number
from connectors.feedback.notified import response_as_of
from connectors.feedback.respondents import passed_through, respondent
from connectors.feedback.surveymonkey_options import SurveyMonkeyOptions
from connectors.naming import Named, name, names_in
from connectors.refusal import Refused
from connectors.strict_json import Id
from connectors.timestamps import parse_time
from service.event import AttributeValue, Event, Fact, Identifier, Ignored, Item

UNFINISHED: Final = Ignored("a response that is not finished, and may be continued")
TURNED_AWAY: Final = Ignored("a respondent who was turned away")
PREVIEW: Final = Ignored("a preview of the survey by its makers")

_STATUSES: Final = {
    "completed": None,
    "partial": UNFINISHED,
    "disqualified": TURNED_AWAY,
    "overquota": TURNED_AWAY,
}
_PREVIEWS: Final = frozenset({"preview", "survey_preview"})


class _Weighed(msgspec.Struct):
    weight: str | float | None = None


class _Answer(msgspec.Struct):
    choice_id: str | None = None
    row_id: str | None = None
    other_id: str | None = None
    text: str | None = None
    simple_text: str | None = None
    choice_metadata: _Weighed | None = None


class _Question(msgspec.Struct):
    id: Id
    answers: tuple[_Answer, ...] = ()
    heading: str | None = None


class _Page(msgspec.Struct):
    questions: tuple[_Question, ...] = ()


class _Response(msgspec.Struct):
    id: Id
    response_status: str
    date_created: str
    date_modified: str
    pages: tuple[_Page, ...]
    survey_id: str | None = None
    collector_id: str | None = None
    collection_mode: str | None = None
    recipient_id: str | None = None
    custom_variables: dict[str, Any] | None = None
    custom_value: str | None = None
    metadata: dict[str, Any] | None = None


class _Told(msgspec.Struct):
    """One response, or a page of them."""

    data: list[Any] | None = None


def responses_in(payload: object, options: SurveyMonkeyOptions) -> list[Item]:
    """The items of all responses in a payload; one that is wrong fails alone."""
    page = strict_json.shaped(payload, _Told).data
    return isolated([payload] if page is None else page, lambda part: _items(part, options))


def _items(part: object, options: SurveyMonkeyOptions) -> list[Item]:
    response = strict_json.shaped(part, _Response)
    if response.response_status not in _STATUSES:
        raise Refused("unknown_status", "`response_status` is none that is documented")
    why_not = _STATUSES[response.response_status]
    if why_not is UNFINISHED:
        return [why_not]
    modified_us = parse_time(response.date_modified, "date_modified")
    told = response_as_of(response.id, modified_us)
    if why_not is not None or response.collection_mode in _PREVIEWS:
        return telling([why_not or PREVIEW], told)
    asked = [question for page in response.pages for question in page.questions]
    answers = [answer for question in asked for answer in _answers(question, options)]
    return telling(answer_items(_frame(response, modified_us, options), answers), told)


def _answers(question: _Question, options: SurveyMonkeyOptions) -> Iterator[Answer]:
    rows: dict[str, list[_Answer]] = {}
    for answer in question.answers:
        row = "other" if answer.other_id else answer.row_id or ""
        rows.setdefault(row, []).append(answer)
    for row, answers in rows.items():
        full = f"{question.id}.{row}" if row else question.id
        alone = len(rows) == 1 or not row
        id_ = question.id if alone and full not in options.questions else full
        yield _answer(id_, question.heading or "", answers, options)


def _answer(id_: str, title: str, answers: list[_Answer], options: SurveyMonkeyOptions) -> Answer:
    texts = [answer.text for answer in answers if answer.text]
    number = as_number(texts[0]) if len(texts) == 1 else None
    text = "\n".join(texts) if texts and number is None else None
    chosen = [answer for answer in answers if answer.choice_id]
    labels = [answer.simple_text for answer in chosen if answer.simple_text]
    choices: tuple[str, ...] = ()
    if len(chosen) == 1:
        choices = tuple(known for known in (chosen[0].choice_id, *labels) if known)
        weighed = chosen[0].choice_metadata
        number = as_number(weighed.weight) if weighed is not None else None
    return Answer(
        id=id_,
        name=id_,
        mapped=options.questions.get(id_),
        title=title,
        text=text,
        number=number,
        choices=choices,
        label=", ".join(labels),
        long=text is not None,
    )


def _frame(response: _Response, modified_us: int, options: SurveyMonkeyOptions) -> Event:
    """What every event of the response has, under the response's id."""
    who = _who(response, options)
    return Event(
        id=response.id,
        kind="feedback.comment",
        occurred_at_us=parse_time(response.date_created, "date_created"),
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(response.id, modified_us),
        language=_said(response, "respondent", "language"),
        attributes=_attributes(response, options),
    )


def _who(response: _Response, options: SurveyMonkeyOptions) -> Named:
    # Only collectors that invite have recipients; all others say 0 or nothing.
    invited = None if response.recipient_id == "0" else response.recipient_id
    names = (
        name("email", _said(response, "contact", "email")),
        name("phone", _said(response, "contact", "phone_number")),
        name("recipient", invited),
    )
    own = names_in(_variables(response), options.identifiers)
    return respondent(Identifier("response", response.id), (*own, *names))


def _variables(response: _Response) -> Mapping[str, Any]:
    """What the company put into the link."""
    own = {"custom_value": response.custom_value} if response.custom_value else {}
    return {**(response.custom_variables or {}), **own}


def _said(response: _Response, of: str, field: str) -> str:
    """A field of the metadata, which are objects of a type and a value."""
    part = (response.metadata or {}).get(of)
    field_ = part.get(field) if isinstance(part, dict) else None
    value = field_.get("value") if isinstance(field_, dict) else field_
    return value if isinstance(value, str) else ""


def _attributes(response: _Response, options: SurveyMonkeyOptions) -> dict[str, AttributeValue]:
    about = {
        "survey": response.survey_id,
        "collector": response.collector_id,
        "response": response.id,
    }
    known = passed_through(_variables(response), options.identifiers)
    return known | {field: value for field, value in about.items() if value}
