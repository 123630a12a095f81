"""Envelopes in general: found or named, in each other, each part with its own outcome."""

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.conformance import record
from connectors.envelopes import NAMES, EnvelopeName, Opening, cloudevents, debezium, opened
from connectors.envelopes.kafka_connect import CONNECT_FIELDS
from connectors.envelopes.opening import MAX_LAYERS, TOO_MANY
from service.event import Failed, Ignored, Record
from tests.contract.converting import convert
from tests.contract.fixtures.zendesk import notice

CONNECT = "org.apache.kafka.connect.data."


def values(opening: Opening) -> list[object]:
    return [json.loads(p.value or b"null") for p in opening.parts if isinstance(p, Record)]


@pytest.mark.parametrize("payload", [{"a": 1}, 7, None, b"\xff", b"", b"{"])
def test_what_is_in_no_envelope_is_handed_on_as_it_is(payload: object) -> None:
    plain = record(payload)
    assert opened(plain) == Opening((), (plain,))


def test_a_source_can_say_that_nothing_is_wrapped() -> None:
    plain = record([{"a": 1}])
    assert opened(plain, "plain") == Opening((), (plain,))


def test_envelopes_lie_in_each_other() -> None:
    opening = opened(record(gzip.compress(b'[{"a": 1}, [{"a": 2}]]')))
    assert opening.layers == ("compressed", "array")
    assert values(opening) == [{"a": 1}, {"a": 2}]


def test_too_many_envelopes_in_each_other_fail() -> None:
    deep = b'{"a": 1}'
    for _ in range(MAX_LAYERS):
        deep = gzip.compress(deep)
    assert len(values(opened(record(deep)))) == 1
    assert opened(record(gzip.compress(deep))).parts == (TOO_MANY,)


def test_a_named_envelope_must_be_there() -> None:
    (part,) = opened(record({"a": 1}), "form").parts
    assert part == Failed("no_envelope", "the record is in no envelope `form`")
    assert values(opened(record(gzip.compress(b"a=1")), "form")) == [{"a": "1"}]


BINARY = {"ce_specversion": "1.0", "ce_iodebeziumop": "u"}
KEYS = st.sampled_from(
    [*debezium.FIELDS, *cloudevents.ATTRIBUTES, *CONNECT_FIELDS, "__op", "__deleted", "fields", "x"]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(
        ["c", "d", "r", "1.0", "struct", "array", "int64", "true", "", f"{CONNECT}Timestamp"]
    )
)
OBJECTS = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_size=6,
)


@given(payload=OBJECTS, name=st.sampled_from([None, *NAMES]), headers=st.sampled_from([{}, BINARY]))
def test_anything_that_looks_like_an_envelope_is_opened_or_fails(
    payload: dict[str, object], name: EnvelopeName | None, headers: dict[str, str]
) -> None:
    for part in opened(record(payload, headers), name).parts:
        assert isinstance(part, Record | Ignored | Failed)


def test_each_element_has_an_outcome_of_its_own() -> None:
    items = convert("zendesk", [notice("ticket.created"), {"type": 3}, notice("ticket.created")])
    first, second, third = items
    assert first == third
    assert isinstance(second, Failed)
