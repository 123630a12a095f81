"""`snowplow`: enriched events, the same from either form."""

from typing import Any

import pytest

from connectors.behaviour.snowplow_columns import COLUMNS
from service.event import Event, Fact, Failed, Identifier, Ignored, Item, Link, Money
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.snowplow import (
    SHOPPING,
    described,
    enriched,
    line,
    own,
    shopping,
)

TIME_US = 1_748_772_120_250_000
COLLECTED_US = 1_748_772_121_000_000
USER = Identifier("user", "u-5")
COOKIE = Identifier("domain_user", "d-1")
NETWORK = Identifier("network_user", "n-1")
ORDER = Identifier("order", "A-1")
ABOUT = {"app": "shop", "path": "/cart", "country": "DE"}


def items(payload: object, **options: Any) -> list[Item]:
    return convert("snowplow", payload, options=options)


def expected(kind: str, **fields: Any) -> Event:
    common: dict[str, Any] = {
        "id": "e-1:f-1",
        "kind": kind,
        "occurred_at_us": TIME_US,
        "subject": USER,
        "identifiers": (COOKIE, NETWORK),
        "links": (Link(USER, COOKIE), Link(USER, NETWORK, "weak")),
        "fact": Fact("e-1:f-1", -COLLECTED_US),
        "channel": "web",
        "language": "de-DE",
        "attributes": ABOUT,
    }
    return Event(**{**common, **fields})


def test_a_page_is_known_by_its_title_in_either_form() -> None:
    page = expected("behaviour.page", title="Your cart")
    assert items(enriched("page_view")) == items(line(enriched("page_view"))) == [page]


def test_an_event_of_a_schema_of_its_own_is_an_action_by_its_name() -> None:
    said = {"url": "https://shop.example", "n": 1, "tags": ["a"]}
    action = expected(
        "behaviour.action",
        title="link_clicked",
        attributes={**ABOUT, "url": "https://shop.example", "n": 1},
    )
    assert items(own("link_clicked", said)) == [action]
    schema = described("com.acme/link_clicked", said)
    row = enriched(
        "unstruct",
        event_name="link_clicked",
        unstruct_event=described("com.snowplowanalytics.snowplow/unstruct_event", schema),
    )
    assert items(line(row)) == [action]


def test_a_screen_is_known_by_its_name() -> None:
    event = only_event(items(own("screen_view", {"name": "Cart", "id": "x"})))
    assert (event.kind, event.title) == ("behaviour.screen", "Cart")


def test_a_structured_event_is_an_action() -> None:
    payload = enriched("struct", se_category="shop", se_action="add", se_label="lamp", se_value=2)
    about = {**ABOUT, "category": "shop", "label": "lamp", "value": 2}
    assert items(payload) == [expected("behaviour.action", title="add", attributes=about)]


@pytest.mark.parametrize("form", [lambda fields: fields, line])
def test_a_transaction_places_an_order_once(form: Any) -> None:
    payload = enriched("transaction", tr_orderid="A-1", tr_total=27.5, tr_currency="EUR")
    event = only_event(items(form(payload)))
    assert (event.kind, event.money) == ("sales.order.placed", Money(2750, "EUR", 2))
    assert event.fact == Fact("order:A-1:placed", -TIME_US)
    assert Link(USER, ORDER) in event.links


def test_an_ecommerce_action_may_place_or_refund_an_order() -> None:
    sold = {"transaction_id": "A-1", "revenue": 27.5, "currency": "EUR"}
    placed = only_event(items(shopping("transaction", "transaction", **sold)))
    assert placed.fact == Fact("order:A-1:placed", -TIME_US)
    assert placed.money == Money(2750, "EUR", 2)
    back = {"transaction_id": "A-1", "refund_amount": 5, "currency": "EUR"}
    refunded = only_event(items(shopping("refund", "refund", **back)))
    assert (refunded.kind, refunded.money) == ("sales.order.refunded", Money(500, "EUR", 2))
    assert refunded.fact == Fact("e-1:f-1", -COLLECTED_US)
    viewed = only_event(items(shopping("product_view", "product", id="p")))
    assert (viewed.kind, viewed.title) == ("behaviour.action", "snowplow_ecommerce_action")


def test_entities_of_a_row_are_read_as_well() -> None:
    action = described(f"{SHOPPING}/snowplow_ecommerce_action", {"type": "transaction"})
    sold = {"transaction_id": "A-1", "revenue": 27.5, "currency": "EUR"}
    row = enriched(
        "unstruct",
        event_name="snowplow_ecommerce_action",
        unstruct_event=described("com.snowplowanalytics.snowplow/unstruct_event", action),
        contexts=described(
            "com.snowplowanalytics.snowplow/contexts",
            [described("org.schema/WebPage", {}), described(f"{SHOPPING}/transaction", sold)],
        ),
    )
    assert only_event(items(line(row))).money == Money(2750, "EUR", 2)


@pytest.mark.parametrize("currency", [None, ""])
def test_money_without_a_currency_is_not_told(currency: str | None) -> None:
    payload = enriched("transaction", tr_orderid="A-1", tr_total=27.5, tr_currency=currency)
    assert only_event(items(payload)).money is None


def test_an_event_of_nobody_is_that_of_its_session() -> None:
    nobody = enriched("page_view", user_id=None, domain_userid=None, network_userid=None)
    event = only_event(items(nobody))
    assert (event.subject, event.links) == (Identifier("session", "s-1"), ())


def test_the_collectors_time_counts_where_no_better_one_is() -> None:
    event = only_event(items(enriched("page_view", derived_tstamp=None, event_fingerprint=None)))
    assert (event.id, event.occurred_at_us) == ("e-1", COLLECTED_US)


def test_a_source_can_leave_out_single_events() -> None:
    (item,) = items(own("link_clicked", {}), ignore=["link_clicked"])
    assert isinstance(item, Ignored)


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("unknown_type", enriched("teleport")),
        ("missing_field", {"app_id": "shop"}),
        ("missing_field", {"event": "page_view", "event_id": "e-1"}),
        ("bad_time", enriched("page_view", collector_tstamp="now")),
        ("bad_money", enriched("transaction", tr_total="much", tr_currency="EUR")),
        ("invalid_tsv", b"shop\tweb\t2025-06-01 10:02:00"),
        ("invalid_tsv", b"\xff\t" * len(COLUMNS)),
        ("invalid_json", line(enriched("unstruct", unstruct_event="{"))),
        ("too_large", b"a\t" * 600_000),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: Any) -> None:
    (item,) = items(payload)
    assert isinstance(item, Failed)
    assert item.reason == reason
