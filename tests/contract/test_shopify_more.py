"""Customers who are one, payments that were tried, and subscriptions of a shop."""

from typing import Any

import pytest

from connectors.sales import shopify_customers
from connectors.sales.shopify_orders import TEST
from connectors.sales.shopify_payments import NO_PAYMENT
from service.event import Event, Fact, Failed, Identifier, Item, Link, Money, Retraction
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.shopify import (
    ORDER_ID,
    attempt,
    contract,
    merge,
    of_topic,
    payment,
    profile,
)

TRIGGERED_US = 1_746_439_201_123_456
CREATED_US = 1_746_439_200_000_000
ORDER, CUSTOMER = Identifier("order", str(ORDER_ID)), Identifier("customer", "77")
SUBSCRIPTION = Identifier("subscription", "593")


def read(topic: str, payload: dict[str, Any]) -> list[Item]:
    return convert("shopify", payload, of_topic(topic))


def event_of(topic: str, payload: dict[str, Any]) -> Event:
    return only_event(read(topic, payload))


def test_merged_profiles_are_one_customer() -> None:
    event = event_of("customers/merge", merge())
    assert event.kind == "customer.merged"
    assert event.links == (Link(CUSTOMER, Identifier("customer", "78")),)
    assert event.fact == Fact("customers/merge:77:78", -TRIGGERED_US)
    assert read("customers/merge", merge(status="failed")) == [shopify_customers.NOT_MERGED]


def test_a_deleted_customer_was_never_created() -> None:
    created = event_of("customers/create", profile())
    (gone,) = read("customers/delete", {"id": 77})
    assert isinstance(gone, Retraction)
    assert created.fact is not None
    assert (gone.fact.id, gone.fact.version) == (created.fact.id, 1)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "sales.payment.failed"),
        ({"status": "error"}, "sales.payment.failed"),
        ({"status": "success", "error_code": None}, "sales.payment.succeeded"),
        ({"status": "success", "kind": "capture"}, "sales.payment.succeeded"),
        ({"status": "failure", "kind": "authorization"}, "sales.payment.failed"),
    ],
)
def test_a_payment_was_taken_or_failed(fields: dict[str, Any], kind: str) -> None:
    event = event_of("order_transactions/create", payment(**fields))
    assert (event.kind, event.subject, event.occurred_at_us) == (kind, ORDER, CREATED_US)
    assert event.fact == Fact("transaction:389404469", -CREATED_US)
    assert event.money == Money(4990, "EUR", 2)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"kind": "authorization", "status": "success"}, NO_PAYMENT),
        ({"kind": "refund", "status": "success"}, NO_PAYMENT),
        ({"status": "pending"}, NO_PAYMENT),
        ({"test": True}, TEST),
    ],
)
def test_other_transactions_are_none(fields: dict[str, Any], why: Item) -> None:
    assert read("order_transactions/create", payment(**fields)) == [why]


@pytest.mark.parametrize(
    ("action", "what", "status"),
    [
        ("create", "started", "active"),
        ("cancel", "cancelled", "cancelled"),
        ("expire", "cancelled", "expired"),
        ("pause", "changed", "paused"),
        ("activate", "changed", "active"),
    ],
)
def test_a_contract_has_a_life(action: str, what: str, status: str) -> None:
    event = event_of(f"subscription_contracts/{action}", contract(status=status.upper()))
    assert (event.kind, event.status) == (f"sales.subscription.{what}", status)
    assert event.subject == CUSTOMER
    assert event.links == (Link(CUSTOMER, SUBSCRIPTION), Link(CUSTOMER, ORDER))
    assert event.attributes == {"subscription_id": "593", "interval": "month"}
    if what != "changed":
        assert event.fact == Fact(f"subscription:593:{what}", -TRIGGERED_US)


def test_a_renewal_succeeds_or_its_payment_fails() -> None:
    renewed = event_of("subscription_billing_attempts/success", attempt())
    assert renewed.kind == "sales.subscription.renewed"
    assert renewed.fact == Fact("billing_attempt:905", -TRIGGERED_US)
    assert renewed.links == (Link(SUBSCRIPTION, ORDER),)
    without_id = attempt(id=None, idempotency_key="9a453f2c")
    named = event_of("subscription_billing_attempts/success", without_id)
    assert named.id == "billing_attempt:9a453f2c"
    (nameless,) = read("subscription_billing_attempts/success", attempt(id=None))
    assert isinstance(nameless, Failed)
    failed = event_of("subscription_billing_attempts/failure", attempt(error_code="expired"))
    assert failed.kind == "sales.payment.failed"
    assert failed.attributes["failure_code"] == "expired"
