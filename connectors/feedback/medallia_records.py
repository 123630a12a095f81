"""Records of Medallia Experience Cloud, whose fields are called as the source says."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from connectors.feedback.answers import answer_items
from connectors.feedback.medallia_answers import answer_in, frame_of, text_of
from connectors.feedback.medallia_options import MedalliaOptions, RecordFields
from connectors.feedback.respondents import passed_through, respondent
from connectors.naming import names_in
from connectors.refusal import Refused
from connectors.timestamps import parse_local, parse_milliseconds, parse_seconds, parse_time
from service.event import Event, Identifier, Item

MILLISECONDS: Final = 10**11
"""A time from this number on counts milliseconds; as seconds it would lie after the year 5000."""


def of_record(payload: Mapping[str, Any], options: MedalliaOptions) -> list[Item]:
    """The answers of one record. Raises `Refused`."""
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
        answer_in(field, payload[field], options)
        for field in options.questions
        if payload.get(field) not in (None, "", [], {})
    ]
    return answer_items(_frame(str(id_), payload, fields, options), answers)


def _frame(
    id_: str, payload: Mapping[str, Any], fields: RecordFields, options: MedalliaOptions
) -> Event:
    who = respondent(Identifier("response", id_), stated=names_in(payload, options.identifiers))
    time_us = _time_us(payload, fields.time, "time", options)
    changed = bool(fields.updated) and payload.get(fields.updated) not in (None, "")
    version = _time_us(payload, fields.updated, "updated", options) if changed else time_us
    about = passed_through(payload, options.apart)
    return msgspec.structs.replace(
        frame_of(id_, time_us, version, who, about),
        channel=text_of(payload.get(fields.channel)).lower(),
        language=text_of(payload.get(fields.language)),
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
