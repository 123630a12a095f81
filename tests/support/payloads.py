"""Payloads in the shapes of the tools that send them, as bytes. Made up, but complete enough.

Times go in as microseconds since 1970 UTC and come out as each tool writes them.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SHOP_ZONE = timezone(timedelta(hours=2))


def moment(time_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=time_us)


def in_microseconds(time_us: int) -> str:
    """`2026-01-02T03:04:05.678901Z`."""
    return moment(time_us).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def in_nanoseconds(time_us: int, more_ns: int) -> str:
    """Nine digits, as Zendesk and Shopify's headers have them."""
    return moment(time_us).strftime("%Y-%m-%dT%H:%M:%S.%f") + f"{more_ns:03d}Z"


def in_seconds(time_us: int) -> str:
    return moment(time_us).strftime("%Y-%m-%dT%H:%M:%SZ")


def in_shop_zone(time_us: int) -> str:
    """Whole seconds with the shop's own offset."""
    return moment(time_us).astimezone(SHOP_ZONE).isoformat(timespec="seconds")


def dumped(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


class Ticket(NamedTuple):
    """A ticket as the subscriptions describe it in `detail`."""

    number: int
    requester: str
    submitter: str
    subject: str
    description: str
    tags: Sequence[str]
    created_us: int


def zendesk(  # noqa: PLR0917 - what differs between two notices
    kind: str, id: str, time: str, ticket: Ticket, event: Mapping[str, Any], status: str = "OPEN"
) -> bytes:
    """An event subscription's body. `kind` is what follows `zen:event-type:`."""
    return dumped(
        {
            "account_id": 22129848,
            "detail": {
                "actor_id": ticket.submitter,
                "assignee_id": None,
                "brand_id": "8447346621310",
                "created_at": in_seconds(ticket.created_us),
                "custom_status": "8447320465790",
                "description": ticket.description,
                "external_id": None,
                "form_id": "8646151517822",
                "group_id": "8447320466430",
                "id": str(ticket.number),
                "is_public": True,
                "organization_id": None,
                "priority": "LOW",
                "requester_id": ticket.requester,
                "status": status,
                "subject": ticket.subject,
                "submitter_id": ticket.submitter,
                "tags": list(ticket.tags),
                "type": "INCIDENT",
                "updated_at": time[:19] + "Z",
                "via": {"channel": "web_service"},
            },
            "event": event,
            "id": id,
            "subject": f"zen:ticket:{ticket.number}",
            "time": time,
            "type": f"zen:event-type:{kind}",
            "zendesk_event_version": "2022-11-06",
        }
    )


def zendesk_comment(id: str, author: str, body: str, public: bool, staff: bool) -> dict[str, Any]:  # noqa: FBT001
    return {
        "comment": {
            "author": {"id": author, "is_staff": staff, "name": "Kim"},
            "body": body,
            "html_body": f'<div class="zd-comment" dir="auto">{body}</div>',
            "id": id,
            "is_public": public,
        },
        "meta": {"sequence": {"id": "39313930383633353634323999", "position": 2}},
    }


def shopify_headers(
    topic: str, event_id: str, delivery_id: str, triggered: str
) -> tuple[tuple[str, bytes], ...]:
    """The delivery's headers as a gateway passes them on."""
    return (
        ("Content-Type", b"application/json"),
        ("X-Shopify-Topic", topic.encode()),
        ("X-Shopify-Shop-Domain", b"lindenweg.myshopify.com"),
        ("X-Shopify-API-Version", b"2025-07"),
        ("X-Shopify-Webhook-Id", delivery_id.encode()),
        ("X-Shopify-Event-Id", event_id.encode()),
        ("X-Shopify-Triggered-At", triggered.encode()),
    )


class Order(NamedTuple):
    number: int
    email: str
    customer: int
    cents: int
    created_us: int


def shopify_order(order: Order, updated_us: int, test: bool = False) -> bytes:  # noqa: FBT001, FBT002
    """The order's snapshot, shortened to what matters and what misleads."""
    amount = f"{order.cents // 100}.{order.cents % 100:02d}"
    return dumped(
        {
            "id": order.number,
            "admin_graphql_api_id": f"gid://shopify/Order/{order.number}",
            "cancel_reason": None,
            "cancelled_at": None,
            "contact_email": order.email,
            "created_at": in_shop_zone(order.created_us),
            "currency": "EUR",
            "current_total_price": amount,
            "email": order.email,
            "financial_status": "paid",
            "fulfillment_status": None,
            "name": f"#{order.number % 10_000}",
            "note_attributes": [],
            "phone": None,
            "processed_at": in_shop_zone(order.created_us),
            "source_name": "web",
            "subtotal_price": amount,
            "tags": "autumn, newsletter",
            "test": test,
            "total_price": amount,
            "total_price_set": {
                "shop_money": {"amount": amount, "currency_code": "EUR"},
                "presentment_money": {"amount": amount, "currency_code": "EUR"},
            },
            "updated_at": in_shop_zone(updated_us),
            "customer": {"id": order.customer, "email": order.email, "state": "enabled"},
            "fulfillments": [],
            "line_items": [],
            "refunds": [],
        }
    )


class Parcel(NamedTuple):
    number: int
    order: Order
    carrier: str | None
    sent_us: int


def shopify_fulfillment(parcel: Parcel, status: str | None, updated_us: int) -> bytes:
    return dumped(
        {
            "id": parcel.number,
            "order_id": parcel.order.number,
            "status": "success",
            "created_at": in_shop_zone(parcel.sent_us),
            "service": "manual",
            "updated_at": in_shop_zone(updated_us),
            "tracking_company": parcel.carrier,
            "shipment_status": status,
            "location_id": 655441491,
            "origin_address": None,
            "email": parcel.order.email,
            "destination": {"city": "Kiel", "zip": "24103", "country_code": "DE"},
            "line_items": [{"id": 866550311766439020, "price": "199.00", "quantity": 1}],
            "tracking_number": f"NP{parcel.number}",
            "receipt": {},
            "name": f"#{parcel.order.number % 10_000}.1",
            "admin_graphql_api_id": f"gid://shopify/Fulfillment/{parcel.number}",
        }
    )


def shopify_fulfillment_event(parcel: Parcel, status: str, happened_us: int) -> bytes:
    return dumped(
        {
            "id": parcel.number * 10 + 1,
            "fulfillment_id": parcel.number,
            "status": status,
            "message": None,
            "happened_at": in_shop_zone(happened_us),
            "city": "Kiel",
            "country": "DE",
            "order_id": parcel.order.number,
            "created_at": in_shop_zone(happened_us),
            "updated_at": in_shop_zone(happened_us),
            "admin_graphql_api_id": f"gid://shopify/FulfillmentEvent/{parcel.number}1",
        }
    )


QUESTIONS = {
    "how_was_delivery": ("DlXFaesGBpoF", "How was delivery?", "rating"),
    "how_easy_was_it": ("SMEUb7VJz92Q", "How easy was it?", "opinion_scale"),
    "would_you_recommend": ("gFFf3xAkJKsr", "Would you recommend us?", "nps"),
    "anything_else": ("k6TP9oLGgHjl", "Anything else?", "long_text"),
}


def typeform(  # noqa: PLR0917 - what differs between two responses
    event_id: str,
    token: str,
    submitted_us: int,
    hidden: Mapping[str, str],
    answers: Mapping[str, int | str],
    kind: str = "form_response",
) -> bytes:
    """A response to the delivery survey; `answers` by the question's ref."""
    return dumped(
        {
            "event_id": event_id,
            "event_type": kind,
            "form_response": {
                "form_id": "lT4Z3j",
                "token": token,
                "landed_at": in_seconds(submitted_us - 60_000_000),
                "submitted_at": in_seconds(submitted_us),
                "hidden": dict(hidden),
                "calculated": {"score": 9},
                "definition": {
                    "id": "lT4Z3j",
                    "title": "Delivery",
                    "fields": [
                        {"id": id_, "title": title, "type": type_, "ref": ref}
                        for ref, (id_, title, type_) in QUESTIONS.items()
                    ],
                },
                "answers": [_typeform_answer(ref, answer) for ref, answer in answers.items()],
            },
        }
    )


def _typeform_answer(ref: str, answer: int | str) -> dict[str, Any]:
    id_, _, type_ = QUESTIONS[ref]
    kind = "text" if isinstance(answer, str) else "number"
    return {"type": kind, kind: answer, "field": {"id": id_, "type": type_, "ref": ref}}
