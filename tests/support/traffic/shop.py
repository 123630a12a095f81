"""Stories of orders and parcels, as Shopify's webhooks tell them.

Each webhook is a snapshot, and of equal things the earliest snapshot counts.
"""

import json
from typing import Any

from tests.support.payloads import (
    Order,
    Parcel,
    dumped,
    in_nanoseconds,
    in_shop_zone,
    shopify_fulfillment,
    shopify_fulfillment_event,
    shopify_headers,
    shopify_order,
)
from tests.support.traffic.crm import CARRIERS, Said
from tests.support.traffic.desk import DAY_US, HOUR_US, MINUTE_US, SECOND_US, Desk, Draft
from tests.support.truth import Broken, Meaning, Stated, Subject, Unwanted, Withdrawn, linked

TOPIC = "shop.webhooks"
SHOP = "shop-de"
GONE = 1
"""The version of a deletion: those of snapshots are negative."""

ORDERS_OF_A_REGULAR = (97, 98, 99, 100, 101, 102, 103, 104)


def in_whole_seconds(time_us: int) -> int:
    return time_us // SECOND_US * SECOND_US


def _tell(
    desk: Desk, phase: int, topic: str, event_id: str, value: bytes, *meanings: Meaning
) -> None:
    time_us = desk.record_time(phase)
    triggered = in_nanoseconds(time_us, desk.dice.randrange(1_000))
    headers = shopify_headers(topic, event_id, desk.uuid(), triggered)
    desk.put(phase, Draft(TOPIC, time_us, None, headers, value, meanings))


def _order(desk: Desk, created_us: int) -> Order:
    number = desk.dice.randrange(desk.customers)
    return Order(
        number=820_000_000_000_000_000 + desk.number(),
        email=f"Kim.{number}@mail.example" if desk.chance(0.1) else f"kim.{number}@mail.example",
        customer=7_000_000_000_000_000_000 + number,
        cents=desk.dice.randrange(500, 50_000),
        created_us=in_whole_seconds(created_us),
    )


def _stated(order: Order, what: str, event_id: str, updated_us: int, at_us: int) -> Stated:
    topic = {"placed": "orders/create", "paid": "orders/paid"}[what]
    content: dict[str, Any] = {
        "tags": ("autumn", "newsletter"),
        "channel": "web",
        "status": "paid",
        "money": (order.cents, "EUR", 2),
        "attributes.order_id": str(order.number),
        "attributes.currency": "EUR",
    }
    subject = ("email", order.email.lower())
    others: tuple[Subject, ...] = (
        ("shop-de:customer", str(order.customer)), ("shop-de:order", str(order.number)),
    )  # fmt: skip
    return Stated(
        SHOP, f"{topic}:{event_id}", f"order:{order.number}:{what}", -updated_us,
        f"sales.order.{what}", at_us, subject, content, others, linked(subject, *others),
    )  # fmt: skip


def _placed(order: Order, event_id: str, updated_us: int) -> Stated:
    return _stated(order, "placed", event_id, updated_us, order.created_us)


def order(desk: Desk, phase: int) -> None:
    """Placed, at times told again, even within a second; at times paid and deleted."""
    made = _order(desk, desk.happened(desk.record_time(phase)))
    event_id = desk.uuid()
    updated_us = made.created_us
    value = shopify_order(made, updated_us)
    _tell(desk, phase, "orders/create", event_id, value, _placed(made, event_id, updated_us))
    if desk.chance(0.1):
        again, later_us = desk.uuid(), updated_us + desk.dice.choice((0, 1, 60)) * SECOND_US
        value = shopify_order(made, later_us)
        meaning = _placed(made, again, later_us)
        _tell(desk, desk.later(phase), "orders/create", again, value, meaning)
    if desk.chance(0.2):
        paid, paid_us = desk.uuid(), updated_us + 5 * SECOND_US
        meaning = _stated(made, "paid", paid, paid_us, paid_us)
        value = shopify_order(made, paid_us)
        _tell(desk, desk.later(phase), "orders/paid", paid, value, meaning)
    if desk.chance(0.03):
        gone = [
            Withdrawn(SHOP, f"order:{made.number}:{what}", GONE)
            for what in ("placed", "paid", "shipped", "cancelled")
        ]
        value = dumped({"id": made.number})
        _tell(desk, desk.later(phase), "orders/delete", desk.uuid(), value, *gone)


def parcel(desk: Desk, phase: int) -> None:
    """On its way, then delivered, which may be said several times, the latest first."""
    arrived_us = in_whole_seconds(desk.happened(desk.record_time(phase)))
    late = desk.chance(desk.moods[phase].late)
    hours = desk.dice.uniform(72.1, 200) if late else desk.dice.uniform(10, 71.9)
    made = Parcel(
        number=4_000_000_000_000 + desk.number(),
        order=_order(desk, arrived_us - 8 * DAY_US),
        carrier=desk.dice.choice((*CARRIERS, None)),
        sent_us=in_whole_seconds(arrived_us - int(hours * HOUR_US)),
    )
    if desk.chance(0.3):
        status = desk.dice.choice(("in_transit", "out_for_delivery", "attempted_delivery", None))
        value = shopify_fulfillment(made, status, arrived_us - MINUTE_US)
        _tell(desk, phase, "fulfillments/update", desk.uuid(), value, Unwanted())
    for more in (0, *([desk.dice.randrange(1, 50)] if desk.chance(0.2) else [])):
        _delivered(desk, desk.later(phase) if more else phase, made, arrived_us + more * SECOND_US)


