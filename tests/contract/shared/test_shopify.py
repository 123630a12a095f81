"""The example payloads of Shopify, with the events that they must become, in full."""

from typing import Any

import pytest

from connectors.sales.shopify_topics import IGNORED
from service.event import Event, Fact, Identifier, Ignored, Item, Link, Money
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


EMAIL = Identifier("email", "jon@example.com")
ORDER = Identifier("order", "820982911946154508")
OTHERS = (
    Identifier("email", "john@example.com"),
    Identifier("customer", "115310627314723954"),
    ORDER,
)


def of_order(**fields: Any) -> Event:
    common: dict[str, Any] = {
        "subject": EMAIL,
        "identifiers": OTHERS,
        "links": tuple(Link(EMAIL, other) for other in OTHERS),
        "channel": "web",
        "language": "en-US",
        "tags": ("tag1", "tag2"),
        "status": "paid",
        "attributes": {"order_id": "820982911946154508", "currency": "USD", "country": "US"},
    }
    return Event(**{**common, **fields})


PLACED_US = 1_640_995_200_000_000
SHIPPED_US = 1_641_222_000_000_000
REFUNDED_US = 1_724_263_032_000_000
DELIVERED_US = 1_792_075_315_000_000
SHOPIFY: dict[tuple[str, str], Item] = {
    ("orders_create", "orders/create"): of_order(
        id="orders/create:98880550-7158-44d4-b7cd-2c97c8a091b5",
        kind="sales.order.placed",
        occurred_at_us=PLACED_US,
        fact=Fact("order:820982911946154508:placed", -PLACED_US),
        money=Money(38800, "USD", 2),
    ),
    ("orders_fulfilled", "orders/fulfilled"): of_order(
        id="orders/fulfilled:98880550-7158-44d4-b7cd-2c97c8a091b5",
        kind="sales.order.shipped",
        occurred_at_us=SHIPPED_US,
        fact=Fact("order:820982911946154508:shipped", -SHIPPED_US),
    ),
    ("refunds_create", "refunds/create"): Event(
        id="refunds/create:98880550-7158-44d4-b7cd-2c97c8a091b5",
        kind="sales.order.refunded",
        occurred_at_us=REFUNDED_US,
        subject=ORDER,
        fact=Fact("refund:974007468312", -REFUNDED_US),
        money=Money(19900, "USD", 2),
        attributes={"order_id": "820982911946154508"},
    ),
    ("fulfillments_update", "fulfillments/update"): Event(
        id="fulfillments/update:98880550-7158-44d4-b7cd-2c97c8a091b5",
        kind="sales.order.delivered",
        occurred_at_us=DELIVERED_US,
        subject=EMAIL,
        identifiers=(ORDER,),
        links=(Link(EMAIL, ORDER),),
        fact=Fact("fulfillment:4123456789012:delivered", -DELIVERED_US),
        status="delivered",
        attributes={
            "order_id": "820982911946154508",
            "carrier": "NordPost",
            "country": "DE",
            "hours_in_transit": 286_072 / 3_600,
        },
    ),
    ("fulfillment_events_create", "fulfillment_events/create"): Ignored(
        IGNORED["fulfillment_events/create"]
    ),
}


@pytest.mark.parametrize(("name", "topic"), sorted(SHOPIFY))
def test_a_webhook_becomes_what_its_topic_says(name: str, topic: str) -> None:
    headers = payload("shopify/http_headers.json") | {"X-Shopify-Topic": topic}
    items = convert("shopify", payload(f"shopify/{name}.json"), headers)
    assert items == [SHOPIFY[name, topic]]
