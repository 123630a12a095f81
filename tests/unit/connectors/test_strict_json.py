"""Bytes mean one value or are refused with a reason."""

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import strict_json
from connectors.refusal import Refused


def reason(raw: bytes | None) -> str:
    with pytest.raises(Refused) as refused:
        strict_json.read_object(raw)
    return refused.value.failed.reason


def nested(depth: int) -> bytes:
    """An object with `depth` levels of containers."""
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@pytest.mark.parametrize(
    ("why", "raw"),
    [
        ("tombstone", None),
        ("empty", b""),
        ("too_large", b'{"a":"' + b"x" * strict_json.MAX_BYTES + b'"}'),
        ("invalid_json", b"  "),
        ("invalid_json", b'{"a":1'),
        ("invalid_json", b'{"a":1} x'),
        ("invalid_json", b'{"a":NaN}'),
        ("invalid_json", b'{"a":-Infinity}'),
        ("invalid_json", b'{"a":01}'),
        ("invalid_json", b"{'a':1}"),
        ("invalid_json", b'{"a":"\xff"}'),
        ("invalid_json", b'{"\xff":1}'),
        ("invalid_json", b'{"a":"\xed\xa0\x80"}'),
        ("invalid_json", b'{"a":"\\ud800"}'),
        ("invalid_json", b'{"a":"\\ud800x"}'),
        ("invalid_json", b'{"a":"\\udc00"}'),
        ("invalid_json", b'{"\\ud800":1}'),
        ("invalid_json", b'{"a":"\x00"}'),
        ("invalid_json", '{"a":1}'.encode("utf-16")),
        ("invalid_json", b"\xef\xbb\xbf{}"),
        ("invalid_json", b"\x1f\x8b\x08\x00"),
        ("number_out_of_range", b'{"a":1e400}'),
        ("number_out_of_range", b'{"a":' + b"9" * 5_000 + b"}"),
        ("duplicate_key", b'{"a":1,"a":1}'),
        ("duplicate_key", b'{"a":1,"\\u0061":1}'),
        ("duplicate_key", b'{"b":[{"a" : 1,"a"\t:2}]}'),
        ("duplicate_key", b'{"a":"x","a":"\\u003a"}'),
        ("too_deep", nested(33)),
        ("too_deep", b"[" * 100_000 + b"]" * 100_000),
        ("too_deep", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        ("wrong_type", b"[]"),
        ("wrong_type", b'"text"'),
        ("wrong_type", b"null"),
    ],
)
def test_what_can_mean_two_things_or_nothing_is_refused(why: str, raw: bytes | None) -> None:
    assert reason(raw) == why


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a":9007199254740993}', {"a": 2**53 + 1}),
        (b'{"a":18446744073709551616}', {"a": 2**64}),
        (b'{"a":-1.5e3}', {"a": -1500.0}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"a":"\\u0000"}', {"a": "\0"}),
        (b' {"a" : "b : c"} ', {"a": "b : c"}),
        (b'{"a":"\\"b\\": {[","c":"\\u003a"}', {"a": '"b": {[', "c": ":"}),
    ],
)
def test_what_means_one_thing_is_read(raw: bytes, value: dict[str, Any]) -> None:
    assert strict_json.read_object(raw) == value


def test_the_limits_themselves_are_allowed() -> None:
    frame = b'{"a":""}'
    largest = frame.replace(b'""', b'"' + b"x" * (strict_json.MAX_BYTES - len(frame)) + b'"')
    assert len(largest) == strict_json.MAX_BYTES
    assert strict_json.read_object(largest)
    assert strict_json.read_object(nested(strict_json.MAX_DEPTH))


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert strict_json.read_object(json.dumps({"a": [{}] * 500}).encode())


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), VALUES, max_size=5), st.booleans())
def test_what_json_writes_is_read_as_it_was(value: dict[str, Any], escaped: bool) -> None:  # noqa: FBT001
    raw = json.dumps(value, ensure_ascii=escaped).encode()
    assert strict_json.read_object(raw) == value


