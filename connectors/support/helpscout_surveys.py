"""Answers to the surveys of Help Scout's messages, one a webhook.

| survey                    | becomes                                             |
|---------------------------|-----------------------------------------------------|
| NPS                       | `feedback.nps`, 0 to 10                             |
| faces                     | `feedback.csat` on 1 to 3: sad, neutral, happy      |
| thumbs up and down        | `feedback.csat` on 0 to 1                           |
| text, choices, own emojis | `feedback.comment`, what was chosen in `answer`     |

An answer has no id, so it is known by its survey, its customer, its time and what it says.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from connectors.custom_fields import stated
from connectors.feedback.answers import as_number
from connectors.refusal import Refused
from connectors.support.helpscout_objects import Survey, SurveyAnswer
from service.event import Event, Score

_FACES: Final[Mapping[str, float]] = {"😀": 3, "😐": 2, "🙁": 1}
_THUMBS: Final[Mapping[str, float]] = {"👍": 1, "👎": 0}
_OF_NPS: Final = frozenset({"promoter", "passive", "detractor"})


def id_of(survey: Survey) -> str:
    """The id of an answer, the same whenever it is told."""
    customer = None if survey.customer is None else survey.customer.id
    said = msgspec.json.encode((survey.message, customer, survey.response))
    return f"survey:{hashlib.sha256(said).hexdigest()[:32]}"


def answered(event: Event, answer: SurveyAnswer) -> Event:
    """`event`, a comment, as what was answered. Raises `Refused`."""
    said = answer.value or ""
    if answer.category in _OF_NPS:
        return _scored(event, answer, "feedback.nps", Score(_number(said), 0, 10, 10))
    if said in _FACES:
        return _scored(event, answer, "feedback.csat", Score(_FACES[said], 1, 3, 3))
    if said in _THUMBS:
        return _scored(event, answer, "feedback.csat", Score(_THUMBS[said], 0, 1, 1))
    chosen = stated(answer=answer.name or said)
    return replace(event, text=answer.comment or said, attributes=event.attributes | chosen)


def _scored(event: Event, answer: SurveyAnswer, kind: str, score: Score) -> Event:
    return replace(event, kind=kind, score=score, text=answer.comment or "")


def _number(said: str) -> float:
    number = as_number(said)
    if number is None:
        raise Refused("wrong_type", "`response.value` of an NPS must be a number")
    return number
