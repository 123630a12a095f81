"""The objects whose changes Salesforce documents, and why most of them are of no interest."""

from collections.abc import Mapping
from typing import Final

from connectors.event_types import ignoring
from connectors.sales.salesforce_industries import IGNORED as INDUSTRIES

_STAFF: Final = "plans and work of employees, the customer sees none of it"
_FIELD_SERVICE: Final = "work in the field and its stock; what the customer asked for is the case"
_PARTS: Final = "a part of a deal, order or contract, told by its whole"
_PAPER: Final = "papers and papers' terms; what the customer decides is told by deals and orders"
_MARKETING: Final = "what the company sends, not what the customer does"
_CONSENT: Final = "what may be sent to whom; a wish to be forgotten is told by Individual"
_CATALOGUE: Final = "the company's own products, prices, texts and settings"
_FINANCE: Final = "bookkeeping; what was paid is told by the system that takes the money"
_CHAT: Final = "a chat or call; what the customer asked for is the case that it opens"
_OPERATIONS: Final = "how the company's own systems run; who is hit by it opens a case"
_PROFILE: Final = "what is known of a person beside what their contact or account tells"
_SETTINGS: Final = "the organisation's own plans, processes, files and settings"
_SURVEYS: Final = "what is asked; what is answered is told by SurveyQuestionResponse"

