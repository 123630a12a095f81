"""The entities of Dynamics 365: what they are called, and which are of no interest."""

from collections.abc import Mapping
from typing import Final

from connectors.event_types import ignoring

_STAFF: Final = "plans and work of employees, the customer sees none of it"
_PARTS: Final = "a part of a deal or order, told by its whole"
_PAPER: Final = "papers; what the customer decides is told by deals and orders"
_SETTINGS: Final = "the company's own people, products, lists and settings"

IGNORED: Final[Mapping[str, str]] = ignoring(
    {
        _STAFF: """
            activitypointer annotation appointment bookableresourcebooking fax letter
            msdyn_workorder phonecall post queueitem recurringappointmentmaster
            serviceappointment socialactivity task""",
        _PARTS: """
            customeraddress incidentresolution invoicedetail opportunityclose opportunityproduct
            orderclose quotedetail salesorderdetail""",
        _PAPER: "contract entitlement invoice quote quoteclose",
        _SETTINGS: """
            businessunit campaign campaignactivity campaignresponse competitor connection
            knowledgearticle list listmember pricelevel product productpricelevel queue systemuser
            team territory transactioncurrency""",
    }
)


def entity_called(name: str, entities: frozenset[str]) -> str:
    """The entity with this name or whose set has it: `incidents` and `Incident` are `incident`.

    `entities` are those that are known; a name of none of them stays as it is.
    """
    lower = name.lower()
    for entity in (lower, lower[:-1], lower[:-2], f"{lower[:-3]}y"):
        if entity in entities:
            return entity
    return name
