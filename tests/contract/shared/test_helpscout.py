"""The example payload of Help Scout, with the event that it must become, in full."""

import pytest

from service.event import Event, Fact, Identifier, Link, Score
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


def test_a_rating_is_a_csat_of_its_conversation() -> None:
    customer = Identifier("customer", "449379")
    email = Identifier("email", "john.doe@gmail.com")
    headers = {"X-HelpScout-Event": "satratings"}
    assert convert("helpscout", payload("helpscout/satratings.json"), headers) == [
        Event(
            id="rating:5434",
            kind="feedback.csat",
            occurred_at_us=1_428_928_452_000_000,
            subject=customer,
            identifiers=(email,),
            links=(Link(customer, email),),
            fact=Fact("rating:5434", 1_429_042_713_000_000),
            score=Score(3, 1, 3, 3),
            text="he was really helpful",
            attributes={"conversation_id": "1560011"},
        )
    ]
