"""`medallia`: feedback of Medallia Digital, and records as webhooks of Experience Cloud send them.

| record                                            | becomes                                     |
|---------------------------------------------------|---------------------------------------------|
| a feedback of Digital, or a page of them          | its answers, `connectors.feedback.answers`  |
| its `nps`                                         | `feedback.nps`, 0 to 10                     |
| its `csatDefaultValue`, of a known grading        | `feedback.csat` on the scale of the grading |
| any other object, where the source has `fields`   | its answers                                 |

A feedback of Digital has its answers in `dynamicData`, by field; `nps` and `csatDefaultValue`
repeat one of these, and count only where `questions` of the source maps no such answer. Previews
are ignored.

The body of a webhook of Experience Cloud is a template that each company writes, so the source
names its fields; a time without a zone is in `zone` of the source, a number counts seconds or
milliseconds:

    fields: {id: surveyid, time: responsedate, updated: lastmodified}
    zone: America/New_York
    questions: {ltr: {kind: feedback.nps}, comments: {kind: feedback.comment}}

There only what `questions` names is an answer: all other fields are attributes.

The identifiers are the custom and URL parameters of Digital and the fields of a record that
`identifiers` of the source names, linked with each other, else the `response`; details that a user
typed in are linked weakly. Webhooks fire when a record is created and when it is updated, so the
fact is the record's id with that of the question, and the version the time of its last change.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from connectors import strict_json
from connectors.contract import (
    IGNORED_BY_SOURCE,
    Connector,
    ConnectorOptions,
    Convert,
    isolated,
    total,
)
from connectors.feedback.answers import Answer, answer_items, as_number
from connectors.feedback.questions import Question, Questions
from connectors.feedback.respondents import FIELDS, passed_through, respondent
from connectors.naming import Named, names_in
from connectors.refusal import Refused
from connectors.strict_json import Id
from connectors.timestamps import parse_local, parse_milliseconds, parse_seconds, parse_time
from service.event import AttributeValue, Event, Fact, Identifier, Ignored, Item, Record

DIGITAL: Final = "digital"
RECORD: Final = "record"
"""Event types: a feedback of Digital, a record of Experience Cloud."""

PREVIEW: Final = Ignored("a preview of the form by its makers")

MILLISECONDS: Final = 10**11
"""A time from this number on counts milliseconds; as seconds it would lie after the year 5000."""

_NPS: Final = Question(kind="feedback.nps")
_GRADINGS: Final = {
    component: Question(kind="feedback.csat", scale=scale)
    for component, scale in (
        ("grading", "1-5"),
        ("grading1to7", "1-7"),
        ("grading1to10", "1-10"),
        ("grading0to10", "0-10"),
    )
}
"""What the components that Digital documents ask, by type in lower case."""


class RecordFields(BaseModel):
    """What the fields of a record are called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    time: str
    updated: str = ""
    language: str = ""
    channel: str = ""


class MedalliaOptions(ConnectorOptions):
    """Keys of a source of Medallia."""

    questions: Questions = Field(default_factory=dict)
    """What is asked, by the field of the answer."""

    identifiers: dict[str, str] = Field(default_factory=lambda: dict(FIELDS))
    """Which parameters and fields name the customer, with their namespaces."""

    fields: RecordFields | None = None
    """For records of Experience Cloud: the fields that are no answers."""

    zone: ZoneInfo | None = None
    """The zone of times that state none; without it such a time is refused."""

    @cached_property
    def apart(self) -> frozenset[str]:
        """Fields of a record that are no attributes."""
        about = () if self.fields is None else self.fields.model_dump().values()
        return frozenset({*about, *self.questions, *self.identifiers})


class _Form(msgspec.Struct):
    id: int | str | None = None
    name: str | None = None


class _Tag(msgspec.Struct):
    label: str | None = None


class _Feedback(msgspec.Struct, rename="camel"):
    uuid: Id
    creation_date: int | str
    form: _Form | None = None
    url: str | None = None
    origin_type: str | None = None
    dynamic_data: dict[str, Any] | None = None
    user_details_section: dict[str, Any] | None = None
    custom_params: dict[str, Any] | list[Any] | None = None
    url_query_params: str | None = None
    tags: tuple[_Tag, ...] | None = None
    nps: float | None = None
    csat_default_type: str | None = None
    csat_default_value: float | str | None = None


