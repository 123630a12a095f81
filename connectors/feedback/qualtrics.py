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

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from connectors import strict_json
from connectors.contract import Connector, Convert, total
from connectors.event_types import by_type, ignoring
from connectors.feedback.notified import DATED_LATER_US, response_as_of
from connectors.feedback.qualtrics_options import QualtricsOptions
from connectors.feedback.qualtrics_responses import UNFINISHED, responses_in
from connectors.feedback.questions import kinds_asked
from connectors.lookups import api_of_source, lookup
from connectors.refusal import needs_enrichment
from connectors.timestamps import HOUR_US, UTC_ZONE, parse_local
from service.event import Item, Record

RESPONSE: Final = "response"
"""The event type of a whole response."""

COMPLETED: Final = "surveyengine.completedResponse"

_RESPONSE_PATH: Final = "/API/v3/surveys/{surveyId}/responses/{response}"

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
    return parse_local(said, options.zone or UTC_ZONE, "CompletedDate") - ahead_us


_MAPPED: Final = {RESPONSE: responses_in, COMPLETED: _completed}

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
