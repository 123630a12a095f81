"""The example payloads of the app stores, with the events that they must become, in full."""

import pytest

from service.event import Event, Fact, Identifier, Score
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


def test_a_review_of_the_app_store_is_one_with_its_stars() -> None:
    review = "00000028-b08c-0014-9674-c54800000000"
    written_us = 1_704_219_576_000_000
    assert convert("app_reviews", payload("app_reviews/app_store_review.json")) == [
        Event(
            id=review,
            kind="feedback.review",
            occurred_at_us=written_us,
            subject=Identifier("review", review),
            fact=Fact(review, written_us),
            title="Pretty Stellar",
            text="I love how creative I can be when I use this app.",
            channel="app_store",
            score=Score(5, 1, 5, 5),
            attributes={"store": "app_store", "territory": "USA"},
        )
    ]
