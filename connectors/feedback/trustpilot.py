"""`trustpilot`: webhooks of Trustpilot, several events a record, and reviews as its API has them.

| event                                                | becomes                                 |
|------------------------------------------------------|-----------------------------------------|
| `service-review-created`, `-updated`                 | `feedback.review`, 1 to 5 stars         |
| `product-review-created`, `-updated`, when published | the same                                |
| `service-review-deleted`, `product-review-deleted`   | a retraction of the review              |
| a review of the API, or a page of them (`reviews`,   | `feedback.review`, as it is now         |
| `productReviews`)                                    |                                         |

Ignored: product reviews that are not published.

The fact is the review's id, the version when it was created or changed (`updatedAt`). An event of a
change that does not say when it happened comes after the creation, and of several such the service
chooses the same one everywhere. A deletion is the last word.

The customer is the `consumer`, linked with the e-mail that product reviews have, or that of the
invitation, and the `order` that the shop's `referenceId` names, else the `review`. Stars are no
recommendation: no NPS.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from connectors import strict_json
from connectors.contract import Connector, ConnectorOptions, Convert, isolated, total
from connectors.event_types import by_type, mapped
from connectors.feedback.respondents import respondent
from connectors.naming import Named, name
from connectors.refusal import Refused
from connectors.strict_json import Id
from connectors.timestamps import UTC_ZONE, parse_local
from service.event import (
    AttributeValue,
    Event,
    Fact,
    Identifier,
    Ignored,
    Item,
    Record,
    Retraction,
    Score,
)

REVIEW: Final = "review"
"""The event type of a review of the API."""

UNPUBLISHED: Final = Ignored("a review that is not published")

LAST_VERSION: Final = 2**63 - 1


class _Consumer(msgspec.Struct):
    id: str | None = None
    email: str | None = None


class _Tag(msgspec.Struct):
    group: str | None = None
    value: str | None = None


class _Product(msgspec.Struct):
    id: str | None = None
    sku: str | None = None
    name: str | None = None


class _Review(msgspec.Struct, rename="camel"):
    id: Id
    stars: int
    created_at: str
    updated_at: str | None = None
    title: str | None = None
    text: str | None = None
    content: str | None = None
    language: str | None = None
    reference_id: str | None = None
    referral_email: str | None = None
    location_id: str | None = None
    is_verified: bool | None = None
    state: str | None = None
    consumer: _Consumer | None = None
    product: _Product | None = None
    tags: tuple[_Tag, ...] | None = None


class _Told(msgspec.Struct, rename="camel"):
    event_name: str
    event_data: _Review


class _Gone(msgspec.Struct, rename="camel"):
    id: Id
    deleted_at: str | None = None
    updated_at: str | None = None
    created_at: str | None = None


class _Deleted(msgspec.Struct, rename="camel"):
    event_name: str
    event_data: _Gone


def open_trustpilot(options: ConnectorOptions) -> Convert:
    """What converts the records of a source with these options."""
    of_type = by_type(_MAPPED, {}, options.ignore)

    def item(part: object, record: Record) -> list[Item]:
        told = part if isinstance(part, dict) else {}
        type_ = told.get("eventName", REVIEW if "stars" in told else None)
        if not isinstance(type_, str):
            raise Refused("missing_field", "`eventName` is missing: no event of Trustpilot")
        return of_type(type_)(part, record)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        return isolated(_events(payload), lambda part: item(part, record))

    return total(read)


def _events(payload: Mapping[str, Any]) -> list[object]:
    lists = (payload.get(name) for name in ("events", "reviews", "productReviews"))
    return next((several for several in lists if isinstance(several, list)), [payload])


def _told(told: _Told, _: Record) -> list[Item]:
    return _items(told.event_data, 1 if told.event_name.endswith("-updated") else 0)


def _polled(review: _Review, _: Record) -> list[Item]:
    return _items(review, 0)


def _items(review: _Review, later_us: int) -> list[Item]:
    """The review, so much later than its creation if it does not say when it was changed."""
    if review.state not in (None, "published"):
        return [UNPUBLISHED]
    created_us = _time_us(review.created_at, "createdAt")
    who = _who(review)
    event = Event(
        id=review.id,
        kind="feedback.review",
        occurred_at_us=created_us,
        subject=who.subject,
        identifiers=who.identifiers,
        links=who.links,
        fact=Fact(review.id, _version(review, created_us + later_us)),
        title=review.title or "",
        text=review.text or review.content or "",
        channel="trustpilot",
        language=review.language or "",
        tags=tuple(tag.value for tag in review.tags or () if tag.value),
        score=Score(review.stars, 1, 5, 5),
        attributes=_attributes(review),
    )
    return [event]


def _who(review: _Review) -> Named:
    consumer = review.consumer or _Consumer()
    names = (
        name("consumer", consumer.id),
        name("email", consumer.email or review.referral_email),
        name("order", review.reference_id),
    )
    return respondent(Identifier("review", review.id), names)


def _version(review: _Review, otherwise_us: int) -> int:
    if review.updated_at:
        return _time_us(review.updated_at, "updatedAt")
    return otherwise_us


def _time_us(text: str, field: str) -> int:
    """In UTC: examples of the API do not state a zone."""
    return parse_local(text, UTC_ZONE, f"eventData.{field}")


def _deleted(told: _Deleted, record: Record) -> list[Item]:
    gone = told.event_data
    moment = gone.deleted_at or gone.updated_at or gone.created_at
    return [
        Retraction(
            id=f"{gone.id}:deleted",
            fact=Fact(gone.id, LAST_VERSION),
            occurred_at_us=_time_us(moment, "deletedAt") if moment else record.time_us,
        )
    ]


def _attributes(review: _Review) -> dict[str, AttributeValue]:
    product = review.product or _Product()
    about = {"location": review.location_id, "product": product.sku or product.id}
    known: dict[str, AttributeValue] = {field: value for field, value in about.items() if value}
    if review.is_verified is not None:
        known["verified"] = review.is_verified
    return known


_MAPPED: Final = {
    f"{what}-review-{change}": mapped(_Deleted, _deleted)
    if change == "deleted"
    else mapped(_Told, _told)
    for what in ("service", "product")
    for change in ("created", "updated", "deleted")
} | {REVIEW: mapped(_Review, _polled)}

TRUSTPILOT: Final = Connector(
    name="trustpilot",
    options=ConnectorOptions,
    open=open_trustpilot,
    ignored={},
    kinds=lambda _: frozenset({"feedback.review"}),
    arrival=(
        "Webhooks reach a topic by an HTTP bridge; the type is in the body. A poller may publish "
        "reviews or pages of them as the API gives them."
    ),
)
