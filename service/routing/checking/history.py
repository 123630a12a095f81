"""What a rule asks of the customer's history."""

from typing import Final

from service.routing import syntax
from service.routing.checking.kinds import hold_kind
from service.routing.checking.scope import Scope
from service.routing.typed import Constant, Count, Typed
from service.routing.types import DURATION, UNKNOWN

_WINDOW: Final = 'the window is written out, as days(30) or duration("24h")'


def is_history(node: syntax.Node | None) -> bool:
    """Whether this is `history`, which is no value of its own."""
    return isinstance(node, syntax.Name) and node.name == "history"


def asked(node: syntax.Call, scope: Scope) -> Typed:
    """`history.count(kind)` or `history.count(kind, window)`; nothing else can be asked."""
    if scope.use == "metric":
        message = "a metric looks at one event at a time: history is for rules only"
        return scope.refuse(node, message)
    if node.function != "count":
        message = f"history.{node.function} is not known"
        return scope.refuse_name(node, message, "history.count(...)")
    if len(node.arguments) not in (1, 2):
        suggestion = 'history.count("support.contact", days(30))'
        message = "history.count() takes a kind and, if wanted, a window"
        return scope.refuse_name(node, message, suggestion)
    return _count(node, scope)


def _count(node: syntax.Call, scope: Scope) -> Typed:
    kind, *window = node.arguments
    if not isinstance(kind, syntax.Literal) or not isinstance(kind.value, str):
        return scope.refuse(kind, 'the kind is written out, as "support.contact"')
    hold_kind(kind.start, kind.value, scope)
    if not window:
        return Count(node.start, node.end, kind.value, None)
    length = scope.node(window[0])
    if length.type == UNKNOWN:
        return length
    if not isinstance(length, Constant) or length.type != DURATION:
        return scope.refuse(window[0], _WINDOW)
    if length.value < 1_000:
        return scope.refuse(window[0], "the window must be longer than nothing")
    return Count(node.start, node.end, kind.value, length.value // 1_000)
