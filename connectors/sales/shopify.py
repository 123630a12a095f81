"""`shopify`: webhooks of a shop, one object a record; the topic is in the header.

| topic                                      | becomes                                             |
|--------------------------------------------|-----------------------------------------------------|
| `orders/create`                            | `sales.order.placed` at `created_at`                |
| `orders/paid`                              | `sales.order.paid` at `updated_at`                  |
| `orders/cancelled`                         | `sales.order.cancelled` at `cancelled_at`           |
| `fulfillments/create`, `orders/fulfilled`  | `sales.order.shipped`, once for an order            |
| `fulfillments/update` saying delivered     | `sales.order.delivered` at `updated_at`             |
| `refunds/create` with money                | `sales.order.refunded` at `created_at`              |
| `orders/delete`                            | retractions of placed, paid, shipped, cancelled     |
| `customers/create`, `customers/update`     | `customer.created`, `customer.updated`              |
| `customers/merge`                          | `customer.merged`                                   |
| `customers/delete`                         | retraction of the creation                          |
| `customers/redact`                         | `customer.erasure_requested`                        |
| `order_transactions/create`                | `sales.payment.succeeded`, `sales.payment.failed`   |
| `subscription_contracts/*`                 | see `shopify_subscriptions`                         |
| `subscription_billing_attempts/*`          | see `shopify_subscriptions`                         |

Ignored, beside the topics listed below: test orders and test refunds; fulfillments that are not
done or say nothing of a delivery; refunds that move no money (goods put back on the shelf). A
source whose bridge drops headers names the one topic of its records as `type`.

Each webhook is a snapshot, and the same thing is told by several: by repeats, by further
subscriptions with other ids, by a parcel and by its order. So everything is a fact of the order,
parcel or refund (`order:<id>:placed`, `fulfillment:<id>:delivered`), and the *earliest* snapshot
counts: the version is the negated `updated_at` in microseconds. The event id is the topic with
`X-Shopify-Event-Id`, which topics of one action share, or else with id and `updated_at`.

The subject is the e-mail address, else the `customer`, else the `order`; what else is there is an
identifier, strongly linked to the subject. Money is in the shop's currency: of an order its
`total_price`, of a refund the sum of the refund transactions that succeeded, which includes
shipping and adjustments as the line items do not. `hours_in_transit` runs from the creation of the
parcel, its dispatch, to the update that first says delivered.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from connectors import strict_json
from connectors.contract import Connector, Convert, total
from connectors.custom_fields import stated
from connectors.event_types import Mapped, by_type, mapped
from connectors.headers import header
from connectors.money import parse_money
from connectors.naming import Named, name, named
from connectors.refusal import Refused
from connectors.sales import shopify_objects as objects
from connectors.sales.shopify_customers import CUSTOMERS
from connectors.sales.shopify_delivery import LAST_WORD, Delivery
from connectors.sales.shopify_objects import tags_of
from connectors.sales.shopify_subscriptions import SUBSCRIPTIONS
from connectors.sales.shopify_topics import IGNORED
from connectors.stand_ins import TypeOptions, type_of_source
from connectors.timestamps import HOUR_US, parse_time
from service.event import (
    AttributeValue,
    Event,
    Fact,
    Identifier,
    Ignored,
    Item,
    Money,
    Record,
    Retraction,
)

TEST: Final = Ignored("a test order")
NOT_DONE: Final = Ignored("a fulfillment that is not done")
ON_ITS_WAY: Final = Ignored("a parcel that is not delivered yet")
NO_MONEY: Final = Ignored("a refund that moved no money")

NO_PAYMENT: Final = Ignored("a transaction that neither took money nor failed to")

_PAYMENTS: Final = {
    "success": "sales.payment.succeeded",
    "failure": "sales.payment.failed",
    "error": "sales.payment.failed",
}

RETRACTED_WITH_ORDER: Final = ("placed", "paid", "shipped", "cancelled")


def open_shopify(options: TypeOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_topic = by_type(_MAPPED, IGNORED, options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        topic = _topic_of(record, options)
        return of_topic(topic)(payload, Delivery(topic, record))

    return total(read)


def _topic_of(record: Record, options: TypeOptions) -> str:
    topic = header(record, "x-shopify-topic") or type_of_source(options, record, "/")
    if topic:
        return topic.lower()
    raise Refused(
        "missing_header",
        "no header X-Shopify-Topic: let the bridge pass it on, or set `type` or "
        "`type_from_topic` of the source",
    )


def _placed(order: objects.Order, delivery: Delivery) -> list[Item]:
    created_us = parse_time(order.created_at, "created_at")
    return _unless_test(order, _of_order(order, delivery, "placed", created_us))


def _paid(order: objects.Order, delivery: Delivery) -> list[Item]:
    updated_us = parse_time(order.updated_at, "updated_at")
    return _unless_test(order, _of_order(order, delivery, "paid", updated_us))


def _cancelled(order: objects.Order, delivery: Delivery) -> list[Item]:
    if order.cancelled_at is None:
        raise Refused("missing_field", "`cancelled_at` is missing")
    cancelled_us = parse_time(order.cancelled_at, "cancelled_at")
    event = _of_order(order, delivery, "cancelled", cancelled_us)
    if order.cancel_reason:
        event.attributes["cancel_reason"] = order.cancel_reason
    return _unless_test(order, event)


def _fulfilled(order: objects.Order, delivery: Delivery) -> list[Item]:
    shipped_us, about_parcel = _first_shipped(order)
    event = _of_order(order, delivery, "shipped", shipped_us)
    event.attributes.update(about_parcel)
    fact = Fact(f"order:{order.id}:shipped", -shipped_us)
    return _unless_test(order, msgspec.structs.replace(event, money=None, fact=fact))


def _first_shipped(order: objects.Order) -> tuple[int, dict[str, AttributeValue]]:
    """When the first parcel of a fulfilled order went, and what is known of it."""
    went = [
        (parse_time(parcel.created_at, "fulfillments.created_at"), parcel.id, parcel)
        for parcel in order.fulfillments or ()
        if parcel.status == "success"
    ]
    if not went:
        return parse_time(order.updated_at, "updated_at"), {}
    shipped_us, _, parcel = min(went)
    return shipped_us, _about_parcel(parcel)


def _unless_test(order: objects.Order, event: Event) -> list[Item]:
    return [TEST if order.test else event]


def _of_order(order: objects.Order, delivery: Delivery, what: str, occurred_at_us: int) -> Event:
    """What every event of an order has."""
    who = _customer_of(order)
    return Event(
        id=delivery.id(order.id, order.updated_at),
        kind=f"sales.order.{what}",
        occurred_at_us=occurred_at_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(f"order:{order.id}:{what}", -parse_time(order.updated_at, "updated_at")),
        channel=order.source_name or "",
        language=order.customer_locale or "",
        tags=tags_of(order.tags),
        money=parse_money(order.total_price, order.currency, "total_price"),
        status=(order.financial_status or "").lower(),
        attributes=_about_order(order),
    )


def _customer_of(order: objects.Order) -> Named:
    customer = order.customer or objects.Customer()
    return named(
        name("email", order.email),
        name("email", order.contact_email),
        name("email", customer.email),
        name("customer", customer.id),
        name("order", order.id),
        name("phone", order.phone),
        name("phone", customer.phone),
    )


def _about_order(order: objects.Order) -> dict[str, AttributeValue]:
    about: dict[str, AttributeValue] = {"order_id": str(order.id), "currency": order.currency}
    for address in (order.shipping_address, order.billing_address):
        if address is not None and address.country_code:
            return about | {"country": address.country_code}
    return about


def _shipped(parcel: objects.Fulfillment, delivery: Delivery) -> list[Item]:
    if parcel.status != "success":
        return [NOT_DONE]
    created_us = parse_time(parcel.created_at, "created_at")
    fact = Fact(f"order:{parcel.order_id}:shipped", -created_us)
    event = _of_parcel(parcel, delivery, fact)
    shipped = msgspec.structs.replace(event, kind="sales.order.shipped", occurred_at_us=created_us)
    return [shipped]


def _parcel_updated(parcel: objects.Fulfillment, delivery: Delivery) -> list[Item]:
    if (parcel.shipment_status or "").lower() != "delivered":
        return [ON_ITS_WAY]
    updated_us = parse_time(parcel.updated_at, "updated_at")
    transit_us = updated_us - parse_time(parcel.created_at, "created_at")
    if transit_us < 0:
        raise Refused("bad_time", "`updated_at` of a delivered parcel is before `created_at`")
    event = _of_parcel(parcel, delivery, Fact(f"fulfillment:{parcel.id}:delivered", -updated_us))
    event.attributes["hours_in_transit"] = transit_us / HOUR_US
    return [msgspec.structs.replace(event, status="delivered")]


def _of_parcel(parcel: objects.Fulfillment, delivery: Delivery, fact: Fact) -> Event:
    """The delivery of the parcel, as far as it shares with its dispatch what every event has."""
    who = named(name("email", parcel.email), name("order", parcel.order_id))
    return Event(
        id=delivery.id(parcel.id, parcel.updated_at),
        kind="sales.order.delivered",
        occurred_at_us=parse_time(parcel.updated_at, "updated_at"),
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=fact,
        attributes=_about_parcel(parcel),
    )


def _about_parcel(parcel: objects.Fulfillment) -> dict[str, AttributeValue]:
    about: dict[str, AttributeValue] = {"order_id": str(parcel.order_id)}
    if parcel.tracking_company:
        about["carrier"] = parcel.tracking_company
    if parcel.destination is not None and parcel.destination.country_code:
        about["country"] = parcel.destination.country_code
    return about


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


def _order_deleted(order: objects.Deletion, delivery: Delivery) -> list[Item]:
    return [
        Retraction(
            id=f"{delivery.id(order.id, '')}:{what}",
            fact=Fact(f"order:{order.id}:{what}", LAST_WORD),
            occurred_at_us=delivery.triggered_us,
        )
        for what in RETRACTED_WITH_ORDER
    ]


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


_MAPPED: Final[Mapping[str, Mapped[[object, Delivery]]]] = {
    "orders/create": mapped(objects.Order, _placed),
    "orders/paid": mapped(objects.Order, _paid),
    "orders/cancelled": mapped(objects.Order, _cancelled),
    "orders/fulfilled": mapped(objects.Order, _fulfilled),
    "orders/delete": mapped(objects.Deletion, _order_deleted),
    "fulfillments/create": mapped(objects.Fulfillment, _shipped),
    "fulfillments/update": mapped(objects.Fulfillment, _parcel_updated),
    "refunds/create": mapped(objects.Refund, _refunded),
    "order_transactions/create": mapped(objects.Payment, _tried_to_pay),
    **CUSTOMERS,
    **SUBSCRIPTIONS,
}

KINDS: Final = frozenset(
    {
        "customer.created",
        "customer.erasure_requested",
        "customer.merged",
        "customer.updated",
        "sales.order.cancelled",
        "sales.order.delivered",
        "sales.order.paid",
        "sales.order.placed",
        "sales.order.refunded",
        "sales.order.shipped",
        "sales.payment.failed",
        "sales.payment.succeeded",
        "sales.subscription.cancelled",
        "sales.subscription.changed",
        "sales.subscription.renewed",
        "sales.subscription.started",
    }
)

SHOPIFY: Final = Connector(
    name="shopify",
    options=TypeOptions,
    open=open_shopify,
    ignored=IGNORED,
    kinds=lambda _: KINDS,
    arrival=(
        "Webhooks behind an HTTP gateway, or by Shopify's own Google Pub/Sub or EventBridge "
        "delivery and a sink connector. The topic of a webhook is in the header "
        "`X-Shopify-Topic` and nowhere in the body. A bridge that drops headers needs one Kafka "
        "topic for each, and `type` of the source says which."
    ),
)