_OBJECTS: Final[Mapping[str, str]] = ignoring(
    {
        _STAFF: """
            AssignedResource Event EventRelation ResourceAbsence ServiceCrew ServiceCrewMember
            ServiceResource ServiceResourceSkill ServiceTerritory ServiceTerritoryMember Shift Task
            TimeSheet TimeSheetEntry User UserRole""",
        _FIELD_SERVICE: """
            AssociatedLocation FieldServiceMobileSettings GeolocationBasedAction
            Location LocationGroup LocationGroupAssignment MaintenanceAsset
            MaintenancePlan MaintenanceWorkRule OperatingHours OperatingHoursHoliday
            PayGroup PayPeriod ProductConsumed ProductItem ProductItemTransaction
            ProductRequest ProductRequestLineItem ProductRequired ProductTransfer
            ProfileSkillEndorsement ResourcePreference ReturnOrder ReturnOrderLineItem
            ServiceAppointment ServiceReport ServiceReportLayout ServiceResourceCapacity
            ServiceTerritoryLocation ShiftPattern ShiftPatternEntry ShiftTemplate
            Shipment Skill SkillRequirement TimeSlot WorkAccess WorkBadge
            WorkBadgeDefinition WorkCapacityLimit WorkOrder WorkOrderLineItem WorkPlan
            WorkPlanSelectionRule WorkPlanTemplate WorkPlanTemplateEntry WorkStep
            WorkStepTemplate WorkThanks WorkType""",
        _PARTS: """
            AccountContactRelation AccountContactRole AssetAccountParticipant
            AssetContactParticipant AssetRelationship CaseContactRole ContractLineItem
            ContractLineOutcomeData FulfillmentOrder FulfillmentOrderItemTax
            FulfillmentOrderLineItem OpportunityContactRole OpportunityLineItem
            OpportunitySplit OrderItem Partner PendingOrderSummary QuoteLineItem
            ReturnOrderItemAdjustment ReturnOrderItemTax Territory2AlignmentLog
            Territory2Model""",
        _PAPER: """
            Asset AssetWarranty Contract Entitlement Quote ServiceContract WarrantyTerm""",
        _MARKETING: """
            Campaign CampaignMember CampaignMemberStatus CollaborationGroupRecord
            EmailTemplate EngagementAttendee EngagementInteraction EngagementTopic
            LinkedArticle ListEmail ListEmailSentResult TrackedCommunication
            TrackedCommunicationDetail""",
        _CONSENT: """
            ApiPrtcPolicy AuthFormRequestRecord AuthorizationForm
            AuthorizationFormConsent AuthorizationFormDataUse AuthorizationFormText
            CommSubscription CommSubscriptionChannelType CommSubscriptionConsent
            CommSubscriptionTiming ContactPointAddress ContactPointConsent
            ContactPointEmail ContactPointPhone ContactPointTypeConsent
            DataUseLegalBasis DataUsePurpose EngagementChannelType InfoAuthRequestForm
            InfoAuthorizationRequest MultipartyInfoAuthRequest PartyConsent""",
        _CATALOGUE: """
            ApplicationFormProduct AssetAttribute AttrPicklistExcludedValue
            AttributeCategory AttributeDefinition AttributePicklist
            AttributePicklistValue BusinessBrand CartDeliveryGroup CartItem
            CartItemPriceAdjustment CartRelatedItem CartTax CartValidationOutput
            ContentDocument ContentDocumentLink ContentFolder ContentLink ContentSource
            ContentVersion Coupon DigitalPass DigitalPassTemplate
            DigitalPassTmplParameter DigitalSignature DocumentDecisionRequirement
            IdentityDocument InfoLibraryExternalDocument Macro MacroInstruction
            ManagedContent ManagedContentVariant MarketSegment MarketSegmentActivation
            MerchantAccount PaymentPage Pricebook2 PricebookEntry Product2
            ProductAttribute ProductAttributeDefinition ProductCatalog ProductCategory
            ProductCategoryProduct ProductClassification ProductClassificationAttr
            ProductComponentGroup ProductComponentGrpOverride ProductConsumedState
            ProductRelComponentOverride ProductRelatedComponent ProductSellingModel
            ProductSellingModelOption ProductSpecificationRecType ProductTransferState
            ProductWarrantyTerm Promotion PromotionMarketSegment PromotionPartyUsage
            QuickText ReceivedDocument ReceivedDocumentType Recommendation
            SearchableReferenceDocument SerializedProduct SerializedProductTransaction
            WebCart WebCartAdjustmentBasis WebCartAdjustmentGroup WebStore
            WebStoreBuyerGroup WebStoreCatalog""",
        _FINANCE: "FinanceBalanceSnapshot FinanceTransaction Invoice InvoiceLine",
        _OPERATIONS: """
            CaseRelatedIssue ChangeRequest ChangeRequestRelatedIssue
            ChangeRequestRelatedItem DevopsRequestInfo Incident IncidentRelatedItem
            Problem ProblemDefRelationship ProblemDefinition ProblemIncident
            ProblemRelatedItem ProcessException""",
        _PROFILE: """
            AccountAccountRelation AccountCleanInfo BusinessMilestone BusinessProfile
            ContactCleanInfo PartyCategory PartyProfile PartyProfileAddress
            PartyRoleRelation PersonEducation PersonEmployment PersonLanguage
            PersonLifeEvent PersonName Prospect UserEmailPreferredPerson""",
        _SETTINGS: """
            ActionPlan ActionPlanItem ActionPlanTemplate ActionPlanTemplateItem
            ActionPlanTemplateItemValue ActionPlanTemplateVersion ActivityTiming
            AppExtension BriefcaseAssignment BriefcaseDefinition CalendarView
            CaseHistory2 Cds DocumentChecklistItem DynamicDataCapture EventRelayConfig
            ExternalEvent FlowOrchestration FlowOrchestrationVersion FlowRecord
            FlowRecordElement FlowRecordVersion ForecastingOwnerAdjustment
            IntegrationProviderDcsnRqmt IntegrationProviderExecution ObjectRelatedUrl
            ProcessInstance ProcessInstanceStep QuickTextUsage RecordAlert
            RecordAlertActionableTarget RecordsetFilterCriteria
            RecordsetFilterCriteriaRule RecordsetFltrCritMonitor ReferenceDataLoadLog
            TaskRelation TimelineObjectDefinition TodayGoal UserAppInfo
            WaveAutoInstallRequest""",
        _SURVEYS: """
            Survey SurveyPage SurveyQuestion SurveyQuestionChoice SurveySubject
            SurveyVersion""",
        _CHAT: """
            ConferenceNumber ConversationEntry LiveChatTranscript MessagingEndUser
            MessagingSession SocialPost VideoCall VideoCallParticipant
            VideoCallRecording VoiceCall VoiceCallRecording""",
    }
)

IGNORED: Final[Mapping[str, str]] = {**_OBJECTS, **INDUSTRIES}
