"""What preparing makes of times that are odd and of records that are broken. Nothing raises."""

import gzip
import json
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.event import Position, Record
from service.ingest.preparing.prepare import Limits, prepare
from service.ingest.preparing.prepared import (
    DeadItem,
    IgnoredItem,
    PreparedEvent,
    PreparedItem,
    Span,
)
from service.metrics.buckets import bucket_start_us
from tests.support.ingesting import DAY_US, revision
from tests.support.small_shop import CONTACT, EPOCH, iso

SHOP = revision()
READ_US = 1_790_000_000_000_000
YEAR_US = 365 * DAY_US
MEGABYTE = 1_048_576
PEAK_BYTES = 48 * MEGABYTE
"""What one record of a megabyte may take while it is prepared."""


def prepared(value: bytes | None, read_us: int = READ_US) -> tuple[PreparedItem, ...]:
    record = Record(Position("one", 0, 0), read_us, b"k", (("h", b"\xff"),), value)
    return prepare([Span("one", 0, 0, 1, (record,))], SHOP, Limits()).items


def said_at(occurred_at: object) -> bytes:
    """A contact with this time, whatever it is."""
    contact = {
        "id": "c", "kind": CONTACT, "occurred_at": occurred_at,
        "subject": {"namespace": "user", "value": "jo"},
    }  # fmt: skip
    return json.dumps(contact).encode()


def time_of(occurred_at: object, read_us: int = READ_US) -> int | str:
    """When it happened, or the reason why it is a dead letter."""
    [item] = prepared(said_at(occurred_at), read_us)
    assert isinstance(item, PreparedEvent | DeadItem)
    return item.event.occurred_at_us if isinstance(item, PreparedEvent) else item.reason


@pytest.mark.parametrize(
    "late_us", [1, 1_000_000, 3_600_000_000, DAY_US, 31 * DAY_US, 2 * YEAR_US, READ_US]
)
def test_an_event_may_be_as_late_as_it_likes(late_us: int) -> None:
    assert time_of(iso(READ_US - late_us)) == READ_US - late_us


@pytest.mark.parametrize(
    ("ahead_us", "is_event"),
    [
        (1, True), (1_000_000, True), (DAY_US, True), (DAY_US + 1, False), (YEAR_US, False),
        (100 * YEAR_US, False),
    ],
)  # fmt: skip
def test_an_event_lies_at_most_a_day_behind_its_record(ahead_us: int, is_event: bool) -> None:  # noqa: FBT001 - a case
    wanted = READ_US + ahead_us if is_event else "in_the_future"
    assert time_of(iso(READ_US + ahead_us)) == wanted


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2025-10-26T02:30:00+02:00", "2025-10-26T00:30:00Z"),
        ("2025-10-26T02:30:00+01:00", "2025-10-26T01:30:00Z"),
        ("2026-03-29T01:59:59.999999+01:00", "2026-03-29T00:59:59.999999Z"),
        ("2024-02-29T23:59:59-12:00", "2024-03-01T11:59:59Z"),
        ("2025-06-30T23:59:59.123456789Z", "2025-06-30T23:59:59.123456Z"),
    ],
)
def test_the_hour_that_comes_twice_is_told_apart_by_its_offset(written: str, utc: str) -> None:
    assert time_of(written) == (datetime.fromisoformat(utc) - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    "odd",
    [
        "2026-01-02T03:04:05",
        "2016-12-31T23:59:60Z",
        "2025-02-29T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "+10000-01-01T00:00:00Z",
        "now",
        "",
        "٢٠٢٥-01-01T00:00:00Z",
    ],
)
def test_a_time_that_is_none_is_a_dead_letter(odd: str) -> None:
    """Without a zone, a leap second, no such day, before 1970, after 9999, in other digits."""
    assert time_of(odd) == "bad_time"


@pytest.mark.parametrize("number", [1_790_000_000, 1_790_000_000_000, READ_US, 1.79e9, True, None])
def test_a_number_is_no_time_because_its_unit_would_be_guessed(number: object) -> None:
    assert time_of(number) == "wrong_type"


