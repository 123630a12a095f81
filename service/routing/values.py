"""Values of expressions, and what CEL's operators and functions do to them.

Whole numbers are 64 bits wide; what leaves them is an error, never a wrap. Numbers compare by
value whatever their type; values of different kinds are unequal, `true` and `1` too. Text is
code points. Times and lengths of time are whole nanoseconds. Every function here returns a value
or raises `NoValueError`.
"""

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1
MAX_TEXT_CHARACTERS: Final = 65_536
"""The longest text that an expression may put together."""

SECOND_NS: Final = 1_000_000_000
DAY_NS: Final = 86_400 * SECOND_NS
_TIME_MIN_NS: Final = -62_135_596_800 * SECOND_NS
_TIME_MAX_NS: Final = 253_402_300_800 * SECOND_NS - 1
_DURATION_MAX_NS: Final = 315_576_000_000 * SECOND_NS
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS_NS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": SECOND_NS,
    "m": 60 * SECOND_NS,
    "h": 3_600 * SECOND_NS,
}
_DURATION: Final = re.compile(r"([-+]?)((?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|ms|s|m|h))+|0)")
_DURATION_PART: Final = re.compile(r"([0-9]*)\.?([0-9]*)(ns|us|µs|ms|s|m|h)")
_TIMESTAMP: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?"
    r"([Zz]|[-+][0-9]{2}:[0-9]{2})"
)
_OFFSET: Final = re.compile(r"([-+]?)([0-9]{2}):([0-9]{2})")
_INT: Final = re.compile(r"[-+]?[0-9]{1,20}")
_DOUBLE: Final = re.compile(
    r"[-+]?(?:[0-9]+\.?[0-9]*(?:[eE][-+]?[0-9]+)?|\.[0-9]+(?:[eE][-+]?[0-9]+)?|inf|Inf|Infinity|NaN)"
)
_BOOLS: Final = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
}
_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_UPPER: Final = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}


class NoValueError(Exception):
    """An expression has no value for this event. Its text says why, without a value of it."""


class AbsentError(NoValueError):
    """What is asked for is not there."""


class Timestamp(int):
    """Nanoseconds since 1970-01-01 UTC."""


class Duration(int):
    """Nanoseconds."""


class Zone(NamedTuple):
    """A time zone, resolved when the expression was checked."""

    rules: tzinfo


def whole(value: int) -> int:
    """`value`, if it fits into 64 bits."""
    if INT64_MIN <= value <= INT64_MAX:
        return value
    raise NoValueError("a whole number grows beyond 64 bits")


def timestamp_of(nanoseconds: int) -> Timestamp:
    """The time, if it lies in the years 1 to 9999."""
    if _TIME_MIN_NS <= nanoseconds <= _TIME_MAX_NS:
        return Timestamp(nanoseconds)
    raise NoValueError("a time lies outside the years 1 to 9999")


def duration_of(nanoseconds: int) -> Duration:
    """The length of time, if it is shorter than 10,000 years."""
    if -_DURATION_MAX_NS <= nanoseconds <= _DURATION_MAX_NS:
        return Duration(nanoseconds)
    raise NoValueError("a length of time is beyond 10,000 years")


def days(count: int) -> Duration:
    """`count` times 24 hours."""
    return duration_of(count * DAY_NS)


def equal(one: Any, other: Any) -> bool:
    """CEL's equality of any two values; never an error."""
    kind, other_kind = type(one), type(other)
    if kind is not other_kind:
        return {kind, other_kind} == {int, float} and bool(one == other)
    if kind is tuple:
        return len(one) == len(other) and all(map(equal, one, other))
    if kind is dict:
        return len(one) == len(other) and all(
            key in other and equal(value, other[key]) for key, value in one.items()
        )
    return bool(one == other)


def holds(item: Any, container: Any) -> bool:
    """`item in container`, a list or a map."""
    if type(container) is tuple:
        return any(equal(item, each) for each in container)
    if type(container) is dict:
        return any(equal(item, key) for key in container)
    raise NoValueError("in works on lists and maps")


def element(container: Any, index: Any) -> Any:
    """`container[index]`."""
    if type(container) is tuple:
        return _list_item(container, index)
    if type(container) is not dict:
        raise NoValueError("[] works on lists and maps")
    for key, value in container.items():
        if equal(key, index):
            return value
    raise AbsentError("the map has no such key")


def _list_item(items: Sequence[Any], index: Any) -> Any:
    if type(index) is float and index.is_integer():
        index = int(index)
    if type(index) is not int or not 0 <= index < len(items):
        raise AbsentError("the list has no such item")
    return items[index]


def add(one: int, other: int) -> int:
    """The sum of whole numbers."""
    return whole(one + other)


def subtract(one: int, other: int) -> int:
    """The difference of whole numbers."""
    return whole(one - other)


def multiply(one: int, other: int) -> int:
    """The product of whole numbers."""
    return whole(one * other)


def divide(one: int, other: int) -> int:
    """The quotient of whole numbers, towards zero."""
    if other == 0:
        raise NoValueError("division by zero")
    quotient = abs(one) // abs(other)
    return whole(quotient if (one < 0) == (other < 0) else -quotient)


def remainder(one: int, other: int) -> int:
    """The rest of that division, with the sign of the first."""
    if other == 0:
        raise NoValueError("division by zero")
    whole(divide(one, other))
    rest = abs(one) % abs(other)
    return -rest if one < 0 else rest


