"""`exists`, `all`, `exists_one`, `filter`, `map`: a name for each item, and what is asked of it."""

from service.routing import syntax
from service.routing.checking.names import RESERVED
from service.routing.checking.scope import Scope
from service.routing.typed import Loop, Typed
from service.routing.types import BOOL, is_open, item_of, list_of, words


def loop(node: syntax.Call, target: syntax.Node, scope: Scope) -> Typed:
    """The loop over the items of `target`."""
    name, *rest = node.arguments or (None,)
    bodies = (1, 2) if node.function == "map" else (1,)
    if not isinstance(name, syntax.Name) or len(rest) not in bodies:
        suggestion = f'{node.function}(tag, tag == "vip")'
        message = f"{node.function}() takes a name for each item and what to do with it"
        return scope.refuse_name(node, message, suggestion)
    if name.name in RESERVED or name.name in scope.variables:
        return scope.refuse(name, f"{name.name} has a meaning already: take another name")
    over = scope.node(target)
    if over.type.name not in ("list", "map") and not is_open(over.type):
        message = f"{node.function}() goes through lists, not {words(over.type)}"
        return scope.refuse_name(node, message)
    return _with_bodies(node, over, name.name, tuple(rest), scope)


def _with_bodies(
    node: syntax.Call, over: Typed, item: str, written: tuple[syntax.Node, ...], scope: Scope
) -> Typed:
    slot = len(scope.variables)
    inner = scope.within({item: (slot, item_of(over.type))})
    *conditions, last = written
    read = inner.node if node.function == "map" else inner.truth
    bodies = (*map(inner.truth, conditions), read(last))
    kind = BOOL
    if node.function == "map":
        kind = list_of(bodies[-1].type)
    elif node.function == "filter":
        kind = list_of(item_of(over.type))
    return Loop(node.start, node.end, node.function, over, slot, bodies, kind)
