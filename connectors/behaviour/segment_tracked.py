"""Events that are tracked by Segment: those with a meaning of their own, and all others."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec

from connectors.behaviour.segment_events import ANSWERED, CHATS, ORDERS, REVIEWED, SIGNED_UP
from connectors.behaviour.segment_messages import Message, event_of, text_in
from connectors.behaviour.segment_options import SegmentOptions
from connectors.feedback.answers import UNMAPPED, as_number, scored
from connectors.feedback.delighted import SCALES
from connectors.feedback.questions import Question
from connectors.money import parse_money
from connectors.refusal import Refused
from service.event import Event, Fact, Item, Money


def tracked(message: Message, options: SegmentOptions) -> list[Item]:
    """What a message of the type `track` becomes."""
    event = message.event
    if event is None:
        raise Refused("missing_field", "`event` is missing")
    read = _TRACKED.get(event)
    if read is not None:
        return [read(message, options)]
    kind = "customer.created" if event in SIGNED_UP else "behaviour.action"
    return [event_of(message, options, kind, event)]


def _order(message: Message, options: SegmentOptions, what: str) -> Event:
    properties = message.properties or {}
    order = properties.get("order_id")
    event = event_of(message, options, f"sales.order.{what}")
    once = what != "refunded" and isinstance(order, str | int) and order != ""
    fact = Fact(f"order:{order}:{what}", -event.occurred_at_us) if once else None
    return msgspec.structs.replace(event, fact=fact, money=_money(properties, options))


def _chat(message: Message, options: SegmentOptions, kind: str) -> Event:
    said = text_in(message.properties or {}, "message_body")
    return msgspec.structs.replace(event_of(message, options, kind), text=said)


def _money(properties: Mapping[str, Any], options: SegmentOptions) -> Money | None:
    currency = text_in(properties, "currency") or options.currency
    for field in ("total", "revenue", "value"):
        amount = properties.get(field)
        if not currency or amount in (None, "") or not isinstance(amount, str | int | float):
            continue
        # Twelve digits: a browser that adds up prices sends 27.500000000000004.
        exact = f"{amount:.12g}" if isinstance(amount, float) else str(amount)
        return parse_money(exact, currency, f"properties.{field}")
    return None


def _review(message: Message, options: SegmentOptions) -> Item:
    properties = message.properties or {}
    event = event_of(message, options, "feedback.review")
    review = properties.get("review_id")
    known = isinstance(review, str | int) and review != ""
    told = msgspec.structs.replace(
        event,
        fact=Fact(f"review:{review}", event.occurred_at_us) if known else None,
        text=text_in(properties, "review_body"),
    )
    asked = options.questions.get("product_rating")
    if asked is None or "rating" not in properties:
        return told
    return scored(told, asked, "product_rating", _number(asked, properties["rating"]))


def _answer(message: Message, options: SegmentOptions) -> Item:
    properties = message.properties or {}
    asked = _asked(properties, options)
    response = properties.get("survey_question_response")
    title = text_in(properties, "survey_question_text")
    event = msgspec.structs.replace(
        event_of(message, options, "feedback.comment", title),
        channel=text_in(properties, "survey_medium").lower() or (message.channel or ""),
    )
    if asked is not None and asked.ends is not None:
        return scored(event, asked, "survey_question_response", _number(asked, response))
    if as_number(response) is not None or not _as_text(response):
        return UNMAPPED
    kind = event.kind if asked is None else asked.kind
    return msgspec.structs.replace(event, kind=kind, text=_as_text(response))


def _asked(properties: Mapping[str, Any], options: SegmentOptions) -> Question | None:
    id_ = text_in(properties, "survey_question_id")
    if id_ in options.questions:
        return options.questions[id_]
    if text_in(properties, "survey_tool").lower() == "delighted" and id_ == "score":
        return SCALES.get(text_in(properties, "survey_type").lower())
    return None


def _number(asked: Question, response: object) -> float | None:
    return asked.worth((str(response),)) if asked.choices else as_number(response)


def _as_text(response: object) -> str:
    if isinstance(response, list):
        return ", ".join(part for part in response if isinstance(part, str))
    return response if isinstance(response, str) else ""


_TRACKED: Final[dict[str, Callable[[Message, SegmentOptions], Item]]] = {
    **{event: partial(_order, what=what) for event, what in ORDERS.items()},
    **{event: partial(_chat, kind=kind) for event, kind in CHATS.items()},
    **dict.fromkeys(REVIEWED, _review),
    **dict.fromkeys(ANSWERED, _answer),
}