def _delivered(desk: Desk, phase: int, made: Parcel, told_us: int) -> None:
    event_id = desk.uuid()
    content: dict[str, Any] = {
        "status": "delivered",
        "attributes.order_id": str(made.order.number),
        "attributes.country": "DE",
        "attributes.hours_in_transit": (told_us - made.sent_us) / HOUR_US,
    }
    if made.carrier is not None:
        content["attributes.carrier"] = made.carrier
    subject, order = ("email", made.order.email.lower()), ("shop-de:order", str(made.order.number))
    meaning = Stated(
        SHOP, f"fulfillments/update:{event_id}", f"fulfillment:{made.number}:delivered", -told_us,
        "sales.order.delivered", told_us, subject, content, (order,), linked(subject, order),
    )  # fmt: skip
    value = shopify_fulfillment(made, "delivered", told_us)
    _tell(desk, phase, "fulfillments/update", event_id, value, meaning)


def tested(desk: Desk, phase: int) -> None:
    made = _order(desk, desk.happened(desk.record_time(phase)))
    value = shopify_order(made, made.created_us, test=True)
    _tell(desk, phase, "orders/create", desk.uuid(), value, Unwanted())


def handled(desk: Desk, phase: int) -> None:
    """Topics that tell what others tell."""
    made = _order(desk, desk.happened(desk.record_time(phase)))
    if desk.chance(0.5):
        value = shopify_order(made, made.created_us + SECOND_US)
        _tell(desk, phase, "orders/updated", desk.uuid(), value, Unwanted())
    else:
        sent = Parcel(4_000_000_000_000 + desk.number(), made, "NordPost", made.created_us)
        value = shopify_fulfillment_event(sent, "delivered", made.created_us)
        _tell(desk, phase, "fulfillment_events/create", desk.uuid(), value, Unwanted())


def not_understood(desk: Desk, phase: int) -> None:
    """Unknown topics, lost and unreadable headers, amounts and times that cannot be."""
    made = _order(desk, desk.happened(desk.record_time(phase)))
    payload = json.loads(shopify_order(made, made.created_us))
    headers = dict(shopify_headers("orders/create", desk.uuid(), desk.uuid(), ""))
    del headers["X-Shopify-Triggered-At"]
    fault = desk.dice.randrange(6)
    if fault == 0:
        reason, headers["X-Shopify-Topic"] = "unknown_type", b"orders/teleported"
    elif fault == 1:
        reason = "missing_header"
        del headers["X-Shopify-Topic"]
    elif fault == 2:
        reason, headers["X-Shopify-Topic"] = "bad_header", b"orders/\xff"
    elif fault == 3:
        reason, payload["total_price"] = "bad_money", "12,50"
    elif fault == 4:
        reason, payload["created_at"] = "bad_time", "yesterday"
    else:
        reason, payload["id"] = "wrong_type", "820"
    draft = Draft(
        TOPIC, desk.record_time(phase), None, tuple(headers.items()), dumped(payload),
        (Broken(reason),),
    )  # fmt: skip
    desk.put(phase, draft)


def regular(desk: Desk) -> None:
    """A customer with about a hundred orders within a year, from two systems, in any order."""
    email = f"regular.{desk.number()}@mail.example"
    for _ in range(desk.dice.choice(ORDERS_OF_A_REGULAR)):
        phase = desk.later(0)
        placed_us = desk.record_time(0) - desk.dice.randrange(300 * DAY_US)
        if desk.chance(0.4):
            made = _order(desk, placed_us)._replace(email=email)
            event_id = desk.uuid()
            value = shopify_order(made, made.created_us)
            meaning = _placed(made, event_id, made.created_us)
            _tell(desk, phase, "orders/create", event_id, value, meaning)
        else:
            said = Said("sales.order.placed", desk.uuid(), placed_us).euros(2_500)
            said.subject = ({"namespace": "email", "value": email}, ("email", email))
            desk.put(phase, said.draft("crm.events", desk.record_time(phase)))


def refunded(desk: Desk, phase: int) -> None:
    """Money that goes back, of which the items do not tell the sum; or goods alone."""
    made_us = in_whole_seconds(desk.happened(desk.record_time(phase)))
    number, order_number, event_id = desk.number(), desk.number(), desk.uuid()
    cents = desk.dice.choice((0, desk.dice.randrange(100, 9_000)))
    amount = f"{cents // 100}.{cents % 100:02d}"
    transactions = [
        {"kind": kind, "status": status, "amount": amount, "currency": "EUR", "test": False}
        for kind, status in (("refund", "success"), ("refund", "failure"), ("sale", "success"))
    ]
    value = dumped(
        {
            "id": number,
            "order_id": order_number,
            "created_at": in_shop_zone(made_us),
            "processed_at": in_shop_zone(made_us),
            "note": "did not fit",
            "restock": True,
            "refund_line_items": [{"id": 586381361432, "quantity": 1, "subtotal": 195.67}],
            "transactions": transactions,
        }
    )
    meaning: Meaning = Unwanted()
    if cents:
        content = {"money": (cents, "EUR", 2), "attributes.order_id": str(order_number)}
        meaning = Stated(
            SHOP, f"refunds/create:{event_id}", f"refund:{number}", -made_us,
            "sales.order.refunded", made_us, ("shop-de:order", str(order_number)), content,
        )  # fmt: skip
    _tell(desk, phase, "refunds/create", event_id, value, meaning)
