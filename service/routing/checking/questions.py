"""`has` and `matches`, whose arguments are no ordinary values."""

from typing import Final

from service.routing import syntax
from service.routing.checking.calls import refuse_number
from service.routing.checking.names import selected
from service.routing.checking.scope import Scope
from service.routing.patterns import pattern_error
from service.routing.typed import Attribute, Field, Has, Matches, Member, Typed
from service.routing.types import STRING, UNKNOWN, is_open, words

_OF_EVENT: Final = "event, such as has(event.score)"
_OF_PAYLOAD: Final = "payload, such as has(payload.id)"


def has(node: syntax.Call, scope: Scope) -> Typed:
    """Whether a field is there, which is asked by its name."""
    if node.target is None and len(node.arguments) == 1:
        (argument,) = node.arguments
        if isinstance(argument, syntax.Select):
            operand = selected(argument, scope)
            if isinstance(operand, Field | Attribute | Member):
                return Has(node.start, node.end, operand)
            if operand.type == UNKNOWN:
                return operand
    example = _OF_PAYLOAD if scope.use == "payload" else _OF_EVENT
    return scope.refuse_name(node, f"has() takes one field of the {example}")


def matches(node: syntax.Call, scope: Scope) -> Typed:
    """Whether a text holds a pattern, which is written out."""
    nodes = node.arguments if node.target is None else (node.target, *node.arguments)
    if len(nodes) != 2:
        return refuse_number(node, 2 - (node.target is not None), scope)
    operand, pattern = scope.node(nodes[0]), nodes[1]
    if operand.type != STRING and not is_open(operand.type):
        return scope.refuse_name(node, f"matches() does not work on {words(operand.type)}")
    if not isinstance(pattern, syntax.Literal) or not isinstance(pattern.value, str):
        return scope.refuse(pattern, 'the pattern is written out, as "parcel|courier"')
    error = pattern_error(pattern.value)
    if error:
        return scope.refuse(pattern, f"the pattern cannot be read: {error}")
    return Matches(node.start, node.end, operand, pattern.value)
