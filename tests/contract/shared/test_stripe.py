"""The example payloads of Stripe, with the events that they must become, in full."""

import pytest

from connectors.sales import stripe_notices
from service.event import Event, Fact, Identifier, Link, Money
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared

CUSTOMER = Identifier("customer", "cus_UlWecDPcrrvdG2")
EMAIL = Identifier("email", "customer-a@example.com")
PAYMENT = Identifier("payment", "pi_3TlzbCRWzNe0GNGm00yfBTIf")
SUBSCRIPTION = Identifier("subscription", "sub_1TlzbBRWzNe0GNGmpgiGtqSY")
OLD = Identifier("email", "old@example.com")

EVENTS = {
    "invoice_paid": Event(
        id="evt_1TlzbERWzNe0GNGmi5dTac2W",
        kind="sales.payment.succeeded",
        occurred_at_us=1_782_341_331_000_000,
        subject=CUSTOMER,
        identifiers=(EMAIL, SUBSCRIPTION, PAYMENT),
        links=(Link(CUSTOMER, EMAIL), Link(CUSTOMER, SUBSCRIPTION), Link(CUSTOMER, PAYMENT)),
        fact=Fact("payment:pi_3TlzbCRWzNe0GNGm00yfBTIf", 4),
        money=Money(2000, "USD", 2),
        attributes={
            "invoice_id": "in_1TlzbBRWzNe0GNGmStbaJSGV",
            "billing_reason": "subscription_create",
            "account": "acct_00000000000000",
        },
    ),
    "charge_refunded": Event(
        id="evt_3TlzbCRWzNe0GNGm0RfUnDeD",
        kind="sales.payment.refunded",
        occurred_at_us=1_782_428_000_000_000,
        subject=CUSTOMER,
        identifiers=(EMAIL, PAYMENT),
        links=(Link(CUSTOMER, EMAIL), Link(CUSTOMER, PAYMENT)),
        fact=Fact("refund:ch_3TlzbCRWzNe0GNGm0syyVUT2", 2000),
        title="Subscription creation",
        money=Money(2000, "USD", 2),
        status="refunded",
        attributes={"charge_id": "ch_3TlzbCRWzNe0GNGm0syyVUT2"},
    ),
    "customer_subscription_deleted": Event(
        id="evt_1TlzbGRWzNe0GNGmPUToohOW",
        kind="sales.subscription.cancelled",
        occurred_at_us=1_782_341_334_000_000,
        subject=CUSTOMER,
        identifiers=(SUBSCRIPTION,),
        links=(Link(CUSTOMER, SUBSCRIPTION),),
        fact=Fact("subscription:sub_1TlzbBRWzNe0GNGmpgiGtqSY:cancelled", -1_782_341_334_000_000),
        money=Money(2000, "USD", 2),
        status="canceled",
        attributes={
            "subscription_id": "sub_1TlzbBRWzNe0GNGmpgiGtqSY",
            "plan": "price_1RGT1ARWzNe0GNGmI3Ff0S6u",
            "interval": "month",
            "account": "acct_00000000000000",
            "reason": "cancellation_requested",
        },
    ),
    "customer_updated": Event(
        id="evt_1TlzbMRWzNe0GNGmCuStUpd1",
        kind="customer.updated",
        occurred_at_us=1_782_428_100_000_000,
        subject=CUSTOMER,
        identifiers=(EMAIL, OLD),
        links=(Link(CUSTOMER, EMAIL), Link(CUSTOMER, OLD)),
        fact=Fact("evt_1TlzbMRWzNe0GNGmCuStUpd1", 1_782_428_100_000_000),
    ),
}


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_an_event_of_the_test_mode_counts_only_where_the_source_says_so(name: str) -> None:
    notice = payload(f"stripe/{name}.json")
    assert convert("stripe", notice, options={"livemode": "any"}) == [EVENTS[name]]
    assert convert("stripe", notice) == [stripe_notices.TEST]
