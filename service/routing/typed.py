"""The checked tree of an expression: every name resolved, every type known or `dyn`.

`start` and `end` are character offsets in the source. Regular expressions, time zones, kinds and
windows are values here, no longer expressions.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

import msgspec

from service.routing.types import BOOL, DYN, INT, Type


class Constant(msgspec.Struct, frozen=True):
    """A value that is the same for every event."""

    start: int
    end: int
    value: Any
    type: Type


class Field(msgspec.Struct, frozen=True):
    """`event.name`."""

    start: int
    end: int
    name: str
    type: Type


class Attribute(msgspec.Struct, frozen=True):
    """`event.attributes.name`."""

    start: int
    end: int
    name: str
    type: Type = DYN


class Member(msgspec.Struct, frozen=True):
    """`operand.name` of a payload, about which nothing is known before it is there."""

    start: int
    end: int
    operand: "Typed"
    name: str
    type: Type = DYN


class Has(msgspec.Struct, frozen=True):
    """`has(event.name)`, `has(event.attributes.name)`, `has(payload.name)`."""

    start: int
    end: int
    operand: Field | Attribute | Member
    type: Type = BOOL


class Variable(msgspec.Struct, frozen=True):
    """The item that the loop of nesting level `slot` looks at."""

    start: int
    end: int
    slot: int
    type: Type


class Apply(msgspec.Struct, frozen=True):
    """A function or operator that has a value only when all its arguments have."""

    start: int
    end: int
    function: str
    arguments: tuple["Typed", ...]
    type: Type


class Matches(msgspec.Struct, frozen=True):
    """Whether a part of the operand matches an RE2 pattern."""

    start: int
    end: int
    operand: "Typed"
    pattern: str
    type: Type = BOOL


class AllOf(msgspec.Struct, frozen=True):
    """`&&`: false if any term is false, whatever the others are."""

    start: int
    end: int
    terms: tuple["Typed", ...]
    type: Type = BOOL


class OneOf(msgspec.Struct, frozen=True):
    """`||`: true if any term is true, whatever the others are."""

    start: int
    end: int
    terms: tuple["Typed", ...]
    type: Type = BOOL


class Choice(msgspec.Struct, frozen=True):
    """`condition ? then : otherwise`."""

    start: int
    end: int
    condition: "Typed"
    then: "Typed"
    otherwise: "Typed"
    type: Type


class Loop(msgspec.Struct, frozen=True):
    """A macro over the items of a list, or the keys of a map."""

    start: int
    end: int
    macro: str
    over: "Typed"
    slot: int
    bodies: tuple["Typed", ...]
    type: Type


class ListOf(msgspec.Struct, frozen=True):
    """`[a, b]`."""

    start: int
    end: int
    items: tuple["Typed", ...]
    type: Type


class MapOf(msgspec.Struct, frozen=True):
    """`{a: b}`, keys and values in turn."""

    start: int
    end: int
    entries: tuple["Typed", ...]
    type: Type


class Count(msgspec.Struct, frozen=True):
    """`history.count(kind[, window])`; without a window, of all time."""

    start: int
    end: int
    kind: str
    window_us: int | None
    type: Type = INT


Typed: TypeAlias = (
    Constant
    | Field
    | Attribute
    | Member
    | Has
    | Variable
    | Apply
    | Matches
    | AllOf
    | OneOf
    | Choice
    | Loop
    | ListOf
    | MapOf
    | Count
)


def children(node: Typed) -> tuple[Typed, ...]:
    """The nodes directly below, in the order of the source."""
    match node:
        case Has(operand=operand) | Matches(operand=operand) | Member(operand=operand):
            return (operand,)
        case Apply(arguments=below) | AllOf(terms=below) | OneOf(terms=below):
            return below
        case ListOf(items=below) | MapOf(entries=below):
            return below
        case Choice():
            return (node.condition, node.then, node.otherwise)
        case Loop():
            return (node.over, *node.bodies)
    return ()


def walk(node: Typed) -> Iterator[Typed]:
    """The node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def counts(node: Typed) -> tuple[Count, ...]:
    """Everything that the expression asks the customer's history."""
    return tuple(each for each in walk(node) if isinstance(each, Count))


def terms(node: Typed) -> tuple[Typed, ...]:
    """The terms of the top-level conjunction, all of which must be true."""
    return node.terms if isinstance(node, AllOf) else (node,)
