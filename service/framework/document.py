"""Strict YAML with positions: text of one file in, a tree that remembers line and column out.

What is read is the part of YAML that says one thing in one way: mappings with unique text keys,
lists, and scalars as YAML 1.2 reads them (`yes` and `2025-01-01` are text, so are numbers with
leading zeros). Aliases, anchors, tags, merge keys, duplicate keys, several documents, control
characters and more than `MAX_DEPTH` levels are refused, so the work is linear in the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, NamedTuple, TypeAlias

import yaml

from service.framework.problems import Location, Problem, quoted
from service.framework.syntax import NOT_A_NAME, TOO_DEEP, explain

Scalar: TypeAlias = str | int | float | bool | None

MAX_DEPTH: Final = 32


class Mark(NamedTuple):
    """Where a node begins (line and column from 1) and which part of the text it is."""

    file: str
    line: int
    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Leaf:
    mark: Mark
    value: Scalar


@dataclass(frozen=True, slots=True)
class Items:
    mark: Mark
    items: "tuple[Node, ...]"


class Field(NamedTuple):
    key: Mark
    node: "Node"


@dataclass(frozen=True, slots=True)
class Fields:
    mark: Mark
    fields: dict[str, Field]


Node: TypeAlias = Leaf | Items | Fields
Plain: TypeAlias = "Scalar | tuple[Plain, ...] | dict[str, Plain]"


def parse(file: str, text: str) -> Node | tuple[Problem, ...]:
    """The tree of the one document in `text`, or everything that is wrong with it."""
    composer = _Composer(file, text)
    try:
        node = composer.document()
    except yaml.YAMLError as error:
        composer.problems.append(explain(file, text, error, composer.last))
        return tuple(composer.problems)
    return tuple(composer.problems) or node


def plain(node: Node) -> Plain:
    """The data without positions. Lists become tuples."""
    match node:
        case Leaf(value=value):
            return value
        case Items(items=items):
            return tuple(plain(item) for item in items)
        case Fields(fields=fields):
            return {name: plain(field.node) for name, field in fields.items()}


def node_at(node: Node, location: Location) -> Node:
    """What is at `location`, or the innermost thing around it that is there."""
    for part in location:
        match node, part:
            case Fields(fields=fields), str(name) if name in fields:
                node = fields[name].node
            case Items(items=items), int(index) if index < len(items):
                node = items[index]
            case _:
                return node
    return node


def key_mark(node: Node, location: Location) -> Mark:
    """Where the key at `location` begins; of an entry of a list, the entry itself."""
    parent = node_at(node, location[:-1])
    match parent, location[-1]:
        case Fields(fields=fields), str(name) if name in fields:
            return fields[name].key
        case _:
            return node_at(node, location).mark


_WORDS: Final[dict[str, Scalar]] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL: Final = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
LONGEST_WHOLE: Final = 19
"""Characters of the longest number, sign included: always within 64 bits."""


_IF_TEXT: Final = "if it is text, put it in quotes"


class _Composer:
    """Builds the tree from the parser's events and collects what is not allowed on the way."""

    def __init__(self, file: str, text: str) -> None:
        self.problems: list[Problem] = []
        self.last: Any = None
        self._file = file
        self._events: Iterator[Any] = yaml.parse(text, Loader=yaml.CBaseLoader)

    def document(self) -> Node:
        """The tree of the first document; empty text is a leaf without value."""
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return Leaf(Mark(self._file, 1, 1, 0, 0), None)
        node = self._node(next(self._events), 0)
        next(self._events)
        if not isinstance(event := next(self._events), yaml.StreamEndEvent):
            self._refuse(event, "a second document begins here; put it into a file of its own")
        return node

    def _node(self, event: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem=TOO_DEEP, problem_mark=event.start_mark)
        match event:
            case yaml.AliasEvent():
                self._refuse(event, "aliases (*name) are not read here; write the value out")
                return Leaf(self._mark(event, event), None)
            case yaml.ScalarEvent():
                self._refuse_decorations(event)
                return Leaf(self._mark(event, event), self._scalar(event))
            case yaml.SequenceStartEvent():
                self._refuse_decorations(event)
                return self._items(event, depth)
            case _:
                self._refuse_decorations(event)
                return self._fields(event, depth)

    def _items(self, start: Any, depth: int) -> Items:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return Items(self._mark(start, event), tuple(items))

    def _fields(self, start: Any, depth: int) -> Fields:
        fields: dict[str, Field] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            name = self._name(event)
            if name in fields:
                first = fields[name].key.line
                self._refuse(event, f"field {quoted(name)} is here twice, first in line {first}")
            node = self._node(next(self._events), depth + 1)
            fields[name] = Field(self._mark(event, event), node)
        return Fields(self._mark(start, event), fields)

    def _name(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise yaml.MarkedYAMLError(problem=NOT_A_NAME, problem_mark=event.start_mark)
        self._refuse_decorations(event)
        self._refuse_controls(event)
        if event.value == "<<" and event.implicit[0]:
            self._refuse(event, "merge keys (<<) are not read here; write the fields out")
        return str(event.value)

    def _scalar(self, event: Any) -> Scalar:
        self.last = event
        self._refuse_controls(event)
        value: str = event.value
        if not event.implicit[0]:
            return value
        if value in _WORDS:
            return _WORDS[value]
        if _WHOLE.fullmatch(value):
            return self._number(event, int(value[:LONGEST_WHOLE]))
        if _DECIMAL.fullmatch(value):
            return self._number(event, float(value))
        return value

    def _number(self, event: Any, number: float) -> float:
        if len(event.value) > LONGEST_WHOLE or not isfinite(number):
            self._refuse(event, f"this number is too large; {_IF_TEXT}")
        return number

    def _refuse_decorations(self, event: Any) -> None:
        if event.anchor:
            self._refuse(event, f"anchors (&name) are not read here; {_IF_TEXT}")
        if event.tag:
            self._refuse(event, f"tags (!name) are not read here; {_IF_TEXT}")

    def _refuse_controls(self, event: Any) -> None:
        if found := _CONTROL.search(event.value):
            self._refuse(event, f"text holds the control character {ord(found[0]):#04x}; remove it")

    def _refuse(self, event: Any, message: str) -> None:
        mark = self._mark(event, event)
        self.problems.append(Problem(self._file, mark.line, mark.column, message))

    def _mark(self, first: Any, last: Any) -> Mark:
        start = first.start_mark
        return Mark(self._file, start.line + 1, start.column + 1, start.index, last.end_mark.index)
