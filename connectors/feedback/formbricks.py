"""`formbricks`: webhooks of Formbricks Hub, one answer each, and responses of Formbricks itself.

The hub gathers feedback of many tools. What a response to a survey of Formbricks itself becomes
(`responseFinished`) is told in `formbricks_responses`.

| event type                                  | becomes                                          |
|---------------------------------------------|--------------------------------------------------|
| `feedback_record.created`, `.updated`       | the answer, `connectors.feedback.answers`        |
| ... of the type `nps`                       | `feedback.nps`, 0 to 10                          |
| `feedback_record.deleted`                   | retractions of the records that it names         |

Ignored: `webhook.*`, the hub's own settings. A record of the API without an event is read as well.

The hub does not keep the scale of a `csat`, `ces` or `rating`, so `questions` of the source says
it, by `field_id`; without it such an answer is ignored. A `categorical` answer is a choice.

The fact is the record's id, the version the time of the change. Answers to one survey carry its
`submission`, which is the subject where no user is named.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from connectors import strict_json
from connectors.contract import Connector, Convert, isolated, total
from connectors.event_types import by_type, ignoring, mapped
from connectors.feedback.answers import Answer, answer_item
from connectors.feedback.formbricks_options import FormbricksOptions
from connectors.feedback.formbricks_responses import EVENTS, Sent, of_response
from connectors.feedback.questions import Question
from connectors.feedback.respondents import passed_through, respondent
from connectors.naming import name, names_in
from connectors.refusal import Refused
from connectors.strict_json import Id
from connectors.timestamps import parse_time
from service.event import AttributeValue, Event, Fact, Identifier, Item, Record, Retraction

RECORD: Final = "feedback_record"
"""The event type of a record that the API gives."""

IGNORED: Final[Mapping[str, str]] = ignoring(
    {"the hub's own settings": "webhook.created webhook.deleted webhook.updated"}
)

_NPS: Final = Question(kind="feedback.nps")


class _FeedbackRecord(msgspec.Struct):
    id: Id
    field_id: Id
    field_type: str
    collected_at: str
    updated_at: str
    field_label: str | None = None
    source_type: str | None = None
    source_id: str | None = None
    source_name: str | None = None
    value_text: str | None = None
    value_number: float | None = None
    metadata: dict[str, Any] | None = None
    language: str | None = None
    user_id: str | None = None
    user_identifier: str | None = None
    submission_id: str | None = None
    response_id: str | None = None


class _Notice(msgspec.Struct):
    data: _FeedbackRecord


class _Deletion(msgspec.Struct):
    id: Id
    timestamp: str
    data: Any


def open_formbricks(options: FormbricksOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        type_ = payload.get("type", payload.get("event"))
        if not isinstance(type_, str) and "field_type" in payload:
            type_ = RECORD
        if not isinstance(type_, str):
            raise Refused(
                "missing_field",
                "`type` and `event` are missing: no webhook of the hub or of Formbricks itself",
            )
        return of_type(type_)(payload, options)

    return total(read)


def _told(notice: _Notice, options: FormbricksOptions) -> list[Item]:
    return _items(notice.data, options)


def _items(record: _FeedbackRecord, options: FormbricksOptions) -> list[Item]:
    mapped = options.questions.get(record.field_id)
    if mapped is None and record.field_type == "nps":
        mapped = _NPS
    chosen = record.field_type == "categorical"
    value = record.value_text
    answer = Answer(
        id=record.field_id,
        name=record.field_id,
        mapped=mapped,
        text=None if chosen else value,
        number=record.value_number,
        choices=(value,) if value else (),
        label=value or "",
    )
    return [answer_item(answer, _frame(record, options))]


def _deleted(deletion: _Deletion, _: FormbricksOptions) -> list[Item]:
    deleted_us = parse_time(deletion.timestamp, "timestamp")

    def retraction(id_: object) -> list[Item]:
        if not isinstance(id_, str) or not id_:
            raise Refused("wrong_type", "`data` must be the ids of the records that were deleted")
        id_here = f"{deletion.id}:{id_}"
        return [Retraction(id=id_here, fact=Fact(id_, deleted_us), occurred_at_us=deleted_us)]

    return isolated(_deleted_ids(deletion.data), retraction)


def _deleted_ids(data: Any) -> list[Any]:
    """A list of ids, the record itself or an object with `ids`, as versions of the hub have it."""
    if isinstance(data, dict):
        data = data.get("ids", [data.get("id")])
    return data if isinstance(data, list) else [data]


def _frame(record: _FeedbackRecord, options: FormbricksOptions) -> Event:
    submission = record.submission_id or record.response_id
    user = name("user", record.user_id or record.user_identifier)
    who = respondent(
        Identifier("submission", submission) if submission else Identifier("record", record.id),
        stated=[user, *names_in(record.metadata or {}, options.identifiers)],
    )
    return Event(
        id=record.id,
        kind="feedback.comment",
        occurred_at_us=parse_time(record.collected_at, "collected_at"),
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(record.id, parse_time(record.updated_at, "updated_at")),
        title=record.field_label or "",
        channel=record.source_type or "",
        language=record.language or "",
        attributes=_attributes(record, options),
    )


def _attributes(record: _FeedbackRecord, options: FormbricksOptions) -> dict[str, AttributeValue]:
    about = {
        "question": record.field_id,
        "source": record.source_id,
        "source_name": record.source_name,
        "submission": record.submission_id or record.response_id,
    }
    known = passed_through(record.metadata, options.identifiers)
    return known | {field: value for field, value in about.items() if value}


_MAPPED: Final = {
    "feedback_record.created": mapped(_Notice, _told),
    "feedback_record.updated": mapped(_Notice, _told),
    "feedback_record.deleted": mapped(_Deletion, _deleted),
    RECORD: mapped(_FeedbackRecord, _items),
    **dict.fromkeys(EVENTS, mapped(Sent, of_response)),
}


def _kinds(options: FormbricksOptions) -> frozenset[str]:
    asked = (_NPS, *options.questions.values())
    return frozenset({"feedback.comment", *(question.kind for question in asked)})


FORMBRICKS: Final = Connector(
    name="formbricks",
    options=FormbricksOptions,
    open=open_formbricks,
    ignored=IGNORED,
    kinds=_kinds,
    arrival="Webhooks reach a topic by an HTTP bridge; the type is in the body.",
)
