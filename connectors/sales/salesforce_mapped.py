"""The objects whose changes become events, by the rules that `sales.salesforce` tells."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from connectors.sales import salesforce_cases as cases
from connectors.sales import salesforce_deals as deals
from connectors.sales import salesforce_people as people
from connectors.sales import salesforce_surveys as surveys
from connectors.sales.salesforce_changes import Change
from connectors.sales.salesforce_options import SalesforceOptions
from service.event import Item

ToItems: TypeAlias = Callable[[Change, SalesforceOptions], list[Item]]

MAPPED: Final[Mapping[str, ToItems]] = {
    "Account": people.of_account,
    "Case": cases.of_case,
    "Contact": people.of_contact,
    "EmailMessage": cases.of_email,
    "Individual": people.of_individual,
    "Lead": people.of_lead,
    "Opportunity": deals.of_opportunity,
    "Order": deals.of_order,
    "SurveyInvitation": surveys.of_survey_invitation,
    "SurveyQuestionResponse": surveys.of_survey_answer,
    "SurveyResponse": surveys.of_survey_response,
}

KINDS: Final = frozenset(
    {
        "customer.created",
        "customer.erasure_requested",
        "customer.merged",
        "customer.updated",
        "feedback.comment",
        "feedback.survey",
        "sales.deal.created",
        "sales.deal.lost",
        "sales.deal.stage_changed",
        "sales.deal.won",
        "sales.lead.created",
        "sales.order.placed",
        "support.closed",
        "support.contact",
        "support.message",
        "support.reopened",
        "support.status_changed",
    }
)
