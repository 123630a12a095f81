"""Feedback of Medallia Digital."""

from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from connectors import strict_json
from connectors.feedback.answers import Answer, answer_items, as_number
from connectors.feedback.medallia_answers import answer_in, frame_of
from connectors.feedback.medallia_options import MedalliaOptions
from connectors.feedback.questions import Question
from connectors.feedback.respondents import passed_through, respondent
from connectors.naming import names_in
from connectors.strict_json import Id
from connectors.timestamps import parse_milliseconds
from service.event import Event, Identifier, Ignored, Item

PREVIEW: Final = Ignored("a preview of the form by its makers")

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


def of_feedback(part: object, options: MedalliaOptions) -> list[Item]:
    """The answers of one feedback. Raises `Refused`."""
    feedback = strict_json.shaped(part, _Feedback)
    if feedback.origin_type == "Preview" or feedback.url == "[Preview]":
        return [PREVIEW]
    answers = [
        answer_in(field, value, options)
        for field, value in sorted((feedback.dynamic_data or {}).items())
        if value not in (None, "", [], {})
    ]
    return answer_items(_frame(feedback, options), answers + _repeated(feedback, answers))


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


def _frame(feedback: _Feedback, options: MedalliaOptions) -> Event:
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
        frame_of(feedback.uuid, created_us, created_us, who, about),
        channel=(feedback.origin_type or "").lower(),
        tags=tuple(tag.label for tag in feedback.tags or () if tag.label),
    )


def _custom(params: dict[str, Any] | list[Any] | None) -> dict[str, Any]:
    """Custom parameters by name, which some exports have as a list of names and values."""
    if isinstance(params, list):
        named = (one for one in params if isinstance(one, dict))
        return {one["name"]: one.get("value") for one in named if isinstance(one.get("name"), str)}
    return params or {}
