"""Times of payloads to whole microseconds since 1970-01-01 UTC.

`parse_time` reads ISO 8601 with `Z` or an offset and 0 to 9 digits of a second; digits beyond
microseconds are cut, never rounded, so that one time written with more and with fewer digits sorts
the same everywhere. `parse_local` also reads times without a zone and bare dates, in the zone that
the source says, `parse_seconds`, `parse_milliseconds` and `parse_microseconds` numbers since 1970.
A time before 1970 or after 9999 is refused.
"""

import re
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from connectors.refusal import Refused

_ISO: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)", re.ASCII
)
_LOCAL: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,16}(?:\.\d{1,9})?", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END_US: Final = 253_402_300_800_000_000
"""The first microsecond of the year 10000."""

UTC_ZONE: Final = ZoneInfo("UTC")
"""Of times whose documents say that they are in UTC, and that have no zone."""

DAY_US: Final = 86_400_000_000
HOUR_US: Final = 3_600_000_000


def parse_time(text: str, field: str) -> int:
    """Microseconds since 1970 of `text`, the value of `field`. Raises `Refused`."""
    if not _ISO.fullmatch(text):
        raise Refused("bad_time", f"`{field}` must be a time with its zone: 2025-01-08T16:45:20Z")
    return _microseconds(text, None, field)


def parse_local(text: str, zone: ZoneInfo, field: str) -> int:
    """As `parse_time`; a time without a zone is of `zone`, a bare date begins there."""
    if _LOCAL.fullmatch(text):
        return _microseconds(text, zone, field)
    return parse_time(text, field)


def parse_seconds(value: float | str, field: str) -> int:
    """Microseconds since 1970 of a number of seconds. Raises `Refused`."""
    return _from_number(value, 1_000_000, field)


def parse_milliseconds(value: float | str, field: str) -> int:
    """Microseconds since 1970 of a number of milliseconds. Raises `Refused`."""
    return _from_number(value, 1_000, field)


def parse_microseconds(value: float | str, field: str) -> int:
    """Microseconds since 1970 of a number of microseconds. Raises `Refused`."""
    return _from_number(value, 1, field)


def _microseconds(text: str, zone: tzinfo | None, field: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
        since = (moment if zone is None else moment.replace(tzinfo=zone)) - _EPOCH
    except (ValueError, OverflowError):
        raise Refused("bad_time", f"`{field}` is no day and hour of the calendar") from None
    return _in_range(since.days * DAY_US + since.seconds * 1_000_000 + since.microseconds, field)


def _from_number(value: float | str, unit_us: int, field: str) -> int:
    if type(value) is int:
        return _in_range(value * unit_us, field)
    text = format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)
    if not _NUMBER.fullmatch(text):
        raise Refused("bad_time", f"`{field}` must be a number of units of time since 1970")
    return _in_range(int(Decimal(text) * unit_us), field)


def _in_range(time_us: int, field: str) -> int:
    if not 0 <= time_us < _END_US:
        raise Refused("bad_time", f"`{field}` must lie between the years 1970 and 9999")
    return time_us
