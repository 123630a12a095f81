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

from typing import Final

from connectors import strict_json
from connectors.contract import IGNORED_BY_SOURCE, Connector, Convert, isolated, total
from connectors.feedback.medallia_digital import of_feedback
from connectors.feedback.medallia_options import MedalliaOptions
from connectors.feedback.medallia_records import of_record
from service.event import Item, Record

DIGITAL: Final = "digital"
RECORD: Final = "record"
"""Event types: a feedback of Digital, a record of Experience Cloud."""


def open_medallia(options: MedalliaOptions) -> Convert:
    """What converts the records of a source with these options."""
    ignored = frozenset(options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        several = payload.get("feedbacks")
        if "dynamicData" not in payload and not isinstance(several, list):
            return [IGNORED_BY_SOURCE] if RECORD in ignored else of_record(payload, options)
        if DIGITAL in ignored:
            return [IGNORED_BY_SOURCE]
        parts: list[object] = several if isinstance(several, list) else [payload]
        return isolated(parts, lambda part: of_feedback(part, options))

    return total(read)


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
