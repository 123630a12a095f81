"""Answers to the surveys of HubSpot, rows of `feedback_submissions`."""

from collections.abc import Mapping
from typing import Final

from connectors.custom_fields import kept, own_names, stated
from connectors.event_types import mapped
from connectors.naming import Named, name, named
from connectors.refusal import Refused
from connectors.sales.hubspot_objects import OfRow, Row, retractions
from connectors.sales.hubspot_options import HubspotOptions
from service.event import Event, Fact, Ignored, Item

NO_ANSWER: Final = Ignored("a survey's answer without a text, and without a scale in `surveys`")


def _answered(row: Row, thing: str, options: HubspotOptions) -> list[Item]:
    fact = f"{thing}:{row.id}"
    if row.archived:
        return retractions(row, fact, ("answer",))
    value, text = row.text("hs_value"), row.text("hs_content")
    asked = options.survey(row.text("hs_survey_id"), row.text("hs_survey_type"))
    if not text and not (asked and value):
        return [NO_ANSWER]
    score = asked.score(_number(value)) if asked and value else None
    who = _respondent(row, thing, options)
    answer = Event(
        id=f"{fact}:answer",
        kind=asked.kind if asked and (score or asked.ends is None) else "feedback.comment",
        occurred_at_us=row.moment_us("hs_submission_timestamp") or row.created_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(f"{fact}:answer", row.updated_us),
        score=score,
        text=text,
        channel=row.text("hs_survey_channel").lower(),
        attributes=stated(
            survey_id=row.text("hs_survey_id"), survey_name=row.text("hs_survey_name")
        )
        | kept(options, row.properties),
    )
    return [answer]


def _respondent(row: Row, thing: str, options: HubspotOptions) -> Named:
    return named(
        *own_names(options, row.properties),
        name("contact", row.text("hs_contact_id")),
        *(name("contact", id_) for id_ in row.others("contacts", row.contacts)[:1]),
        name(thing, row.id),
        around=[name("ticket", id_) for id_ in row.others("tickets", row.tickets)],
    )


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise Refused("wrong_type", "`properties.hs_value` must be a number") from None


SURVEYS: Final[Mapping[str, OfRow]] = {"feedback_submission": mapped(Row, _answered)}
