"""Money that a shop took, tried to take or paid back."""

from collections.abc import Mapping
from typing import Final

from connectors.custom_fields import stated
from connectors.event_types import mapped
from connectors.money import parse_money
from connectors.refusal import Refused
from connectors.sales import shopify_objects as objects
from connectors.sales.shopify_delivery import Delivery, OfTopic
from connectors.sales.shopify_orders import TEST
from connectors.timestamps import parse_time
from service.event import Event, Fact, Identifier, Ignored, Item, Money

NO_MONEY: Final = Ignored("a refund that moved no money")
NO_PAYMENT: Final = Ignored("a transaction that neither took money nor failed to")

_PAYMENTS: Final = {
    "success": "sales.payment.succeeded",
    "failure": "sales.payment.failed",
    "error": "sales.payment.failed",
}


def _refunded(refund: objects.Refund, delivery: Delivery) -> list[Item]:
    paid_back = [
        transaction
        for transaction in refund.transactions
        if transaction.kind == "refund" and transaction.status == "success"
    ]
    if not paid_back:
        return [NO_MONEY]
    if any(transaction.test for transaction in paid_back):
        return [TEST]
    created_us = parse_time(refund.created_at, "created_at")
    event = Event(
        id=delivery.id(refund.id, refund.created_at),
        kind="sales.order.refunded",
        occurred_at_us=created_us,
        subject=Identifier("order", str(refund.order_id)),
        fact=Fact(f"refund:{refund.id}", -created_us),
        money=_sum(paid_back),
        attributes={"order_id": str(refund.order_id)},
    )
    return [event if event.money and event.money.minor else NO_MONEY]


def _sum(transactions: list[objects.Transaction]) -> Money:
    amounts = [
        parse_money(transaction.amount, transaction.currency, "transactions.amount")
        for transaction in transactions
    ]
    first = amounts[0]
    if any(amount.currency != first.currency for amount in amounts):
        raise Refused("bad_money", "`transactions` are in more than one currency")
    return Money(sum(amount.minor for amount in amounts), first.currency, first.exponent)


def _tried_to_pay(payment: objects.Payment, delivery: Delivery) -> list[Item]:
    kind = _PAYMENTS.get(payment.status)
    took_money = payment.kind in ("sale", "capture")
    refused = payment.kind == "authorization" and kind == "sales.payment.failed"
    if kind is None or not (took_money or refused):
        return [NO_PAYMENT]
    if payment.test:
        return [TEST]
    created_us = parse_time(payment.created_at, "created_at")
    paid = Event(
        id=delivery.id(payment.id, payment.created_at),
        kind=kind,
        occurred_at_us=created_us,
        subject=Identifier("order", str(payment.order_id)),
        fact=Fact(f"transaction:{payment.id}", -created_us),
        money=parse_money(payment.amount, payment.currency, "amount"),
        attributes=stated(
            order_id=str(payment.order_id),
            gateway=payment.gateway,
            failure_code=payment.error_code,
        ),
    )
    return [paid]


PAYMENTS: Final[Mapping[str, OfTopic]] = {
    "refunds/create": mapped(objects.Refund, _refunded),
    "order_transactions/create": mapped(objects.Payment, _tried_to_pay),
}
