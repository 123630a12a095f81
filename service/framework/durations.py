"""Durations as people write them: a whole number and a unit."""

import re
from datetime import timedelta
from typing import Final

DURATION_PATTERN: Final = r"([1-9][0-9]{0,8})([smhdw])"
UNITS_S: Final = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
LONGEST: Final = timedelta(days=3650)


def parse_duration(value: object) -> timedelta:
    """Read `15m`, `24h`, `7d`. Raises ValueError for anything else, zero and over 10 years too."""
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(DURATION_PATTERN, value) if isinstance(value, str) else None
    if isinstance(value, str) and re.fullmatch(r"0+[smhdw]", value):
        raise ValueError("a duration is longer than nothing, such as 1h")
    if match is None:
        message = "a duration is a whole number and one of s, m, h, d, w, such as "
        raise ValueError(f"{message}{_meant(value) or '24h'}")
    seconds = int(match[1]) * UNITS_S[match[2]]
    if seconds > LONGEST.total_seconds():
        raise ValueError("a duration is at most 10 years, 3650d")
    return timedelta(seconds=seconds)


def _meant(value: object) -> str:
    """`7d` of what was written as `7 days`."""
    match = re.fullmatch(r"\s*([1-9][0-9]{0,8})\s*([smhdw])[a-z]*\s*", str(value).lower())
    return f"{match[1]}{match[2]}" if match else ""


def duration_text(duration: timedelta) -> str:
    """The shortest way to write it: `24h` is `1d`, `90s` stays `90s`."""
    seconds = int(duration.total_seconds())
    unit, size_s = next(one for one in UNITS_S.items() if seconds % one[1] == 0)
    return f"{seconds // size_s}{unit}"
