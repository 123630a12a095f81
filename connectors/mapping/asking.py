"""Asking one expression: its value as the kind of thing that a field of an event is.

`seen` is what the expressions of a mapping see of a record. Where a value does not fit, `Refused`
names the field of the mapping and what the expression lacked, never a value.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from connectors.mapping.expressions import NAMES, compiled
from connectors.refusal import Refused
from service.event import AttributeValue, Record
from service.routing import Absent, Failure, Seen, cel_value, timestamp_of

Ask: TypeAlias = Callable[[Seen], Any]
"""An expression's value, or None where it asks for what is not there. Raises `Refused`."""

_EACH: Final = NAMES.index("each")
_PLAIN: Final = (str, int, float)
_key: Final = msgspec.json.Decoder(dict[str, Any]).decode


def seen(payload: Mapping[str, Any], headers: Mapping[str, str], record: Record) -> Seen:
    """What the expressions of an entry without `each` see, by the names in `expressions.NAMES`."""
    about = {"topic": record.position.topic, "time": timestamp_of(record.time_us * 1_000)}
    return Seen(payload, None, _key_of(record.key), dict(headers), about)


def seen_of_each(whole: Seen, items: Any) -> list[Seen]:
    """What they see of each of the items that `each` names."""
    if items is not None and type(items) is not tuple:
        raise Refused("wrong_type", "`each` must be a list")
    return [whole.instead(_EACH, item) for item in items or ()]


def headers_of(record: Record) -> dict[str, str]:
    """The record's headers as text, by their names in lower case; the first of each name."""
    return {name.lower(): text.decode(errors="replace") for name, text in record.headers[::-1]}


def _key_of(key: bytes | None) -> Any:
    if key is None:
        return None
    try:
        return cel_value(_key(key))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return key.decode(errors="replace")


def asking(source: str, field: str) -> Ask:
    """What asks the expression of this field."""
    asked = compiled(source).ask

    def ask(values: Seen) -> Any:
        value = asked(values)
        if type(value) is Failure:
            raise _failed(field, value)
        return None if type(value) is Absent else value

    return ask


def needed(source: str, field: str, fit: Callable[[Any, str], Any]) -> Ask:
    """What asks the expression of a field that must be there, for a value that fits."""
    asked = compiled(source).ask

    def ask(values: Seen) -> Any:
        value = asked(values)
        if type(value) is Failure:
            raise _failed(field, value)
        if value is None or value == "" or type(value) is Absent:
            why = value.reason if type(value) is Absent else "it is empty"
            raise Refused("missing_field", f"`{field}`: the payload does not have it: {why}")
        return fit(value, field)

    return ask


def _failed(field: str, failure: Failure) -> Refused:
    return Refused("bad_expression", f"`{field}`: {failure.reason}")


def holding(source: str | None, field: str, *, otherwise: bool) -> Callable[[Seen], bool]:
    """A condition; what is not there is false. Without a condition it is `otherwise`."""
    if source is None:
        return lambda _: otherwise
    ask = asking(source, field)

    def holds(values: Seen) -> bool:
        value = ask(values)
        if value is None or type(value) is bool:
            return bool(value)
        raise Refused("bad_expression", f"`{field}` is neither true nor false")

    return holds


def text(value: Any, field: str) -> str:
    """A text, or a number as it is written; "" if it is not there."""
    if value is None:
        return ""
    if type(value) is str:
        return value
    if type(value) in _PLAIN:
        return str(value)
    raise Refused("wrong_type", f"`{field}` must be text")


def name(value: Any, field: str) -> str:
    """An id: a text or a whole number."""
    if type(value) in (str, int):
        return str(value)
    raise Refused("wrong_type", f"`{field}` must be text or a whole number")


def number(value: Any, field: str) -> float:
    """A number, or a text that is one."""
    if type(value) in _PLAIN:
        try:
            return float(value)
        except (ValueError, OverflowError):
            pass
    raise Refused("wrong_type", f"`{field}` must be a number")


def several(value: Any) -> tuple[Any, ...]:
    """The items of a list; what is no list is one item, what is not there none."""
    if value is None:
        return ()
    return value if type(value) is tuple else (value,)


def attribute(value: Any, field: str) -> AttributeValue:
    """A text, a number, true or false."""
    if type(value) in (str, bool, int, float):
        return value  # type: ignore[no-any-return]
    raise Refused("wrong_type", f"`{field}` must be text, a number, true or false")
