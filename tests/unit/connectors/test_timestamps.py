"""Times of payloads are exact microseconds or are refused."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.refusal import Refused
from connectors.timestamps import parse_time

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time_us"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2025-01-08T16:45:20Z", 1_736_354_720_000_000),
        ("2025-01-08 16:45:20Z", 1_736_354_720_000_000),
        ("2025-01-08T16:45:20.5Z", 1_736_354_720_500_000),
        ("2025-01-08T16:45:20.987654321Z", 1_736_354_720_987_654),
        ("2025-01-08T16:45:20.9999999Z", 1_736_354_720_999_999),
        ("2025-01-08T11:45:20-05:00", 1_736_354_720_000_000),
        ("2025-01-08T22:15:20.000001+0530", 1_736_354_720_000_001),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ],
)
def test_a_time_is_cut_to_microseconds_of_utc(text: str, time_us: int) -> None:
    assert parse_time(text, "time") == time_us


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "2025-01-08", "2025-01-08T16:45:20", "2025-01-08T16:45Z", "20250108T164520Z",
        "2025-W02-3T16:45:20Z", "2025-01-08T16:45:20.Z", "2025-01-08T16:45:20.0123456789Z",
        "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-01-08T24:00:00Z",
        "2025-01-08T23:59:60Z", "2025-01-08T16:45:20+25:00", "2025-01-08T16:45:20 Z",
        "1969-12-31T23:59:59Z", "1970-01-01T00:00:00+00:01", "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-01:00", "1736354720",
        "\uff12025-01-08T16:45:20Z", "2025-01-08T16:45:20Z\n",
    ],
)  # fmt: skip
def test_what_is_no_time_with_a_zone_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_time(text, "the.field")
    assert refused.value.failed.reason == "bad_time"
    assert "`the.field`" in refused.value.failed.detail


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(1970, 1, 3), datetime(9999, 12, 29), timezones=ZONES)  # noqa: DTZ001


@given(TIMES)
def test_every_way_to_write_a_moment_is_the_same_moment(moment: datetime) -> None:
    time_us = (moment - EPOCH) // timedelta(microseconds=1)
    assert parse_time(moment.isoformat(), "time") == time_us
    in_utc = moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    assert parse_time(in_utc, "time") == time_us


@given(st.text(max_size=40))
def test_no_text_raises_anything_but_a_refusal(text: str) -> None:
    with contextlib.suppress(Refused):
        assert parse_time(text, "time") >= 0
