"""Payments of Stripe, each once, whichever of its many events tell it.

A payment is told by its charge, its payment intent, the checkout and the invoice. All state one
fact, `payment:<payment intent>`, or of the charge where there is no intent, and the one that tells
the most counts: the version is its rank. An invoice of newer versions of the API does not name its
payment; it is left to the charge, unless `payments: invoices` counts invoices alone.
"""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from connectors.custom_fields import stated
from connectors.event_types import Mapped
from connectors.naming import Named, name, named
from connectors.sales.stripe_notices import (
    Notice,
    Shape,
    StripeOptions,
    ToItems,
    event,
    id_of,
    money,
    names_in_metadata,
    told,
)
from connectors.sales.stripe_objects import (
    Charge,
    Checkout,
    Details,
    Error,
    Intent,
    Invoice,
    InvoicePayment,
    Paid,
    Parent,
    SubscriptionDetails,
)
from service.event import Event, Fact, Ignored, Item

AUTHORISED: Final = Ignored("money that was only reserved, not taken")
NO_MONEY: Final = Ignored("no money was moved")
NOT_PAID: Final = Ignored("a checkout whose payment is not done, or is that of its invoice")
BY_ITS_CHARGE: Final = Ignored("an invoice that does not name its payment, told by the charge")
BY_ITS_INVOICE: Final = Ignored("payments are counted by their invoices")

_RANKS: Final = {"invoice payment": 0, "intent": 1, "charge": 2, "checkout": 3, "invoice": 4}
"""How much each tells of a payment; the greatest counts."""


def _charged(charge: Charge, notice: Notice, options: StripeOptions) -> list[Item]:
    if charge.captured is False:
        return [AUTHORISED]
    fact = Fact(f"payment:{id_of(charge.payment_intent) or charge.id}", _RANKS["charge"])
    paid = _of_charge(charge, notice, "succeeded", fact, options)
    taken = charge.amount if charge.amount_captured is None else charge.amount_captured
    return _with_money(paid, taken, charge.currency, "amount_captured")


def _charge_failed(charge: Charge, notice: Notice, options: StripeOptions) -> list[Item]:
    fact = Fact(f"failure:{charge.id}", _RANKS["charge"])
    failed = _of_charge(charge, notice, "failed", fact, options)
    failed.attributes.update(stated(failure_code=charge.failure_code))
    return _with_money(failed, charge.amount, charge.currency, "amount")


def _refunded(charge: Charge, notice: Notice, options: StripeOptions) -> list[Item]:
    amount = charge.amount_refunded or 0
    fact = Fact(f"refund:{charge.id}", amount)
    refunded = _of_charge(charge, notice, "refunded", fact, options)
    part = "refunded" if amount >= charge.amount else "partially refunded"
    return _with_money(replace(refunded, status=part), amount, charge.currency, "amount_refunded")


def _of_charge(
    charge: Charge, notice: Notice, what: str, fact: Fact, options: StripeOptions
) -> Event:
    details = charge.billing_details or Details()
    who = named(
        *names_in_metadata(notice, options),
        name("customer", id_of(charge.customer)),
        name("email", details.email),
        name("email", charge.receipt_email),
        name("payment", id_of(charge.payment_intent) or charge.id),
        name("phone", details.phone),
    )
    country = details.address.country if details.address else None
    about = {"charge_id": charge.id, "country": country or ""}
    paid = event(notice, f"sales.payment.{what}", who, fact, options, **about)
    return replace(paid, title=charge.description or "")


def _intended(intent: Intent, notice: Notice, options: StripeOptions) -> list[Item]:
    fact = Fact(f"payment:{intent.id}", _RANKS["intent"])
    paid = _of_intent(intent, notice, "succeeded", fact, options)
    taken = intent.amount if intent.amount_received is None else intent.amount_received
    return _with_money(paid, taken, intent.currency, "amount_received")


def _intent_failed(intent: Intent, notice: Notice, options: StripeOptions) -> list[Item]:
    error = intent.last_payment_error or Error()
    charge = id_of(error.charge) or id_of(intent.latest_charge)
    fact = Fact(f"failure:{charge or notice.id}", _RANKS["intent"])
    failed = _of_intent(intent, notice, "failed", fact, options)
    failed.attributes.update(stated(charge_id=charge, failure_code=error.code))
    return _with_money(failed, intent.amount, intent.currency, "amount")


def _of_intent(
    intent: Intent, notice: Notice, what: str, fact: Fact, options: StripeOptions
) -> Event:
    who = named(
        *names_in_metadata(notice, options),
        name("customer", id_of(intent.customer)),
        name("email", intent.receipt_email),
        name("payment", intent.id),
    )
    paid = event(notice, f"sales.payment.{what}", who, fact, options)
    return replace(paid, title=intent.description or "")


