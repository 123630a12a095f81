"""What asks whether something is true: conjunctions, disjunctions, choices."""

from service.routing import syntax
from service.routing.checking.scope import Scope
from service.routing.typed import AllOf, Choice, OneOf, Typed
from service.routing.types import comparable, joined, words


def terms(node: syntax.Call, scope: Scope) -> Typed:
    """`&&` and `||`, of terms that are each true or false."""
    combine = AllOf if node.function == "&&" else OneOf
    return combine(node.start, node.end, tuple(map(scope.truth, node.arguments)))


def choice(node: syntax.Call, scope: Scope) -> Typed:
    """`condition ? then : otherwise`, of which both sides are alike."""
    condition = scope.truth(node.arguments[0])
    then, otherwise = scope.nodes(node.arguments[1:])
    if not comparable(then.type, otherwise.type):
        message = f"the choice is between {words(then.type)} and {words(otherwise.type)}"
        scope.refuse_name(node, f"{message}: both must be the same")
    kind = joined((then.type, otherwise.type))
    return Choice(node.start, node.end, condition, then, otherwise, kind)
