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

Ignored are the events listed below. `ignore` of a source names types of messages or events. Each
message of a batch stands for itself.

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

from typing import Final

from msgspec.structs import replace

from connectors import strict_json
from connectors.behaviour.segment_events import CHATS, IGNORED, ORDERS
from connectors.behaviour.segment_messages import Message, event_of, text_in
from connectors.behaviour.segment_options import SegmentOptions
from connectors.behaviour.segment_tracked import tracked
from connectors.contract import Connector, Convert, isolated, total
from connectors.event_types import by_type, mapped
from connectors.feedback.delighted import SCALES
from connectors.refusal import Refused
from service.event import Identifier, Item, Link, Record


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


def _page(message: Message, options: SegmentOptions) -> list[Item]:
    properties = message.properties or {}
    title = message.name or text_in(properties, "title")
    return [event_of(message, options, f"behaviour.{message.type}", title)]


def _identify(message: Message, options: SegmentOptions) -> list[Item]:
    return [event_of(message, options, "customer.updated")]


def _alias(message: Message, options: SegmentOptions) -> list[Item]:
    event = event_of(message, options, "customer.merged")
    if message.previous_id in (None, ""):
        return [event]
    before = [Identifier(sort, str(message.previous_id)) for sort in ("user", "anonymous")]
    others = tuple(one for one in before if one not in (event.subject, *event.identifiers))
    links = tuple(Link(event.subject, other) for other in others)
    return [replace(event, identifiers=event.identifiers + others, links=event.links + links)]


def _erasure(message: Message, options: SegmentOptions) -> list[Item]:
    return [event_of(message, options, "customer.erasure_requested")]


_MAPPED: Final = {
    "track": mapped(Message, tracked),
    "page": mapped(Message, _page),
    "screen": mapped(Message, _page),
    "identify": mapped(Message, _identify),
    "group": mapped(Message, _identify),
    "alias": mapped(Message, _alias),
    "delete": mapped(Message, _erasure),
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
