"""The objects whose changes Salesforce documents, and why most of them are of no interest."""

from collections.abc import Mapping
from typing import Final

from connectors.event_types import ignoring

_STAFF: Final = "plans and work of employees, the customer sees none of it"
_FIELD_SERVICE: Final = "work in the field and its stock; what the customer asked for is the case"
_PARTS: Final = "a part of a deal, order or contract, told by its whole"
_PAPER: Final = "papers and papers' terms; what the customer decides is told by deals and orders"
_MARKETING: Final = "what the company sends, not what the customer does"
_CONSENT: Final = "what may be sent to whom; a wish to be forgotten is told by Individual"
_CATALOGUE: Final = "the company's own products, prices, texts and settings"
_FINANCE: Final = "bookkeeping; what was paid is told by the system that takes the money"
_CHAT: Final = "a chat or call; what the customer asked for is the case that it opens"

IGNORED: Final[Mapping[str, str]] = ignoring(
    {
        _STAFF: """
            AssignedResource Event EventRelation ResourceAbsence ServiceCrew ServiceCrewMember
            ServiceResource ServiceResourceSkill ServiceTerritory ServiceTerritoryMember Shift Task
            TimeSheet TimeSheetEntry User UserRole""",
        _FIELD_SERVICE: """
            Location AssociatedLocation MaintenanceAsset MaintenancePlan ProductConsumed
            ProductItem ProductItemTransaction ProductRequest ProductRequestLineItem ProductRequired
            ProductTransfer ReturnOrder ReturnOrderLineItem ServiceAppointment Shipment WorkOrder
            WorkOrderLineItem WorkPlan WorkStep WorkType""",
        _PARTS: """
            AccountContactRelation AccountContactRole OpportunityContactRole OpportunityLineItem
            OpportunitySplit OrderItem QuoteLineItem ContractLineItem CaseContactRole Partner""",
        _PAPER: """
            Asset AssetWarranty Contract Entitlement Quote ServiceContract WarrantyTerm""",
        _MARKETING: "Campaign CampaignMember CampaignMemberStatus EmailTemplate ListEmail",
        _CONSENT: """
            AuthorizationForm AuthorizationFormConsent AuthorizationFormDataUse
            AuthorizationFormText CommSubscription CommSubscriptionChannelType
            CommSubscriptionConsent CommSubscriptionTiming ContactPointAddress ContactPointConsent
            ContactPointEmail ContactPointPhone ContactPointTypeConsent DataUseLegalBasis
            DataUsePurpose EngagementChannelType PartyConsent""",
        _CATALOGUE: """
            BusinessBrand Macro MacroInstruction Pricebook2 PricebookEntry Product2 QuickText
            Recommendation WebCart""",
        _FINANCE: "FinanceBalanceSnapshot FinanceTransaction Invoice InvoiceLine",
        _CHAT: "ConversationEntry LiveChatTranscript MessagingEndUser MessagingSession VoiceCall",
    }
)
