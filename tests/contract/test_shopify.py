"""`shopify`: snapshots told by several topics, of which each thing counts once."""

from typing import Any

import pytest
from msgspec.structs import replace

from connectors.conformance import record
from connectors.conformance.specimen import RECORD_TIME_US
from connectors.sales import shopify
from connectors.sales.shopify_orders import TEST
from connectors.sales.shopify_parcels import NOT_DONE, ON_ITS_WAY
from connectors.sales.shopify_payments import NO_MONEY
from connectors.sales.shopify_topics import IGNORED
from connectors.stand_ins import TypeOptions
from service.event import Event, Fact, Failed, Identifier, Ignored, Item, Link, Money, Retraction
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.shopify import (
    ORDER_ID,
    of_topic,
    order,
    parcel,
    profile,
    refund,
    transaction,
)

EMAIL = Identifier("email", "ann@mail.example")
OTHER_EMAIL = Identifier("email", "ann.alt@mail.example")
CUSTOMER = Identifier("customer", "77")
ORDER = Identifier("order", str(ORDER_ID))
PHONE = Identifier("phone", "+4940123")

CREATED_US = 1_746_439_200_000_000
UPDATED_US = CREATED_US + 3_000_000
SENT_US = 1_746_511_200_000_000
DELIVERED_US = 1_746_729_000_000_000


def items(topic: str, payload: object, **options: Any) -> list[Item]:
    return convert("shopify", payload, of_topic(topic), options)


def of_order(what: str, topic: str, **fields: Any) -> Event:
    others = (OTHER_EMAIL, CUSTOMER, ORDER, PHONE)
    common: dict[str, Any] = {
        "id": f"{topic}:ev-1",
        "kind": f"sales.order.{what}",
        "occurred_at_us": UPDATED_US,
        "subject": EMAIL,
        "identifiers": others,
        "links": tuple(Link(EMAIL, other) for other in others),
        "fact": Fact(f"order:{ORDER_ID}:{what}", -UPDATED_US),
        "channel": "web",
        "language": "de-DE",
        "tags": ("vip", "autumn"),
        "money": Money(4990, "EUR", 2),
        "status": "paid",
        "attributes": {"order_id": str(ORDER_ID), "currency": "EUR", "country": "DE"},
    }
    return Event(**{**common, **fields})


def of_parcel(**fields: Any) -> Event:
    common: dict[str, Any] = {
        "subject": EMAIL,
        "identifiers": (ORDER,),
        "links": (Link(EMAIL, ORDER),),
        "attributes": {"order_id": str(ORDER_ID), "carrier": "NordPost", "country": "DE"},
    }
    return Event(**{**common, **fields})


def test_an_order_is_placed_when_it_was_created() -> None:
    assert items("orders/create", order()) == [
        of_order("placed", "orders/create", occurred_at_us=CREATED_US)
    ]


def test_an_order_is_paid_at_the_first_snapshot_that_says_so() -> None:
    assert items("orders/paid", order()) == [of_order("paid", "orders/paid")]


def test_a_cancelled_order_says_why() -> None:
    cancelled = order(cancelled_at="2025-05-05T12:00:02+02:00", cancel_reason="inventory")
    event = of_order("cancelled", "orders/cancelled", occurred_at_us=CREATED_US + 2_000_000)
    event.attributes["cancel_reason"] = "inventory"
    assert items("orders/cancelled", cancelled) == [event]


def test_ids_beyond_two_to_the_53_are_exact() -> None:
    event = only_event(items("orders/create", order(id=2**63 - 1)))
    assert event.attributes["order_id"] == "9223372036854775807"


def test_copies_under_other_ids_and_without_headers_state_the_same_fact() -> None:
    first = only_event(items("orders/create", order()))
    copy = only_event(convert("shopify", order(), {"x-shopify-topic": "orders/create"}))
    assert first.fact == copy.fact
    assert copy.id == f"orders/create:{ORDER_ID}:2025-05-05T12:00:03+02:00"


def test_of_two_snapshots_the_earlier_has_the_greater_version() -> None:
    early = only_event(items("orders/paid", order()))
    late = only_event(items("orders/paid", order(updated_at="2025-05-05T12:00:04+02:00")))
    assert early.fact is not None
    assert late.fact is not None
    assert early.fact.id == late.fact.id
    assert early.fact.version > late.fact.version


def test_topics_of_one_action_share_the_header_and_not_the_event_id() -> None:
    placed, paid = items("orders/create", order()), items("orders/paid", order())
    assert only_event(placed).id != only_event(paid).id


@pytest.mark.parametrize("name", ["X-Shopify-Topic", "x-shopify-topic", "X-SHOPIFY-TOPIC"])
def test_header_names_have_any_case(name: str) -> None:
    (item,) = convert("shopify", order(), {name: "orders/create"})
    assert isinstance(item, Event)