def open_medallia(options: MedalliaOptions) -> Convert:
    """What converts the records of a source with these options."""
    ignored = frozenset(options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        several = payload.get("feedbacks")
        if "dynamicData" not in payload and not isinstance(several, list):
            return [IGNORED_BY_SOURCE] if RECORD in ignored else _of_record(payload, options)
        if DIGITAL in ignored:
            return [IGNORED_BY_SOURCE]
        parts: list[object] = several if isinstance(several, list) else [payload]
        return isolated(parts, lambda part: _of_feedback(part, options))

    return total(read)


def _of_feedback(part: object, options: MedalliaOptions) -> list[Item]:
    feedback = strict_json.shaped(part, _Feedback)
    if feedback.origin_type == "Preview" or feedback.url == "[Preview]":
        return [PREVIEW]
    answers = [
        _answer(field, value, options)
        for field, value in sorted((feedback.dynamic_data or {}).items())
        if value not in (None, "", [], {})
    ]
    return answer_items(_feedback_frame(feedback, options), answers + _repeated(feedback, answers))


def _repeated(feedback: _Feedback, answers: list[Answer]) -> list[Answer]:
    """The answers that stand beside the form's own, where none of these is the same."""
    told = {answer.mapped.kind for answer in answers if answer.mapped is not None}
    repeated: list[Answer] = []
    if feedback.nps is not None and "feedback.nps" not in told:
        repeated.append(Answer("nps", "nps", _NPS, number=feedback.nps))
    csat = as_number(feedback.csat_default_value)
    asked = _GRADINGS.get((feedback.csat_default_type or "").lower())
    if csat is not None and asked is not None and "feedback.csat" not in told:
        repeated.append(Answer("csatDefaultValue", "csatDefaultValue", asked, number=csat))
    return repeated


def _answer(field: str, value: Any, options: MedalliaOptions) -> Answer:
    """An answer as such, or with its label beside it."""
    title = ""
    label = ""
    if isinstance(value, dict):
        title, label = _text(value.get("title")), _text(value.get("label"))
        value = value.get("value")
    if isinstance(value, list):
        label = ", ".join(part for part in value if isinstance(part, str))
    number = as_number(value)
    text = value if isinstance(value, str) and number is None and not label else None
    one = isinstance(value, str | int | float) and not isinstance(value, bool)
    return Answer(
        id=field,
        name=field,
        mapped=options.questions.get(field),
        title=title,
        text=text,
        number=number,
        choices=(str(value), label) if one else (),
        label=label or (text or ""),
        long=text is not None,
    )


def _feedback_frame(feedback: _Feedback, options: MedalliaOptions) -> Event:
    url_params = dict(parse_qsl(feedback.url_query_params or ""))
    params = url_params | _custom(feedback.custom_params)
    details = feedback.user_details_section or {}
    who = respondent(
        Identifier("response", feedback.uuid),
        stated=names_in(params, options.identifiers),
        typed=names_in(details, {"email": "email", "phone": "phone"}),
    )
    about = passed_through(params, options.identifiers)
    form = feedback.form or _Form()
    more = {"form": form.name, "form_id": form.id, "url": (feedback.url or "").partition("?")[0]}
    about |= {name: str(value) for name, value in more.items() if value}
    created_us = parse_milliseconds(feedback.creation_date, "creationDate")
    return msgspec.structs.replace(
        _frame(feedback.uuid, created_us, created_us, who, about),
        channel=(feedback.origin_type or "").lower(),
        tags=tuple(tag.label for tag in feedback.tags or () if tag.label),
    )


def _custom(params: dict[str, Any] | list[Any] | None) -> dict[str, Any]:
    """Custom parameters by name, which some exports have as a list of names and values."""
    if isinstance(params, list):
        named = (one for one in params if isinstance(one, dict))
        return {one["name"]: one.get("value") for one in named if isinstance(one.get("name"), str)}
    return params or {}


def _of_record(payload: Mapping[str, Any], options: MedalliaOptions) -> list[Item]:
    fields = options.fields
    if fields is None:
        raise Refused(
            "missing_field",
            "no `dynamicData`: for records of Experience Cloud the source must have `fields`",
        )
    id_ = payload.get(fields.id)
    if not isinstance(id_, str | int) or isinstance(id_, bool) or id_ == "":
        raise Refused("missing_field", "the field that `fields.id` of the source names is missing")
    answers = [
        _answer(field, payload[field], options)
        for field in options.questions
        if payload.get(field) not in (None, "", [], {})
    ]
    return answer_items(_record_frame(str(id_), payload, fields, options), answers)


def _record_frame(
    id_: str, payload: Mapping[str, Any], fields: RecordFields, options: MedalliaOptions
) -> Event:
    who = respondent(Identifier("response", id_), stated=names_in(payload, options.identifiers))
    time_us = _time_us(payload, fields.time, "time", options)
    changed = bool(fields.updated) and payload.get(fields.updated) not in (None, "")
    version = _time_us(payload, fields.updated, "updated", options) if changed else time_us
    about = passed_through(payload, options.apart)
    return msgspec.structs.replace(
        _frame(id_, time_us, version, who, about),
        channel=_text(payload.get(fields.channel)).lower(),
        language=_text(payload.get(fields.language)),
    )


def _time_us(payload: Mapping[str, Any], field: str, name: str, options: MedalliaOptions) -> int:
    value = payload.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        parse = parse_milliseconds if value >= MILLISECONDS else parse_seconds
        return parse(value, f"fields.{name}")
    if not isinstance(value, str):
        raise Refused("missing_field", f"the field that `fields.{name}` names has no time")
    if options.zone is None:
        return parse_time(value, f"fields.{name}")
    return parse_local(value, options.zone, f"fields.{name}")


def _frame(
    id_: str, time_us: int, version: int, who: Named, about: dict[str, AttributeValue]
) -> Event:
    """What every event of a response has."""
    return Event(
        id=id_,
        kind="feedback.comment",
        occurred_at_us=time_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(id_, version),
        attributes=about | {"response": id_},
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _kinds(options: MedalliaOptions) -> frozenset[str]:
    kinds = {question.kind for question in options.questions.values()}
    return frozenset({"feedback.comment", "feedback.csat", "feedback.nps", *kinds})


MEDALLIA: Final = Connector(
    name="medallia",
    options=MedalliaOptions,
    open=open_medallia,
    ignored={},
    kinds=_kinds,
    arrival=(
        "Digital sends feedback by its own webhook or export. Webhooks of Experience Cloud "
        "send what their template says: give it the record's id, both its times and the "
        "customer."
    ),
)
