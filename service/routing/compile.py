"""Checked tree to a Python function: closures within closures, no generated code.

The function takes a `Frame` and returns the expression's value or raises `NoValueError`. `&&`,
`||`, `exists` and `all` absorb errors as CEL says: a false term makes a conjunction false whatever
the others are, a true one a disjunction true. A loop, with all loops inside it, makes at most
`MAX_STEPS` steps, so that no expression is slow.
"""

import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from service.routing.catalogue import FIELDS
from service.routing.frame import Frame, Run, Truth
from service.routing.functions import OVERLOADS, dispatch
from service.routing.patterns import Pattern
from service.routing.typed import (
    AllOf,
    Apply,
    Attribute,
    Choice,
    Constant,
    Count,
    Field,
    Has,
    ListOf,
    Loop,
    MapOf,
    Matches,
    Member,
    OneOf,
    Typed,
    Variable,
)
from service.routing.types import BOOL, CLASSES, STRING, is_open
from service.routing.values import AbsentError, NoValueError, element, equal, holds

MAX_STEPS: Final = 1_000


def compiled(node: Typed) -> Run:
    """The function that computes the node's value."""
    return _COMPILERS[type(node)](node)


def compiled_truth(node: Typed) -> Truth:
    """The function of a condition: anything but true or false is an error."""
    run = compiled(node)
    if node.type == BOOL:
        return run

    def truth(frame: Frame) -> bool:
        value = run(frame)
        if value is True or value is False:
            return value
        raise NoValueError("a value here is neither true nor false")

    return truth


def all_of(runs: tuple[Truth, ...]) -> Truth:
    """The conjunction of conditions."""
    return runs[0] if len(runs) == 1 else lambda frame: _all_true(runs, frame)


def _all_of(node: AllOf) -> Truth:
    return all_of(tuple(map(compiled_truth, node.terms)))


def _one_of(node: OneOf) -> Truth:
    runs = tuple(map(compiled_truth, node.terms))
    return lambda frame: _any_true(runs, frame)


def _all_true(runs: Iterable[Truth], frame: Frame) -> bool:
    first_error = None
    for run in runs:
        try:
            if not run(frame):
                return False
        except NoValueError as error:
            first_error = first_error or error
    if first_error is not None:
        raise first_error
    return True


def _any_true(runs: Iterable[Truth], frame: Frame) -> bool:
    first_error = None
    for run in runs:
        try:
            if run(frame):
                return True
        except NoValueError as error:
            first_error = first_error or error
    if first_error is not None:
        raise first_error
    return False


def _constant(node: Constant) -> Run:
    value = node.value
    return lambda _: value


def _field(node: Field) -> Run:
    read = FIELDS[node.name].read
    if isinstance(read, operator.attrgetter):
        return operator.attrgetter(f"event.{node.name.replace('subject_', 'subject.')}")
    return lambda frame: read(frame.event)


def _attribute(node: Attribute) -> Run:
    name = node.name

    def attribute(frame: Frame) -> Any:
        try:
            return frame.event.attributes[name]
        except KeyError:
            raise NoValueError(f"the event has no attribute {name}") from None

    return attribute


def _member(node: Member) -> Run:
    read, name = compiled(node.operand), node.name

    def member(frame: Frame) -> Any:
        value = read(frame)
        try:
            return value[name]
        except KeyError:
            raise AbsentError(f"there is no {name}") from None
        except TypeError:
            raise NoValueError(f"{name} is asked of a value without fields") from None

    return member


def _has_member(node: Member) -> Run:
    read, name = compiled(node.operand), node.name

    def has_member(frame: Frame) -> bool:
        value = read(frame)
        if type(value) is dict:
            return name in value
        raise NoValueError(f"{name} is asked of a value without fields")

    return has_member


def _has(node: Has) -> Run:
    if isinstance(node.operand, Member):
        return _has_member(node.operand)
    name = node.operand.name
    if isinstance(node.operand, Attribute):
        return lambda frame: name in frame.event.attributes
    present = FIELDS[name].present
    return lambda frame: present(frame.event)


def _variable(node: Variable) -> Run:
    slot = node.slot
    return lambda frame: frame.slots[slot]


def _matches(node: Matches) -> Run:
    found_in, read = Pattern(node.pattern).found_in, compiled(node.operand)

    def matches(frame: Frame) -> bool:
        text = read(frame)
        if type(text) is str:
            return found_in(text)
        raise NoValueError("matches() works on text only")

    return matches


def _count(node: Count) -> Run:
    kind, window_us = node.kind, node.window_us
    return lambda frame: frame.history.count(kind, window_us)


