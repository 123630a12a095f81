"""What every connector promises, whatever a record holds.

It never raises; the same record gives the same items, in any order of records; ids of an item do
not hang on what is no part of it; what a failed item says shows no value of the payload.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.registry import OURS
from connectors.strict_json import MAX_BYTES
from service.event import Event, Failed, Ignored, Item, Record, Retraction
from tests.contract import fixtures

Path: TypeAlias = tuple[str | int, ...]

CANARY = "Canary 7c1 <canary@mail.example>"
"""No plain name: it may be shown nowhere."""


@dataclass(frozen=True)
class Specimen:
    """A valid record of a connector, as its fixtures make it."""

    connector: str
    payload: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def record(self, payload: object) -> Record:
        return fixtures.record(payload, self.headers)

    def items(self, record: Record) -> list[Item]:
        connector = OURS[self.connector]
        return connector.open(connector.options.model_validate(dict(self.options)))(record)


def shop(topic: str, payload: dict[str, Any]) -> Specimen:
    return Specimen("shopify", payload, fixtures.of_topic(topic))


def desk(name: str, event: dict[str, Any] | None = None) -> Specimen:
    return Specimen("zendesk", fixtures.notice(name, event))


RETRACTION = {
    "id": "r",
    "occurred_at": "2025-03-01T10:00:00Z",
    "fact": {"id": "f", "version": 1},
    "retracted": True,
}

SPECIMENS = [
    Specimen("canonical", fixtures.written()),
    Specimen("canonical", RETRACTION),
    shop("orders/create", fixtures.order()),
    shop("orders/paid", fixtures.order()),
    shop("orders/cancelled", fixtures.order(cancelled_at="2025-05-05T12:00:02+02:00")),
    shop("orders/fulfilled", fixtures.order(fulfillments=[fixtures.parcel()])),
    shop("orders/delete", {"id": 5}),
    shop("fulfillments/create", fixtures.parcel()),
    shop("fulfillments/update", fixtures.parcel()),
    shop("refunds/create", fixtures.refund()),
    shop("customers/create", fixtures.profile()),
    shop("customers/update", fixtures.profile()),
    shop("customers/redact", {"customer": {"id": 1, "email": "a@b.example"}}),
    desk("ticket.created"),
    desk("ticket.undeleted"),
    desk("ticket.soft_deleted"),
    desk("ticket.marked_as_spam"),
    desk("ticket.comment_added", fixtures.comment()),
    desk("ticket.status_changed", fixtures.change("SOLVED", "OPEN")),
    desk("ticket.csat_received", fixtures.rating("GOOD")),
    Specimen(
        "typeform",
        fixtures.response(
            fixtures.stars(4), fixtures.words("Nobody rang"), fixtures.mail("a@b.example")
        ),
        options=fixtures.QUESTIONS,
    ),
]

WRONG: list[Any] = [
    None, True, 0, -1, 2**63, 2**70, 1.5, 1e308, "", "\0", CANARY, "x" * 600, [], {}, [[]],
    {"": ""}, [CANARY], {CANARY: CANARY},
]  # fmt: skip


def paths(value: object, at: Path = ()) -> list[Path]:
    """Every place in a payload, the whole of it first."""
    inside: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    return [at] + [path for key, inner in inside for path in paths(inner, (*at, key))]


def replaced(value: Any, path: Path, by: object) -> Any:
    """A copy of `value` with another part at `path`."""
    if not path:
        return by
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(copy[path[0]], path[1:], by)
    return copy


def without(value: Any, path: Path) -> Any:
    """A copy of `value` without the part at `path`."""
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    if len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = without(copy[path[0]], path[1:])
    return copy


def part(value: Any, path: Path) -> Any:
    """What is at `path`."""
    for key in path:
        value = value[key]
    return value


def check(specimen: Specimen, payload: object) -> list[Item]:
    """Convert twice, and hold the items to what every connector promises."""
    record = specimen.record(payload)
    items = specimen.items(record)
    assert items
    assert items == specimen.items(record)
    for item in items:
        assert isinstance(item, Event | Retraction | Ignored | Failed)
        if isinstance(item, Failed):
            assert item.reason.isidentifier()
            assert CANARY not in item.detail
        if isinstance(item, Ignored):
            assert CANARY not in item.reason
    return items


NAMES = [
    f"{s.connector}-{s.headers.get('X-Shopify-Topic') or s.payload.get('type') or i}"
    for i, s in enumerate(SPECIMENS)
]
each_specimen = pytest.mark.parametrize("specimen", SPECIMENS, ids=NAMES)


@each_specimen
def test_a_specimen_is_valid(specimen: Specimen) -> None:
    items = check(specimen, specimen.payload)
    assert all(isinstance(item, Event | Retraction) for item in items)


@each_specimen
def test_anything_in_any_place_gives_items(specimen: Specimen) -> None:
    for path in paths(specimen.payload):
        for wrong in WRONG:
            check(specimen, replaced(specimen.payload, path, wrong))


@each_specimen
def test_anything_may_be_missing(specimen: Specimen) -> None:
    for path in paths(specimen.payload)[1:]:
        check(specimen, without(specimen.payload, path))


@each_specimen
def test_a_failed_item_shows_no_text_of_the_payload(specimen: Specimen) -> None:
    marked: Any = specimen.payload
    for path in paths(specimen.payload):
        value = part(specimen.payload, path)
        if isinstance(value, str) and path != ("type",):
            marked = replaced(marked, path, f"{CANARY} {value}")
    for path in paths(specimen.payload):
        for wrong in WRONG:
            for item in check(specimen, replaced(marked, path, wrong)):
                assert not isinstance(item, Failed) or "anary" not in item.detail


@each_specimen
@given(data=st.data())
def test_torn_and_flipped_bytes_give_items(specimen: Specimen, data: st.DataObject) -> None:
    raw = bytearray(json.dumps(specimen.payload).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(0, len(raw)))
    check(specimen, bytes(raw[:end]) if data.draw(st.booleans()) else bytes(raw))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@each_specimen
@given(data=st.data())
def test_any_json_in_any_places_gives_items(specimen: Specimen, data: st.DataObject) -> None:
    payload: Any = specimen.payload
    for _ in range(data.draw(st.integers(1, 3))):
        everywhere = paths(payload)
        path = data.draw(st.sampled_from(everywhere))
        payload = replaced(payload, path, data.draw(JSON))
    check(specimen, payload)


@each_specimen
@given(raw=st.binary(max_size=60))
def test_any_bytes_at_all_give_items(specimen: Specimen, raw: bytes) -> None:
    check(specimen, raw)


@each_specimen
def test_what_is_no_payload_has_its_own_reason(specimen: Specimen) -> None:
    reasons = [
        item.reason
        for raw in (None, b"", b"\xff", b"[]", b" " * (MAX_BYTES + 1))
        for item in check(specimen, raw)
        if isinstance(item, Failed)
    ]
    assert reasons == ["tombstone", "empty", "invalid_json", "wrong_type", "too_large"]


@each_specimen
def test_headers_of_any_sort_give_items(specimen: Specimen) -> None:
    record = specimen.record(specimen.payload)
    broken = tuple((name, b"\xff\x00") for name, _ in record.headers)
    odd = (("", b""), ("\ud800", b""), ("X-Shopify-Topic", b""), ("X-SHOPIFY-TOPIC", b"\0"))
    for headers in ((), broken, odd, (*odd, *record.headers), record.headers * 2):
        assert specimen.items(record._replace(headers=headers))


@each_specimen
def test_ids_and_facts_do_not_hang_on_the_delivery(specimen: Specimen) -> None:
    record = specimen.record(specimen.payload)
    elsewhere = record._replace(
        position=record.position._replace(topic="another", offset=99),
        time_us=record.time_us + 3_600_000_000,
        key=b"another key",
        headers=(("traceparent", b"00-1"), *record.headers),
        value=json.dumps(specimen.payload, indent=2, sort_keys=True).encode(),
    )
    again = specimen.items(elsewhere)
    assert ids(again) == ids(specimen.items(record))
    assert len(set(ids(again))) == len(again)


def ids(items: list[Item]) -> list[tuple[str, object]]:
    return [(item.id, item.fact) for item in items if isinstance(item, Event | Retraction)]


@pytest.mark.parametrize("specimen", [s for s in SPECIMENS if s.connector != "canonical"])
def test_fields_that_nobody_documented_change_nothing(specimen: Specimen) -> None:
    more = specimen.payload | {"something_new": {"deep": [1, CANARY]}}
    assert check(specimen, more) == check(specimen, specimen.payload)


@each_specimen
def test_a_type_that_the_source_leaves_out_is_ignored(specimen: Specimen) -> None:
    type_ = (
        specimen.headers.get("X-Shopify-Topic")
        or specimen.payload.get("type")
        or specimen.payload.get("event_type")
        or specimen.payload.get("kind", "")
    )
    left_out = Specimen(
        specimen.connector,
        specimen.payload,
        specimen.headers,
        {**specimen.options, "ignore": [type_]},
    )
    (item,) = check(left_out, specimen.payload)
    assert isinstance(item, Ignored)
