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

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from connectors import strict_json
from connectors.contract import Connector, Convert, telling, total
from connectors.event_types import by_type, ignoring, mapped
from connectors.feedback.notified import DATED_LATER_US, response_as_of
from connectors.feedback.questions import kinds_asked
from connectors.feedback.surveymonkey_options import SurveyMonkeyOptions
from connectors.feedback.surveymonkey_responses import TURNED_AWAY, responses_in
from connectors.lookups import api_of_source, lookup
from connectors.refusal import Refused, needs_enrichment
from connectors.strict_json import Id
from connectors.timestamps import parse_time
from service.event import Fact, Ignored, Item, Record, Retraction

RESPONSE: Final = "response"
"""The event type of a response with its details."""

_DETAILS_PATH: Final = "/v3/surveys/{survey}/responses/{response}/details?simple=true"

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


_MAPPED: Final = {
    RESPONSE: responses_in,
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
