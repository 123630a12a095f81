"""The story as records: what the shop's three tools publish, with what goes wrong on the way.

Pure and seeded. `records` gives every record in order of its record time: duplicates as gateways
and webhooks make them, answers that were corrected, records that come late or are corrupt, types
that nobody reads. About 1 in 25 is a duplicate and 1 in 500 cannot be opened.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from service.demo import payloads
from service.demo.payloads import Payload
from service.demo.story import Answer, Order, Parcel, Story, Ticket

SHOP_TOPIC: Final = "shop.webhooks"
TICKETS_TOPIC: Final = "support.tickets"
SURVEYS_TOPIC: Final = "surveys.delivery"
TOPICS: Final = (SHOP_TOPIC, TICKETS_TOPIC, SURVEYS_TOPIC)

Headers = tuple[tuple[str, bytes], ...]


class Published(NamedTuple):
    """A record as a producer sends it. `at_us` is its record time."""

    at_us: int
    topic: str
    key: bytes
    value: bytes
    headers: Headers


def records(story: Story, seed: int, zero_us: int) -> list[Published]:
    """All records of the story in order of record time; `zero_us` is when the five days begin."""
    pen = _Pen(Random(seed), zero_us)
    told = [
        *(record for order in story.orders for record in _of_order(pen, order)),
        *(record for parcel in story.parcels for record in _of_parcel(pen, parcel)),
        *(record for ticket in story.tickets for record in _of_ticket(pen, ticket)),
        *(record for answer in story.answers for record in _of_answer(pen, answer)),
    ]
    told.sort()
    disturbed = [again for record in told for again in _disturb(pen, record)]
    disturbed.sort()
    return disturbed


@dataclass(frozen=True)
class _Pen:
    """What writing needs: chance, and where hour 0 lies."""

    random: Random
    zero_us: int

    def time_us(self, hour: float) -> int:
        return self.zero_us + round(hour * 3_600_000_000)

    def uuid(self) -> str:
        return str(UUID(int=self.random.getrandbits(128), version=4))


_encode: Final = msgspec.json.Encoder().encode
_DELAY_US: Final = 4_000_000
"""What a webhook and its gateway need until the record is in the topic."""


def _webhook(pen: _Pen, shop_topic: str, order: Order, at_us: int, body: Payload) -> Published:
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": shop_topic,
        "X-Shopify-Shop-Domain": "shop.myshopify.example",
        "X-Shopify-API-Version": "2025-07",
        "X-Shopify-Webhook-Id": pen.uuid(),
        "X-Shopify-Event-Id": pen.uuid(),
        "X-Shopify-Triggered-At": payloads.nanosecond_text(at_us),
    }
    return Published(
        at_us + _DELAY_US,
        SHOP_TOPIC,
        str(payloads.order_id(order)).encode(),
        _encode(body),
        tuple((name, text.encode()) for name, text in headers.items()),
    )


def _of_order(pen: _Pen, order: Order) -> Iterator[Published]:
    at_us = pen.time_us(order.at)
    body = payloads.shop_order(order, at_us)
    yield _webhook(pen, "orders/create", order, at_us, body)
    if order.number % 300 == 0:
        trial = body | {"test": True, "id": body["id"] + 500_000}
        yield _webhook(pen, "orders/create", order, at_us, trial)
    if order.number % 45 == 0:
        back_us = pen.time_us(order.at + 120)
        refund = payloads.shop_refund(order, back_us)
        yield _webhook(pen, "refunds/create", order, back_us, refund)


def _of_parcel(pen: _Pen, parcel: Parcel) -> Iterator[Published]:
    """Handed over, on its way, there; now and then a later snapshot says once more that it is."""
    order = parcel.order
    sent_us, arrived_us = pen.time_us(parcel.sent), pen.time_us(parcel.arrived)

    def webhook(shop_topic: str, at_us: int, status: str | None) -> Published:
        body = payloads.shop_fulfillment(parcel, sent_us, at_us, status)
        return _webhook(pen, shop_topic, order, at_us, body)

    yield webhook("fulfillments/create", sent_us, None)
    yield webhook("fulfillments/update", pen.time_us(parcel.sent + 2), "in_transit")
    yield webhook("fulfillments/update", arrived_us, "delivered")
    if order.number % 60 == 0:
        yield webhook("fulfillments/update", pen.time_us(parcel.arrived + 3), "delivered")


def _of_ticket(pen: _Pen, ticket: Ticket) -> Iterator[Published]:
    opened_us = pen.time_us(ticket.at)

    def event(hour: float, status: str, name: str, body: Payload) -> Published:
        at_us = pen.time_us(hour)
        uuid = pen.uuid()
        happened = payloads.TicketEvent(ticket, opened_us, at_us, status, name, body)
        payload = payloads.ticket_event(happened, uuid)
        headers = (
            ("Content-Type", b"application/json; charset=utf-8"),
            ("X-Zendesk-Webhook-Id", b"01GK8E6BKWMJZD2T8Y5AXJQMG5"),
            ("X-Zendesk-Webhook-Invocation-Id", uuid.encode()),
        )
        key = str(ticket.number).encode()
        return Published(at_us + _DELAY_US, TICKETS_TOPIC, key, _encode(payload), headers)

    yield event(ticket.at, "NEW", "ticket.created", {})
    yield from _answered(pen, ticket, event)
    if ticket.comes_back is not None:
        yield from _came_back(ticket, ticket.comes_back, event)
    yield from _rated(ticket, event)


_Event = Callable[[float, str, str, Payload], Published]


def _answered(pen: _Pen, ticket: Ticket, event: _Event) -> Iterator[Published]:
    number, takes = 10 * ticket.number, ticket.solved - ticket.at
    note = payloads.private(payloads.by_agent("Asked the carrier.", number))
    reply = payloads.by_agent("We are looking into it.", number + 1)
    thanks = payloads.by_customer(ticket, "Thank you, I will wait.", number + 2)
    yield event(ticket.at + 0.2 * takes, "OPEN", "ticket.comment_added", note)
    yield event(ticket.at + 0.5 * takes, "OPEN", "ticket.comment_added", reply)
    if pen.random.random() < 0.4:
        yield event(ticket.at + 0.7 * takes, "OPEN", "ticket.comment_added", thanks)
    solved = payloads.status_change("OPEN", "SOLVED")
    yield event(ticket.solved, "SOLVED", "ticket.status_changed", solved)


def _came_back(ticket: Ticket, hour: float, event: _Event) -> Iterator[Published]:
    again = payloads.by_customer(ticket, "It is still not right.", 10 * ticket.number + 3)
    reopened = payloads.status_change("SOLVED", "OPEN")
    solved = payloads.status_change("OPEN", "SOLVED")
    yield event(hour, "OPEN", "ticket.comment_added", again)
    yield event(hour + 0.001, "OPEN", "ticket.status_changed", reopened)
    yield event(hour + 6, "SOLVED", "ticket.status_changed", solved)


def _rated(ticket: Ticket, event: _Event) -> Iterator[Published]:
    """`changed` is bad first and good an hour later: one answer, corrected."""
    first = {"good": "GOOD", "bad": "BAD", "changed": "BAD"}.get(ticket.rating)
    if first:
        yield event(ticket.solved + 1, "SOLVED", "ticket.csat_received", payloads.rated(first))
    if ticket.rating == "changed":
        yield event(ticket.solved + 2, "SOLVED", "ticket.csat_received", payloads.rated("GOOD"))


def _of_answer(pen: _Pen, answer: Answer) -> Iterator[Published]:
    """Some responses come hours late; some are sent again by hand, under a new event id."""
    at_us = pen.time_us(answer.at)
    token = f"{pen.random.getrandbits(128):032x}"
    late_us = 5 * 3_600_000_000 if pen.random.random() < 0.02 else _DELAY_US
    yield _response(pen, answer, at_us, at_us + late_us, token)
    if pen.random.random() < 0.02:
        yield _response(pen, answer, at_us, at_us + late_us + 3_600_000_000, token)


def _response(pen: _Pen, answer: Answer, at_us: int, sent_us: int, token: str) -> Published:
    event_id = f"01{pen.random.getrandbits(60):015x}"
    payload = payloads.survey_response(answer, at_us, event_id, token)
    headers = (("Content-Type", b"application/json"),)
    return Published(sent_us, SURVEYS_TOPIC, token.encode(), _encode(payload), headers)


def _disturb(pen: _Pen, record: Published) -> Iterator[Published]:
    """The record, and what a careless world makes of it besides. Nothing of the story is lost."""
    yield record
    chance = pen.random.random()
    later_us = record.at_us + round(pen.random.uniform(1, 1_800) * 1_000_000)
    if chance < 0.04:
        yield record._replace(at_us=later_us)
    elif chance < 0.0412:
        yield record._replace(at_us=later_us, value=record.value[: len(record.value) // 2])
    elif chance < 0.0420:
        yield record._replace(at_us=later_us, value=_unread(record))


def _unread(record: Published) -> bytes:
    """A type that no connector knows, or of a webhook, something that is no JSON object."""
    if record.topic == SHOP_TOPIC:
        return b'["gateway error"]'
    payload = msgspec.json.decode(record.value)
    payload["type" if record.topic == TICKETS_TOPIC else "event_type"] = "brand_new_type"
    return _encode(payload)
