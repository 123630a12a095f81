"""Asking one expression: its value as the kind of thing that a field of an event is.

`Seen` is what an expression sees. Where a value does not fit, `Refused` names the field of the
mapping and what the expression lacked, never a value.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from connectors.mapping.expressions import compiled
from connectors.refusal import Refused
from service.event import AttributeValue, Record
from service.routing import Absent, Failure, cel_value, timestamp_of


class Seen(NamedTuple):
    """The values of an expression's names, in the order of `expressions.NAMES`."""

    payload: Any
    each: Any
    key: Any
    headers: dict[str, str]
    record: dict[str, Any]


Ask: TypeAlias = Callable[[Seen], Any]
"""An expression's value, or None where it asks for what is not there. Raises `Refused`."""

_PLAIN: Final = (str, int, float)
_key: Final = msgspec.json.Decoder(dict[str, Any]).decode


def seen(payload: Any, record: Record) -> Seen:
    """What the expressions of an entry without `each` see."""
    return Seen(
        payload=cel_value(payload),
        each=None,
        key=_key_of(record.key),
        headers={
            name.lower(): text.decode(errors="replace") for name, text in record.headers[::-1]
        },
        record={"topic": record.position.topic, "time": timestamp_of(record.time_us * 1_000)},
    )


def _key_of(key: bytes | None) -> Any:
    if key is None:
        return None
    try:
        return cel_value(_key(key))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return key.decode(errors="replace")


def asking(source: str | None, field: str) -> Ask:
    """What asks the expression of this field; without one, the field is never there."""
    if source is None:
        return lambda _: None
    expression = compiled(source)

    def ask(values: Seen) -> Any:
        value = expression(values)
        if isinstance(value, Failure):
            raise Refused("bad_expression", f"`{field}`: {value.reason}")
        return None if isinstance(value, Absent) else value

    return ask


def required(ask: Ask, field: str) -> Ask:
    """`ask`, where the value must be there."""

    def ask_required(values: Seen) -> Any:
        value = ask(values)
        if value is None or value == "":
            raise Refused("missing_field", f"`{field}`: the payload does not have it")
        return value

    return ask_required


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
