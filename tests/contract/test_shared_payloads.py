"""The example payloads of the systems, with the events that they must become, in full."""

from typing import Any

import pytest

from connectors.feedback.answers import UNMAPPED
from connectors.sales.shopify_topics import IGNORED
from service.event import Event, Fact, Identifier, Ignored, Item, Link, Money, Score
from tests.contract.converting import convert
from tests.contract.shared_payloads import payload

pytestmark = pytest.mark.shared


REQUESTER = Identifier("user", "8447388090777")
ORGANIZATION = Identifier("organization", "8447346622462")


def of_ticket(kind: str, **fields: Any) -> Event:
    common: dict[str, Any] = {
        "kind": kind,
        "subject": REQUESTER,
        "identifiers": (ORGANIZATION,),
        "links": (Link(REQUESTER, ORGANIZATION, "weak"),),
        "title": "Damaged parcel",
        "channel": "web_service",
        "tags": ("delivery", "damaged"),
    }
    return Event(**{**common, **fields})


def about_ticket(**more: str) -> dict[str, str]:
    return {
        "ticket_id": "5158",
        "brand_id": "8447346621310",
        "group_id": "8447320466430",
        "form_id": "8646151517822",
        **more,
    }


CREATED_US = 1_736_331_127_672_717
COMMENTED_US = 1_736_411_804_304_701
SOLVED_US = 1_736_354_720_987_654
RATED_US = 1_736_596_893_114_250

ZENDESK = {
    "ticket_created": of_ticket(
        "support.contact",
        id="cbe4028c-7239-495d-b020-f22348516046",
        occurred_at_us=CREATED_US,
        fact=Fact("ticket:5158:contact", CREATED_US),
        text="Parcel 4512 arrived damaged, please advise",
        attributes=about_ticket(priority="low", ticket_type="task"),
    ),
    "ticket_comment_added": of_ticket(
        "support.message",
        id="d8551ba3-4243-433c-8629-aa79dc3e7182",
        occurred_at_us=COMMENTED_US,
        fact=Fact("d8551ba3-4243-433c-8629-aa79dc3e7182", COMMENTED_US),
        identifiers=(),
        links=(),
        text="Any news about my refund?",
        channel="native_messaging",
        attributes=about_ticket(ticket_type="incident"),
    ),
    "ticket_status_changed": of_ticket(
        "support.solved",
        id="a8b9c1d2-3e4f-5a6b-7c8d-9e0f1a2b3c4d",
        occurred_at_us=SOLVED_US,
        fact=Fact("a8b9c1d2-3e4f-5a6b-7c8d-9e0f1a2b3c4d", SOLVED_US),
        status="solved",
        previous_status="open",
        attributes=about_ticket(priority="high", ticket_type="problem"),
    ),
    "ticket_csat_received": of_ticket(
        "feedback.csat",
        id="7d2b0b5e-9ad1-4b0e-8f22-3f1d3f2f9c55",
        occurred_at_us=RATED_US,
        fact=Fact("ticket:5158:csat", RATED_US),
        score=Score(0, 0, 1, 1),
        attributes=about_ticket(priority="low", ticket_type="task"),
    ),
}


@pytest.mark.parametrize("name", sorted(ZENDESK))
def test_zendesk_events_of_a_ticket(name: str) -> None:
    assert convert("zendesk", payload(f"zendesk/{name}.json")) == [ZENDESK[name]]


def test_zendesk_row_of_a_satisfaction_rating() -> None:
    rated_us = 1_736_597_110_000_000
    assert convert("zendesk", payload("zendesk/satisfaction_rating_record.json")) == [
        Event(
            id="rating:35436",
            kind="feedback.csat",
            occurred_at_us=rated_us,
            subject=Identifier("user", "7881"),
            fact=Fact("ticket:5158:csat", rated_us),
            score=Score(0, 0, 1, 1),
            text="Nobody called me back",
            attributes={
                "ticket_id": "5158",
                "reason": "The issue took too long to resolve",
            },
        )
    ]


def test_zendesk_webhook_of_a_trigger() -> None:
    solved_us = 1_736_354_720_000_000
    headers = payload("zendesk/http_headers.json")
    assert convert("zendesk", payload("zendesk/trigger_webhook.json"), headers) == [
        Event(
            id="01GK8E6C0000000000000000QW",
            kind="support.solved",
            occurred_at_us=solved_us,
            subject=Identifier("email", "jane.doe@example.com"),
            fact=Fact("01GK8E6C0000000000000000QW", solved_us),
            title="Damaged parcel",
            status="solved",
            attributes={"ticket_id": "5158"},
        )
    ]


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
def test_shopify_webhooks(name: str, topic: str) -> None:
    headers = payload("shopify/http_headers.json") | {"X-Shopify-Topic": topic}
    items = convert("shopify", payload(f"shopify/{name}.json"), headers)
    assert items == [SHOPIFY[name, topic]]


TOKEN = "a3a12ec67a1365927098a606107fac15"
SUBMITTED_US = 1_516_299_422_000_000
SAID = "It's cold right now! I live in an older medium-sized city with a university."
USER = Identifier("user", "abc123456")
TYPED = Identifier("email", "laura@example.com")


def of_answer(question: str, ref: str, **fields: Any) -> Event:
    common: dict[str, Any] = {
        "id": f"{TOKEN}:{question}",
        "kind": "feedback.comment",
        "occurred_at_us": SUBMITTED_US,
        "subject": USER,
        "identifiers": (TYPED,),
        "links": (Link(USER, TYPED, "weak"),),
        "fact": Fact(f"{TOKEN}:{question}", SUBMITTED_US),
        "attributes": {"form_id": "lT4Z3j", "response": TOKEN, "question": ref},
    }
    return Event(**{**common, **fields})


def test_typeform_response() -> None:
    options = {
        "questions": {
            "readable_ref_rating": {"kind": "feedback.csat", "scale": "1-5", "best": 5},
            "NRsxU591jIW9": {"kind": "feedback.rating", "scale": "1-5"},
        }
    }
    items = convert("typeform", payload("typeform/form_response.json"), options=options)
    assert items == [
        of_answer(
            "DlXFaesGBpoF",
            "readable_ref_long_text",
            title="Thanks, {{answer_60906475}}! What's it like where you live? "
            "Tell us in a few sentences.",
            text=SAID,
        ),
        of_answer(
            "JwWggjAKtOkA",
            "readable_ref_short_text",
            title="What is your first name?",
            text="Laura",
        ),
        *[UNMAPPED] * 6,
        of_answer(
            "NRsxU591jIW9",
            "readable_ref_opinion_scale",
            kind="feedback.rating",
            title="How important is the weather to your opinion about a city? "
            "1 is not important, 5 is very important.",
            text=SAID,
            score=Score(2, 1, 5, 5),
        ),
        of_answer(
            "WOTdC00F8A3h",
            "readable_ref_rating",
            kind="feedback.csat",
            title="How would you rate the weather where you currently live? "
            "1 is poor weather, 5 is excellent weather.",
            text=SAID,
            score=Score(3, 1, 5, 5),
        ),
        *[UNMAPPED] * 2,
    ]
