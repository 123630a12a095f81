"""Bodies as HTTP left them: arrays, forms, compressed ones."""

import gzip
import json
import sys
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.conformance import record
from connectors.envelopes import EnvelopeName, opened
from connectors.envelopes.array import EMPTY, MAX_ELEMENTS
from connectors.strict_json import MAX_BYTES
from service.event import Failed, Record

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def value(payload: object, headers: dict[str, str] | None = None) -> object:
    (part,) = opened(record(payload, headers)).parts
    assert isinstance(part, Record), part
    return json.loads(part.value or b"null")


def reason(payload: object, headers: dict[str, str] | None = None) -> str:
    (part,) = opened(record(payload, headers)).parts
    assert isinstance(part, Failed), part
    return part.reason


def test_an_array_without_elements_is_ignored() -> None:
    assert opened(record(b" [] ")).parts == (EMPTY,)


def test_a_torn_array_and_one_without_end_fail_once() -> None:
    assert reason(b'[{"a": 1}, ') == "invalid_json"
    assert reason([1] * (MAX_ELEMENTS + 1)) == "too_many_elements"


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("zstd", zstd.compress)],
)
def test_a_compressed_body_is_opened(encoding: str, compress: Callable[[bytes], bytes]) -> None:
    body = compress(b'{"a": 1}')
    assert value(body, {"Content-Encoding": encoding}) == {"a": 1}


@pytest.mark.parametrize("compress", [gzip.compress, zstd.compress])
def test_what_says_itself_how_it_is_compressed_needs_no_header(
    compress: Callable[[bytes], bytes],
) -> None:
    assert value(compress(b'{"a": 1}')) == {"a": 1}


@pytest.mark.parametrize("compress", [gzip.compress, zstd.compress])
def test_a_small_record_cannot_fill_the_memory(compress: Callable[[bytes], bytes]) -> None:
    assert reason(compress(b"0" * MAX_BYTES * 50)) == "too_large"


def test_a_body_cannot_ask_for_a_long_memory_of_itself() -> None:
    parameter = zstd.CompressionParameter
    options = {int(parameter.window_log): 27, int(parameter.content_size_flag): 0}
    streaming = zstd.ZstdCompressor(options=options)
    body = streaming.compress(b'{"a": 1}') + streaming.flush()
    assert reason(body) == "invalid_compression"


@pytest.mark.parametrize("compress", [gzip.compress, zstd.compress])
@pytest.mark.parametrize("end", [4, 12, -1])
def test_a_torn_compressed_body_fails(end: int, compress: Callable[[bytes], bytes]) -> None:
    assert reason(compress(b'{"a": 1}')[:end]) == "invalid_compression"


def test_a_compression_that_is_not_known_fails() -> None:
    assert reason(b"x", {"content-encoding": "br"}) == "unknown_compression"


def test_a_form_becomes_an_object_of_texts() -> None:
    body = b"Status=Complete&At=2019-09-06+23%3A08%3A09&empty="
    expected = {"Status": "Complete", "At": "2019-09-06 23:08:09", "empty": ""}
    assert value(body) == expected
    assert value(body, FORM) == expected


def test_brackets_nest_and_repeat() -> None:
    body = b"r[id]=7&r[who][plan]=Pro&t[]=a&t[]=b&u=1&u=2&v[]=x"
    nested = {"id": "7", "who": {"plan": "Pro"}}
    assert value(body) == {"r": nested, "t": ["a", "b"], "u": ["1", "2"], "v": ["x"]}


@pytest.mark.parametrize(
    ("failure", "body"),
    [
        ("invalid_form", b"a=%ff"),
        ("invalid_form", b"a=1&a[b]=2"),
        ("invalid_form", b"a[b]=2&a=1"),
        ("invalid_form", b"a"),
        ("invalid_form", b"&".join([b"a=1"] * 1_001)),
        ("too_deep", b"a" + b"[b]" * 9 + b"=1"),
    ],
)
def test_what_is_no_form_though_it_says_so_fails(failure: str, body: bytes) -> None:
    assert reason(body, FORM) == failure


@given(body=st.binary(max_size=80), name=st.sampled_from([None, "form", "array", "compressed"]))
def test_any_bytes_are_opened_or_fail(body: bytes, name: EnvelopeName | None) -> None:
    for headers in ({}, FORM, {"content-encoding": "gzip"}):
        assert opened(record(body, headers), name).parts