def negate(value: int) -> int:
    """The number with the other sign."""
    return whole(-value)


def divide_double(one: float, other: float) -> float:
    """The quotient of decimal numbers by IEEE 754: never an error."""
    if other != 0.0:
        return one / other
    if one == 0.0 or math.isnan(one):
        return math.nan
    return math.copysign(math.inf, one) * math.copysign(1.0, other)


def join_text(one: str, other: str) -> str:
    """One text after the other."""
    return short_enough(one + other)


def short_enough(text: str) -> str:
    """`text`, if it is no longer than `MAX_TEXT_CHARACTERS`."""
    if len(text) <= MAX_TEXT_CHARACTERS:
        return text
    raise NoValueError(f"text grows beyond {MAX_TEXT_CHARACTERS:,} characters")


def lower_ascii(text: str) -> str:
    """Letters A to Z in lower case, all others as they are."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def upper_ascii(text: str) -> str:
    """Letters a to z in upper case, all others as they are."""
    return text.upper() if text.isascii() else text.translate(_UPPER)


def int_of_double(value: float) -> int:
    """Towards zero."""
    if math.isfinite(value):
        return whole(math.trunc(value))
    raise NoValueError("the number is not finite")


def int_of_string(text: str) -> int:
    """A whole number in digits."""
    if _INT.fullmatch(text):
        return whole(int(text))
    raise NoValueError("the text is not a whole number")


def int_of_timestamp(time: Timestamp) -> int:
    """Seconds since 1970."""
    return int(time) // SECOND_NS


def double_of_string(text: str) -> float:
    """A number in digits."""
    if _DOUBLE.fullmatch(text):
        return float(text)
    raise NoValueError("the text is not a number")


def bool_of_string(text: str) -> bool:
    """`true`, `false` and the short forms that CEL names."""
    if text in _BOOLS:
        return _BOOLS[text]
    raise NoValueError("the text is neither true nor false")


def string_of_double(value: float) -> str:
    """The shortest digits that give the number back; whole ones without a point."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(value).removesuffix(".0")


def string_of_timestamp(time: Timestamp) -> str:
    """RFC 3339 in UTC, with as many decimals as are needed."""
    seconds, nanoseconds = divmod(int(time), SECOND_NS)
    moment = (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()
    return f"{moment}{_fraction(nanoseconds)}Z"


def string_of_duration(length: Duration) -> str:
    """Seconds, such as `90s` or `0.5s`."""
    seconds, nanoseconds = divmod(abs(int(length)), SECOND_NS)
    return f"{'-' if length < 0 else ''}{seconds}{_fraction(nanoseconds)}s"


def _fraction(nanoseconds: int) -> str:
    return f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""


def timestamp_of_string(text: str) -> Timestamp:
    """A time as RFC 3339 has it."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise NoValueError('the text is not a time such as "2025-01-31T00:00:00Z"')
    moment, decimals, offset = match.groups()
    try:
        local = datetime.fromisoformat(f"{moment}{'+00:00' if offset in 'Zz' else offset}")
    except ValueError:
        raise NoValueError("the text names a time that does not exist") from None
    seconds = (local - _EPOCH) // timedelta(seconds=1)
    return timestamp_of(seconds * SECOND_NS + int((decimals or "").ljust(9, "0")))


def timestamp_of_int(seconds: int) -> Timestamp:
    """The time so many seconds after 1970."""
    return timestamp_of(seconds * SECOND_NS)


def duration_of_string(text: str) -> Duration:
    """A length of time such as `1h30m`; hours are the longest unit."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise NoValueError(
            'the text is not a length of time such as "24h" or "1h30m"; for days, days(30)'
        )
    total = sum(_part_ns(*part) for part in _DURATION_PART.findall(match[2]))
    return duration_of(-total if match[1] == "-" else total)


def _part_ns(digits: str, decimals: str, unit: str) -> int:
    if len(digits) > 18 or len(decimals) > 18:
        raise NoValueError("a length of time is beyond 10,000 years")
    size, parts = _UNITS_NS[unit], int("1" + "0" * len(decimals))
    return int(digits or "0") * size + int(decimals or "0") * size // parts


def zone_named(name: str) -> Zone | None:
    """The zone of a name such as `Europe/Berlin` or an offset such as `+02:00`."""
    offset = _OFFSET.fullmatch(name)
    try:
        if offset is None:
            return Zone(ZoneInfo(name))
        length = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return Zone(timezone(-length if offset[1] == "-" else length))
    except (KeyError, ValueError, OSError):
        return None


def time_part(read: Callable[[datetime], int]) -> Callable[..., int]:
    """A function of a time, and of a zone if it is given, that reads one part of its calendar."""

    def part(time: Timestamp, zone: Zone = Zone(UTC)) -> int:  # noqa: B008  # immutable
        try:
            return read((_EPOCH + timedelta(microseconds=int(time) // 1_000)).astimezone(zone[0]))
        except (OverflowError, ValueError):
            raise NoValueError("a time lies outside the years 1 to 9999") from None

    return part


def duration_part(unit_ns: int) -> Callable[[Duration], int]:
    """A function of a length of time that counts whole units in it, towards zero."""
    return lambda length: divide(int(length), unit_ns)
