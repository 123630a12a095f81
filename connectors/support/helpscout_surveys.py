"""Ratings in Help Scout, and answers to the surveys of its messages, one a webhook.

| survey                    | becomes                                             |
|---------------------------|-----------------------------------------------------|
| NPS                       | `feedback.nps`, 0 to 10                             |
| faces                     | `feedback.csat` on 1 to 3: sad, neutral, happy      |
| thumbs up and down        | `feedback.csat` on 0 to 1                           |
| text, choices, own emojis | `feedback.comment`, what was chosen in `answer`     |

The answer to a survey has no id: it is known by its survey, its customer, its time and what it
says.
"""

import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from connectors.custom_fields import stated
from connectors.event_types import mapped
from connectors.feedback.answers import as_number
from connectors.naming import name, named
from connectors.refusal import Refused, plain
from connectors.support.helpscout_events import event_of, names_of
from connectors.support.helpscout_objects import Rating, Survey, SurveyAnswer
from connectors.support.helpscout_options import HelpscoutOptions, ToItems
from connectors.timestamps import parse_time
from service.event import Event, Fact, Item, Score

_RATINGS: Final = {"bad": 1.0, "not good": 1.0, "not-good": 1.0, "okay": 2.0, "great": 3.0}

_FACES: Final[Mapping[str, float]] = {"😀": 3, "😐": 2, "🙁": 1}
_THUMBS: Final[Mapping[str, float]] = {"👍": 1, "👎": 0}
_OF_NPS: Final = frozenset({"promoter", "passive", "detractor"})


def _rated(rating: Rating, _: int, __: HelpscoutOptions) -> list[Item]:
    answer = rating.rating.lower()
    if answer not in _RATINGS:
        raise Refused("unknown_score", f"a rating is great, okay or bad, not {plain(answer)}")
    created_us = parse_time(rating.created_at, "createdAt")
    given_us = parse_time(rating.modified_at or rating.created_at, "modifiedAt")
    talk = rating.conversation_id or rating.ticket_id
    event = event_of("feedback.csat", f"rating:{rating.id}", created_us, names_of(rating.customer))
    return [
        replace(
            event,
            fact=Fact(event.id, given_us),
            score=Score(_RATINGS[answer], low=1, high=3, best=3),
            text=rating.comments or "",
            attributes=stated(conversation_id=str(talk) if talk else None),
        )
    ]


def _surveyed(survey: Survey, _: int, __: HelpscoutOptions) -> list[Item]:
    id_ = _id_of(survey)
    who = names_of(survey.customer) if survey.customer else named(name("response", id_))
    given_us = parse_time(survey.response.timestamp, "response.timestamp")
    comment = event_of("feedback.comment", id_, given_us, who)
    title = (survey.message and survey.message.name) or ""
    return [_answered(replace(comment, title=title), survey.response)]


def _id_of(survey: Survey) -> str:
    """The id of an answer, the same whenever it is told."""
    customer = None if survey.customer is None else survey.customer.id
    said = msgspec.json.encode((survey.message, customer, survey.response))
    return f"survey:{hashlib.sha256(said).hexdigest()[:32]}"


def _answered(event: Event, answer: SurveyAnswer) -> Event:
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


SURVEYS: Final[Mapping[str, ToItems]] = {
    "satisfaction.ratings": mapped(Rating, _rated),
    "satratings": mapped(Rating, _rated),
    "message.survey.response.received": mapped(Survey, _surveyed),
}
