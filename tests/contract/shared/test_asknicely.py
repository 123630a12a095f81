"""The example payloads of AskNicely, with the events that they must become, in full."""

import pytest

from service.event import Event, Fact, Identifier, Link, Score
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


def test_a_response_is_an_nps_of_its_person() -> None:
    email, person = Identifier("email", "tester@asknice.ly"), Identifier("person", "163012")
    assert convert("asknicely", payload("asknicely/response.json")) == [
        Event(
            id="345094",
            kind="feedback.nps",
            occurred_at_us=1_774_990_125_000_000,
            subject=email,
            identifiers=(person,),
            links=(Link(email, person),),
            fact=Fact("345094", 1),
            text="Great service",
            channel="email",
            score=Score(10, 0, 10, 10),
            attributes={"segment": "general", "response": "345094"},
        )
    ]
