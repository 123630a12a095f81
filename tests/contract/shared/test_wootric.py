"""The example payloads of Wootric, with the events that they must become, in full."""

import pytest

from service.event import Event, Fact, Failed, Identifier, Link, Score
from tests.contract.converting import convert
from tests.contract.shared.payloads import PAYLOADS, payload

pytestmark = pytest.mark.shared


def test_a_form_is_an_nps_of_its_end_user() -> None:
    email = Identifier("email", "nps@example.com")
    others = (Identifier("customer", "123abc"), Identifier("end_user", "30"))
    created_us = 1_470_344_246_000_000
    body = (PAYLOADS / "wootric" / "response_created.form.txt").read_bytes().rstrip()
    assert convert("wootric", body) == [
        Event(
            id="1128",
            kind="feedback.nps",
            occurred_at_us=created_us,
            subject=email,
            identifiers=others,
            links=tuple(Link(email, other) for other in others),
            fact=Fact("1128", created_us),
            score=Score(7, 0, 10, 10),
            attributes={
                "pricing_plan": "Enterprise",
                "product_plan": "Web App",
                "survey": "1146",
                "response": "1128",
            },
        )
    ]


def test_what_does_not_say_what_was_asked_is_read_where_the_source_says_it() -> None:
    body = payload("wootric/response_updated.json")
    (item,) = convert("wootric", body)
    assert isinstance(item, Failed)
    assert item.reason == "unknown_scale"
    email, end_user = (
        Identifier("email", "jane.doe@example.com"),
        Identifier("end_user", "62707387"),
    )
    assert convert("wootric", body, options={"survey_mode": "NPS"}) == [
        Event(
            id="15181514",
            kind="feedback.nps",
            occurred_at_us=1_522_275_891_000_000,
            subject=email,
            identifiers=(end_user,),
            links=(Link(email, end_user),),
            fact=Fact("15181514", 1_522_275_903_000_000),
            text="updated event?",
            score=Score(10, 0, 10, 10),
            attributes={"survey": "207594715", "response": "15181514"},
        )
    ]
