"""The entities of Dynamics 365: what they are called, and which are of no interest."""

from collections.abc import Mapping
from typing import Final

from connectors.event_types import ignoring

_STAFF: Final = "plans and work of employees, the customer sees none of it"
_PARTS: Final = "a part of a deal or order, told by its whole"
_PAPER: Final = "papers; what the customer decides is told by deals and orders"
_SETTINGS: Final = "the company's own people, products, lists and settings"
_CHAT: Final = "a chat or a public word; what the customer asked for is the case that it opens"
_MARKETING: Final = "what the company sends and offers"
_ASKED: Final = "what is asked, and answers without their scale; the response is told whole"

IGNORED: Final[Mapping[str, str]] = ignoring(
    {
        _STAFF: """
            activityparty activitypointer annotation appointment bookableresource
            bookableresourcebooking bookableresourcebookingheader bulkoperation calendar
            characteristic chat constraintbasedgroup equipment fax letter msdyn_agreement
            msdyn_bookingalert msdyn_customerasset msdyn_iotalert msdyn_project
            msdyn_projecttask msdyn_resourcerequirement msdyn_timeentry msdyn_workorder
            msdyn_workorderproduct msdyn_workorderservice phonecall post queueitem
            recurringappointmentmaster resource resourcegroup resourcespec service
            serviceappointment site socialactivity task untrackedemail""",
        _PARTS: """
            attachment competitoraddress contractdetail customeraddress
            customeropportunityrole incidentknowledgebaserecord incidentresolution
            invoicedetail knowledgearticleincident leadaddress leadcompetitors leadproduct
            opportunityclose opportunitycompetitors opportunityproduct orderclose
            quotedetail salesorderdetail slakpiinstance""",
        _PAPER: """
            contactinvoices contactorders contactquotes contract contracttemplate
            entitlement entitlementchannel entitlementtemplate invoice quote quoteclose
            servicecontractcontacts""",
        _SETTINGS: """
            annualfiscalcalendar asyncoperation businessunit campaign campaignactivity
            campaignresponse competitor competitorproduct competitorsalesliterature
            connection connectionrole convertrule customerrelationship discount discounttype
            documenttemplate duplicaterecord dynamicproperty emailsignature externalparty
            goal goalrollupquery importjob interactionforemail kbarticle kbarticlecomment
            knowledgearticle knowledgebaserecord list listmember mailbox metric position
            pricelevel processsession product productassociation productpricelevel
            productsalesliterature productsubstitute profilerule queue ratingmodel
            ratingvalue role routingrule routingruleitem salesliterature salesliteratureitem
            serviceplan sharepointdocument sla slaitem subject systemuser team teamtemplate
            template territory theme topic transactioncurrency uom uomschedule usersettings
            webresource workflow""",
        _CHAT: """
            adx_portalcomment msdyn_conversation msdyn_copilottranscript
            msdyn_ocliveworkitem msdyn_ocsession socialprofile""",
        _MARKETING: """
            adx_invitation campaignactivityitem campaignitem marketingform
            msdyncrm_customerjourney msdyncrm_event msdyncrm_marketingform
            msdyncrm_marketingformsubmission msevtmgt_checkin msevtmgt_event
            msevtmgt_eventregistration""",
        _ASKED: """
            msfp_alert msfp_alertrule msfp_question msfp_questionresponse msfp_survey
            msfp_surveyinvite""",
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
