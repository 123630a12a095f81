"""The syntax tree of an expression: what was written, before any meaning.

Operators are calls of functions named by their sign: `+`, `&&`, `?:`, `[]` (index), `[...]`
(list), `{...}` (map, keys and values in turn). `&&` and `||` hold all their terms side by side.
`start` and `end` are character offsets in the source. `depth` counts nested nodes.
"""

from typing import Final, TypeAlias

import msgspec

MAX_CHARACTERS: Final = 2_000
MAX_DEPTH: Final = 32

LiteralValue: TypeAlias = bool | int | float | str | None


class Literal(msgspec.Struct, frozen=True):
    """A value written out. None is `null`."""

    start: int
    end: int
    value: LiteralValue
    depth: int = 1


class Name(msgspec.Struct, frozen=True):
    """A name that stands alone."""

    start: int
    end: int
    name: str
    depth: int = 1


class Select(msgspec.Struct, frozen=True):
    """`operand.field`; the field's name begins at `name_start`."""

    start: int
    end: int
    operand: "Node"
    field: str
    name_start: int
    depth: int


class Call(msgspec.Struct, frozen=True):
    """A function, method, macro or operator with its arguments, the name at `name_start`."""

    start: int
    end: int
    function: str
    target: "Node | None"
    arguments: tuple["Node", ...]
    name_start: int
    depth: int


Node: TypeAlias = Literal | Name | Select | Call