KEYS = st.sampled_from(
    (
        "", "a", "b", "\\u0061", "a:b", "a\\u003ab", 'x\\"', "{",
        "ä", "\\u00e4", "/", "\\/", "😀", "\\ud83d\\ude00",
    )
)  # fmt: skip
SCALARS = st.sampled_from(
    (
        "1", "-0", "1.0", "1e5", "18446744073709551616", "null",
        '"a:b"', '"\\u003a"', '"\\":"', '"]"', '"{"', '"ä"',
    )
)  # fmt: skip
BLANKS = st.sampled_from(["", "", " ", "\n  ", "\t"])


@st.composite
def written_objects(draw: st.DrawFn) -> str:
    """JSON objects written by hand: keys repeated at will, blanks and escapes everywhere, deep."""
    value = st.deferred(lambda: SCALARS | arrays | objects)
    pairs = st.tuples(BLANKS, KEYS, BLANKS, BLANKS, value).map(
        lambda parts: '{}"{}"{}:{}{}'.format(*parts)
    )
    objects = st.lists(pairs, max_size=4).map(lambda written: "{" + ",".join(written) + "}")
    arrays = st.lists(value, max_size=3).map(lambda written: "[" + ", ".join(written) + "]")
    around = draw(st.sampled_from([0, 0, 0, 1, 7, 8, 9, 10, 30, 31, 40]))
    inside = draw(objects)
    return '{"a":' + "[" * (around - 1) + inside + "]" * (around - 1) + "}" if around else inside


def plainly_read(text: str) -> dict[str, Any] | str:
    """What the JSON of Python's own library says: the object, or why it is refused."""

    def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) < len(pairs):
            raise KeyError
        return dict(pairs)

    if depth_of(json.loads(text)) > strict_json.MAX_DEPTH:
        return "too_deep"
    try:
        value: dict[str, Any] = json.loads(text, object_pairs_hook=distinct)
    except KeyError:
        return "duplicate_key"
    return value


def depth_of(value: object) -> int:
    if not isinstance(value, dict | list):
        return 0
    inside = value.values() if isinstance(value, dict) else value
    return 1 + max(map(depth_of, inside), default=0)


@settings(max_examples=300)
@given(written_objects())
def test_what_is_read_and_refused_is_what_a_plain_reader_says(text: str) -> None:
    expected = plainly_read(text)
    if isinstance(expected, str):
        assert reason(text.encode()) == expected
    else:
        assert repr(strict_json.read_object(text.encode())) == repr(expected)


@pytest.mark.parametrize("levels", [1, *range(8, 13), 32])
def test_a_key_twice_is_seen_on_every_level(levels: int) -> None:
    deep = '{"b":' * (levels - 1) + '{"a":1,"a":2}' + "}" * (levels - 1)
    assert reason(deep.encode()) == "duplicate_key"


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_refusal(raw: bytes) -> None:
    with contextlib.suppress(Refused):
        assert isinstance(strict_json.read_object(raw), dict)


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    id: strict_json.Id | int
    name: str | None = None


class Outer(msgspec.Struct):
    inner: list[Inner]


@pytest.mark.parametrize(
    ("value", "why", "detail"),
    [
        ({}, "missing_field", "`at.inner` is missing"),
        ({"inner": [{}]}, "missing_field", "`at.inner[0].id` is missing"),
        ({"inner": "x"}, "wrong_type", "`at.inner` must be array, not str"),
        ([], "wrong_type", "`at` must be object, not array"),
        ({"inner": [{"id": 1, "name": 2}]}, "wrong_type", "`at.inner[0].name` must be str or null"),
        ({"inner": [{"id": ""}]}, "bad_id", "`at.inner[0].id` is empty"),
        ({"inner": [{"id": 1, "x": 2}]}, "unknown_field", "at.inner[0] has an unknown field: `x`"),
        ({"inner": [{"id": 1, "a@b c": 2}]}, "unknown_field", "one that is no plain name"),
    ],
)
def test_a_misfit_says_where_it_is(value: object, why: str, detail: str) -> None:
    with pytest.raises(Refused) as refused:
        strict_json.shaped(value, Outer, "at")
    assert (refused.value.failed.reason, detail in refused.value.failed.detail) == (why, True)


def test_a_fitting_value_is_shaped() -> None:
    assert strict_json.shaped({"inner": [{"id": 1}], "more": 2}, Outer) == Outer([Inner(1)])
