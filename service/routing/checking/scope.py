"""What surrounds a node while it is checked, and where its problems are kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from service.routing import syntax
from service.routing.problems import Problem, problem_at
from service.routing.typed import Constant, Typed
from service.routing.types import BOOL, DYN, UNKNOWN, Type, words

Use: TypeAlias = Literal["rule", "metric", "payload"]
"""Where an expression stands. Only rules may ask for the customer's history, and what is said of a
payload knows no event.
"""

Variables: TypeAlias = Mapping[str, tuple[int, Type]]
"""The slot and type of each value that the expression may name."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`variables` are those of the expression and of the loops around the node.

    `problems` is shared by all scopes of an expression; `read` checks any node, so that the kinds
    of nodes need not know one another.
    """

    source: str
    use: Use
    variables: Variables
    problems: list[Problem]
    read: Callable[[syntax.Node, "Scope"], Typed]

    def within(self, variables: Variables) -> "Scope":
        """The scope of a loop's body."""
        return replace(self, variables={**self.variables, **variables})

    def node(self, node: syntax.Node) -> Typed:
        """The checked node; what is wrong with it is kept."""
        return self.read(node, self)

    def nodes(self, nodes: tuple[syntax.Node, ...]) -> tuple[Typed, ...]:
        """The checked nodes, in their order."""
        return tuple(map(self.node, nodes))

    def truth(self, node: syntax.Node) -> Typed:
        """The checked node, which must be true or false."""
        typed = self.node(node)
        if typed.type in (BOOL, DYN, UNKNOWN):
            return typed
        return self.refuse(node, f"this is {words(typed.type)}, not true or false")

    def refuse(self, node: syntax.Node, message: str, suggestion: str = "") -> Typed:
        """Keeps a problem with the node; what stands in its place gives no further one."""
        self.keep(node.start, message, suggestion)
        return unknown(node)

    def refuse_name(
        self, node: syntax.Select | syntax.Call, message: str, suggestion: str = ""
    ) -> Typed:
        """As `refuse`, where the node's field, function or operator is written."""
        self.keep(node.name_start, message, suggestion)
        return unknown(node)

    def keep(self, offset: int, message: str, suggestion: str) -> None:
        """Keeps a problem at a character offset of the source."""
        self.problems.append(problem_at(self.source, offset, message, suggestion))


def unknown(node: syntax.Node) -> Constant:
    """What stands for a node whose problem is kept already."""
    return Constant(node.start, node.end, None, UNKNOWN)
