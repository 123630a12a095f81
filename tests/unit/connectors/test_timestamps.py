"""Times of payloads are exact microseconds or are refused."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.refusal import Refused
from connectors.timestamps import parse_local, parse_milliseconds, parse_seconds, parse_time

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


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "time_us"),
    [
        ("2025-01-08 16:45:20", 1_736_351_120_000_000),
        ("2025-07-08T16:45:20.25", 1_751_985_920_250_000),
        ("2025-01-08 16:45", 1_736_351_100_000_000),
        ("2025-01-08", 1_736_290_800_000_000),
        ("2025-01-08T16:45:20Z", 1_736_354_720_000_000),
    ],
)
def test_a_time_without_a_zone_is_of_the_zone_that_the_source_says(text: str, time_us: int) -> None:
    assert parse_local(text, BERLIN, "time") == time_us


@pytest.mark.parametrize("value", [1_736_354_720, "1736354720", 1_736_354_720.0, "1736354720.0"])
def test_a_number_of_seconds_is_a_time(value: float | str) -> None:
    assert parse_seconds(value, "time") == 1_736_354_720_000_000


def test_a_fraction_of_a_number_is_exact_to_the_microsecond() -> None:
    assert parse_seconds(1_736_354_720.123456, "time") == 1_736_354_720_123_456
    assert parse_milliseconds(1_736_354_720_123, "time") == 1_736_354_720_123_000
    assert parse_milliseconds("1736354720123.4567", "time") == 1_736_354_720_123_456


@pytest.mark.parametrize("value", ["", "now", "-1", -1, True, 1e300, 2**80, "1e9", float("nan")])
def test_what_is_no_number_of_seconds_is_refused(value: float | str) -> None:
    with pytest.raises(Refused) as refused:
        parse_seconds(value, "the.field")
    assert refused.value.failed.reason == "bad_time"


@pytest.mark.parametrize("text", ["", "2025-02-30", "2025-01-08T25:00", "0001-01-01", "tomorrow"])
def test_what_is_no_local_time_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        parse_local(text, BERLIN, "time")
