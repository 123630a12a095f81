"""`trustpilot`: stars and words, corrected when edited, gone when deleted."""

from typing import Any

import pytest

from connectors.feedback.trustpilot import LAST_VERSION, UNPUBLISHED
from service.event import Event, Fact, Failed, Identifier, Link, Retraction, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.trustpilot import event, events, gone, review

CREATED_US = 1_748_772_120_000_000
CONSUMER = Identifier("consumer", "c-1")
ORDER = Identifier("order", "A-12")

REVIEW = Event(
    id="r-1",
    kind="feedback.review",
    occurred_at_us=CREATED_US,
    subject=CONSUMER,
    identifiers=(ORDER,),
    links=(Link(CONSUMER, ORDER),),
    fact=Fact("r-1", CREATED_US),
    title="Great service",
    text="Nothing to complain about.",
    channel="trustpilot",
    language="en",
    tags=("parcel",),
    score=Score(4, 1, 5, 5),
    attributes={"location": "kiel", "verified": True},
)


def test_a_review_is_stars_and_words() -> None:
    created = event("service-review-created")
    assert convert("trustpilot", events(created)) == convert("trustpilot", created) == [REVIEW]


def test_a_product_review_has_other_names_for_the_same() -> None:
    payload = event(
        "product-review-created",
        text=None,
        title=None,
        content="Bright",
        referenceId=None,
        consumer={"id": "c-1", "email": "ann@mail.example"},
        product={"id": "p-1", "sku": "LAMP"},
        state="published",
    )
    told = only_event(convert("trustpilot", events(payload)))
    email = Identifier("email", "ann@mail.example")
    assert (told.text, told.attributes["product"]) == ("Bright", "LAMP")
    assert told.links == (Link(CONSUMER, email),)


@pytest.mark.parametrize("state", ["pending", "archived", "flagged"])
def test_a_product_review_that_is_not_published_is_ignored(state: str) -> None:
    payload = events(event("product-review-created", state=state))
    assert convert("trustpilot", payload) == [UNPUBLISHED]


@pytest.mark.parametrize(
    ("updated", "version"),
    [("2025-06-02T10:00:00Z", 1_748_858_400_000_000), (None, CREATED_US + 1)],
)
def test_an_update_corrects_the_review(updated: str | None, version: int) -> None:
    payload = events(event("service-review-updated", stars=1, updatedAt=updated))
    told = only_event(convert("trustpilot", payload))
    assert told.fact == Fact("r-1", version)
    assert told.score == Score(1, 1, 5, 5)


def test_reviews_of_the_api_are_those_of_the_webhooks() -> None:
    assert convert("trustpilot", review()) == [REVIEW]
    page = {"links": [], "reviews": [review(), review(stars=2, updatedAt="2025-06-02T10:00:00Z")]}
    assert convert("trustpilot", {"productReviews": page["reviews"]}) == convert("trustpilot", page)
    first, edited = convert("trustpilot", page)
    assert first == REVIEW
    assert isinstance(edited, Event)
    assert edited.fact == Fact("r-1", 1_748_858_400_000_000)


def test_a_deletion_is_the_last_word() -> None:
    payload = events(gone("service-review-deleted", createdAt="2025-06-01T10:02:00Z"))
    assert convert("trustpilot", payload) == [
        Retraction(id="r-1:deleted", fact=Fact("r-1", LAST_VERSION), occurred_at_us=CREATED_US)
    ]


def test_events_of_one_record_stand_for_themselves() -> None:
    payload = events(event("service-review-created", stars=9), {}, event("service-review-created"))
    out_of_scale, odd, told = convert("trustpilot", payload)
    assert isinstance(out_of_scale, Failed)
    assert odd == Failed("missing_field", "`eventName` is missing: no event of Trustpilot")
    assert told == REVIEW


def test_a_review_of_nobody_is_known_by_itself() -> None:
    told = only_event(
        convert("trustpilot", event("service-review-created", consumer=None, referenceId=None))
    )
    assert told.subject == Identifier("review", "r-1")


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("unknown_type", events(event("service-review-flagged"))),
        ("wrong_type", events(event("service-review-created", stars="5"))),
        ("bad_time", events(event("service-review-created", createdAt="yesterday"))),
        ("missing_field", events(gone("service-review-created"))),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = convert("trustpilot", payload)
    assert isinstance(item, Failed)
    assert item.reason == reason


def test_a_review_of_the_api_may_state_no_zone_and_whom_the_shop_invited() -> None:
    private = review(createdAt="2025-06-01T10:02:00", consumer={"id": "c-1"})
    event = only_event(convert("trustpilot", {**private, "referralEmail": "jo@mail.example"}))
    assert event.occurred_at_us == 1_748_772_120_000_000
    assert Identifier("email", "jo@mail.example") in event.identifiers
