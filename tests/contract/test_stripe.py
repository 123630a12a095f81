"""Events of Stripe become payments that count once, refunds, and the life of subscriptions."""

from typing import Any

import pytest

from connectors.sales import stripe, stripe_notices, stripe_payments, stripe_subscriptions
from connectors.sales.stripe_types import IGNORED
from service.event import Event, Fact, Failed, Identifier, Ignored, Item, Link, Money, Retraction
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.stripe import (
    CHARGE,
    CREATED,
    CUSTOMER,
    INTENT,
    charge,
    checkout,
    customer,
    intent,
    invoice,
    newer_invoice,
    notice,
    part,
    subscription,
)

CREATED_US = CREATED * 1_000_000
PAYMENT = f"payment:{INTENT}"


def read(payload: object, **options: Any) -> list[Item]:
    return convert("stripe", payload, options=options)


def event_of(type_: str, thing: dict[str, Any], before: Any = None, **options: Any) -> Event:
    return only_event(read(notice(type_, thing, before), **options))


def test_no_type_is_both_read_and_ignored() -> None:
    assert set(stripe._MAPPED) & set(IGNORED) == set()


def test_a_charge_is_a_payment_with_all_that_it_says() -> None:
    payer, email = Identifier("customer", CUSTOMER), Identifier("email", "ann@mail.example")
    payment, phone = Identifier("payment", INTENT), Identifier("phone", "+4940123")
    assert event_of("charge.succeeded", charge()) == Event(
        id="evt_1",
        kind="sales.payment.succeeded",
        occurred_at_us=CREATED_US,
        subject=payer,
        identifiers=(email, payment, phone),
        links=(Link(payer, email), Link(payer, payment), Link(payer, phone)),
        fact=Fact(PAYMENT, 2),
        title="Order 4711",
        money=Money(4990, "EUR", 2),
        attributes={"charge_id": CHARGE, "country": "DE"},
    )


INVOICE_PAYMENT = {
    "id": "inpay_1",
    "currency": "eur",
    "amount_paid": 4990,
    "invoice": "in_9",
    "payment": {"type": "payment_intent", "payment_intent": INTENT},
}


def test_whatever_tells_a_payment_tells_one_fact_and_the_fullest_counts() -> None:
    tellers = [
        event_of("invoice_payment.paid", INVOICE_PAYMENT),
        event_of("payment_intent.succeeded", intent()),
        event_of("charge.succeeded", charge()),
        event_of("checkout.session.completed", checkout()),
        event_of("invoice.paid", invoice()),
    ]
    assert event_of("invoice.payment_succeeded", invoice()) == tellers[-1]
    assert {told.fact.id for told in tellers if told.fact} == {PAYMENT}
    assert [told.fact.version for told in tellers if told.fact] == [0, 1, 2, 3, 4]
    assert {told.money for told in tellers} == {Money(4990, "EUR", 2)}
    assert {told.kind for told in tellers} == {"sales.payment.succeeded"}


def test_a_payment_is_known_by_its_charge_where_there_is_no_intent() -> None:
    of_charge = event_of("charge.succeeded", charge(payment_intent=None))
    of_invoice = event_of("invoice.paid", invoice(payment_intent=None))
    assert of_charge.fact == Fact(f"payment:{CHARGE}", 2)
    assert of_invoice.fact == Fact(f"payment:{CHARGE}", 4)


def test_references_may_be_expanded() -> None:
    whole = charge(customer={"id": CUSTOMER, "object": "customer"}, payment_intent={"id": INTENT})
    assert event_of("charge.succeeded", whole) == event_of("charge.succeeded", charge())


def test_an_invoice_that_does_not_name_its_payment_is_told_by_the_charge() -> None:
    payload = notice("invoice.paid", newer_invoice())
    assert read(payload) == [stripe_payments.BY_ITS_CHARGE]
    paid = only_event(read(payload, payments="invoices"))
    assert paid.fact == Fact("payment:in_9", 4)
    assert Identifier("subscription", "sub_3") in paid.identifiers


def test_where_invoices_count_nothing_else_does() -> None:
    for type_, thing in (
        ("charge.succeeded", charge()),
        ("charge.failed", charge()),
        ("payment_intent.succeeded", intent()),
        ("payment_intent.payment_failed", intent()),
        ("checkout.session.completed", checkout()),
        ("invoice_payment.paid", INVOICE_PAYMENT),
    ):
        assert read(notice(type_, thing), payments="invoices") == [stripe_payments.BY_ITS_INVOICE]


def test_an_invoice_that_was_paid_elsewhere_is_a_payment_of_its_own() -> None:
    paid = event_of("invoice.paid", newer_invoice(paid_out_of_band=True))
    assert paid.fact == Fact("payment:in_9", 4)


def test_what_was_only_reserved_is_paid_when_it_is_captured() -> None:
    reserved = charge(captured=False, amount_captured=0)
    assert read(notice("charge.succeeded", reserved)) == [stripe_payments.AUTHORISED]
    captured = event_of("charge.captured", charge(amount_captured=3000))
    assert captured.money == Money(3000, "EUR", 2)
    assert captured.fact == Fact(PAYMENT, 2)


