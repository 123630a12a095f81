"""`app_reviews`: stars and words of both stores, each review once however often it is polled."""

from typing import Any

import pytest

from connectors.contract import NOTHING_IN_IT
from connectors.feedback.app_reviews import BY_DEVELOPER
from service.event import Event, Fact, Failed, Identifier, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.app_reviews import REPLY, of_app_store, of_google_play, said

WRITTEN_US = 1_748_772_120_000_000

APP_STORE = Event(
    id="r-1",
    kind="feedback.review",
    occurred_at_us=WRITTEN_US,
    subject=Identifier("review", "r-1"),
    fact=Fact("r-1", WRITTEN_US),
    title="Slow",
    text="It hangs at the till.",
    channel="app_store",
    score=Score(2, 1, 5, 5),
    attributes={"store": "app_store", "territory": "DEU"},
)

GOOGLE_PLAY = Event(
    id="gp-1",
    kind="feedback.review",
    occurred_at_us=WRITTEN_US + 250_000,
    subject=Identifier("review", "gp-1"),
    fact=Fact("gp-1", WRITTEN_US + 250_000),
    title="Slow",
    text="It hangs at the till.",
    channel="google_play",
    language="de",
    score=Score(2, 1, 5, 5),
    attributes={
        "store": "google_play",
        "app_version": "9.1",
        "os_version": 34,
        "device": "oriole",
    },
)


@pytest.mark.parametrize("wrap", [lambda r: r, lambda r: {"data": r}, lambda r: {"data": [r]}])
def test_a_review_of_the_app_store(wrap: Any) -> None:
    assert convert("app_reviews", wrap(of_app_store())) == [APP_STORE]


def test_a_review_of_google_play_is_what_its_author_wrote() -> None:
    assert convert("app_reviews", of_google_play(said(), REPLY)) == [GOOGLE_PLAY, BY_DEVELOPER]


def test_a_page_of_reviews() -> None:
    page = {"reviews": [of_google_play(), {"reviewId": ""}, 7]}
    review, nameless, odd = convert("app_reviews", page)
    assert review == GOOGLE_PLAY
    assert isinstance(nameless, Failed)
    assert odd == Failed("wrong_type", "a review must be an object")


@pytest.mark.parametrize("page", [{"reviews": []}, {"data": []}])
def test_an_empty_page_is_ignored(page: dict[str, Any]) -> None:
    assert convert("app_reviews", page) == [NOTHING_IN_IT]


def test_a_review_that_was_translated_is_read_in_its_own_words() -> None:
    event = only_event(convert("app_reviews", of_google_play(said(originalText="Es hängt."))))
    assert (event.title, event.text) == ("", "Es hängt.")


def test_a_review_that_is_edited_is_a_newer_version_of_the_same_fact() -> None:
    later = {"seconds": 1748775720}
    event = only_event(
        convert("app_reviews", of_google_play(said(lastModified=later, starRating=5)))
    )
    assert event.fact == Fact("gp-1", WRITTEN_US + 3_600_000_000)
    assert event.score == Score(5, 1, 5, 5)


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("out_of_scale", of_app_store(rating=6)),
        ("out_of_scale", of_google_play(said(starRating=0))),
        ("wrong_type", of_app_store(rating="5")),
        ("bad_time", of_app_store(createdDate="2025-06-01")),
        ("bad_time", of_google_play(said(lastModified={"seconds": "soon"}))),
        ("missing_field", {"id": "r-1"}),
        ("unknown_type", {"type": "apps", "id": "a-1"}),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = convert("app_reviews", payload)
    assert isinstance(item, Failed)
    assert item.reason == reason
