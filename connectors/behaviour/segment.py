"""`segment`: messages of Segment (and of tools that speak its spec), one or a `batch` a record.

| message                                       | becomes                                          |
|-----------------------------------------------|--------------------------------------------------|
| `track`                                       | `behaviour.action`, title = the event's name     |
| ... Order Completed, Cancelled, Refunded      | `sales.order.placed`, `.cancelled`, `.refunded`  |
| ... Product Reviewed                          | `feedback.review`, text = the review             |
| ... Survey Question Answered                  | feedback of the kind that was asked for          |
| ... Live Chat Conversation Started, Ended     | `support.contact`, `support.closed`              |
| ... Live Chat Message Sent                    | `support.message`                                |
| ... Signed Up                                 | `customer.created`                               |
| `page`, `screen`                              | `behaviour.page`, `behaviour.screen`             |
| `identify`, `group`                           | `customer.updated`                               |
| `alias`                                       | `customer.merged`                                |
| `delete`                                      | `customer.erasure_requested`                     |

Ignored are the events in `segment_events.IGNORED`. `ignore` of a source names types of messages or
events. Each message of a batch stands for itself.

The event id is `messageId`. A thank-you page that is loaded again tells an order again under
another one, so an order is placed and cancelled once (`order:<id>:placed`, the earliest counts); a
review is the fact `review:<id>`, the latest counts. The time is `timestamp`, which Segment
corrected for the clock of the device, else the next best.

Survey answers have a known scale where the tool is Delighted. Any other answer, and the rating of a
product, has one by `questions` of the source, by its `survey_question_id` or as `product_rating`;
without one a text is a comment and a number is ignored. Money is `total`, which includes shipping
and tax, else `revenue` or `value`; without a currency there is none, unless the source has one.

The ids of `user`, `anonymous` and `order` and the traits `email` and `phone` that one message has
are of one customer. `group` and `device` are shared by many, and an address among the properties
may be a friend's, so these are linked weakly. The previous id of an alias may be a user's or an
anonymous one: it is linked as both. Properties and traits that are texts, numbers, true or false
are attributes, all of them or those in `properties` of the source, but not what names a person.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec
from pydantic import Field

from connectors import strict_json
from connectors.behaviour.segment_events import (
    ANSWERED,
    CHATS,
    IGNORED,
    ORDERS,
    REVIEWED,
    SIGNED_UP,
)
from connectors.contract import Connector, ConnectorOptions, Convert, isolated, total
from connectors.event_types import by_type, mapped
from connectors.feedback.answers import UNMAPPED, as_number, scored
from connectors.feedback.delighted import SCALES
from connectors.feedback.questions import Question, Questions
from connectors.limits import ATTRIBUTES
from connectors.money import parse_money
from connectors.naming import name, named, names_in
from connectors.refusal import Refused
from connectors.strict_json import Id
from connectors.timestamps import parse_time
from service.event import (
    AttributeValue,
    Event,
    Fact,
    Identifier,
    Item,
    Link,
    Money,
    Record,
)

PERSONAL: Final = frozenset(
    {
        "address",
        "avatar",
        "birthday",
        "email",
        "firstName",
        "first_name",
        "lastName",
        "last_name",
        "phone",
        "username",
    }
)
"""Properties and traits that name a person and are no attributes; of traits also `name`."""


class SegmentOptions(ConnectorOptions):
    """Keys of a source of Segment."""

    questions: Questions = Field(default_factory=dict)
    """What is asked, by `survey_question_id`; the rating of products is `product_rating`."""

    currency: str = ""
    """The currency of amounts whose message names none."""

    properties: tuple[str, ...] | None = None
    """Which properties and traits are attributes, where it is not all of them."""


class _Message(msgspec.Struct, rename="camel", gc=False):
    type: str
    message_id: Id
    user_id: str | int | None = None
    anonymous_id: str | int | None = None
    previous_id: str | int | None = None
    group_id: str | int | None = None
    event: str | None = None
    name: str | None = None
    channel: str | None = None
    timestamp: str | None = None
    original_timestamp: str | None = None
    received_at: str | None = None
    sent_at: str | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None


def open_segment(options: SegmentOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, IGNORED, options.ignore)
    left_out = IGNORED.keys() | options.ignore

    def item(part: object) -> list[Item]:
        type_ = part.get("type") if isinstance(part, dict) else None
        if not isinstance(part, dict) or not isinstance(type_, str):
            raise Refused("missing_field", "`type` is missing: this is no message of Segment")
        event = part.get("event") if type_ == "track" else None
        if isinstance(event, str) and event in left_out and type_ not in left_out:
            type_ = event
        return of_type(type_)(part, options)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        batch = payload.get("batch")
        return isolated(batch, item) if isinstance(batch, list) else item(payload)

    return total(read)


def _page(message: _Message, options: SegmentOptions) -> list[Item]:
    properties = message.properties or {}
    title = message.name or _text(properties, "title")
    return [_event(message, options, f"behaviour.{message.type}", title)]


def _identify(message: _Message, options: SegmentOptions) -> list[Item]:
    return [_event(message, options, "customer.updated")]


def _alias(message: _Message, options: SegmentOptions) -> list[Item]:
    event = _event(message, options, "customer.merged")
    if message.previous_id in (None, ""):
        return [event]
    before = [Identifier(sort, str(message.previous_id)) for sort in ("user", "anonymous")]
    others = tuple(one for one in before if one not in (event.subject, *event.identifiers))
    links = tuple(Link(event.subject, other) for other in others)
    return [
        msgspec.structs.replace(
            event, identifiers=event.identifiers + others, links=event.links + links
        )
    ]


def _erasure(message: _Message, options: SegmentOptions) -> list[Item]:
    return [_event(message, options, "customer.erasure_requested")]


def _track(message: _Message, options: SegmentOptions) -> list[Item]:
    event = message.event
    if event is None:
        raise Refused("missing_field", "`event` is missing")
    read = _TRACKED.get(event)
    if read is not None:
        return [read(message, options)]
    kind = "customer.created" if event in SIGNED_UP else "behaviour.action"
    return [_event(message, options, kind, event)]


def _order(message: _Message, options: SegmentOptions, what: str) -> Event:
    properties = message.properties or {}
    order = properties.get("order_id")
    event = _event(message, options, f"sales.order.{what}")
    once = what != "refunded" and isinstance(order, str | int) and order != ""
    fact = Fact(f"order:{order}:{what}", -event.occurred_at_us) if once else None
    return msgspec.structs.replace(event, fact=fact, money=_money(properties, options))


def _chat(message: _Message, options: SegmentOptions, kind: str) -> Event:
    said = _text(message.properties or {}, "message_body")
    return msgspec.structs.replace(_event(message, options, kind), text=said)


def _money(properties: Mapping[str, Any], options: SegmentOptions) -> Money | None:
    currency = _text(properties, "currency") or options.currency
    for field in ("total", "revenue", "value"):
        amount = properties.get(field)
        if not currency or amount in (None, "") or not isinstance(amount, str | int | float):
            continue
        # Twelve digits: a browser that adds up prices sends 27.500000000000004.
        exact = f"{amount:.12g}" if isinstance(amount, float) else str(amount)
        return parse_money(exact, currency, f"properties.{field}")
    return None


def _review(message: _Message, options: SegmentOptions) -> Item:
    properties = message.properties or {}
    event = _event(message, options, "feedback.review")
    review = properties.get("review_id")
    known = isinstance(review, str | int) and review != ""
    told = msgspec.structs.replace(
        event,
        fact=Fact(f"review:{review}", event.occurred_at_us) if known else None,
        text=_text(properties, "review_body"),
    )
    asked = options.questions.get("product_rating")
    if asked is None or "rating" not in properties:
        return told
    return scored(told, asked, "product_rating", _number(asked, properties["rating"]))


def _answer(message: _Message, options: SegmentOptions) -> Item:
    properties = message.properties or {}
    asked = _asked(properties, options)
    response = properties.get("survey_question_response")
    title = _text(properties, "survey_question_text")
    event = msgspec.structs.replace(
        _event(message, options, "feedback.comment", title),
        channel=_text(properties, "survey_medium").lower() or (message.channel or ""),
    )
    if asked is not None and asked.ends is not None:
        return scored(event, asked, "survey_question_response", _number(asked, response))
    if as_number(response) is not None or not _as_text(response):
        return UNMAPPED
    kind = event.kind if asked is None else asked.kind
    return msgspec.structs.replace(event, kind=kind, text=_as_text(response))


def _asked(properties: Mapping[str, Any], options: SegmentOptions) -> Question | None:
    id_ = _text(properties, "survey_question_id")
    if id_ in options.questions:
        return options.questions[id_]
    if _text(properties, "survey_tool").lower() == "delighted" and id_ == "score":
        return SCALES.get(_text(properties, "survey_type").lower())
    return None


def _number(asked: Question, response: object) -> float | None:
    return asked.worth((str(response),)) if asked.choices else as_number(response)


def _event(message: _Message, options: SegmentOptions, kind: str, title: str = "") -> Event:
    """What every event of a message has."""
    context = message.context or {}
    properties = message.properties or {}
    of_person = message.traits if message.type == "identify" else None
    who = named(
        name("user", message.user_id),
        name("anonymous", message.anonymous_id),
        *names_in(of_person or _dict(context, "traits"), _PERSON),
        *names_in(properties, _ORDER),
        around=[
            *names_in(properties, _PERSON),
            name("group", message.group_id),
            *names_in(context, _GROUP),
            *names_in(_dict(context, "device"), _DEVICE),
        ],
    )
    return Event(
        id=message.message_id,
        kind=kind,
        occurred_at_us=_time_us(message),
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        title=title,
        channel=message.channel or "",
        language=_text(context, "locale"),
        attributes=_attributes(message, context, options),
    )


def _time_us(message: _Message) -> int:
    times = {
        "timestamp": message.timestamp,
        "originalTimestamp": message.original_timestamp,
        "receivedAt": message.received_at,
        "sentAt": message.sent_at,
    }
    for field, moment in times.items():
        if moment:
            return parse_time(moment, field)
    raise Refused("missing_field", "`timestamp` is missing")


def _attributes(
    message: _Message, context: Mapping[str, Any], options: SegmentOptions
) -> dict[str, AttributeValue]:
    of_profile = message.type in ("identify", "group")
    chosen = options.properties
    about: dict[str, AttributeValue] = {
        field: value
        for field, value in ((message.traits if of_profile else message.properties) or {}).items()
        if isinstance(value, str | int | float)
        and value != ""
        and field not in PERSONAL
        and not (of_profile and field == "name")
        and (chosen is None or field in chosen)
    }
    path = _text(_dict(context, "page"), "path")
    if path and "path" not in about and (chosen is None or "path" in chosen):
        about["path"] = path
    if len(about) > ATTRIBUTES:
        raise Refused(
            "too_many_attributes",
            f"{len(about)} attributes, at most {ATTRIBUTES} are kept: "
            "name those that you need as `properties` of the source",
        )
    return about


def _dict(whole: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    value = whole.get(field)
    return value if isinstance(value, dict) else {}


def _text(whole: Mapping[str, Any], field: str) -> str:
    value = whole.get(field)
    return value if isinstance(value, str) else ""


def _as_text(response: object) -> str:
    if isinstance(response, list):
        return ", ".join(part for part in response if isinstance(part, str))
    return response if isinstance(response, str) else ""


_TRACKED: Final[dict[str, Callable[[_Message, SegmentOptions], Item]]] = {
    **{event: partial(_order, what=what) for event, what in ORDERS.items()},
    **{event: partial(_chat, kind=kind) for event, kind in CHATS.items()},
    **dict.fromkeys(REVIEWED, _review),
    **dict.fromkeys(ANSWERED, _answer),
}

_PERSON: Final = {"email": "email", "phone": "phone"}
_ORDER: Final = {"order_id": "order"}
_GROUP: Final = {"groupId": "group"}
_DEVICE: Final = {"id": "device"}

_MAPPED: Final = {
    "track": mapped(_Message, _track),
    "page": mapped(_Message, _page),
    "screen": mapped(_Message, _page),
    "identify": mapped(_Message, _identify),
    "group": mapped(_Message, _identify),
    "alias": mapped(_Message, _alias),
    "delete": mapped(_Message, _erasure),
}


def _kinds(options: SegmentOptions) -> frozenset[str]:
    asked = (*options.questions.values(), *SCALES.values())
    return frozenset(
        {
            "behaviour.action",
            "behaviour.page",
            "behaviour.screen",
            "customer.created",
            "customer.erasure_requested",
            "customer.merged",
            "customer.updated",
            "feedback.comment",
            "feedback.review",
            *(f"sales.order.{what}" for what in ORDERS.values()),
            *CHATS.values(),
            *(question.kind for question in asked),
        }
    )


SEGMENT: Final = Connector(
    name="segment",
    options=SegmentOptions,
    open=open_segment,
    ignored=IGNORED,
    kinds=_kinds,
    arrival=(
        "Segment's Kafka destination publishes messages; let its mapping send them whole, "
        "with `messageId`, `timestamp` and `type`. A webhook destination works by an HTTP "
        "bridge."
    ),
)