def test_a_record_without_a_time_says_so() -> None:
    assert time_of(iso(READ_US), read_us=-1) == "no_record_time"


@given(
    st.datetimes(datetime(1970, 1, 3), datetime(2026, 1, 1)),  # noqa: DTZ001 - the zone is drawn
    st.integers(-14 * 60, 14 * 60),
)
def test_a_bucket_is_the_quarter_of_an_hour_in_utc_whatever_the_zone(
    local: datetime, offset_min: int
) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=offset_min)))
    occurred_us = time_of(moment.isoformat())
    assert isinstance(occurred_us, int)
    in_utc = moment.astimezone(UTC)
    quarter = in_utc.replace(minute=in_utc.minute // 15 * 15, second=0, microsecond=0)
    assert bucket_start_us(occurred_us) == (quarter - EPOCH) // timedelta(microseconds=1)


HOSTILE: dict[str, Callable[[], bytes | None]] = {
    "brackets": lambda: b"[" * MEGABYTE,
    "braces": lambda: b'{"a":' * (MEGABYTE // 5),
    "one number": lambda: b'{"id":' + b"9" * (MEGABYTE - 7) + b"}",
    "one fraction": lambda: b'{"id":0.' + b"1" * (MEGABYTE - 9) + b"}",
    "an exponent": lambda: b'{"id":1e999999999}',
    "many keys": lambda: _object(f'"{n}":0' for n in range(100_000)),
    "one key again and again": lambda: _object('"id":0' for _ in range(140_000)),
    "escapes": lambda: b'{"id":"' + rb"\u0041" * (MEGABYTE // 6 - 2) + b'"}',
    "a text that never ends": lambda: b'{"id":"' + b"a" * (MEGABYTE - 8),
    "many tags": lambda: _contact(tags=["t"] * 200_000),
    "many identifiers": lambda: _contact(
        identifiers=[{"namespace": "email", "value": f"{n}@mail.example"} for n in range(18_000)]
    ),
    "compressed zeros": lambda: gzip.compress(b"0" * (20 * MEGABYTE)),
    "spaces": lambda: b" " * MEGABYTE,
    "zeros": lambda: b"\0" * MEGABYTE,
    "a byte too many": lambda: b"{" * (MEGABYTE + 1),
    "ten megabytes": lambda: b"{" * (10 * MEGABYTE),
    "nothing": lambda: b"",
    "a tombstone": lambda: None,
}


def _object(members: Any) -> bytes:
    return ("{" + ",".join(members) + "}").encode()


def _contact(**more: object) -> bytes:
    return json.dumps({**json.loads(said_at(iso(READ_US))), **more}).encode()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_record_costs_little_and_is_kept_whole(name: str) -> None:
    """Whatever it is, it ends as one thing, and takes memory in proportion to its size."""
    value = HOSTILE[name]()
    tracemalloc.start()
    try:
        [item] = prepared(value)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert item.record.value == value
    assert not isinstance(item, IgnoredItem)
    assert peak_bytes < PEAK_BYTES


WHOLE = _contact(text="Where is it?", tags=["vip"], attributes={"n": 1, "s": "x"})


@st.composite
def corrupted(draw: st.DrawFn) -> bytes:
    """A whole record with some of its bytes changed, taken out, doubled or put in."""
    value = bytearray(WHOLE)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(value)))
        end = draw(st.integers(start, min(len(value), start + 12)))
        value[start:end] = draw(st.binary(max_size=8)) * draw(st.integers(0, 2))
    return bytes(value)


@given(st.one_of(corrupted(), st.binary(max_size=200)))
def test_a_corrupted_record_ends_as_one_item_with_its_bytes(value: bytes) -> None:
    """An event where it still makes sense, else a dead letter; never the connector's mistake."""
    [item] = prepared(value)
    assert item.record.value == value
    assert isinstance(item, PreparedEvent | DeadItem)
    assert not isinstance(item, DeadItem) or item.reason != "connector_error"
