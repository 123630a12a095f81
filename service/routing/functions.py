"""The functions and operators of expressions: which arguments they take, and what they give.

`OVERLOADS[name][classes]` is the one implementation for arguments of exactly these Python
classes. A name in `METHODS` is written after its first argument, `text.contains("x")`; one in
`BOTH` may be written either way.
"""

import operator
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from service.routing import values
from service.routing.types import (
    BOOL,
    CLASSES,
    DOUBLE,
    DURATION,
    INT,
    STRING,
    TIMESTAMP,
    Type,
    words,
)
from service.routing.values import Duration, NoValueError, Timestamp, Zone

Signature = tuple[type, ...]


class Overload(NamedTuple):
    """What a function gives for one signature, and how."""

    result: Type
    run: Callable[..., Any]


_NUMBERS: Final = (int, float)
_ORDERED: Final[tuple[Signature, ...]] = (
    *((one, other) for one in _NUMBERS for other in _NUMBERS),
    *((kind, kind) for kind in (bool, str, Timestamp, Duration)),
)


def _ordering(run: Callable[[Any, Any], bool]) -> dict[Signature, Overload]:
    return {signature: Overload(BOOL, run) for signature in _ORDERED}


def _time(read: Callable[[Any], int]) -> dict[Signature, Overload]:
    overload = Overload(INT, values.time_part(read))
    return {(Timestamp,): overload, (Timestamp, Zone): overload}


def _time_or_length(read: Callable[[Any], int], unit_ns: int) -> dict[Signature, Overload]:
    return {**_time(read), (Duration,): Overload(INT, values.duration_part(unit_ns))}


def _of_text(result: Type, run: Callable[..., Any]) -> dict[Signature, Overload]:
    return {(str, str): Overload(result, run)}


def _same(value: Any) -> Any:
    return value


OVERLOADS: Final[dict[str, dict[Signature, Overload]]] = {
    "+": {
        (int, int): Overload(INT, values.add),
        (float, float): Overload(DOUBLE, operator.add),
        (str, str): Overload(STRING, values.join_text),
        (tuple, tuple): Overload(Type("list"), operator.add),
        (Timestamp, Duration): Overload(TIMESTAMP, lambda a, b: values.timestamp_of(int(a) + b)),
        (Duration, Timestamp): Overload(TIMESTAMP, lambda a, b: values.timestamp_of(int(a) + b)),
        (Duration, Duration): Overload(DURATION, lambda a, b: values.duration_of(int(a) + b)),
    },
    "-": {
        (int, int): Overload(INT, values.subtract),
        (float, float): Overload(DOUBLE, operator.sub),
        (Timestamp, Timestamp): Overload(DURATION, lambda a, b: values.duration_of(int(a) - b)),
        (Timestamp, Duration): Overload(TIMESTAMP, lambda a, b: values.timestamp_of(int(a) - b)),
        (Duration, Duration): Overload(DURATION, lambda a, b: values.duration_of(int(a) - b)),
    },
    "*": {
        (int, int): Overload(INT, values.multiply),
        (float, float): Overload(DOUBLE, operator.mul),
    },
    "/": {
        (int, int): Overload(INT, values.divide),
        (float, float): Overload(DOUBLE, values.divide_double),
    },
    "%": {(int, int): Overload(INT, values.remainder)},
    "-_": {(int,): Overload(INT, values.negate), (float,): Overload(DOUBLE, operator.neg)},
    "!_": {(bool,): Overload(BOOL, operator.not_)},
    "<": _ordering(operator.lt),
    "<=": _ordering(operator.le),
    ">": _ordering(operator.gt),
    ">=": _ordering(operator.ge),
    "size": {(kind,): Overload(INT, len) for kind in (str, tuple, dict)},
    "contains": _of_text(BOOL, operator.contains),
    "startsWith": _of_text(BOOL, str.startswith),
    "endsWith": _of_text(BOOL, str.endswith),
    "lowerAscii": {(str,): Overload(STRING, values.lower_ascii)},
    "upperAscii": {(str,): Overload(STRING, values.upper_ascii)},
    "int": {
        (int,): Overload(INT, _same),
        (float,): Overload(INT, values.int_of_double),
        (str,): Overload(INT, values.int_of_string),
        (Timestamp,): Overload(INT, values.int_of_timestamp),
    },
    "double": {
        (int,): Overload(DOUBLE, float),
        (float,): Overload(DOUBLE, _same),
        (str,): Overload(DOUBLE, values.double_of_string),
    },
    "string": {
        (str,): Overload(STRING, _same),
        (int,): Overload(STRING, str),
        (bool,): Overload(STRING, lambda value: "true" if value else "false"),
        (float,): Overload(STRING, values.string_of_double),
        (Timestamp,): Overload(STRING, values.string_of_timestamp),
        (Duration,): Overload(STRING, values.string_of_duration),
    },
    "bool": {(bool,): Overload(BOOL, _same), (str,): Overload(BOOL, values.bool_of_string)},
    "timestamp": {
        (str,): Overload(TIMESTAMP, values.timestamp_of_string),
        (int,): Overload(TIMESTAMP, values.timestamp_of_int),
        (Timestamp,): Overload(TIMESTAMP, _same),
    },
    "duration": {
        (str,): Overload(DURATION, values.duration_of_string),
        (Duration,): Overload(DURATION, _same),
    },
    "days": {(int,): Overload(DURATION, values.days)},
    "getFullYear": _time(lambda t: t.year),
    "getMonth": _time(lambda t: t.month - 1),
    "getDate": _time(lambda t: t.day),
    "getDayOfMonth": _time(lambda t: t.day - 1),
    "getDayOfWeek": _time(lambda t: t.isoweekday() % 7),
    "getDayOfYear": _time(lambda t: t.timetuple().tm_yday - 1),
    "getHours": _time_or_length(lambda t: t.hour, 3_600 * values.SECOND_NS),
    "getMinutes": _time_or_length(lambda t: t.minute, 60 * values.SECOND_NS),
    "getSeconds": _time_or_length(lambda t: t.second, values.SECOND_NS),
    "getMilliseconds": _time(lambda t: t.microsecond // 1_000),
}

METHODS: Final = frozenset(
    name
    for name in OVERLOADS
    if name.startswith("get")
    or name in ("contains", "startsWith", "endsWith", "lowerAscii", "upperAscii")
)
BOTH: Final = frozenset({"size", "matches"})
GLOBALS: Final = frozenset({"int", "double", "string", "bool", "timestamp", "duration", "days"})
MACROS: Final = frozenset({"exists", "all", "exists_one", "map", "filter"})


def dispatch(name: str) -> Callable[..., Any]:
    """The function `name` for arguments whose classes are known only when it runs.

    Raises NoValueError where CEL has no such overload.
    """
    table = OVERLOADS[name]

    def run(*arguments: Any) -> Any:
        overload = table.get(tuple(map(type, arguments)))
        if overload is None:
            raise NoValueError(_no_overload(name.rstrip("_"), arguments))
        return overload.run(*arguments)

    return run


def _no_overload(name: str, arguments: tuple[Any, ...]) -> str:
    found = " and ".join(_WORDS.get(type(argument), "nothing") for argument in arguments)
    remedy = ""
    if name == "+" and {type(argument) for argument in arguments} in ({str, int}, {str, float}):
        remedy = "; string(...) makes text of a number"
    return f"{name} does not work on {found}{remedy}"


_WORDS: Final = {class_: words(Type(name)) for name, class_ in CLASSES.items()}
