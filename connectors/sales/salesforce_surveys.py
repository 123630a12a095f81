"""Salesforce Surveys: responses, and the answers to their questions.

A response says who answered and no more. Each of its answers is a record of its own, which names
the response and the question: what that asks is told by `questions` of the source.
"""

from typing import Final

from msgspec.structs import replace

from connectors import strict_json
from connectors.custom_fields import kept, own_names, stated
from connectors.feedback.answers import UNMAPPED, Answer, answer_item, as_number
from connectors.naming import name, named
from connectors.sales import salesforce_records as records
from connectors.sales.salesforce_changes import Change, moment
from connectors.sales.salesforce_events import created_us, event, retractions
from connectors.sales.salesforce_options import SalesforceOptions
from service.event import Identifier, Ignored, Item

NOT_COMPLETED: Final = Ignored("a survey that was not completed")

NOT_PERSONAL: Final = Ignored("an invitation that anybody may follow")

_SUBMITTERS: Final = {"003": "contact", "00Q": "lead"}
"""Whom the first characters of an id tell. Users are employees, or guests of a site."""


def of_survey_invitation(change: Change, options: SalesforceOptions) -> list[Item]:
    """What a change of an invitation becomes: whom the answers are of that name it."""
    invitation = strict_json.shaped(change.fields, records.SurveyInvitation)
    invited = name("contact", invitation.contact_id) or name("lead", invitation.lead_id)
    if invited is None or change.type == "DELETE":
        return [NOT_PERSONAL]
    who = named(*own_names(options, change.fields), invited, _invitation(change.record_id))
    return [event(change, "customer.updated", who, "invited")]


def _invitation(id_: str | None) -> Identifier | None:
    return name("survey_invitation", id_)


def of_survey_response(change: Change, options: SalesforceOptions) -> list[Item]:
    """What a change of a response becomes: the latest that says it was completed counts.

    One that was begun says whose it is.
    """
    if change.type == "DELETE":
        return retractions(change, "completed")
    response = strict_json.shaped(change.fields, records.SurveyResponse)
    submitter = _submitter(response.submitter_id)
    who = named(
        *own_names(options, change.fields),
        submitter,
        name("survey_response", change.record_id),
        _invitation(response.invitation_id),
    )
    if (response.status or "").lower() != "completed":
        # When it is, that may be all that is told.
        return [event(change, "customer.updated", who)] if submitter else [NOT_COMPLETED]
    completed = replace(
        event(change, "feedback.survey", who, "completed"),
        language=response.language or "",
        status="completed",
        attributes=stated(survey_id=response.survey_id) | kept(options, change.fields),
    )
    if response.completion_date_time is None:
        return [completed]
    at_us = moment(response.completion_date_time, "CompletionDateTime")
    return [replace(completed, occurred_at_us=at_us)]


def _submitter(id_: str | None) -> Identifier | None:
    namespace = _SUBMITTERS.get((id_ or "")[:3])
    return name(namespace, id_) if namespace else None


def of_survey_answer(change: Change, options: SalesforceOptions) -> list[Item]:
    """What a change of an answer becomes: the latest counts."""
    if change.type == "DELETE":
        return retractions(change, "answer")
    answer = strict_json.shaped(change.fields, records.SurveyAnswer)
    question = answer.question_id or ""
    asked = options.questions.get(question)
    written = answer.response_value or answer.response_short_text or ""
    if asked is None and (answer.question_choice_id or as_number(written) is not None):
        return [UNMAPPED]
    who = named(
        *own_names(options, change.fields),
        name("survey_response", answer.response_id) or name("survey_answer", change.record_id),
        _invitation(answer.invitation_id),
    )
    said = replace(
        event(change, "feedback.comment", who, "answer"),
        occurred_at_us=created_us(change, answer.created_date),
        attributes=stated(question=question) | kept(options, change.fields),
    )
    number = as_number(written if answer.number_value is None else answer.number_value)
    choices = tuple(filter(None, (answer.question_choice_id, answer.choice_value, written)))
    told = Answer(question, question, asked, text=written or None, number=number, choices=choices)
    return [answer_item(told, said)]
