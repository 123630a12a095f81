"""The objects of Salesforce's industry clouds, and why they are of no interest.

What a journey needs of them, a platform event of the company's own can tell.
"""

from collections.abc import Mapping
from typing import Final

from connectors.event_types import ignoring

_HEALTH: Final = "health and care of patients and members; none of it leaves its system"
_INSURANCE: Final = "policies, claims and those who sell them, as the insurer keeps its books"
_SUSTAINABILITY: Final = "what the company itself emits, uses and discloses"
_LOYALTY: Final = "points, tiers and games; what earned them is told by orders"
_APPLICATIONS: Final = "applications, licenses and finances of people, told to a clerk"

IGNORED: Final[Mapping[str, str]] = ignoring(
    {
        _HEALTH: """
            Accreditation AgeBandHlthRskAdjFctr AllergyIntolerance AuthorNote Benefit
            BenefitType BoardCertification BundledCareFeeAgreement
            CapitationCareFeeAgreement CareBarrier CareBarrierDeterminant
            CareBarrierType CareBenefitVerifyRequest CareBenefitVerifySettings
            CareDeterminant CareDeterminantType CareDiagnosis CareFeeScheduleItem
            CareInterventionType CareLimitType CareMetricTarget CareObservation
            CareObservationComponent CarePerformer CarePgmProvHealthcareProvider
            CarePreauth CarePreauthItem CareProcessingError CareProgram
            CareProgramCampaign CareProgramDetail CareProgramEligibilityRule
            CareProgramEnrollee CareProgramEnrolleeProduct CareProgramEnrollmentCard
            CareProgramGoal CareProgramProduct CareProgramProvider CareProgramTeamMember
            CareProviderAdverseAction CareProviderFacilitySpecialty
            CareProviderSearchConfig CareProviderSearchableField CareRegisteredDevice
            CareRequest CareRequestDrug CareRequestExchangeInfo CareRequestExtension
            CareRequestItem CareRequestReviewer CareRequestSupportingCntnt CareSpecialty
            CareSpecialtyTaxonomy CareTask CareTaskDetail CareTaxonomy
            CategorizedCareFeeAgreement ClinicalAlert ClinicalDetectedIssue
            ClinicalDetectedIssueDetail ClinicalEncounter ClinicalEncounterDiagnosis
            ClinicalEncounterFacility ClinicalEncounterIdentifier
            ClinicalEncounterProvider ClinicalEncounterReason
            ClinicalEncounterSvcRequest ClinicalServiceRequest
            ClinicalServiceRequestDetail CodeSet CodeSetBundle ContractPaymentAgreement
            CoverageBenefit CoverageBenefitItem CoverageBenefitItemLimit
            DiagnosticSummary DiagnosticSummaryDetail EnrollmentEligibilityCriteria
            FeeScheduleDefinition GroupCensusMemberPlan HealthCareDiagnosis
            HealthCareProcedure HealthCondition HealthConditionDetail
            HealthRiskEvalDetail HealthRiskEvalOutcome HealthRiskEvaluation
            HealthcareFacility HealthcareFacilityNetwork HealthcarePayerNetwork
            HealthcareProvider HealthcareProviderNpi HealthcareProviderSpecialty
            HealthcareProviderTaxonomy Identifier ManagedCareProgramPrfm
            MedReconRecommendation MedReconStmtRecommendation Medication
            MedicationAdministration MedicationAdministrationDtl MedicationDispense
            MedicationReconciliation MedicationRequest MedicationStatement
            MedicationStatementDetail MedicinalIngredient MemberBenefit MemberPlan
            PatientHealthReaction PatientImmunization PatientImmunizationProtocol
            PatientMedicalProcedure PatientMedicalProcedureDetail
            PatientMedicationDosage PercentileBsdCareFeeAgreement PlanBenefit
            PlanBenefitItem PreventiveCareAgreement ProviderNetworkContract
            ProviderNetworkTier ProviderSearchSyncLog PurchaserPlan PurchaserPlanAssn
            SharedSavingPaymentAgreement Specimen StandardCareFeeAgreement""",
        _INSURANCE: """
            AuthorizedInsuranceLine Claim ClaimCoverage ClaimItem ClaimParticipant
            ClaimPaymentSummary ContractGroupPlan ContractGroupPlanGroupClass
            DistributorAuthorization GroupCensus GroupCensusMember GroupClass
            GroupClassContribution GrpCensusGrpClassSummary InsPolicyBillingInfo
            InsPolicyTransactionDetail InsuranceContract InsurancePolicy
            InsurancePolicyAsset InsurancePolicyCoverage InsurancePolicyParticipant
            InsurancePolicySurcharge InsurancePolicyTransaction InsuranceProfile
            Producer ProducerCommission WorkerCompCoverageClass""",
        _SUSTAINABILITY: """
            AirTravelEmssnFctr AirTravelEnrgyUse AnnualEmssnInventory
            AnnualEmssnInventoryExtension AnnualEmssnRdctnTarget AntiCorruptionInitSum
            BiodiversitySummary BldgEnrgyIntensity BldgEnrgyIntensityVal
            BldgSizeCategory CleanEnergyProject ClimateChgEmssnFincSummary
            ClimateChgRiskOppSummary CrbnCreditAlloc CrbnCreditAllocItem
            CrbnCreditDistribution CrbnCreditProject CrbnEmssnScopeAllocVal Disclosure
            DisclsReportingPeriod DivrsEquityInclSum EconomicPerformanceSum
            ElectrLifecyclEmssnFctrSet ElectricityEmssnFctrSet EmissionsActivity
            EmissionsAllocation EmissionsForecastFact EmpBenefitSummary
            EmployeeDemographicSum EmployeeDevelopmentSum EmploymentCompensationSummary
            EmssnRdctnCommitment EmssnReductionTarget EnergyAttrCertCredit
            EnergyAttrCertPurchase EnergyAttrCreditDstr EnvironmentalRisk
            EstmtEnergyUseCriteria EstmtEnergyUseJobRun FrgtHaulingEmssnFctr
            FrgtHaulingEnrgyUse GeneratedWaste GovtFinancialAsstSum
            GroundTravelEmssnFctr GroundTravelEnrgyUse HotelStayEmssnFctr
            HotelStayEnrgyUse OrgIncidentSummary OrgPaymentPracSummary OtherEmssnFctrSet
            OtherEmssnFctrSetItem OthrLifecyclEmssnFctrSet OthrLifecyclEmssnFctrSetItem
            PcmtEmssnFctrSet PcmtEmssnFctrSetItem PltnImpactRiskOppSummary
            ProductEmissionsFactor RefrigerantEmssnFctr RentalCarEmssnFctr
            RentalCarEnrgyUse Scope3CrbnFtprnt Scope3EmssnSrc Scope3PcmtItem
            Scope3PcmtSummary SocialContributionSum StnryAssetAnnualFact
            StnryAssetCrbnFtprnt StnryAssetCrbnFtprntItm StnryAssetEnrgyUse
            StnryAssetEnvrSrc StnryAssetWaterActvty StnryAssetWaterFtprnt
            StnryAssetWtrFtprntItm Supplier SupplierProduct SustainabilityCredit
            SustainabilityPurchase SustainabilityScorecard SustainabilityStakeholder
            SustainabilityTask SustainabilityTaskGroup SustnMaterialUseSummary
            TaxDisclosureSummary UnitOfMeasure VehicleAssetCrbnFtprnt
            VehicleAssetEmssnSrc VehicleAssetEnrgyUse WasteFootprint WasteFootprintItem
            WstDispoEmssnFctrSet WstDispoEmssnFctrSetItm YearlyUsageTrkgDataGap""",
        _LOYALTY: """
            GameParticipant GameParticipantReward GameReward JournalSubType JournalType
            LoyaltyAggrPointExprLedger LoyaltyLedger LoyaltyMemberCurrency
            LoyaltyMemberTier LoyaltyPartnerProduct LoyaltyPgmCurrencyExtPrd
            LoyaltyPgmEngmtAttrProm LoyaltyPgmEngmtAttribute LoyaltyPgmGroupMbrRlnsp
            LoyaltyPgmMbrAttributeVal LoyaltyPgmMbrLinkedPtnr LoyaltyPgmPartnerPromotion
            LoyaltyProgram LoyaltyProgramBadge LoyaltyProgramCurrency
            LoyaltyProgramJournalType LoyaltyProgramMbrPromotion LoyaltyProgramMember
            LoyaltyProgramMemberBadge LoyaltyProgramMemberCase LoyaltyProgramPartner
            LoyaltyProgramPartnerLedger LoyaltyTier LoyaltyTierBenefit LoyaltyTierGroup
            PromotionLoyaltyPtnrProdt TransactionJournal Voucher VoucherDefinition""",
        _APPLICATIONS: """
            Applicant ApplicationCase ApplicationForm Award BusinessLicense
            BusinessLicenseApplication CustomerProperty Expense FinancialGoal
            FinancialGoalFunding FinancialGoalParty FinancialPlan IndexRate
            IndividualApplication InflationRate LoanApplicant LoanApplicantAddress
            LoanApplicantAsset LoanApplicantDeclaration LoanApplicantEmployment
            LoanApplicantIncome LoanApplicantLiability LoanApplicationAsset
            LoanApplicationFinancial LoanApplicationLiability LoanApplicationProperty
            LoanApplicationTitleHolder Obligation PartyExpense PartyFinancialAsset
            PartyIncome RegulatoryCode RegulatoryCodeViolation
            ResidentialLoanApplication SecuritiesHolding ViolationType""",
    }
)