def test_an_invoice_of_nothing_moves_no_money() -> None:
    assert read(notice("invoice.paid", newer_invoice(amount_paid=0))) == [stripe_payments.NO_MONEY]


@pytest.mark.parametrize("missing", [{"payment_status": "unpaid"}, {"payment_intent": None}])
def test_a_checkout_without_a_payment_of_its_own_is_none(missing: dict[str, Any]) -> None:
    payload = notice("checkout.session.completed", checkout(**missing))
    assert read(payload) == [stripe_payments.NOT_PAID]


def test_a_checkout_knows_what_the_company_calls_its_customer() -> None:
    paid = event_of("checkout.session.completed", checkout())
    assert paid.subject == Identifier("reference", "u-5")
    assert paid.identifiers == (
        Identifier("email", "ann@mail.example"),
        Identifier("payment", INTENT),
    )


@pytest.mark.parametrize(
    ("amount", "currency", "money"),
    [
        (500, "jpy", Money(500, "JPY", 0)),
        (500, "krw", Money(500, "KRW", 0)),
        (5000, "kwd", Money(5000, "KWD", 3)),
        (50_000, "isk", Money(500, "ISK", 0)),
        (50_000, "ugx", Money(500, "UGX", 0)),
        (500, "mga", Money(50_000, "MGA", 2)),
    ],
)
def test_units_are_those_that_stripe_counts_in(amount: int, currency: str, money: Money) -> None:
    paid = event_of("charge.succeeded", charge(amount_captured=amount, currency=currency))
    assert paid.money == money


def test_a_try_that_failed_counts_once() -> None:
    error = {"code": "card_declined", "charge": CHARGE}
    tellers = [
        event_of("charge.failed", charge(failure_code="card_declined")),
        event_of("payment_intent.payment_failed", intent(last_payment_error=error)),
        event_of("invoice.payment_failed", invoice()),
    ]
    assert {told.fact.id for told in tellers if told.fact} == {f"failure:{CHARGE}"}
    assert {told.kind for told in tellers} == {"sales.payment.failed"}
    assert tellers[0].attributes["failure_code"] == "card_declined"
    unnamed = notice("invoice.payment_failed", newer_invoice(attempt_count=2))
    assert read(unnamed) == [stripe_payments.BY_ITS_CHARGE]
    counted = only_event(read(unnamed, payments="invoices"))
    assert counted.fact == Fact("failure:in_9:2", 4)


def test_a_second_refund_takes_the_place_of_the_first() -> None:
    first = event_of("charge.refunded", charge(amount_refunded=1000), {"amount_refunded": 0})
    second = event_of("charge.refunded", charge(amount_refunded=4990), {"amount_refunded": 1000})
    assert first.fact == Fact(f"refund:{CHARGE}", 1000)
    assert second.fact == Fact(f"refund:{CHARGE}", 4990)
    assert (first.status, second.status) == ("partially refunded", "refunded")
    assert second.money == Money(4990, "EUR", 2)


def test_a_subscription_starts_when_it_is_paid() -> None:
    started = event_of("customer.subscription.created", subscription())
    assert started.kind == "sales.subscription.started"
    assert started.fact == Fact("subscription:sub_3:started", -CREATED_US)
    assert started.subject == Identifier("customer", CUSTOMER)
    assert started.money == Money(4000, "EUR", 2)
    assert started.attributes == {
        "subscription_id": "sub_3",
        "plan": "price_1",
        "interval": "month",
    }
    unpaid = notice("customer.subscription.created", subscription(status="incomplete"))
    assert read(unpaid) == [stripe_subscriptions.NOT_STARTED]
    paid = event_of("customer.subscription.updated", subscription(), {"status": "incomplete"})
    assert paid == started
    expired = subscription(status="incomplete_expired")
    assert read(notice("customer.subscription.updated", expired, {"status": "incomplete"})) == [
        stripe_subscriptions.NOT_STARTED
    ]


@pytest.mark.parametrize(
    ("now", "before", "what"),
    [
        (subscription(), {"current_period_start": CREATED - 9, "latest_invoice": "in"}, "renewed"),
        (
            subscription(part(current_period_start=CREATED), current_period_start=None),
            {"items": {"data": [part(current_period_start=CREATED - 9)]}},
            "renewed",
        ),
        (subscription(), {"items": {"data": [part("price_0")]}}, "changed"),
        (subscription(), {"items": {"data": [part(quantity=1)]}, "quantity": 1}, "changed"),
        (subscription(cancel_at_period_end=True), {"cancel_at_period_end": False}, "changed"),
        (subscription(status="past_due"), {"status": "active"}, "changed"),
    ],
)
def test_an_update_is_a_renewal_or_a_change(now: dict[str, Any], before: Any, what: str) -> None:
    event = event_of("customer.subscription.updated", now, before)
    assert event.kind == f"sales.subscription.{what}"
    if what == "renewed":
        assert event.fact == Fact(f"subscription:sub_3:renewed:{CREATED}", -CREATED_US)


