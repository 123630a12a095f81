"""The example payloads of Snowplow, with the events that they must become, in full."""

import pytest

from service.event import Event, Fact, Identifier, Link
from tests.contract.converting import convert
from tests.contract.shared.payloads import PAYLOADS

pytestmark = pytest.mark.shared


@pytest.mark.parametrize("name", ["enriched.tsv", "enriched_analytics_sdk.json"])
def test_a_page_view_is_a_page_in_both_formats(name: str) -> None:
    user = Identifier("user", "jon.doe@email.com")
    cookie = Identifier("domain_user", "bc2e92ec6c204a14")
    network = Identifier("network_user", "ecdff4d0-9175-40ac-a8bb-325c49733607")
    id_ = "c6ef3124-b53a-4b13-a233-0088f79dcbcb:e3dbfa9cca0412c3d4052863cefb547f"
    assert convert("snowplow", (PAYLOADS / "snowplow" / name).read_bytes()) == [
        Event(
            id=id_,
            kind="behaviour.page",
            occurred_at_us=1_385_424_237_886_000,
            subject=user,
            identifiers=(cookie, network),
            links=(Link(user, cookie), Link(user, network, "weak")),
            fact=Fact(id_, -1_385_424_125_000_000),
            title="On Analytics",
            channel="web",
            attributes={"app": "angry-birds", "path": "/product/index.html", "country": "US"},
        )
    ]
