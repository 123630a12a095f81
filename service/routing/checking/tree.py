"""A whole tree: each node is handed to what knows its kind."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from service.routing import syntax
from service.routing.checking.calls import applied, is_placed_well, refuse_unknown
from service.routing.checking.choices import choice, terms
from service.routing.checking.containers import index, list_literal, map_literal, membership
from service.routing.checking.history import asked, is_history
from service.routing.checking.kinds import equality
from service.routing.checking.loops import loop
from service.routing.checking.names import literal, name, selected
from service.routing.checking.questions import has, matches
from service.routing.checking.scope import Scope, Use, unknown
from service.routing.functions import MACROS, OVERLOADS
from service.routing.problems import Problem
from service.routing.typed import Typed
from service.routing.types import DYN


def check(
    source: str, tree: syntax.Node, use: Use, names: Sequence[str] = ()
) -> Typed | tuple[Problem, ...]:
    """The checked tree of `tree`, which was read from `source`, or all its problems.

    `names` are those of values of any type that the expression sees, in the order of their slots.
    """
    problems: list[Problem] = []
    variables = {each: (slot, DYN) for slot, each in enumerate(names)}
    typed = _checked(tree, Scope(source, use, variables, problems, _checked))
    if problems:
        return tuple(sorted(set(problems)))
    return typed


def _checked(node: syntax.Node, scope: Scope) -> Typed:
    match node:
        case syntax.Literal():
            return literal(node, scope)
        case syntax.Name():
            return name(node, scope)
        case syntax.Select():
            return selected(node, scope)
        case syntax.Call():
            return _call(node, scope)


def _call(node: syntax.Call, scope: Scope) -> Typed:
    special = _SPECIAL.get(node.function)
    if special is not None:
        return special(node, scope)
    if scope.use != "payload" and is_history(node.target):
        return asked(node, scope)
    if node.function in MACROS and node.target is not None:
        return loop(node, node.target, scope)
    if node.function not in OVERLOADS:
        return refuse_unknown(node, scope)
    if node.function[0].isalpha() and not is_placed_well(node, scope):
        return unknown(node)
    return applied(node, scope)


_Check: TypeAlias = Callable[[syntax.Call, Scope], Typed]

_SPECIAL: Final[dict[str, _Check]] = {
    "&&": terms,
    "||": terms,
    "?:": choice,
    "==": equality,
    "!=": equality,
    "in": membership,
    "[]": index,
    "[...]": list_literal,
    "{...}": map_literal,
    "has": has,
    "matches": matches,
}
