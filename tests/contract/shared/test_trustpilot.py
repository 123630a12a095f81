"""The example payloads of Trustpilot, with the events that they must become, in full."""

import pytest

from service.event import Event, Fact, Identifier, Link, Score
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


def test_a_review_is_one_with_its_stars_and_its_order() -> None:
    consumer = Identifier("consumer", "53bffc3900006400017e5db8")
    order = Identifier("order", "ABC-123-xyz")
    created_us = 1_495_272_884_000_000
    assert convert("trustpilot", payload("trustpilot/service_review_created.json")) == [
        Event(
            id="53bffd360000640002975387",
            kind="feedback.review",
            occurred_at_us=created_us,
            subject=consumer,
            identifiers=(order,),
            links=(Link(consumer, order),),
            fact=Fact("53bffd360000640002975387", created_us),
            title="Great service",
            text="Nothing other than excellent customer service.",
            channel="trustpilot",
            language="en",
            tags=("Tag value",),
            score=Score(5, 1, 5, 5),
            attributes={
                "location": "43f51215-a1fc-4c60-b6dd-e4afb6d7b831",
                "verified": True,
            },
        )
    ]
