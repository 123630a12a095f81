"""Records in the shapes of the systems, made up, and the means to convert them."""

import json
from collections.abc import Mapping
from typing import Any

from connectors.registry import OURS
from service.event import Event, Item, Position, Record

RECORD_TIME_US = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z."""


def record(payload: object, headers: Mapping[str, str] | None = None) -> Record:
    """A record of this payload, which may be bytes already."""
    value = payload if isinstance(payload, bytes | None) else json.dumps(payload).encode()
    pairs = tuple((name, text.encode()) for name, text in (headers or {}).items())
    return Record(Position("a-topic", 0, 7), RECORD_TIME_US, None, pairs, value)


def convert(
    name: str,
    payload: object,
    headers: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
) -> list[Item]:
    """The items of the record by the connector of that name."""
    connector = OURS[name]
    opened = connector.open(connector.options.model_validate(options or {}))
    return opened(record(payload, headers))


def only_event(items: list[Item]) -> Event:
    """The one item, which must be an event."""
    (item,) = items
    assert isinstance(item, Event), item
    return item


# --- canonical ---------------------------------------------------------------------------------


def written(**fields: Any) -> dict[str, Any]:
    """An event in our form, with everything that an event can have."""
    whole = {
        "id": "e-1",
        "kind": "feedback.csat",
        "occurred_at": "2025-03-01T10:00:00.5Z",
        "subject": {"namespace": "user", "value": "9"},
        "identifiers": [{"namespace": "email", "value": "jo@shop.example"}],
        "links": [
            {
                "one": {"namespace": "user", "value": "9"},
                "other": {"namespace": "email", "value": "jo@shop.example"},
                "strength": "weak",
            }
        ],
        "fact": {"id": "answer-1", "version": 3},
        "title": "How was it?",
        "text": "Slow, but friendly.",
        "channel": "web",
        "language": "en",
        "tags": ["delivery", "late"],
        "score": {"value": 2, "low": 1, "high": 5, "best": 5},
        "money": {"amount": "12.50", "currency": "EUR"},
        "status": "sent",
        "previous_status": "open",
        "attributes": {"country": "DE", "parcels": 2, "weight": 1.5, "gift": True},
    }
    return {**whole, **fields}


# --- Zendesk -----------------------------------------------------------------------------------

REQUESTER = "70010"
AGENT = "90020"


def notice(name: str, event: Mapping[str, Any] | None = None, **detail: Any) -> dict[str, Any]:
    """What an event subscription sends; `name` as in `ticket.created`."""
    ticket = {
        "actor_id": AGENT,
        "assignee_id": None,
        "brand_id": "31",
        "created_at": "2025-02-03T08:00:00Z",
        "custom_status": "11",
        "description": "The lamp came without a bulb",
        "external_id": "ERP-5",
        "form_id": "21",
        "group_id": "41",
        "id": "6001",
        "is_public": True,
        "organization_id": "501",
        "priority": "HIGH",
        "requester_id": REQUESTER,
        "status": "OPEN",
        "subject": "Missing bulb",
        "submitter_id": REQUESTER,
        "tags": ["delivery"],
        "type": "PROBLEM",
        "updated_at": "2025-02-04T09:30:00Z",
        "via": {"channel": "email"},
    }
    return {
        "account_id": 1,
        "detail": {**ticket, **detail},
        "event": {"meta": {"sequence": {"id": "5", "position": 1}}, **(event or {})},
        "id": "0a1b2c3d-0000-4000-8000-000000000001",
        "subject": "zen:ticket:6001",
        "time": "2025-02-04T09:30:00.123456789Z",
        "type": f"zen:event-type:{name}",
        "zendesk_event_version": "2022-11-06",
    }


def comment(**fields: Any) -> dict[str, Any]:
    """The event part of `ticket.comment_added`: by the requester, for all to see."""
    author = {"id": REQUESTER, "is_staff": False, "name": "Mo Bauer"} | fields.pop("author", {})
    said = {
        "author": author,
        "body": "Is it on its way?",
        "html_body": "<p>Is it on its way?</p>",
        "id": "88",
        "is_public": True,
    }
    return {"comment": said | fields}


def change(previous: str, current: str) -> dict[str, Any]:
    return {"previous": previous, "current": current}


def rating(score: str) -> dict[str, Any]:
    return {"satisfaction_score": {"score": score}}


# --- Shopify -----------------------------------------------------------------------------------

ORDER_ID = 9_007_199_254_740_993
"""2**53 + 1: a float would make it one less."""


def of_topic(topic: str, **headers: str) -> dict[str, str]:
    """The headers of a delivery."""
    return {
        "X-Shopify-Topic": topic,
        "X-Shopify-Event-Id": "ev-1",
        "X-Shopify-Webhook-Id": "wh-1",
        "X-Shopify-Triggered-At": "2025-05-05T10:00:01.123456789Z",
        **headers,
    }


def order(**fields: Any) -> dict[str, Any]:
    """A snapshot of an order, as all topics of orders send it."""
    whole: dict[str, Any] = {
        "id": ORDER_ID,
        "cancel_reason": None,
        "cancelled_at": None,
        "contact_email": "ann.alt@mail.example",
        "created_at": "2025-05-05T12:00:00+02:00",
        "currency": "EUR",
        "customer": {"id": 77, "email": "ann@mail.example", "phone": None},
        "customer_locale": "de-DE",
        "email": "ann@mail.example",
        "financial_status": "paid",
        "fulfillments": [],
        "phone": "+4940123",
        "presentment_currency": "SEK",
        "shipping_address": {"country_code": "DE", "city": "Kiel"},
        "billing_address": {"country_code": "AT"},
        "source_name": "web",
        "tags": "vip, autumn",
        "test": False,
        "total_price": "49.90",
        "total_price_set": {
            "shop_money": {"amount": "49.90", "currency_code": "EUR"},
            "presentment_money": {"amount": "560.00", "currency_code": "SEK"},
        },
        "updated_at": "2025-05-05T12:00:03+02:00",
    }
    return {**whole, **fields}


def parcel(**fields: Any) -> dict[str, Any]:
    """A snapshot of a fulfillment."""
    whole = {
        "id": 4_001,
        "order_id": ORDER_ID,
        "status": "success",
        "created_at": "2025-05-06T08:00:00+02:00",
        "updated_at": "2025-05-08T20:30:00+02:00",
        "tracking_company": "NordPost",
        "shipment_status": "delivered",
        "email": "ann@mail.example",
        "destination": {"country_code": "DE", "phone": "+4940999"},
        "tracking_number": "NP1",
    }
    return {**whole, **fields}


def transaction(**fields: Any) -> dict[str, Any]:
    whole = {
        "id": 1,
        "kind": "refund",
        "status": "success",
        "amount": "10.00",
        "currency": "EUR",
        "test": False,
    }
    return {**whole, **fields}


def refund(*transactions: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    whole = {
        "id": 501,
        "order_id": ORDER_ID,
        "created_at": "2025-05-20T10:00:00+02:00",
        "processed_at": "2025-05-20T10:00:00+02:00",
        "refund_line_items": [{"quantity": 1, "subtotal": 8.4, "total_tax": 0.67}],
        "order_adjustments": [],
        "transactions": list(transactions or (transaction(),)),
    }
    return {**whole, **fields}


def profile(**fields: Any) -> dict[str, Any]:
    whole = {
        "id": 77,
        "email": "ann@mail.example",
        "phone": "+4940123",
        "created_at": "2025-01-05T12:00:00+01:00",
        "updated_at": "2025-05-05T12:00:03+02:00",
        "tags": "",
    }
    return {**whole, **fields}


# --- Typeform ----------------------------------------------------------------------------------

STARS = {"id": "f-stars", "type": "rating", "ref": "stars"}
WORDS = {"id": "f-words", "type": "long_text", "ref": "words"}
NAME = {"id": "f-name", "type": "short_text", "ref": "name"}
MAIL = {"id": "f-mail", "type": "email", "ref": "mail"}

QUESTIONS = {"questions": {"stars": {"kind": "feedback.csat", "scale": "1-5", "best": 5}}}


def stars(number: object, **field: Any) -> dict[str, Any]:
    return {"type": "number", "number": number, "field": STARS | field}


def words(text: str, field: Mapping[str, Any] = WORDS) -> dict[str, Any]:
    return {"type": "text", "text": text, "field": dict(field)}


def mail(address: str) -> dict[str, Any]:
    return {"type": "email", "email": address, "field": MAIL}


def response(*answers: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    whole = {
        "form_id": "form-1",
        "token": "tok-1",
        "landed_at": "2025-06-01T10:00:00Z",
        "submitted_at": "2025-06-01T10:02:00Z",
        "calculated": {"score": 9},
        "hidden": {"user_id": "u-5", "carrier": "NordPost"},
        "definition": {
            "id": "form-1",
            "title": "Delivery",
            "fields": [
                STARS | {"title": "How was delivery?"},
                WORDS | {"title": "Anything else?"},
                NAME | {"title": "Your name?"},
                MAIL | {"title": "Your address?"},
            ],
        },
        "answers": list(answers),
    }
    return {"event_id": "01X", "event_type": "form_response", "form_response": whole | fields}