def _choice(node: Choice) -> Run:
    condition = compiled_truth(node.condition)
    then, otherwise = compiled(node.then), compiled(node.otherwise)
    return lambda frame: then(frame) if condition(frame) else otherwise(frame)


def _list(node: ListOf) -> Run:
    runs = tuple(map(compiled, node.items))
    return lambda frame: tuple([run(frame) for run in runs])


def _map(node: MapOf) -> Run:
    keys, values = tuple(map(compiled, node.entries[::2])), tuple(map(compiled, node.entries[1::2]))

    def build(frame: Frame) -> dict[Any, Any]:
        built: dict[Any, Any] = {}
        for key, value in zip(keys, values, strict=True):
            at = key(frame)
            if type(at) not in (str, int, bool) or at in built:
                raise NoValueError("a map has a key twice, or one that cannot be a key")
            built[at] = value(frame)
        return built

    return build


def _apply(node: Apply) -> Run:
    function, runs = _function(node), tuple(map(compiled, node.arguments))
    if len(runs) == 1:
        (only,) = runs
        return lambda frame: function(only(frame))
    if len(runs) == 2:
        one, other = runs
        if isinstance(node.arguments[1], Constant):
            value = node.arguments[1].value
            return lambda frame: function(one(frame), value)
        return lambda frame: function(one(frame), other(frame))
    return lambda frame: function(*[run(frame) for run in runs])


def _function(node: Apply) -> Callable[..., Any]:
    types = tuple(argument.type for argument in node.arguments)
    match node.function:
        case "==":
            return operator.eq if set(types) == {STRING} else equal
        case "!=":
            return lambda one, other: not equal(one, other)
        case "in":
            return holds
        case "[]":
            return element
    if any(map(is_open, types)):
        return dispatch(node.function)
    return OVERLOADS[node.function][tuple(CLASSES[kind.name] for kind in types)].run


def _loop(node: Loop) -> Run:
    runs = tuple(map(compiled if node.macro == "map" else compiled_truth, node.bodies))
    items, collect = _items(node), _COLLECTORS[node.macro]
    if len(runs) == 2:
        runs = (compiled_truth(node.bodies[0]), runs[1])
        collect = _mapped_if

    def loop(frame: Frame) -> Any:
        return collect(items(frame), frame, *runs)

    return loop if node.slot else _bounded(loop)


def _bounded(loop: Run) -> Run:
    """The outermost of nested loops counts the steps of all."""

    def bounded(frame: Frame) -> Any:
        frame.steps = MAX_STEPS
        return loop(frame)

    return bounded


def _items(node: Loop) -> Callable[[Frame], Iterator[Any]]:
    over, slot = compiled(node.over), node.slot

    def items(frame: Frame) -> Iterator[Any]:
        values = over(frame)
        if type(values) not in (tuple, dict):
            raise NoValueError("a loop goes through lists and maps only")
        for value in values:
            frame.steps -= 1
            if frame.steps < 0:
                raise NoValueError(f"a loop makes more than {MAX_STEPS:,} steps")
            frame.slots[slot] = value
            yield value

    return items


def _exists(items: Iterable[Any], frame: Frame, run: Truth) -> bool:
    return _any_true((run for _ in items), frame)


def _all(items: Iterable[Any], frame: Frame, run: Truth) -> bool:
    return _all_true((run for _ in items), frame)


def _exists_one(items: Iterable[Any], frame: Frame, run: Truth) -> bool:
    return [run(frame) for _ in items].count(True) == 1


def _filtered(items: Iterable[Any], frame: Frame, run: Truth) -> tuple[Any, ...]:
    return tuple([item for item in items if run(frame)])


def _mapped(items: Iterable[Any], frame: Frame, run: Run) -> tuple[Any, ...]:
    return tuple([run(frame) for _ in items])


def _mapped_if(items: Iterable[Any], frame: Frame, wanted: Truth, run: Run) -> tuple[Any, ...]:
    return tuple([run(frame) for _ in items if wanted(frame)])


_COLLECTORS: Final[dict[str, Callable[..., Any]]] = {
    "exists": _exists,
    "all": _all,
    "exists_one": _exists_one,
    "filter": _filtered,
    "map": _mapped,
}

_COMPILERS: Final[dict[type, Callable[[Any], Run]]] = {
    Constant: _constant,
    Field: _field,
    Attribute: _attribute,
    Member: _member,
    Has: _has,
    Variable: _variable,
    Apply: _apply,
    Matches: _matches,
    AllOf: _all_of,
    OneOf: _one_of,
    Choice: _choice,
    Loop: _loop,
    ListOf: _list,
    MapOf: _map,
    Count: _count,
}
