"""The types of expressions, by CEL's names, and how messages say them in plain words."""

from typing import Final, NamedTuple

from service.routing.values import Duration, Timestamp, Zone


class Type(NamedTuple):
    """A type and, for lists and maps, what they hold."""

    name: str
    of: tuple["Type", ...] = ()


BOOL: Final = Type("bool")
INT: Final = Type("int")
DOUBLE: Final = Type("double")
STRING: Final = Type("string")
TIMESTAMP: Final = Type("timestamp")
DURATION: Final = Type("duration")
ZONE: Final = Type("zone")
DYN: Final = Type("dyn")
"""Known only when an event is there: attributes, mixed lists."""
UNKNOWN: Final = Type("unknown")
"""Of what has a problem already, so that nothing further is reported about it."""

CLASSES: Final[dict[str, type]] = {
    "bool": bool,
    "int": int,
    "double": float,
    "string": str,
    "timestamp": Timestamp,
    "duration": Duration,
    "zone": Zone,
    "list": tuple,
    "map": dict,
}
"""The Python class that the values of a type have, exactly (never a subclass)."""

NUMBERS: Final = frozenset({INT, DOUBLE})

_WORDS: Final = {
    "bool": "true or false",
    "int": "a whole number",
    "double": "a decimal number",
    "string": "text",
    "timestamp": "a time",
    "duration": "a length of time",
    "zone": "a time zone",
    "list": "a list",
    "map": "a map",
    "dyn": "a value of any type",
}


def list_of(item: Type) -> Type:
    """The type of lists of `item`."""
    return Type("list", (item,))


def map_of(key: Type, value: Type) -> Type:
    """The type of maps from `key` to `value`."""
    return Type("map", (key, value))


def words(kind: Type) -> str:
    """The type as a reader of messages would call it."""
    return _WORDS.get(kind.name, kind.name)


def item_of(container: Type) -> Type:
    """What a loop over a list or a map (by its keys) sees."""
    return container.of[0] if container.of else container if container == UNKNOWN else DYN


def is_open(kind: Type) -> bool:
    """Whether nothing can be said about the type before an event is there."""
    return kind in (DYN, UNKNOWN)


def comparable(one: Type, other: Type) -> bool:
    """Whether a value of `one` can ever equal a value of `other`."""
    if is_open(one) or is_open(other) or (one in NUMBERS and other in NUMBERS):
        return True
    return one.name == other.name and all(map(comparable, one.of, other.of))


def joined(types: tuple[Type, ...]) -> Type:
    """The one type that values of all of `types` have: the same, or `dyn`."""
    different = {kind for kind in types if kind != UNKNOWN}
    return different.pop() if len(different) == 1 else DYN
