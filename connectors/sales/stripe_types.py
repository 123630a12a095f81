"""The event types that Stripe documents, and why most of them are of no interest."""

from collections.abc import Mapping
from typing import Final

_STEP: Final = "a step towards a payment; how it ends is told by its success or failure"
_BILL: Final = "bills and offers are written; what is paid is told by its payment"
_PLAN: Final = "what is to come of a subscription; when it comes, the subscription tells it"
_REFUND: Final = "told by charge.refunded, which has the sum of the refunds of its charge"
_DISPUTE: Final = "a dispute or a suspicion between banks and the company, not with the customer"
_PROFILE: Final = "a profile is edited or checked, nothing happens on a journey"
_CATALOGUE: Final = "the company's own products, prices and offers"
_TRANSFER: Final = "money between Stripe, the company and its partners"
_CARDS: Final = "cards that the company issues"
_BANK: Final = "access to accounts at a bank"
_ACCOUNT: Final = "the company's own account, devices, reports and settings"

_ACTIONS_BY_REASON: Final[dict[str, dict[str, str]]] = {
    _STEP: {
        "charge": "expired pending updated",
        "checkout.session": "async_payment_failed expired",
        "customer.source": "created deleted expiring updated",
        "invoice": "payment_action_required payment_attempt_required",
        "mandate": "updated",
        "payment_intent": "amount_capturable_updated canceled created partially_funded "
        "processing requires_action",
        "payment_method": "attached automatically_updated detached updated",
        "setup_intent": "canceled created requires_action setup_failed succeeded",
        "source": "canceled chargeable failed mandate_notification refund_attributes_required",
        "source.transaction": "created updated",
    },
    _BILL: {
        "credit_note": "created updated voided",
        "invoice": "created deleted finalization_failed finalized marked_uncollectible overdue "
        "overpaid sent upcoming updated voided will_be_due",
        "invoiceitem": "created deleted updated",
        "quote": "accepted canceled created finalized",
    },
    _PLAN: {
        "customer.subscription": "pending_update_applied pending_update_expired trial_will_end",
        "subscription_schedule": "aborted canceled completed created expiring released updated",
    },
    _REFUND: {
        "charge.refund": "updated",
        "refund": "created failed updated",
    },
    _DISPUTE: {
        "charge.dispute": "closed created funds_reinstated funds_withdrawn updated",
        "radar.early_fraud_warning": "created updated",
        "review": "closed opened",
    },
    _PROFILE: {
        "customer.discount": "created deleted updated",
        "customer.tax_id": "created deleted updated",
        "customer_cash_balance_transaction": "created",
        "entitlements.active_entitlement_summary": "updated",
        "identity.verification_session": "canceled created processing redacted requires_input "
        "verified",
    },
    _CATALOGUE: {
        "coupon": "created deleted updated",
        "payment_link": "created updated",
        "plan": "created deleted updated",
        "price": "created deleted updated",
        "product": "created deleted updated",
        "promotion_code": "created updated",
    },
    _TRANSFER: {
        "application_fee": "created refunded",
        "application_fee.refund": "updated",
        "balance": "available",
        "balance_settings": "updated",
        "cash_balance": "funds_available",
        "payout": "canceled created failed paid reconciliation_completed updated",
        "reserve.hold": "created updated",
        "reserve.plan": "created disabled expired updated",
        "reserve.release": "created",
        "topup": "canceled created failed reversed succeeded",
        "transfer": "created reversed updated",
        "treasury.credit_reversal": "created posted",
        "treasury.debit_reversal": "completed created initial_credit_granted",
        "treasury.financial_account": "closed created features_status_updated",
        "treasury.inbound_transfer": "canceled created failed succeeded",
        "treasury.outbound_payment": "canceled created expected_arrival_date_updated failed "
        "posted returned tracking_details_updated",
        "treasury.outbound_transfer": "canceled created expected_arrival_date_updated failed "
        "posted returned tracking_details_updated",
        "treasury.received_credit": "created failed succeeded",
        "treasury.received_debit": "created",
    },
    _CARDS: {
        "issuing_authorization": "created request updated",
        "issuing_card": "created updated",
        "issuing_cardholder": "created updated",
        "issuing_dispute": "closed created funds_reinstated funds_rescinded submitted updated",
        "issuing_personalization_design": "activated deactivated rejected updated",
        "issuing_token": "created updated",
        "issuing_transaction": "created purchase_details_receipt_updated updated",
    },
    _BANK: {
        "financial_connections.account": "account_numbers_updated created deactivated "
        "disconnected expected_deactivation_date_updated reactivated refreshed_balance "
        "refreshed_ownership refreshed_transactions supported_payment_method_types_updated "
        "upcoming_account_number_expiry upcoming_deactivation",
        "financial_connections.authorization": "expected_deactivation_date_updated "
        "upcoming_deactivation",
    },
    _ACCOUNT: {
        "account": "updated",
        "account.application": "authorized deauthorized",
        "account.external_account": "created deleted updated",
        "billing.alert": "triggered",
        "billing.credit_balance_transaction": "created",
        "billing.credit_grant": "created updated",
        "billing.meter": "created deactivated reactivated updated",
        "billing_portal.configuration": "created updated",
        "billing_portal.session": "created",
        "capability": "updated",
        "climate.order": "canceled created delayed delivered product_substituted",
        "climate.product": "created pricing_updated",
        "file": "created",
        "person": "created deleted updated",
        "reporting.report_run": "failed succeeded",
        "reporting.report_type": "updated",
        "sigma.scheduled_query_run": "created",
        "tax.settings": "updated",
        "tax_rate": "created updated",
        "terminal.reader": "action_failed action_succeeded action_updated",
        "test_helpers.test_clock": "advancing created deleted internal_failure ready",
        "v1.billing.meter": "error_report_triggered no_meter_found",
        "v2.commerce.product_catalog.imports": "failed processing succeeded succeeded_with_errors",
        "v2.core.account": "closed created updated",
        "v2.core.account[configuration.customer]": "capability_status_updated updated",
        "v2.core.account[configuration.merchant]": "capability_status_updated updated",
        "v2.core.account[configuration.recipient]": "capability_status_updated updated",
        "v2.core.account[defaults]": "updated",
        "v2.core.account[future_requirements]": "updated",
        "v2.core.account[identity]": "updated",
        "v2.core.account[requirements]": "updated",
        "v2.core.account_link": "returned",
        "v2.core.account_person": "created deleted updated",
        "v2.core.event_destination": "ping",
    },
}

IGNORED: Final[Mapping[str, str]] = {
    f"{resource}.{action}": reason
    for reason, resources in _ACTIONS_BY_REASON.items()
    for resource, actions in resources.items()
    for action in actions.split()
}
