"""The objects of Stripe in its events, with the fields that are read."""

import msgspec

from connectors.sales.stripe_notices import Expandable
from connectors.strict_json import Id


class Address(msgspec.Struct):
    country: str | None = None


class Details(msgspec.Struct):
    email: str | None = None
    phone: str | None = None
    address: Address | None = None


class Charge(msgspec.Struct):
    id: Id
    currency: str
    amount: int
    amount_captured: int | None = None
    amount_refunded: int | None = None
    captured: bool | None = None
    customer: Expandable = None
    payment_intent: Expandable = None
    billing_details: Details | None = None
    receipt_email: str | None = None
    description: str | None = None
    failure_code: str | None = None


class Error(msgspec.Struct):
    code: str | None = None
    charge: Expandable = None


class Intent(msgspec.Struct):
    id: Id
    currency: str
    amount: int
    amount_received: int | None = None
    customer: Expandable = None
    receipt_email: str | None = None
    description: str | None = None
    latest_charge: Expandable = None
    last_payment_error: Error | None = None


class SubscriptionDetails(msgspec.Struct):
    subscription: Expandable = None


class Parent(msgspec.Struct):
    subscription_details: SubscriptionDetails | None = None


class Invoice(msgspec.Struct):
    id: Id
    currency: str
    amount_paid: int = 0
    amount_due: int = 0
    customer: Expandable = None
    customer_email: str | None = None
    customer_phone: str | None = None
    customer_address: Address | None = None
    payment_intent: Expandable = None
    charge: Expandable = None
    subscription: Expandable = None
    parent: Parent | None = None
    billing_reason: str | None = None
    paid_out_of_band: bool | None = None
    attempt_count: int | None = None
    number: str | None = None


class Paid(msgspec.Struct):
    payment_intent: Expandable = None
    charge: Expandable = None


class InvoicePayment(msgspec.Struct):
    id: Id
    currency: str
    amount_paid: int | None = None
    invoice: Expandable = None
    payment: Paid | None = None


class Checkout(msgspec.Struct):
    id: Id
    payment_status: str
    currency: str | None = None
    amount_total: int | None = None
    customer: Expandable = None
    customer_email: str | None = None
    customer_details: Details | None = None
    client_reference_id: str | None = None
    payment_intent: Expandable = None


class Recurring(msgspec.Struct):
    interval: str | None = None


class Price(msgspec.Struct):
    id: Id
    currency: str | None = None
    unit_amount: int | None = None
    nickname: str | None = None
    recurring: Recurring | None = None


class Part(msgspec.Struct):
    price: Price | None = None
    quantity: int | None = None
    current_period_start: int | None = None


class Parts(msgspec.Struct):
    data: tuple[Part, ...] = ()


class Cancellation(msgspec.Struct):
    reason: str | None = None
    feedback: str | None = None
    comment: str | None = None


class Subscription(msgspec.Struct):
    id: Id
    status: str
    customer: Expandable = None
    items: Parts | None = None
    current_period_start: int | None = None
    cancel_at_period_end: bool | None = None
    cancellation_details: Cancellation | None = None

    @property
    def period_start(self) -> int:
        """When the period began; newer versions of the API say it of each item."""
        parts = self.items.data if self.items else ()
        starts = (self.current_period_start, *(part.current_period_start for part in parts))
        return max((start for start in starts if start is not None), default=0)


class Customer(msgspec.Struct):
    id: Id
    email: str | None = None
    phone: str | None = None
    preferred_locales: tuple[str, ...] | None = None
