"""Times of payloads to whole microseconds since 1970-01-01 UTC: `parse_time`.

ISO 8601 with `Z` or an offset and 0 to 9 digits of a second; digits beyond microseconds are cut,
never rounded, so that one time written with more and with fewer digits sorts the same everywhere.
A time without a zone, before 1970 or after 9999 is refused.
"""

import re
from datetime import UTC, datetime
from typing import Final

from connectors.refusal import Refused

_ISO: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)", re.ASCII
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END_US: Final = 253_402_300_800_000_000
"""The first microsecond of the year 10000."""

DAY_US: Final = 86_400_000_000
HOUR_US: Final = 3_600_000_000


def parse_time(text: str, field: str) -> int:
    """Microseconds since 1970 of `text`, the value of `field`. Raises `Refused`."""
    if not _ISO.fullmatch(text):
        raise Refused("bad_time", f"`{field}` must be a time with its zone: 2025-01-08T16:45:20Z")
    try:
        since = datetime.fromisoformat(text) - _EPOCH
    except ValueError:
        raise Refused("bad_time", f"`{field}` is no day and hour of the calendar") from None
    time_us = since.days * DAY_US + since.seconds * 1_000_000 + since.microseconds
    if not 0 <= time_us < _END_US:
        raise Refused("bad_time", f"`{field}` must lie between the years 1970 and 9999")
    return time_us
