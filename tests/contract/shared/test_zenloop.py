"""The example payloads of zenloop, with the events that they must become, in full."""

import pytest

from service.event import Event, Fact, Identifier, Link, Score
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


JANE = Identifier("email", "jane.doe@example.com")


def test_an_alert_is_an_nps_of_its_recipient() -> None:
    others = (Identifier("recipient", "UmVjaXBpZW50Ojk5"), Identifier("order", "4512"))
    assert convert("zenloop", payload("zenloop/alert_webhook.json")) == [
        Event(
            id="QW5zd2VyOjE3MzM",
            kind="feedback.nps",
            occurred_at_us=1_709_629_960_000_000,
            subject=JANE,
            identifiers=others,
            links=tuple(Link(JANE, other) for other in others),
            fact=Fact("QW5zd2VyOjE3MzM", 1_709_629_964_000_000),
            text="Schnelle Lieferung",
            channel="email",
            tags=("delivery",),
            score=Score(10, 0, 10, 10),
            attributes={"survey": "U3VydmV5OjQy", "response": "QW5zd2VyOjE3MzM"},
        )
    ]
