"""Lists and maps: written out, looked into, asked for one of their values."""

from service.routing import syntax
from service.routing.checking.kinds import hold_kinds
from service.routing.checking.names import is_attributes
from service.routing.checking.scope import Scope
from service.routing.typed import Apply, Attribute, Constant, ListOf, MapOf, Typed
from service.routing.types import (
    BOOL,
    DYN,
    INT,
    STRING,
    UNKNOWN,
    Type,
    comparable,
    is_open,
    item_of,
    joined,
    list_of,
    map_of,
    words,
)


def membership(node: syntax.Call, scope: Scope) -> Typed:
    """`item in container`."""
    item, container = scope.nodes(node.arguments)
    if container.type == STRING:
        written = node.arguments[1]
        suggestion = f"{scope.source[written.start : written.end]}.contains(...)"
        return scope.refuse_name(node, "in looks into lists, not text", suggestion)
    if container.type.name not in ("list", "map") and not is_open(container.type):
        return scope.refuse_name(node, f"in looks into lists, not {words(container.type)}")
    if not comparable(item.type, item_of(container.type)):
        message = f"{words(item.type)} is never in a list of {words(item_of(container.type))}"
        return scope.refuse_name(node, message)
    hold_kinds(item, container, scope)
    return Apply(node.start, node.end, "in", (item, container), BOOL)


def index(node: syntax.Call, scope: Scope) -> Typed:
    """`container[index]`."""
    container, at = scope.nodes(node.arguments)
    if is_attributes(container) and isinstance(at, Constant) and at.type == STRING:
        return Attribute(node.start, node.end, at.value)
    if is_open(container.type):
        return Apply(node.start, node.end, "[]", (container, at), container.type)
    if container.type.name == "list":
        return _indexed(node, (container, at), (INT, container.type.of[0]), scope)
    if container.type.name == "map":
        key, value = container.type.of
        return _indexed(node, (container, at), (key, value), scope)
    return scope.refuse_name(node, f"[] looks into lists and maps, not {words(container.type)}")


def list_literal(node: syntax.Call, scope: Scope) -> Typed:
    items = scope.nodes(node.arguments)
    return ListOf(node.start, node.end, items, list_of(joined(tuple(i.type for i in items))))


def map_literal(node: syntax.Call, scope: Scope) -> Typed:
    entries = scope.nodes(node.arguments)
    for key, written in zip(entries[::2], node.arguments[::2], strict=True):
        if key.type not in (BOOL, INT, STRING, DYN, UNKNOWN):
            scope.refuse(written, f"{words(key.type)} cannot be a key")
    keys, values = (joined(tuple(e.type for e in entries[first::2])) for first in (0, 1))
    return MapOf(node.start, node.end, entries, map_of(keys, values))


def _indexed(
    node: syntax.Call, arguments: tuple[Typed, Typed], types: tuple[Type, Type], scope: Scope
) -> Typed:
    """`types` are what the container is asked by and what it then gives."""
    given, (wanted, result) = arguments[1].type, types
    if not is_open(given) and not is_open(wanted) and given != wanted:
        message = f"[] needs {words(wanted)} here, not {words(given)}"
        return scope.refuse(node.arguments[1], message)
    return Apply(node.start, node.end, "[]", arguments, result)
