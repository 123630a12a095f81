"""The entities of Dynamics 365 that are of no interest, and why."""

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
