"""The objects of Shopify in its webhooks, with the fields that are read."""

import msgspec


class Customer(msgspec.Struct):
    id: int | None = None
    email: str | None = None
    phone: str | None = None


class Address(msgspec.Struct):
    country_code: str | None = None


class Fulfillment(msgspec.Struct):
    id: int
    order_id: int
    created_at: str
    updated_at: str
    status: str | None = None
    shipment_status: str | None = None
    tracking_company: str | None = None
    email: str | None = None
    destination: Address | None = None


class Order(msgspec.Struct):
    id: int
    created_at: str
    updated_at: str
    currency: str
    total_price: str
    email: str | None = None
    contact_email: str | None = None
    phone: str | None = None
    customer: Customer | None = None
    customer_locale: str | None = None
    cancelled_at: str | None = None
    cancel_reason: str | None = None
    financial_status: str | None = None
    source_name: str | None = None
    tags: str | None = None
    test: bool | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    fulfillments: list[Fulfillment] | None = None


class Transaction(msgspec.Struct):
    kind: str
    status: str
    amount: str
    currency: str
    test: bool | None = None


class Refund(msgspec.Struct):
    id: int
    order_id: int
    created_at: str
    transactions: list[Transaction]


class Profile(msgspec.Struct):
    id: int
    created_at: str
    updated_at: str
    email: str | None = None
    phone: str | None = None
    tags: str | None = None


class Redaction(msgspec.Struct):
    customer: Customer
    orders_to_redact: list[int] | None = None


class Deletion(msgspec.Struct):
    id: int


class Merge(msgspec.Struct):
    admin_graphql_api_customer_kept_id: str
    admin_graphql_api_customer_deleted_id: str
    status: str | None = None


class Payment(msgspec.Struct):
    id: int
    order_id: int
    kind: str
    status: str
    amount: str
    currency: str
    created_at: str
    gateway: str | None = None
    error_code: str | None = None
    test: bool | None = None


class Billing(msgspec.Struct):
    interval: str | None = None


class Contract(msgspec.Struct):
    """A subscription contract, which has no times."""

    id: int
    status: str | None = None
    customer_id: int | None = None
    origin_order_id: int | None = None
    billing_policy: Billing | None = None


class Attempt(msgspec.Struct):
    subscription_contract_id: int
    id: int | None = None
    idempotency_key: str | None = None
    order_id: int | None = None
    error_code: str | None = None


def tags_of(tags: str | None) -> tuple[str, ...]:
    return tuple(tag for tag in map(str.strip, (tags or "").split(",")) if tag)
