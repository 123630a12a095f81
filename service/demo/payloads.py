"""Payloads in the shapes that Shopify, Zendesk and Typeform publish.

Pure. A payload is a JSON object; all times are whole microseconds since 1970-01-01 UTC and are
written as each system writes them. Records (with topic, key, headers) are made of these by
`service.demo.records`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from service.demo.story import Answer, Customer, Order, Parcel, Ticket

Payload: TypeAlias = dict[str, Any]

_SHOP_ZONE: Final = ZoneInfo("Europe/Berlin")
_ORDER_IDS: Final = 820_982_911_946_000_000
_FULFILLMENT_IDS: Final = 4_123_456_000_000
_CUSTOMER_IDS: Final = 115_310_627_314_000_000
_REQUESTER_IDS: Final = 8_447_388_000_000
_AGENT: Final = "8447388090494"


def utc_text(time_us: int) -> str:
    """`2026-10-15T07:02:10Z`: whole seconds, as Typeform and Zendesk's `updated_at` have it."""
    return datetime.fromtimestamp(time_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def nanosecond_text(time_us: int) -> str:
    """`2026-10-15T07:02:10.672717030Z`: nine digits, as Zendesk and Shopify's headers have it."""
    return f"{utc_text(time_us)[:-1]}.{time_us % 1_000_000:06d}000Z"


def _shop_text(time_us: int) -> str:
    return datetime.fromtimestamp(time_us // 1_000_000, _SHOP_ZONE).isoformat()


def order_id(order: Order) -> int:
    return _ORDER_IDS + order.number


def _amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _money_set(cents: int) -> Payload:
    money = {"amount": _amount(cents), "currency_code": "EUR"}
    return {"shop_money": money, "presentment_money": money}


def shop_order(order: Order, at_us: int) -> Payload:
    """`orders/create`: a snapshot of the whole order."""
    total = _amount(order.cents)
    return {
        "id": order_id(order),
        "admin_graphql_api_id": f"gid://shopify/Order/{order_id(order)}",
        "cancel_reason": None,
        "cancelled_at": None,
        "confirmed": True,
        "contact_email": order.customer.email,
        "created_at": _shop_text(at_us),
        "currency": "EUR",
        "current_total_price": total,
        "customer_locale": "de-DE",
        "email": order.customer.email,
        "financial_status": "paid",
        "fulfillment_status": None,
        "name": f"#{order.number}",
        "note_attributes": [],
        "order_number": order.number,
        "payment_gateway_names": ["shopify_payments"],
        "presentment_currency": "EUR",
        "processed_at": _shop_text(at_us),
        "source_name": "web",
        "subtotal_price": total,
        "tags": "",
        "test": False,
        "total_discounts": "0.00",
        "total_price": total,
        "total_price_set": _money_set(order.cents),
        "updated_at": _shop_text(at_us),
        "customer": _shop_customer(order.customer),
        "fulfillments": [],
        "line_items": [_line_item(order)],
        "refunds": [],
        "shipping_lines": [{"code": "Standard", "price": "0.00", "title": "Standard"}],
    }


def _shop_customer(customer: Customer) -> Payload:
    return {
        "id": _CUSTOMER_IDS + customer.number,
        "email": customer.email,
        "first_name": customer.name,
        "state": "enabled",
        "verified_email": True,
        "phone": None,
        "currency": "EUR",
    }


def _line_item(order: Order) -> Payload:
    return {
        "id": 866_550_311_766_000_000 + order.number,
        "name": "Canvas shoes",
        "price": _amount(order.cents),
        "quantity": 1,
        "requires_shipping": True,
        "sku": f"CS-{order.number % 40:02d}",
        "title": "Canvas shoes",
    }


def shop_fulfillment(
    parcel: Parcel, sent_us: int, updated_us: int, shipment_status: str | None
) -> Payload:
    """`fulfillments/create` (no shipment status yet) and `fulfillments/update`: a snapshot."""
    tracking = f"{parcel.carrier[:2].upper()}{1_827_000_000 + parcel.order.number}"
    fulfillment = _FULFILLMENT_IDS + parcel.order.number
    return {
        "id": fulfillment,
        "order_id": order_id(parcel.order),
        "status": "success",
        "created_at": _shop_text(sent_us),
        "service": "manual",
        "updated_at": _shop_text(updated_us),
        "tracking_company": parcel.carrier,
        "shipment_status": shipment_status,
        "location_id": 655_441_491,
        "email": parcel.order.customer.email,
        "destination": {"first_name": parcel.order.customer.name, "country_code": "DE"},
        "line_items": [_line_item(parcel.order)],
        "tracking_number": tracking,
        "tracking_numbers": [tracking],
        "tracking_url": f"https://track.example/{tracking}",
        "receipt": {},
        "name": f"#{parcel.order.number}.1",
        "admin_graphql_api_id": f"gid://shopify/Fulfillment/{fulfillment}",
    }


def shop_refund(order: Order, at_us: int) -> Payload:
    """`refunds/create`: names the order, not the customer."""
    refund = 974_007_000_000 + order.number
    transaction = {
        "id": 245_135_271_310_000_000 + order.number,
        "order_id": order_id(order),
        "kind": "refund",
        "gateway": "shopify_payments",
        "status": "success",
        "created_at": _shop_text(at_us),
        "processed_at": _shop_text(at_us),
        "test": False,
        "amount": _amount(order.cents),
        "currency": "EUR",
    }
    return {
        "id": refund,
        "order_id": order_id(order),
        "created_at": _shop_text(at_us),
        "processed_at": _shop_text(at_us),
        "note": "Sent back",
        "restock": True,
        "refund_line_items": [
            {
                "id": 586_381_000_000 + order.number,
                "line_item": _line_item(order),
                "line_item_id": 866_550_311_766_000_000 + order.number,
                "quantity": 1,
                "restock_type": "return",
                "subtotal": order.cents / 100,
                "total_tax": 0.0,
            }
        ],
        "order_adjustments": [],
        "transactions": [transaction],
        "admin_graphql_api_id": f"gid://shopify/Refund/{refund}",
    }


class TicketEvent(NamedTuple):
    """What happened to a ticket: `name` as in `ticket.created`, `body` is the event's own part."""

    ticket: Ticket
    opened_us: int
    at_us: int
    status: str
    name: str
    body: Payload


def ticket_event(happened: TicketEvent, uuid: str) -> Payload:
    """One event of the event subscription, with the ticket as it was then."""
    ticket = happened.ticket
    requester = str(_REQUESTER_IDS + ticket.customer.number)
    return {
        "account_id": 22_129_848,
        "detail": {
            "actor_id": requester,
            "assignee_id": None,
            "brand_id": "8447346621310",
            "created_at": utc_text(happened.opened_us),
            "custom_status": "8447320465790",
            "description": ticket.text,
            "external_id": None,
            "form_id": "8646151517822",
            "group_id": "8447320466430",
            "id": str(ticket.number),
            "is_public": True,
            "organization_id": None,
            "priority": "NORMAL",
            "requester_id": requester,
            "status": happened.status,
            "subject": ticket.subject,
            "submitter_id": requester,
            "tags": list(ticket.tags),
            "type": "INCIDENT",
            "updated_at": utc_text(happened.at_us),
            "via": {"channel": "web_service"},
        },
        "event": happened.body,
        "id": uuid,
        "subject": f"zen:ticket:{ticket.number}",
        "time": nanosecond_text(happened.at_us),
        "type": f"zen:event-type:{happened.name}",
        "zendesk_event_version": "2022-11-06",
    }


def by_agent(text: str, number: int) -> Payload:
    """What an agent wrote to the customer."""
    return _comment({"id": _AGENT, "is_staff": True, "name": "Sam"}, text, number)


def private(comment: Payload) -> Payload:
    """The same as a note among agents."""
    return comment | {"comment": comment["comment"] | {"is_public": False}}


def by_customer(ticket: Ticket, text: str, number: int) -> Payload:
    customer = ticket.customer
    author = {
        "id": str(_REQUESTER_IDS + customer.number),
        "is_staff": False,
        "name": customer.name,
    }
    return _comment(author, text, number)


def _comment(author: Mapping[str, Any], text: str, number: int) -> Payload:
    return {
        "comment": {
            "author": dict(author),
            "body": text,
            "html_body": f'<div class="zd-comment" dir="auto">{text}</div>',
            "id": str(58_789_194_000_000 + number),
            "is_public": True,
        },
        "meta": {"sequence": {"id": str(39_313_930_000_000 + number), "position": 1}},
    }


def status_change(previous: str, current: str) -> Payload:
    return {"current": current, "previous": previous}


def rated(score: str) -> Payload:
    return {"satisfaction_score": {"score": score}}


_STARS: Final = {"id": "WOTdC00F8A3h", "type": "rating", "ref": "how_was_delivery"}
_COMMENT: Final = {"id": "DlXFaesGBpoF", "type": "long_text", "ref": "anything_else"}


def survey_response(answer: Answer, at_us: int, event_id: str, token: str) -> Payload:
    """`form_response`: a star rating, and a comment where the customer left one."""
    answers: list[Payload] = [{"type": "number", "number": answer.stars, "field": _STARS}]
    if answer.comment:
        answers.append({"type": "text", "text": answer.comment, "field": _COMMENT})
    order = answer.parcel.order
    return {
        "event_id": event_id,
        "event_type": "form_response",
        "form_response": {
            "form_id": "lT4Z3j",
            "token": token,
            "submitted_at": utc_text(at_us),
            "landed_at": utc_text(at_us - 40_000_000),
            "hidden": {
                "email": order.customer.email,
                "order_id": str(order_id(order)),
                "carrier": answer.parcel.carrier,
            },
            "definition": {
                "id": "lT4Z3j",
                "title": "How was delivery?",
                "fields": [
                    {**_STARS, "title": "How was delivery?"},
                    {**_COMMENT, "title": "Anything else?"},
                ],
            },
            "answers": answers,
        },
    }
