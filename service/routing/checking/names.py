"""Literals, names, and fields of what they name."""

from typing import Final

from service.event import KINDS
from service.routing import syntax
from service.routing.catalogue import FIELDS
from service.routing.checking.scope import Scope
from service.routing.problems import nearest
from service.routing.typed import Apply, Attribute, Constant, Field, Member, Typed, Variable
from service.routing.types import BOOL, DOUBLE, DYN, INT, STRING, UNKNOWN, words
from service.routing.values import INT64_MAX, INT64_MIN

RESERVED: Final = frozenset({"event", "history"})
"""Names that no loop may give to its items."""

_FIRST_WORDS_OF_KINDS: Final = frozenset(kind.partition(".")[0] for kind in KINDS) | {"x"}


def literal(node: syntax.Literal, scope: Scope) -> Typed:
    value = node.value
    if value is None:
        return scope.refuse(node, "null is not used here: has(...) says whether a field is set")
    kind = {bool: BOOL, int: INT, float: DOUBLE, str: STRING}[type(value)]
    if type(value) is int and not INT64_MIN <= value <= INT64_MAX:
        return scope.refuse(node, f"{value} is too large for a whole number")
    if value in (float("inf"), float("-inf")):
        return scope.refuse(node, "the number is too large")
    return Constant(node.start, node.end, value, kind)


def name(node: syntax.Name, scope: Scope) -> Typed:
    if node.name in scope.variables:
        slot, kind = scope.variables[node.name]
        return Variable(node.start, node.end, slot, kind)
    if scope.use == "payload":
        near = nearest(node.name, scope.variables) or f"payload.{node.name}"
        return scope.refuse(node, f"{node.name} is not known", near)
    if node.name == "event":
        return scope.refuse(node, "event alone is no value: name a field, such as event.kind")
    if node.name == "history":
        message = 'history alone is no value: ask it, as history.count("support.contact")'
        return scope.refuse(node, message)
    if node.name in FIELDS:
        return scope.refuse(node, f"{node.name} is not known", f"event.{node.name}")
    of_kind = node.name in _FIRST_WORDS_OF_KINDS
    quoted = ": a kind is text and stands in quotation marks" if of_kind else ""
    near = "" if of_kind else nearest(node.name, {*scope.variables, *RESERVED})
    return scope.refuse(node, f"{node.name} is not known{quoted}", near)


def selected(node: syntax.Select, scope: Scope) -> Typed:
    """`operand.field`, of the event or of any value that has fields."""
    match node.operand:
        case syntax.Name(name="event") if scope.use != "payload":
            return _field(node, scope)
        case syntax.Name(name="history") if scope.use != "payload":
            message = f"history.{node.field} is not known"
            return scope.refuse_name(node, message, "history.count(...)")
    return _member(node, scope.node(node.operand), scope)


def is_attributes(node: Typed) -> bool:
    """Whether this is `event.attributes`, whose fields are known only when an event is there."""
    return isinstance(node, Field) and node.name == "attributes"


def _field(node: syntax.Select, scope: Scope) -> Typed:
    field = FIELDS.get(node.field)
    if field is not None:
        return Field(node.start, node.end, node.field, field.type)
    near = nearest(node.field, FIELDS)
    suggestion = f"event.{near}" if near else f"event.attributes.{node.field}"
    return scope.refuse_name(node, f"an event has no field {node.field}", suggestion)


def _member(node: syntax.Select, operand: Typed, scope: Scope) -> Typed:
    if is_attributes(operand):
        return Attribute(node.start, node.end, node.field)
    if operand.type.name == "map":
        key = Constant(node.name_start, node.end, node.field, STRING)
        return Apply(node.start, node.end, "[]", (operand, key), operand.type.of[1])
    if operand.type == UNKNOWN:
        return operand
    if operand.type == DYN and scope.use == "payload":
        return Member(node.start, node.end, operand, node.field)
    what = "an attribute" if isinstance(operand, Attribute) else words(operand.type)
    return scope.refuse_name(node, f"{what} has no fields, so {node.field} cannot be one")