def test_topics_have_any_case() -> None:
    assert items("ORDERS/Create", order()) == items("orders/create", order())


def test_a_source_can_name_the_topic_where_headers_are_lost() -> None:
    event = only_event(convert("shopify", order(), {}, {"type": "orders/paid"}))
    assert event.kind == "sales.order.paid"


def test_without_a_topic_nothing_can_be_told() -> None:
    (item,) = convert("shopify", order(), {})
    assert isinstance(item, Failed)
    assert item.reason == "missing_header"


@pytest.mark.parametrize(
    ("fields", "subject"),
    [
        ({"email": None, "contact_email": None, "customer": {"id": 77}}, CUSTOMER),
        ({"email": "", "contact_email": "", "customer": None}, ORDER),
        ({"email": None}, OTHER_EMAIL),
    ],
)
def test_the_subject_is_the_address_else_the_customer_else_the_order(
    fields: dict[str, Any], subject: Identifier
) -> None:
    assert only_event(items("orders/create", order(**fields))).subject == subject


def test_a_test_order_is_ignored_in_every_topic() -> None:
    trial = order(test=True, cancelled_at="2025-05-05T12:00:02+02:00")
    topics = ("orders/create", "orders/paid", "orders/cancelled", "orders/fulfilled")
    assert [items(topic, trial) for topic in topics] == [[TEST]] * 4


@pytest.mark.parametrize(
    ("amount", "currency", "money"),
    [
        ("598.94", "USD", Money(59894, "USD", 2)),
        ("1200", "JPY", Money(1200, "JPY", 0)),
        ("1200.00", "JPY", Money(1200, "JPY", 0)),
        ("1.234", "KWD", Money(1234, "KWD", 3)),
    ],
)
def test_amounts_are_texts_in_the_shops_currency(amount: str, currency: str, money: Money) -> None:
    event = only_event(items("orders/create", order(total_price=amount, currency=currency)))
    assert event.money == money


def test_a_dispatched_parcel_ships_its_order() -> None:
    sent = parcel(shipment_status=None, updated_at="2025-05-06T08:00:00+02:00")
    assert items("fulfillments/create", sent) == [
        of_parcel(
            id="fulfillments/create:ev-1",
            kind="sales.order.shipped",
            occurred_at_us=SENT_US,
            fact=Fact(f"order:{ORDER_ID}:shipped", -SENT_US),
        )
    ]


def test_a_parcel_and_its_order_ship_it_once() -> None:
    told_by_parcel = only_event(items("fulfillments/create", parcel()))
    later = parcel(id=4_002, created_at="2025-05-07T08:00:00+02:00")
    whole = order(fulfillments=[later, parcel(), parcel(id=4_003, status="cancelled")])
    told_by_order = only_event(items("orders/fulfilled", whole))
    assert told_by_order.fact == told_by_parcel.fact
    assert told_by_order.occurred_at_us == SENT_US
    assert told_by_order.attributes["carrier"] == "NordPost"


def test_an_order_that_lists_no_parcel_ships_when_it_says_so() -> None:
    assert items("orders/fulfilled", order()) == [
        of_order("shipped", "orders/fulfilled", money=None)
    ]


@pytest.mark.parametrize("status", ["pending", "open", "cancelled", "error", "failure", None])
def test_a_fulfillment_that_is_not_done_ships_nothing(status: str | None) -> None:
    assert items("fulfillments/create", parcel(status=status)) == [NOT_DONE]


def test_a_delivered_parcel_says_how_long_it_took_and_who_brought_it() -> None:
    delivered = of_parcel(
        id="fulfillments/update:ev-1",
        kind="sales.order.delivered",
        occurred_at_us=DELIVERED_US,
        fact=Fact("fulfillment:4001:delivered", -DELIVERED_US),
        status="delivered",
    )
    delivered.attributes["hours_in_transit"] = 60.5
    assert items("fulfillments/update", parcel()) == [delivered]


@pytest.mark.parametrize(
    "status",
    ["label_printed", "confirmed", "in_transit", "out_for_delivery", "attempted_delivery",
     "failure", None],
)  # fmt: skip
def test_a_parcel_on_its_way_is_ignored(status: str | None) -> None:
    assert items("fulfillments/update", parcel(shipment_status=status)) == [ON_ITS_WAY]


def test_a_carrier_that_nobody_named_is_absent() -> None:
    event = only_event(items("fulfillments/update", parcel(tracking_company=None)))
    assert "carrier" not in event.attributes