def _invoice_paid(invoice: Invoice, notice: Notice, options: StripeOptions) -> list[Item]:
    payment = id_of(invoice.payment_intent) or id_of(invoice.charge)
    if options.payments == "invoices" or (not payment and invoice.paid_out_of_band):
        payment = invoice.id
    if not payment and invoice.amount_paid:
        return [BY_ITS_CHARGE]
    paid = _of_invoice(invoice, notice, "succeeded", f"payment:{payment}", options)
    return _with_money(paid, invoice.amount_paid, invoice.currency, "amount_paid")


def _invoice_failed(invoice: Invoice, notice: Notice, options: StripeOptions) -> list[Item]:
    payment = id_of(invoice.charge)
    if options.payments == "invoices":
        payment = f"{invoice.id}:{invoice.attempt_count or 0}"
    if not payment:
        return [BY_ITS_CHARGE]
    failed = _of_invoice(invoice, notice, "failed", f"failure:{payment}", options)
    return _with_money(failed, invoice.amount_due, invoice.currency, "amount_due")


def _of_invoice(
    invoice: Invoice, notice: Notice, what: str, fact: str, options: StripeOptions
) -> Event:
    details = (invoice.parent or Parent()).subscription_details or SubscriptionDetails()
    who = named(
        *names_in_metadata(notice, options),
        name("customer", id_of(invoice.customer)),
        name("email", invoice.customer_email),
        name("subscription", id_of(invoice.subscription) or id_of(details.subscription)),
        name("payment", id_of(invoice.payment_intent) or id_of(invoice.charge)),
        name("phone", invoice.customer_phone),
    )
    about = {
        "invoice_id": invoice.id,
        "billing_reason": invoice.billing_reason or "",
        "country": (invoice.customer_address and invoice.customer_address.country) or "",
    }
    return event(
        notice, f"sales.payment.{what}", who, Fact(fact, _RANKS["invoice"]), options, **about
    )


def _paid_for_invoice(
    payment: InvoicePayment, notice: Notice, options: StripeOptions
) -> list[Item]:
    paid = payment.payment or Paid()
    id_ = id_of(paid.payment_intent) or id_of(paid.charge)
    who = named(name("payment", id_ or payment.id))
    fact = Fact(f"payment:{id_ or payment.id}", _RANKS["invoice payment"])
    about = {"invoice_id": id_of(payment.invoice)}
    event_ = event(notice, "sales.payment.succeeded", who, fact, options, **about)
    return _with_money(event_, payment.amount_paid or 0, payment.currency, "amount_paid")


def _checked_out(checkout: Checkout, notice: Notice, options: StripeOptions) -> list[Item]:
    payment = id_of(checkout.payment_intent)
    if checkout.payment_status != "paid" or not payment:
        return [NOT_PAID]
    if options.payments == "invoices":
        return [BY_ITS_INVOICE]
    fact = Fact(f"payment:{payment}", _RANKS["checkout"])
    who = _customer_at_checkout(checkout, notice, options)
    paid = event(notice, "sales.payment.succeeded", who, fact, options, checkout_id=checkout.id)
    return _with_money(paid, checkout.amount_total or 0, checkout.currency or "", "amount_total")


def _customer_at_checkout(checkout: Checkout, notice: Notice, options: StripeOptions) -> Named:
    details = checkout.customer_details or Details()
    return named(
        *names_in_metadata(notice, options),
        name("customer", id_of(checkout.customer)),
        name("reference", checkout.client_reference_id),
        name("email", details.email or checkout.customer_email),
        name("payment", id_of(checkout.payment_intent)),
        name("phone", details.phone),
    )


def _with_money(paid: Event, amount: int, currency: str, field: str) -> list[Item]:
    if not amount:
        return [NO_MONEY]
    return [replace(paid, money=money(amount, currency, f"data.object.{field}"))]


def _beside_invoices(shape: type[Shape], items: ToItems[Shape]) -> Mapped[[object, StripeOptions]]:
    """`items` of what tells a payment, unless the source counts invoices alone."""

    def of_payment(thing: Shape, notice: Notice, options: StripeOptions) -> list[Item]:
        by_invoices = options.payments == "invoices"
        return [BY_ITS_INVOICE] if by_invoices else items(thing, notice, options)

    return told(shape, of_payment)


PAYMENTS: Final[Mapping[str, Mapped[[object, StripeOptions]]]] = {
    "charge.succeeded": _beside_invoices(Charge, _charged),
    "charge.captured": _beside_invoices(Charge, _charged),
    "charge.failed": _beside_invoices(Charge, _charge_failed),
    "charge.refunded": told(Charge, _refunded),
    "payment_intent.succeeded": _beside_invoices(Intent, _intended),
    "payment_intent.payment_failed": _beside_invoices(Intent, _intent_failed),
    "invoice.paid": told(Invoice, _invoice_paid),
    "invoice.payment_succeeded": told(Invoice, _invoice_paid),
    "invoice.payment_failed": told(Invoice, _invoice_failed),
    "invoice_payment.paid": _beside_invoices(InvoicePayment, _paid_for_invoice),
    "checkout.session.completed": told(Checkout, _checked_out),
    "checkout.session.async_payment_succeeded": told(Checkout, _checked_out),
}
