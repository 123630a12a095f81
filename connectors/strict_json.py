"""JSON that can mean only one thing: the bytes of a record to a value, or `Refused`.

Refused are: no bytes at all, more than `MAX_BYTES`, anything that is not UTF-8 without a byte
order mark, NaN and Infinity, numbers beyond a float, lone surrogates, a key twice in one object,
nesting deeper than `MAX_DEPTH`. Whole numbers are exact, however long.

`read_object` gives the object, `shaped` fits a part of it to a msgspec struct, `decoded` is for
who decodes into a struct right away and calls `check_repeats` himself.

What is usual is told at the speed of C, and what is not told so is looked at slowly and exactly.
Usual is an object of at most `USUAL_DEPTH` levels, whose depth the decoder holds by its type while
it decodes, and whose keys differ, which its value encoded anew proves.
"""

import json
import re
from collections.abc import Callable
from types import GenericAlias
from typing import Annotated, Any, Final, TypeAlias, TypeVar

import msgspec

from connectors.refusal import Refused, plain

MAX_BYTES: Final = 1_048_576
MAX_DEPTH: Final = 32
USUAL_DEPTH: Final = 10
"""The nodes of the decoder's type double with each level: these take 20 ms to be made."""

T = TypeVar("T")


def _usual_object() -> Any:
    """The type of objects with at most `USUAL_DEPTH` levels."""
    scalar: Any = None | bool | int | float | str
    value = scalar
    for _ in range(USUAL_DEPTH - 1):
        value = scalar | GenericAlias(list, value) | GenericAlias(dict, (str, value))
    return GenericAlias(dict, (str, value))


_decode: Final = msgspec.json.Decoder().decode
_decode_usual: Final = msgspec.json.Decoder(_usual_object()).decode
_encode: Final = msgspec.json.Encoder().encode

_AT: Final = r"(?: - at `\$((?:\.\w+|\[(?:\.\.\.|\d+)\])*)`)?"
_MISSING: Final = re.compile(r"Object missing required field `(\w+)`" + _AT)
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*?)`" + _AT, re.DOTALL)
_EMPTY: Final = re.compile(r"Expected `str` of length >= 1" + _AT)
_WRONG: Final = re.compile(r"Expected `([\w |]+)`, got `(\w+)`" + _AT)

Id: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
"""An id in a payload's struct: a text that is not empty."""


def read_object(raw: bytes | None) -> dict[str, Any]:
    """The object that `raw` holds. Raises `Refused`."""
    try:
        value: dict[str, Any] = decoded(raw, _decode_usual)
    except Refused:
        value = _unusual(raw)
    check_repeats(raw, _encode(value))
    return value


def _unusual(raw: bytes | None) -> dict[str, Any]:
    """An object that is deeper than usual. Raises `Refused`, also for what is none."""
    value = decoded(raw, _decode)
    if type(value) is not dict:
        raise Refused("wrong_type", "expected an object at the top of the payload")
    _check_depth(value)
    return value


def decoded(raw: bytes | None, decode: Callable[[bytes], T]) -> T:
    """`decode(raw)`, a decoder of msgspec, with its errors in our words. Raises `Refused`."""
    if raw is None:
        raise Refused("tombstone", "the record has a key and no value")
    if not raw:
        raise Refused("empty", "the record's value has no bytes")
    if len(raw) > MAX_BYTES:
        raise Refused("too_large", f"{len(raw)} bytes, at most {MAX_BYTES} are read")
    try:
        return decode(raw)
    except msgspec.ValidationError as error:
        raise _misfit(str(error), "") from None
    except UnicodeDecodeError:
        raise Refused("invalid_json", "not valid UTF-8") from None
    except RecursionError:
        raise _too_deep() from None
    except msgspec.DecodeError as error:
        raise Refused("invalid_json", _malformed(raw, str(error))) from None


def check_repeats(raw: bytes | None, encoded: bytes) -> None:
    """Raises `Refused` if an object in `raw` has a key twice. `encoded` is its value encoded anew.

    Most programs write what we encode, without blanks. Where one does not, colons are counted: one
    stands behind each key, others inside strings. A key that was dropped took its colon along, so
    equal counts mean that none was. Escaped colons break the count: then `raw` is read slowly.
    """
    if raw is None or raw == encoded:
        return
    escaped = b"\\" in raw and b"\\u003" in raw
    if escaped or raw.count(b":") != encoded.count(b":"):
        json.loads(raw, object_pairs_hook=_without_repeats)


def shaped(value: object, shape: type[T], at: str = "") -> T:
    """`value`, which is at the path `at` of the payload, as `shape`. Raises `Refused`."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise _misfit(str(error), at) from None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Refused("duplicate_key", "an object has the same key twice")
    return members


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            part
            for whole in level
            for part in (whole.values() if type(whole) is dict else whole)  # type: ignore[attr-defined]
            if type(part) is dict or type(part) is list
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> Refused:
    return Refused("too_deep", f"nested deeper than {MAX_DEPTH} levels")


def _malformed(raw: bytes, message: str) -> str:
    if raw.startswith(b"\xef\xbb\xbf"):
        return "begins with a byte order mark"
    return message.removeprefix("JSON is malformed: ")


def _misfit(message: str, at: str) -> Refused:
    if match := _MISSING.fullmatch(message):
        return Refused("missing_field", f"`{_path(at, match[2], match[1])}` is missing")
    if match := _UNKNOWN.fullmatch(message):
        where = _path(at, match[2]) or "the event"
        return Refused("unknown_field", f"{where} has an unknown field: {plain(match[1])}")
    if match := _EMPTY.fullmatch(message):
        return Refused("bad_id", f"`{_path(at, match[1])}` is empty")
    if match := _WRONG.fullmatch(message):
        where = _path(at, match[3]) or "the payload"
        expected = match[1].replace(" | ", " or ")
        return Refused("wrong_type", f"`{where}` must be {expected}, not {match[2]}")
    if "out of range" in message:
        return Refused("number_out_of_range", "a number is too large to be kept exactly")
    return Refused("wrong_type", "the payload does not have the documented form")


def _path(at: str, inside: str | None, field: str = "") -> str:
    return ".".join(part for part in (at, (inside or "").lstrip("."), field) if part)
