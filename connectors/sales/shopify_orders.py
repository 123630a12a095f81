"""Orders of a shop, each webhook a snapshot of the whole order."""

from collections.abc import Mapping
from typing import Final

import msgspec

from connectors.event_types import mapped
from connectors.money import parse_money
from connectors.naming import Named, name, named
from connectors.refusal import Refused
from connectors.sales import shopify_objects as objects
from connectors.sales.shopify_delivery import LAST_WORD, Delivery, OfTopic
from connectors.sales.shopify_objects import tags_of
from connectors.sales.shopify_parcels import about_parcel
from connectors.timestamps import parse_time
from service.event import AttributeValue, Event, Fact, Ignored, Item, Retraction

TEST: Final = Ignored("a test order")
RETRACTED_WITH_ORDER: Final = ("placed", "paid", "shipped", "cancelled")


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
    shipped_us, about = _first_shipped(order)
    event = _of_order(order, delivery, "shipped", shipped_us)
    event.attributes.update(about)
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
    return shipped_us, about_parcel(parcel)


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


def _deleted(order: objects.Deletion, delivery: Delivery) -> list[Item]:
    return [
        Retraction(
            id=f"{delivery.id(order.id, '')}:{what}",
            fact=Fact(f"order:{order.id}:{what}", LAST_WORD),
            occurred_at_us=delivery.triggered_us,
        )
        for what in RETRACTED_WITH_ORDER
    ]


ORDERS: Final[Mapping[str, OfTopic]] = {
    "orders/create": mapped(objects.Order, _placed),
    "orders/paid": mapped(objects.Order, _paid),
    "orders/cancelled": mapped(objects.Order, _cancelled),
    "orders/fulfilled": mapped(objects.Order, _fulfilled),
    "orders/delete": mapped(objects.Deletion, _deleted),
}
