"""Functions and operators that have a value only when all their arguments have."""

from typing import Final

from service.routing import syntax
from service.routing.checking.scope import Scope, unknown
from service.routing.functions import BOTH, GLOBALS, MACROS, METHODS, OVERLOADS, Signature
from service.routing.problems import nearest
from service.routing.typed import Apply, Constant, Typed
from service.routing.types import (
    CLASSES,
    INT,
    NUMBERS,
    UNKNOWN,
    ZONE,
    Type,
    is_open,
    item_of,
    joined,
    list_of,
    words,
)
from service.routing.values import NoValueError, zone_named

_FOLDED: Final = frozenset({"timestamp", "duration", "days"})
_ORDERINGS: Final = frozenset({"<", "<=", ">", ">="})


def applied(node: syntax.Call, scope: Scope) -> Typed:
    """The function on its arguments, whose types must fit one of its signatures."""
    arguments = _arguments(node, scope)
    types = tuple(argument.type for argument in arguments)
    fitting = [each for each in OVERLOADS[node.function] if _fits(types, each)]
    if not fitting:
        return _misfit(node, types, scope)
    result = joined(tuple(OVERLOADS[node.function][each].result for each in fitting))
    if result.name == "list":
        result = list_of(joined(tuple(map(item_of, types))))
    call = Apply(node.start, node.end, node.function, arguments, result)
    if node.function in _FOLDED and all(isinstance(each, Constant) for each in arguments):
        return _folded(node, call, fitting[0], scope)
    return call


def is_placed_well(node: syntax.Call, scope: Scope) -> bool:
    """Whether a method stands after its value, and a plain function does not; else it is kept."""
    name = node.function
    if node.target is None and name in METHODS:
        example = "event.occurred_at" if name.startswith("get") else "event.text"
        scope.refuse_name(node, f"{name} is written after a value", f"{example}.{name}(...)")
        return False
    if node.target is not None and name in GLOBALS:
        scope.refuse_name(node, f"{name} is written around its value", f"{name}(...)")
        return False
    return True


def refuse_unknown(node: syntax.Call, scope: Scope) -> Typed:
    """A function that there is not, with the one that may have been meant."""
    if node.target is None and node.function.lower() == "not":
        return scope.refuse_name(node, f"{node.function} cannot stand here", "!")
    known = METHODS | MACROS | BOTH if node.target else GLOBALS | BOTH | {"has"}
    near = nearest(node.function, known)
    if not near:
        near = nearest(node.function, METHODS | MACROS | BOTH | GLOBALS)
    message = f"there is no function {node.function}"
    return scope.refuse_name(node, message, f"{near}(...)" if near else "")


def refuse_number(node: syntax.Call, needed: int, scope: Scope) -> Typed:
    """A function that needs `needed` arguments and is given more or fewer."""
    given = len(node.arguments)
    message = f"{node.function}() takes {needed or 'no'} argument{'s'[: needed != 1]}"
    return scope.refuse_name(node, f"{message}, not {given or 'none'}")


def _arguments(node: syntax.Call, scope: Scope) -> tuple[Typed, ...]:
    nodes = node.arguments if node.target is None else (node.target, *node.arguments)
    if node.function.startswith("get") and len(nodes) == 2:
        return scope.node(nodes[0]), _zone(nodes[1], scope)
    return scope.nodes(nodes)


def _zone(node: syntax.Node, scope: Scope) -> Typed:
    if not isinstance(node, syntax.Literal) or not isinstance(node.value, str):
        return scope.refuse(node, 'the time zone is written out, as "Europe/Berlin"')
    zone = zone_named(node.value)
    if zone is None:
        return scope.refuse(node, f'there is no time zone "{node.value}"')
    return Constant(node.start, node.end, zone, ZONE)


def _folded(node: syntax.Call, call: Apply, signature: Signature, scope: Scope) -> Typed:
    """A time or length of time that is written out, read once."""
    values = [each.value for each in call.arguments if isinstance(each, Constant)]
    if any(each.type == UNKNOWN for each in call.arguments):
        return unknown(node)
    try:
        value = OVERLOADS[node.function][signature].run(*values)
    except NoValueError as error:
        return scope.refuse(node.arguments[0], str(error))
    return Constant(node.start, node.end, value, call.type)


def _misfit(node: syntax.Call, types: tuple[Type, ...], scope: Scope) -> Typed:
    name = node.function
    if not name[0].isalpha():
        return _operator_misfit(node, types, scope)
    lengths = {len(signature) for signature in OVERLOADS[name]}
    if len(types) not in lengths:
        return refuse_number(node, min(lengths) - (name in METHODS), scope)
    what = " and ".join(map(words, types))
    return scope.refuse_name(node, f"{name}() does not work on {what}")


def _operator_misfit(node: syntax.Call, types: tuple[Type, ...], scope: Scope) -> Typed:
    sign = node.function.rstrip("_")
    if len(types) == 1:
        return scope.refuse_name(node, f"{sign} does not work on {words(types[0])}")
    verb = "compares" if node.function in _ORDERINGS else "combines"
    message = f"{sign} never {verb} {words(types[0])} with {words(types[1])}"
    return scope.refuse_name(node, message, _as_double(node, types))


def _as_double(node: syntax.Call, types: tuple[Type, ...]) -> str:
    """How to write the whole number that stands beside a decimal one."""
    if set(types) != NUMBERS:
        return ""
    number = node.arguments[types.index(INT)]
    return f"{number.value}.0" if isinstance(number, syntax.Literal) else "double(...)"


def _fits(types: tuple[Type, ...], signature: Signature) -> bool:
    return len(types) == len(signature) and all(
        is_open(kind) or CLASSES[kind.name] is wanted
        for kind, wanted in zip(types, signature, strict=True)
    )