def test_statuses_are_words() -> None:
    late = event_of(
        "customer.subscription.updated", subscription(status="past_due"), {"status": "active"}
    )
    assert (late.status, late.previous_status) == ("past due", "active")


def test_a_subscription_that_will_end_says_so() -> None:
    event = event_of(
        "customer.subscription.updated",
        subscription(cancel_at_period_end=True),
        {"cancel_at_period_end": False},
    )
    assert event.attributes["ends"] == "at the end of the period"


@pytest.mark.parametrize(
    "before", [{}, {"metadata": {"a": "b"}}, {"items": 5}, {"items": {"data": [part()]}}]
)
def test_an_update_of_anything_else_is_no_step(before: Any) -> None:
    payload = notice("customer.subscription.updated", subscription(), before)
    assert read(payload) == [stripe_subscriptions.NO_STEP]


def test_who_cancels_may_say_why() -> None:
    details = {
        "reason": "cancellation_requested",
        "feedback": "too_expensive",
        "comment": "Twice the price of last year",
    }
    gone = subscription(status="canceled", cancellation_details=details)
    event = event_of("customer.subscription.deleted", gone)
    assert event.kind == "sales.subscription.cancelled"
    assert event.fact == Fact("subscription:sub_3:cancelled", -CREATED_US)
    assert event.text == "Twice the price of last year"
    assert event.attributes["feedback"] == "too_expensive"


def test_a_subscription_that_rests_has_changed() -> None:
    paused = event_of("customer.subscription.paused", subscription(status="paused"))
    assert (paused.kind, paused.status) == ("sales.subscription.changed", "paused")


def test_what_has_no_single_price_has_no_money() -> None:
    by_use = part()
    by_use["price"]["unit_amount"] = None
    assert event_of("customer.subscription.created", subscription(by_use)).money is None


def test_a_customer_keeps_the_address_that_it_had_before() -> None:
    event = event_of("customer.updated", customer(), {"email": "old@mail.example"})
    who = Identifier("customer", CUSTOMER)
    assert event.links == (
        Link(who, Identifier("email", "ann@mail.example")),
        Link(who, Identifier("email", "old@mail.example")),
        Link(who, Identifier("phone", "+4940123")),
    )
    assert event.language == "de"


def test_a_deleted_customer_was_never_created() -> None:
    created = event_of("customer.created", customer())
    assert created.fact == Fact(f"customer:{CUSTOMER}:created", CREATED_US)
    (gone,) = read(notice("customer.deleted", customer(), created=CREATED + 5))
    assert gone == Retraction(
        id="evt_1",
        fact=Fact(f"customer:{CUSTOMER}:created", CREATED_US + 5_000_000),
        occurred_at_us=CREATED_US + 5_000_000,
    )


def test_metadata_is_the_companys_own() -> None:
    paid = event_of(
        "charge.succeeded", charge(), identifiers={"user_id": "user"}, fields={"plan": "plan"}
    )
    assert paid.subject == Identifier("user", "u-5")
    assert paid.attributes["plan"] == "gold"


def test_the_test_mode_does_not_count_unless_the_source_says_so() -> None:
    payload = notice("charge.succeeded", charge(), livemode=False)
    assert read(payload) == [stripe_notices.TEST]
    assert only_event(read(payload, livemode="any")).kind == "sales.payment.succeeded"


def test_an_event_of_a_connected_account_says_which() -> None:
    event = only_event(read(notice("charge.succeeded", charge(), account="acct_6")))
    assert event.attributes["account"] == "acct_6"


def test_a_thin_event_needs_enrichment_or_is_left_out() -> None:
    thin = {"id": "evt_1", "object": "v2.core.event", "type": "v1.charge.succeeded"}
    (item,) = read(thin)
    assert isinstance(item, Failed)
    assert item.reason == "needs_enrichment"
    (item,) = read(thin, ignore=["v1.charge.succeeded"])
    assert isinstance(item, Ignored)


@pytest.mark.parametrize(
    "type_",
    ["v1.product.updated", "v1.billing.meter.no_meter_found", "v2.core.account[identity].updated"],
)
def test_a_thin_event_of_no_interest_is_ignored(type_: str) -> None:
    (item,) = read({"id": "evt_1", "object": "v2.core.event", "type": type_})
    assert isinstance(item, Ignored)


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("missing_field", {}),
        ("unknown_type", notice("charge.vanished", charge())),
        ("missing_field", {"type": "charge.succeeded"}),
        ("wrong_type", notice("charge.succeeded", charge(amount="49.90"))),
        ("bad_money", notice("charge.succeeded", charge(currency="euro"))),
        ("bad_money", notice("charge.succeeded", charge(amount_captured=50, currency="isk"))),
        ("bad_time", notice("charge.succeeded", charge(), created=-1)),
        ("missing_field", notice("checkout.session.completed", {"id": "cs_2"})),
        ("bad_id", notice("charge.succeeded", charge(), id="")),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = read(payload)
    assert isinstance(item, Failed), item
    assert item.reason == reason
