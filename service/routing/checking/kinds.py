"""Equality, and kinds of events: one that no event can have is a slip of the pen."""

from service.event import KINDS, known_kind
from service.routing import syntax
from service.routing.checking.scope import Scope
from service.routing.problems import nearest
from service.routing.typed import Apply, Constant, Field, ListOf, Typed
from service.routing.types import BOOL, STRING, comparable, words


def equality(node: syntax.Call, scope: Scope) -> Typed:
    """`==` and `!=`, of values that can be equal."""
    one, other = scope.nodes(node.arguments)
    if not comparable(one.type, other.type):
        message = f"{words(one.type)} is never equal to {words(other.type)}"
        return scope.refuse_name(node, message)
    hold_kinds(one, other, scope)
    hold_kinds(other, one, scope)
    return Apply(node.start, node.end, node.function, (one, other), BOOL)


def hold_kinds(field: Typed, value: Typed, scope: Scope) -> None:
    """Where `field` is the event's kind, every text that it is compared with must be one."""
    if not isinstance(field, Field) or field.name != "kind":
        return
    for each in value.items if isinstance(value, ListOf) else (value,):
        if isinstance(each, Constant) and each.type == STRING:
            hold_kind(each.start, each.value, scope)


def hold_kind(offset: int, kind: str, scope: Scope) -> None:
    """`kind`, written at this offset, must be one that an event can have."""
    if known_kind(kind):
        return
    near = nearest(kind, KINDS)
    message = f'no event is of kind "{kind}": own kinds begin with x.'
    scope.keep(offset, message, f'"{near}"' if near else "")
