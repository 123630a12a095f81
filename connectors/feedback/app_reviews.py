"""`app_reviews`: reviews of apps, as App Store Connect and the Google Play Developer API give them.

| record                                                    | becomes                             |
|-----------------------------------------------------------|-------------------------------------|
| App Store: a `customerReviews` resource, or a page of them | `feedback.review`, 1 to 5 stars    |
| Google Play: a review, or a page of them (`reviews`)      | `feedback.review`, 1 to 5 stars     |

Ignored: the developer's replies, and resources of the App Store that are no reviews.

Both stores are polled, so a review comes again and again, and one that its author edits keeps its
id. The fact is the review's id; the version and the time are those that the store last gave it:
`createdDate` of the App Store, `lastModified` of Google Play.

Neither store says who wrote a review, so the subject is the `review` itself. The text is what the
author wrote, not its translation; Google Play puts a title in front of it with a tab between.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeAlias

import msgspec

from connectors import strict_json
from connectors.contract import (
    IGNORED_BY_SOURCE,
    Connector,
    ConnectorOptions,
    Convert,
    isolated,
    total,
)
from connectors.refusal import Refused, unknown_type
from connectors.strict_json import Id
from connectors.timestamps import parse_seconds, parse_time
from service.event import AttributeValue, Event, Fact, Identifier, Ignored, Item, Record, Score

APP_STORE: Final = "customerReviews"
GOOGLE_PLAY: Final = "review"
"""Event types of the two stores."""

BY_DEVELOPER: Final = Ignored("the developer's reply to a review")

IGNORED: Final[Mapping[str, str]] = {
    "customerReviewResponses": BY_DEVELOPER.reason,
    "customerReviewSummarizations": "a summary of reviews, told by the reviews themselves",
}

Nanos: TypeAlias = Annotated[int, msgspec.Meta(ge=0, lt=10**9)]


class _Attributes(msgspec.Struct, rename="camel"):
    rating: int
    created_date: str
    title: str | None = None
    body: str | None = None
    territory: str | None = None


class _Resource(msgspec.Struct):
    id: Id
    attributes: _Attributes


class _Moment(msgspec.Struct):
    seconds: str | int
    nanos: Nanos = 0


class _UserComment(msgspec.Struct, rename="camel"):
    star_rating: int
    last_modified: _Moment
    text: str | None = None
    original_text: str | None = None
    reviewer_language: str | None = None
    device: str | None = None
    android_os_version: int | None = None
    app_version_name: str | None = None


class _Comment(msgspec.Struct, rename="camel"):
    user_comment: _UserComment | None = None


class _Review(msgspec.Struct, rename="camel"):
    review_id: Id
    comments: tuple[_Comment, ...]


def open_app_reviews(options: ConnectorOptions) -> Convert:
    """What converts the records of a source with these options."""
    ignored = frozenset(options.ignore)

    def read(record: Record) -> list[Item]:
        payload = strict_json.read_object(record.value)
        return isolated(_reviews(payload), lambda part: _items(part, ignored))

    return total(read)


def _reviews(payload: Mapping[str, Any]) -> list[object]:
    page = payload.get("data", payload.get("reviews", payload))
    return page if isinstance(page, list) else [page]


def _items(part: object, ignored: frozenset[str]) -> list[Item]:
    if not isinstance(part, dict):
        raise Refused("wrong_type", "a review must be an object")
    type_ = part.get("type", GOOGLE_PLAY if "reviewId" in part else "")
    if type_ in ("", None) or not isinstance(type_, str):
        raise Refused("missing_field", "neither `type` nor `reviewId`: no review of either store")
    if type_ in ignored:
        return [IGNORED_BY_SOURCE]
    if type_ in IGNORED:
        return [Ignored(IGNORED[type_])]
    if type_ == APP_STORE:
        return [_of_app_store(strict_json.shaped(part, _Resource))]
    if type_ == GOOGLE_PLAY:
        review = strict_json.shaped(part, _Review)
        return [_of_google_play(review, comment) for comment in review.comments]
    raise unknown_type(type_)


def _of_app_store(resource: _Resource) -> Event:
    review = resource.attributes
    written_us = parse_time(review.created_date, "attributes.createdDate")
    about: dict[str, AttributeValue] = {"store": "app_store"}
    if review.territory:
        about["territory"] = review.territory
    return Event(
        id=resource.id,
        kind="feedback.review",
        occurred_at_us=written_us,
        subject=Identifier("review", resource.id),
        fact=Fact(resource.id, written_us),
        title=review.title or "",
        text=review.body or "",
        channel="app_store",
        score=Score(review.rating, 1, 5, 5),
        attributes=about,
    )


def _of_google_play(review: _Review, comment: _Comment) -> Item:
    said = comment.user_comment
    if said is None:
        return BY_DEVELOPER
    title, tab, text = (said.original_text or said.text or "").partition("\t")
    modified_us = parse_seconds(said.last_modified.seconds, "lastModified.seconds")
    modified_us += said.last_modified.nanos // 1_000
    return Event(
        id=review.review_id,
        kind="feedback.review",
        occurred_at_us=modified_us,
        subject=Identifier("review", review.review_id),
        fact=Fact(review.review_id, modified_us),
        title=title if tab else "",
        text=text if tab else title,
        channel="google_play",
        language=said.reviewer_language or "",
        score=Score(said.star_rating, 1, 5, 5),
        attributes=_about_device(said),
    )


def _about_device(said: _UserComment) -> dict[str, AttributeValue]:
    about: dict[str, AttributeValue] = {"store": "google_play"}
    if said.app_version_name:
        about["app_version"] = said.app_version_name
    if said.android_os_version is not None:
        about["os_version"] = said.android_os_version
    if said.device:
        about["device"] = said.device
    return about


APP_REVIEWS: Final = Connector(
    name="app_reviews",
    options=ConnectorOptions,
    open=open_app_reviews,
    ignored=IGNORED,
    kinds=lambda _: frozenset({"feedback.review"}),
    arrival=(
        "A poller publishes what the APIs of the stores give, each review or a page of them. "
        "They know no app by itself: give each app a source, with the app in its "
        "`attributes`."
    ),
)
