"""The webhook topics that Shopify documents, and why most of them are of no interest."""

from collections.abc import Mapping
from typing import Final

_SNAPSHOT: Final = "a snapshot of the order; what happened is told by the topic made for it"
_PARCEL: Final = "steps of a parcel, told by fulfillments/create and fulfillments/update"
_WAREHOUSE: Final = "work inside the warehouse, the customer sees none of it"
_MONEY: Final = "money is told by orders/paid, order_transactions/create and refunds/create"
_BASKET: Final = "nothing is ordered yet"
_RETURN: Final = "steps of a return; its end is told by refunds/create"
_PROFILE: Final = "a profile, group or segment is edited, nothing happens on a journey"
_BY_HAND: Final = "answered by people; nothing happens on a journey"
_CONTRACT: Final = "what is to come of a subscription; when it comes, its contract tells it"
_SHOP: Final = "the shop's own products, stock, pages and settings"

_ACTIONS_BY_REASON: Final[dict[str, dict[str, str]]] = {
    _SNAPSHOT: {
        "orders": "edited link_requested risk_assessment_changed "
        "shopify_protect_eligibility_changed updated",
    },
    _PARCEL: {"fulfillment_events": "create delete", "orders": "partially_fulfilled"},
    _WAREHOUSE: {
        "fulfillment_holds": "added released",
        "fulfillment_orders": "cancellation_request_accepted cancellation_request_rejected "
        "cancellation_request_submitted cancelled fulfillment_request_accepted "
        "fulfillment_request_rejected fulfillment_request_submitted "
        "fulfillment_service_failed_to_complete hold_released "
        "line_items_prepared_for_local_delivery line_items_prepared_for_pickup "
        "manually_reported_progress_stopped merged moved order_routing_complete placed_on_hold "
        "progress_reported rescheduled scheduled_fulfillment_order_ready split",
        "inventory_items": "create delete update",
        "inventory_levels": "connect disconnect update",
        "inventory_shipments": "add_items create delete mark_in_transit receive_items "
        "remove_items update_item_quantities update_tracking",
        "inventory_transfers": "add_items cancel complete ready_to_ship remove_items "
        "update_item_quantities",
        "reverse_deliveries": "attach_deliverable",
        "reverse_fulfillment_orders": "dispose",
    },
    _MONEY: {
        "disputes": "create update",
        "payment_schedules": "due",
        "payment_terms": "create delete update",
        "tax_summaries": "create",
        "tender_transactions": "create",
    },
    _BASKET: {
        "carts": "create update",
        "checkouts": "create delete update",
        "draft_orders": "create delete update",
    },
    _RETURN: {"returns": "approve cancel close decline process reopen request update"},
    _PROFILE: {
        "attributed_sessions": "first last",
        "companies": "create delete update",
        "company_contact_roles": "assign revoke",
        "company_contacts": "create delete update",
        "company_locations": "create delete update",
        "customer_groups": "create delete update",
        "customer_payment_methods": "create revoke update",
        "customers": "disable enable purchasing_summary",
        "customers_email_marketing_consent": "update",
        "customers_marketing_consent": "update",
        "segments": "create delete update",
        "shipping_addresses": "create update",
    },
    _BY_HAND: {"customers": "data_request", "shop": "redact"},
    _CONTRACT: {
        "selling_plan_groups": "create delete update",
        "subscription_billing_attempts": "challenged",
        "subscription_billing_cycle_edits": "create delete update",
        "subscription_billing_cycles": "skip unskip",
    },
    _SHOP: {
        "app": "scopes_update uninstalled",
        "app_purchases_one_time": "update",
        "app_subscriptions": "approaching_capped_amount update",
        "audit_events": "admin_api_activity",
        "bulk_operations": "finish",
        "channels": "delete update",
        "checkout_and_accounts_configurations": "update",
        "collection_listings": "add remove update",
        "collection_publications": "create delete update",
        "collections": "create delete update",
        "customer_account_settings": "update",
        "delivery_promise_settings": "update",
        "discounts": "create delete redeemcode_added redeemcode_removed update",
        "domains": "create destroy update",
        "finance_app_staff_member": "delete grant revoke update",
        "finance_kyc_information": "update",
        "locales": "create destroy update",
        "locations": "activate create deactivate delete update",
        "markets": "create delete update",
        "markets_backup_region": "update",
        "metafield_definitions": "create delete update",
        "metaobjects": "create delete update",
        "product_feeds": "create full_sync full_sync_finish incremental_sync update",
        "product_listings": "add remove update",
        "product_publications": "create delete update",
        "products": "create delete update",
        "profiles": "create delete update",
        "publications": "delete",
        "scheduled_product_listings": "add remove update",
        "shop": "update",
        "tax_partners": "update",
        "tax_services": "create update",
        "themes": "create delete publish update",
        "variants": "in_stock out_of_stock",
    },
}

_WITH_A_DOT: Final = ("joined_segment", "left_segment", "tags_added", "tags_removed")

IGNORED: Final[Mapping[str, str]] = {
    f"{resource}/{action}": reason
    for reason, resources in _ACTIONS_BY_REASON.items()
    for resource, actions in resources.items()
    for action in actions.split()
} | {f"customer.{action}": _PROFILE for action in _WITH_A_DOT}
