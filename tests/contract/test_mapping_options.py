"""A mapping that cannot work is refused before it counts: file, line, column, what is wrong."""

from pathlib import Path

import pytest

from connectors.registry import connector_options
from service.framework.loading import Accepted, Refused, load_files

SHOP = Path(__file__).parents[2] / "examples" / "shop"
LINES = [
    "sources:",
    "  - id: parcels",
    "    connector: mapping",
    "    system: parcels",
    "    topic: parcels",
    "    events:",
    "      - kind: sales.order.delivered",
    '        when: payload.state == "DELIVERED"',
    "        id: payload.parcel",
    "        time: {at: payload.at, format: epoch_ms}",
    "        subject: {customer: payload.customer}",
    "        score: {value: payload.stars, scale: 1-5, best: 5}",
    "        money: {amount: payload.total, currency: EUR}",
]


def problems(before: str, after: str) -> list[str]:
    text = "\n".join(LINES)
    assert before in text
    files = {path.name: path.read_text() for path in SHOP.glob("*.yaml")}
    loaded = load_files({**files, "mapped.yaml": text.replace(before, after)}, connector_options())
    if isinstance(loaded, Accepted):
        return []
    assert isinstance(loaded, Refused)
    return [str(problem) for problem in loaded.problems]


def test_a_mapping_that_fits_is_accepted() -> None:
    assert problems("parcels", "parcels") == []


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (
            "payload.state ==",
            "paylod.state ==",
            'mapped.yaml:8:15: paylod is not known; did you mean "payload"?',
        ),
        (
            "payload.state ==",
            "state ==",
            'mapped.yaml:8:15: state is not known; did you mean "payload.state"?',
        ),
        (
            "payload.parcel",
            "lower(payload.parcel)",
            "mapped.yaml:9:13: there is no function lower",
        ),
        (
            "payload.parcel",
            "payload.parcel +",
            "mapped.yaml:9:29: the expression ends too early",
        ),
        ("payload.stars", "event.score", "mapped.yaml:12:24: event is not known"),
        (
            'payload.state == "DELIVERED"',
            "size(payload.state)",
            'mapped.yaml:8:15: field "when" is not accepted: it must be true or false',
        ),
        (
            "sales.order.delivered",
            "sales.delivered",
            'mapped.yaml:7:15: field "kind" is not accepted: it is no kind of the catalogue',
        ),
        ("scale: 1-5, ", "", 'its score needs a scale, such as "1-5"'),
        ("scale: 1-5, best: 5", "scale: 1-5, best: 4", '"best" must be one end of the scale 1-5'),
        ("currency: EUR", "currency: euro", "mapped.yaml:13:50: euro is not known"),
        ("currency: EUR", "currency: eur", "a currency is three capitals: EUR"),
        ("epoch_ms", "epoch", "it is iso, epoch_s, epoch_ms, epoch_us or a pattern of strptime"),
        ("sales.order.delivered", "sales.order.deliverd", "did you mean sales.order.delivered?"),
        (
            "{customer: payload.customer}",
            "{customer: payload.customer, email: payload.email}",
            "an event has one subject; the other names go to its identifiers",
        ),
        (
            "payload.total",
            "payload.$value",
            'a field of such a name is written in brackets: ["$name"]',
        ),
        ("amount:", "minor: payload.a, amount:", 'it needs "amount" or "minor", not both'),
        ("        id: payload.parcel\n", "", 'missing field "id"'),
        ("epoch_ms}", "epoch_ms, zone: Berlin}", "there is no such time zone"),
        ("customer: payload.customer}", "}", "needs at least one entry"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(before: str, after: str, problem: str) -> None:
    (found, *_) = problems(before, after)
    assert problem in found
