"""From an event to the few rules that could match it.

An index holds rules by number under their triggers. Looking up an event costs one dictionary
look-up for each field, attribute and tag that some rule tests for equality, and one pass over a
text for each field with patterns, however many rules there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from service.canonical import CanonicalEvent
from service.routing.catalogue import FIELDS
from service.routing.patterns import PatternSet
from service.routing.triggers import Triggers

Numbers: TypeAlias = tuple[int, ...]

_NONE: Final[Numbers] = ()


class _Patterns(NamedTuple):
    """The patterns of one field, and the rules to try for each that is found.

    `otherwise` are the rules to try when an attribute is absent or not text.
    """

    patterns: PatternSet
    rules: tuple[Numbers, ...]
    otherwise: Numbers

    def found_in(self, value: Any) -> list[int]:
        if type(value) is not str:
            return list(self.otherwise)
        return [number for i in self.patterns.matching(value) for number in self.rules[i]]


_ByValue: TypeAlias = Mapping[Any, Numbers]


class Index:
    """Rules by what they need to find in an event."""

    __slots__ = (
        "_attribute_patterns",
        "_attributes",
        "_field_patterns",
        "_fields",
        "_tags",
        "always",
        "looks",
    )

    always: Numbers
    """The rules that could match any event."""
    looks: bool
    """Whether there is anything to look up."""

    def __init__(self, rules: Iterable[tuple[int, Triggers]]) -> None:
        always, groups = _grouped(rules)
        self.always = always
        self.looks = bool(groups)
        self._tags = groups.get(("tag", ""), {})
        self._fields = tuple(
            (FIELDS[name].read, table) for (kind, name), table in groups.items() if kind == "field"
        )
        self._attributes = tuple(
            (name, table) for (kind, name), table in groups.items() if kind == "attribute"
        )
        self._field_patterns = tuple(
            (FIELDS[name].read, _patterns(table))
            for (kind, name), table in groups.items()
            if kind == "field_pattern"
        )
        self._attribute_patterns = tuple(
            (name, _patterns(table))
            for (kind, name), table in groups.items()
            if kind == "attribute_pattern"
        )

    def found(self, event: CanonicalEvent) -> list[int]:
        """The numbers of the rules besides `always` that could match, unsorted, with repetitions.

        Every rule that is left out is false of this event, without an error.
        """
        found: list[int] = []
        for read, table in self._fields:
            found += table.get(read(event), _NONE)
        if self._tags:
            for tag in event.tags:
                found += self._tags.get(tag, _NONE)
        for read, patterns in self._field_patterns:
            found += patterns.found_in(read(event))
        if self._attributes or self._attribute_patterns:
            self._add_attributes(event.attributes, found)
        return found

    def _add_attributes(self, attributes: Mapping[str, Any], found: list[int]) -> None:
        for name, table in self._attributes:
            found += table.get(attributes.get(name), _NONE)
        for name, patterns in self._attribute_patterns:
            found += patterns.found_in(attributes.get(name))


_Groups: TypeAlias = dict[tuple[str, str], dict[Any, Numbers]]


def _grouped(rules: Iterable[tuple[int, Triggers]]) -> tuple[Numbers, _Groups]:
    always: list[int] = []
    groups: defaultdict[tuple[str, str], defaultdict[Any, list[int]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for number, triggers in rules:
        if triggers is None:
            always.append(number)
        for trigger in triggers or ():
            groups[trigger.table, trigger.name][trigger.value].append(number)
    frozen = {
        key: {value: tuple(numbers) for value, numbers in table.items()}
        for key, table in groups.items()
    }
    return tuple(always), frozen


def _patterns(table: _ByValue) -> _Patterns:
    patterns = [pattern for pattern in table if pattern is not None]
    rules = tuple(table[pattern] for pattern in patterns)
    return _Patterns(PatternSet(patterns), rules, table.get(None, _NONE))
