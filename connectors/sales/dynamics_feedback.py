"""Feedback in Dynamics 365: ratings of its own, and responses of Customer Voice."""

from typing import Final

from msgspec.structs import replace

from connectors.custom_fields import own_names
from connectors.naming import Named, name, named
from connectors.sales.dynamics_contexts import Operation, moment, option, reference, text
from connectors.sales.dynamics_events import CUSTOMERS, NO_STEP, event, retractions
from connectors.sales.dynamics_options import DynamicsOptions
from service.event import Event, Identifier, Ignored, Item, Score

NO_ANSWER: Final = Ignored("feedback without a rating and without words")

_ABOUT: Final = ("incident", "opportunity", "salesorder")
"""What feedback may be about that a customer has."""


def rating(operation: Operation, options: DynamicsOptions) -> list[Item]:
    """What an operation on a `feedback` becomes; its scale lies beside it."""
    known = operation.known
    who = _named(operation, options, reference(known.get("createdbycontact"), "contact"))
    told = replace(
        _answer(operation, "feedback.comment", who, options),
        title=text(known.get("title")),
        text=text(known.get("comments")),
    )
    return _answered(operation, told, "feedback.rating", _rated(operation))


def _rated(operation: Operation) -> Score | None:
    value, low, high = (
        option(operation.known.get(key)) for key in ("rating", "minrating", "maxrating")
    )
    if value is None or low is None or high is None or low >= high:
        return None
    return Score(value, low=low, high=high, best=high)


def survey_response(operation: Operation, options: DynamicsOptions) -> list[Item]:
    """What an operation on a `msfp_surveyresponse` becomes."""
    known = operation.known
    respondent = name("email", text(known.get("msfp_respondentemailaddress")))
    told = _answer(operation, "feedback.survey", _named(operation, options, respondent), options)
    submitted = known.get("msfp_submitdate")
    if isinstance(submitted, str):
        told = replace(told, occurred_at_us=moment(submitted, "msfp_submitdate"))
    points = option(known.get("msfp_npsscore"))
    # A survey that does not ask for it leaves it empty or below 0.
    asked = points is not None and points >= 0
    score = Score(points, low=0, high=10, best=10) if asked and points is not None else None
    told = replace(told, language=text(known.get("msfp_language")))
    return _answered(operation, told, "feedback.nps", score)


def _answered(operation: Operation, told: Event, scored: str, score: Score | None) -> list[Item]:
    """`told` with its score; an update has only what changed, and must not take a score away."""
    if operation.message == "Delete":
        return retractions(operation, "answer")
    if score is not None and (operation.is_row or operation.message in ("Create", "Update")):
        return [replace(told, kind=scored, score=score)]
    if not operation.is_row and operation.message != "Create":
        return [NO_STEP]
    return [told] if told.text or told.kind == "feedback.survey" else [NO_ANSWER]


def _named(operation: Operation, options: DynamicsOptions, person: Identifier | None) -> Named:
    about = operation.known.get("regardingobjectid")
    return named(
        *own_names(options, operation.known),
        person,
        reference(about, *CUSTOMERS),
        reference(about, *_ABOUT) or name(operation.entity, operation.record_id),
    )


def _answer(operation: Operation, kind: str, who: Named, options: DynamicsOptions) -> Event:
    return replace(
        event(operation, kind, who, "answer", options), occurred_at_us=operation.created_us
    )
