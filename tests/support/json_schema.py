"""Whether a document is as a JSON Schema says: the words that our schemas of messages use.

A word that is not known here is an error, so that nothing passes because it was not looked at.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
SAID_ELSEWHERE: Final = frozenset(
    {"$defs", "$schema", "title", "description", "default", "required", "additionalProperties"}
)
"""Words that say nothing of a value, or are looked at with `properties`."""


def faults(schema: Mapping[str, Any], value: Any) -> list[str]:
    """Where and how a document differs from what its schema allows."""
    return list(_Checking(schema.get("$defs", {})).faults(schema, value, "$"))


class _Checking:
    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions

    def faults(self, schema: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
        for word, wanted in schema.items():
            if word not in SAID_ELSEWHERE:
                yield from self._word(word, wanted, schema, value, path)

    def _word(
        self, word: str, wanted: Any, schema: Mapping[str, Any], value: Any, path: str
    ) -> Iterator[str]:
        match word:
            case "$ref":
                yield from self.faults(self._definitions[wanted.rpartition("/")[2]], value, path)
            case "anyOf":
                if all(any(self.faults(one, value, path)) for one in wanted):
                    yield f"{path}: {value!r} is none of {len(wanted)}"
            case "properties":
                yield from self._fields(schema, value, path)
            case "items":
                for index, item in enumerate(value if isinstance(value, list) else ()):
                    yield from self.faults(wanted, item, f"{path}[{index}]")
            case _:
                if not _holds(word, wanted, value):
                    yield f"{path}: {value!r} is not of {word} {wanted!r}"

    def _fields(self, schema: Mapping[str, Any], value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            return
        known = schema["properties"]
        yield from (
            f"{path}: {name} is missing" for name in set(schema.get("required", ())) - value.keys()
        )
        if not schema.get("additionalProperties", True):
            yield from (f"{path}: {name} is unknown" for name in value.keys() - known.keys())
        for name in known.keys() & value.keys():
            yield from self.faults(known[name], value[name], f"{path}.{name}")


def _holds(word: str, wanted: Any, value: Any) -> bool:
    """A word about another type of value holds, as the specification says."""
    of, holds = WORDS[word]
    return not isinstance(value, of) or bool(holds(value, wanted))


def _is_of_type(value: Any, wanted: str) -> bool:
    return isinstance(value, TYPES[wanted]) and isinstance(value, bool) == (wanted == "boolean")


def _is_of_format(value: str, wanted: str) -> bool:
    assert wanted == "date-time"
    return datetime.fromisoformat(value).tzinfo is not None


WORDS: Final[Mapping[str, tuple[Any, Callable[[Any, Any], object]]]] = {
    "type": (object, _is_of_type),
    "const": (object, lambda value, wanted: value == wanted),
    "enum": (object, lambda value, wanted: value in wanted),
    "minimum": ((int, float), lambda value, wanted: value >= wanted),
    "maximum": ((int, float), lambda value, wanted: value <= wanted),
    "minLength": (str, lambda value, wanted: len(value) >= wanted),
    "maxLength": (str, lambda value, wanted: len(value) <= wanted),
    "pattern": (str, lambda value, wanted: re.search(wanted, value)),
    "format": (str, _is_of_format),
}
"""Of which values a word speaks, and whether it holds."""