def test_a_refund_is_the_sum_of_what_was_paid_back() -> None:
    paid_back = refund(
        transaction(amount="10.00"),
        transaction(amount="2.49"),
        transaction(amount="99.00", status="failure"),
        transaction(amount="50.00", kind="sale"),
    )
    at_us = 1_747_728_000_000_000
    assert items("refunds/create", paid_back) == [
        Event(
            id="refunds/create:ev-1",
            kind="sales.order.refunded",
            occurred_at_us=at_us,
            subject=ORDER,
            fact=Fact("refund:501", -at_us),
            money=Money(1249, "EUR", 2),
            attributes={"order_id": str(ORDER_ID)},
        )
    ]


@pytest.mark.parametrize(
    "payload",
    [
        refund(transactions=[]),
        refund(transaction(status="pending")),
        refund(transaction(amount="0.00")),
    ],
)
def test_goods_that_come_back_without_money_are_no_refund(payload: dict[str, Any]) -> None:
    assert items("refunds/create", payload) == [NO_MONEY]


def test_a_test_refund_is_ignored() -> None:
    assert items("refunds/create", refund(transaction(test=True))) == [TEST]


def test_a_deleted_order_takes_back_what_was_told_of_it() -> None:
    retracted = items("orders/delete", {"id": ORDER_ID})
    facts = [item.fact for item in retracted if isinstance(item, Retraction)]
    whats = ("placed", "paid", "shipped", "cancelled")
    assert facts == [Fact(f"order:{ORDER_ID}:{what}", 1) for what in whats]
    assert len({item.id for item in retracted if isinstance(item, Retraction)}) == 4


def test_a_profile_is_created_once_and_updated_often() -> None:
    created = only_event(items("customers/create", profile()))
    updated = only_event(items("customers/update", profile()))
    assert (created.kind, created.occurred_at_us) == ("customer.created", 1_736_074_800_000_000)
    assert created.fact == Fact("customer:77:created", -UPDATED_US)
    assert (updated.kind, updated.occurred_at_us) == ("customer.updated", UPDATED_US)
    assert updated.links == (Link(EMAIL, CUSTOMER), Link(EMAIL, PHONE))


def test_a_privacy_request_names_all_that_is_known_of_the_customer() -> None:
    request = {
        "shop_id": 1,
        "shop_domain": "shop.example",
        "customer": {"id": 77, "email": "ann@mail.example", "phone": "+4940123"},
        "orders_to_redact": [ORDER_ID],
    }
    event = only_event(items("customers/redact", request))
    assert event.kind == "customer.erasure_requested"
    assert (event.subject, event.identifiers) == (EMAIL, (CUSTOMER, PHONE, ORDER))
    assert event.occurred_at_us == 1_746_439_201_123_456


def test_without_its_header_a_privacy_request_has_the_time_of_its_record() -> None:
    request = {"customer": {"id": 77}}
    event = only_event(convert("shopify", request, {"X-Shopify-Topic": "customers/redact"}))
    assert event.occurred_at_us == RECORD_TIME_US


@pytest.mark.parametrize(
    ("reason", "topic", "payload"),
    [
        ("unknown_type", "orders/teleported", order()),
        ("wrong_type", "orders/create", 7),
        ("wrong_type", "orders/create", order(id="820")),
        ("wrong_type", "orders/create", order(total_price=49.9)),
        ("bad_money", "orders/create", order(total_price="49,90")),
        ("bad_money", "orders/create", order(currency="EURO")),
        ("bad_time", "orders/create", order(created_at="yesterday")),
        ("missing_field", "orders/cancelled", order()),
        ("bad_time", "fulfillments/update", parcel(updated_at="2025-05-01T00:00:00Z")),
        ("bad_money", "refunds/create", refund(transaction(), transaction(currency="USD"))),
        ("missing_field", "customers/redact", {"customer": {"id": None}}),
        ("nul_character", "fulfillments/update", parcel(tracking_company="\0")),
    ],
)
def test_what_is_not_understood_fails(reason: str, topic: str, payload: object) -> None:
    (item,) = items(topic, payload)
    assert isinstance(item, Failed)
    assert item.reason == reason


def test_a_header_that_is_no_text_fails() -> None:
    opened = shopify.SHOPIFY.open(TypeOptions())
    broken = replace(record(order()), headers=(("X-Shopify-Topic", b"orders/\xff"),))
    (item,) = opened(broken)
    assert isinstance(item, Failed)
    assert item.reason == "bad_header"


@pytest.mark.parametrize("topic", sorted(IGNORED))
def test_each_ignored_topic_is_ignored_whatever_it_carries(topic: str) -> None:
    assert items(topic, {"id": "?"}) == [Ignored(IGNORED[topic])]


def test_no_topic_is_both_read_and_ignored() -> None:
    assert set(shopify._MAPPED) & set(IGNORED) == set()
