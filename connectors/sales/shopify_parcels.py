"""Parcels of a shop: that they went, and that they were delivered."""

from collections.abc import Mapping
from typing import Final

import msgspec

from connectors.event_types import mapped
from connectors.naming import name, named
from connectors.refusal import Refused
from connectors.sales import shopify_objects as objects
from connectors.sales.shopify_delivery import Delivery, OfTopic
from connectors.timestamps import HOUR_US, parse_time
from service.event import AttributeValue, Event, Fact, Ignored, Item

NOT_DONE: Final = Ignored("a fulfillment that is not done")
ON_ITS_WAY: Final = Ignored("a parcel that is not delivered yet")


def _shipped(parcel: objects.Fulfillment, delivery: Delivery) -> list[Item]:
    if parcel.status != "success":
        return [NOT_DONE]
    created_us = parse_time(parcel.created_at, "created_at")
    fact = Fact(f"order:{parcel.order_id}:shipped", -created_us)
    event = _of_parcel(parcel, delivery, fact)
    shipped = msgspec.structs.replace(event, kind="sales.order.shipped", occurred_at_us=created_us)
    return [shipped]


def _updated(parcel: objects.Fulfillment, delivery: Delivery) -> list[Item]:
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
        attributes=about_parcel(parcel),
    )


def about_parcel(parcel: objects.Fulfillment) -> dict[str, AttributeValue]:
    """The attributes of a parcel: its order, its carrier and where it goes."""
    about: dict[str, AttributeValue] = {"order_id": str(parcel.order_id)}
    if parcel.tracking_company:
        about["carrier"] = parcel.tracking_company
    if parcel.destination is not None and parcel.destination.country_code:
        about["country"] = parcel.destination.country_code
    return about


PARCELS: Final[Mapping[str, OfTopic]] = {
    "fulfillments/create": mapped(objects.Fulfillment, _shipped),
    "fulfillments/update": mapped(objects.Fulfillment, _updated),
}
