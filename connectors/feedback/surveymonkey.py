"""`surveymonkey`: webhooks of SurveyMonkey, and responses with their details as its API gives them.

| record                                         | becomes                                      |
|------------------------------------------------|----------------------------------------------|
| the details of a response, or a page of them   | its answers, `connectors.feedback.answers`   |
| `response_completed`, `response_updated`       | fails as `needs_enrichment`                  |
| `response_deleted`                             | retractions of what `questions` maps         |

A webhook only names the response, so it waits for the record that has its details, one of a change
for details of then or later (`date_modified` at most a minute before the webhook's time), or for
the response's deletion; `signalbox enrich` gets them where the source has `api` and there is an
access token for it. Ignored, beside the types listed below: responses that are not complete, were
turned away or come from a preview.

A question is known by its id, a row of it by `<question>.<row>`; one row alone goes by the question
too. Answers name their choices by ids, so `questions` says what each is worth
(`choices: {3057839051: 1}`), unless the details were asked for with `simple=true`: then its weight
is there, which counts on the `scale` of a mapped question. Text beside a choice is the answer
`<question>.other`.

Custom variables (and `custom_value`) that `identifiers` of the source names, the recipient and the
contact's address name the customer, else the `response`; other variables are attributes. The fact
is the response's id with that of the question, the version `date_modified`, the time
`date_created`. A deletion takes back only what `questions` maps, because it does not say what was
answered.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

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
from connectors.event_types import by_type, ignoring, mapped
from connectors.feedback.answers import Answer, answer_items, as_number
from connectors.feedback.notified import DATED_LATER_US, response_as_of
from connectors.feedback.questions import Questions, kinds_asked
from connectors.feedback.respondents import FIELDS, passed_through, respondent
from connectors.lookups import Address, api_of_source, lookup
from connectors.naming import Named, name, names_in
from connectors.refusal import Refused, needs_enrichment
from connectors.strict_json import Id
from connectors.timestamps import parse_time
from service.event import (
    AttributeValue,
    Event,
    Fact,
    Identifier,
    Ignored,
    Item,
    Record,
    Retraction,
)

RESPONSE: Final = "response"
"""The event type of a response with its details."""

_DETAILS_PATH: Final = "/v3/surveys/{survey}/responses/{response}/details?simple=true"

UNFINISHED: Final = Ignored("a response that is not finished, and may be continued")
TURNED_AWAY: Final = Ignored("a respondent who was turned away")
PREVIEW: Final = Ignored("a preview of the survey by its makers")
NOTHING_MAPPED: Final = Ignored("a deleted response, and `questions` maps nothing to take back")

IGNORED: Final[Mapping[str, str]] = ignoring(
    {
        "the makers' own work on surveys, collectors and apps": """
            app_installed app_uninstalled collector_created collector_deleted collector_updated
            survey_created survey_deleted survey_updated""",
        "a response is begun, nothing is answered yet": "response_created",
        TURNED_AWAY.reason: "response_disqualified response_overquota",
    }
)

_STATUSES: Final = {
    "completed": None,
    "partial": UNFINISHED,
    "disqualified": TURNED_AWAY,
    "overquota": TURNED_AWAY,
}
_PREVIEWS: Final = frozenset({"preview", "survey_preview"})


class SurveyMonkeyOptions(ConnectorOptions):
    """Keys of a source of SurveyMonkey."""

    questions: Questions = Field(default_factory=dict)
    """What is asked, by the question's id or `<question>.<row>`."""

    identifiers: dict[str, str] = Field(default_factory=lambda: dict(FIELDS))
    """Which custom variables name the customer, with their namespaces; the first is the subject."""

    api: Address | None = None
    """Whom `signalbox enrich` asks for responses, such as `https://api.surveymonkey.com`."""


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


class _Webhook(msgspec.Struct):
    object_id: Id
    event_id: Id
    event_datetime: str
    resources: dict[str, Any] | None = None


def open_surveymonkey(options: SurveyMonkeyOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        type_ = payload.get("event_type", RESPONSE)
        if not isinstance(type_, str):
            raise Refused("wrong_type", "`event_type` must be str")
        return of_type(type_)(payload, options)

    return total(read)


def _completed(webhook: _Webhook, _: SurveyMonkeyOptions) -> list[Item]:
    raise _named_only(webhook, 0)


def _updated(webhook: _Webhook, _: SurveyMonkeyOptions) -> list[Item]:
    dated_us = parse_time(webhook.event_datetime, "event_datetime")
    raise _named_only(webhook, dated_us - DATED_LATER_US)


def _named_only(webhook: _Webhook, changed_us: int) -> Refused:
    remedy = "publish the response, GET /surveys/<id>/responses/<id>/details, as well"
    survey = (webhook.resources or {}).get("survey_id")
    asked = lookup(_DETAILS_PATH, survey=survey, response=webhook.object_id)
    return needs_enrichment("answers", remedy, response_as_of(webhook.object_id, changed_us), asked)


def _deleted(webhook: _Webhook, options: SurveyMonkeyOptions) -> list[Item]:
    deleted_us = parse_time(webhook.event_datetime, "event_datetime")
    retractions = [
        Retraction(
            id=f"{webhook.event_id}:{question}",
            fact=Fact(f"{webhook.object_id}:{question}", deleted_us),
            occurred_at_us=deleted_us,
        )
        for question in options.questions
    ]
    return telling(retractions or [NOTHING_MAPPED], response_as_of(webhook.object_id, deleted_us))


def _told(payload: object, options: SurveyMonkeyOptions) -> list[Item]:
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
    stated = names_in(_variables(response), options.identifiers)
    stated += [one for one in names if one is not None]
    return respondent(Identifier("response", response.id), stated)


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


_MAPPED: Final = {
    RESPONSE: _told,
    "response_completed": mapped(_Webhook, _completed),
    "response_updated": mapped(_Webhook, _updated),
    "response_deleted": mapped(_Webhook, _deleted),
}


SURVEYMONKEY: Final = Connector(
    name="surveymonkey",
    options=SurveyMonkeyOptions,
    open=open_surveymonkey,
    ignored=IGNORED,
    kinds=lambda options: kinds_asked(options.questions),
    arrival=(
        "A poller, or what answers the webhooks, publishes the details of responses, best of "
        "all with `simple=true`. Webhooks alone carry no answers."
    ),
    api=api_of_source("Authorization", "Bearer"),
)
