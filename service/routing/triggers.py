"""What an event must have for a condition to be anything but false.

A trigger is a fact about an event that dictionaries and pattern sets can look up. `triggers_of`
and `kinds_of` only ever widen: an event without any of them makes the condition false, and no
error either, so that a router need not try it.
"""

from typing import Any, Final, Literal, NamedTuple, TypeAlias

from service.event import KINDS, AttributeValue
from service.routing.patterns import escaped
from service.routing.typed import (
    AllOf,
    Apply,
    Attribute,
    Constant,
    Field,
    Has,
    ListOf,
    Matches,
    OneOf,
    Typed,
)
from service.routing.types import STRING

Table: TypeAlias = Literal["field", "attribute", "tag", "field_pattern", "attribute_pattern"]

_COST: Final[dict[Table, int]] = {
    "field": 0,
    "attribute": 0,
    "tag": 1,
    "field_pattern": 2,
    "attribute_pattern": 2,
}
"""What to look up rather than another: the cheap and selective first."""

_TEXT_PATTERNS: Final = {"contains": "{}", "startsWith": r"\A{}", "endsWith": r"{}\z"}


class Trigger(NamedTuple):
    """The event's field or attribute `name` equals `value`, or the pattern `value` is found in it.

    For tags the name is empty. A value of None stands for an attribute that is absent or, for
    patterns, not text: the condition may then end in an error.
    """

    table: Table
    name: str
    value: AttributeValue | None


Triggers: TypeAlias = frozenset[Trigger] | None
"""One of these must be there; None says nothing about the event."""


def kinds_of(node: Typed) -> frozenset[str] | None:
    """The kinds of events of which the condition can be true; None for any."""
    if isinstance(node, AllOf):
        known = [kinds for term in node.terms if (kinds := kinds_of(term)) is not None]
        return frozenset.intersection(*known) if known else None
    if isinstance(node, OneOf):
        return _union([kinds_of(term) for term in node.terms])
    return tested_kinds(node)


def tested_kinds(node: Typed) -> frozenset[str] | None:
    """The kinds of which a test of nothing but the kind is true; None for any other node."""
    if not isinstance(node, Apply):
        return None
    compared = _compared(node)
    if compared is not None and _is_kind(compared[0]):
        return frozenset(str(value) for value in compared[1])
    if node.function == "startsWith" and _is_kind(node.arguments[0]):
        return _kinds_beginning(node.arguments[1])
    return None


def triggers_of(node: Typed) -> Triggers:
    """What must be found in an event before the condition is worth trying."""
    match node:
        case AllOf():
            return _of_conjunction(node)
        case OneOf():
            return _union([triggers_of(term) for term in node.terms])
        case Matches():
            return _of_pattern(node.operand, node.pattern)
        case Apply():
            return _of_call(node)
    return None


def _union(options: list[frozenset[Any] | None]) -> frozenset[Any] | None:
    known = [option for option in options if option is not None]
    return frozenset().union(*known) if len(known) == len(options) else None


def _is_kind(node: Typed) -> bool:
    return isinstance(node, Field) and node.name == "kind"


def _kinds_beginning(prefix: Typed) -> frozenset[str] | None:
    """Own kinds are not listed anywhere, so a prefix of theirs leaves the kind open."""
    if not isinstance(prefix, Constant) or "x.".startswith(prefix.value[:2]):
        return None
    return frozenset(kind for kind in KINDS if kind.startswith(prefix.value))


def _of_conjunction(node: AllOf) -> Triggers:
    """The best of its terms. What `has()` asks for is never absent where the rest counts."""
    there = {
        Trigger("attribute", term.operand.name, None)
        for term in node.terms
        if isinstance(term, Has) and isinstance(term.operand, Attribute)
    }
    options = [
        triggers - there for term in node.terms if (triggers := triggers_of(term)) is not None
    ]
    return min(options, key=_cost, default=None)


def _cost(triggers: frozenset[Trigger]) -> tuple[int, int]:
    return max((_COST[trigger.table] for trigger in triggers), default=0), len(triggers)


def _of_call(node: Apply) -> Triggers:
    if node.function in _TEXT_PATTERNS:
        return _of_text(node)
    compared = _compared(node)
    if compared is not None:
        return _of_equality(*compared)
    if node.function == "in" and isinstance(node.arguments[0], Constant):
        return _of_tag(*node.arguments)
    return None


def _of_equality(tested: Typed, values: tuple[Any, ...]) -> Triggers:
    if isinstance(tested, Attribute):
        return frozenset(Trigger("attribute", tested.name, value) for value in (*values, None))
    if isinstance(tested, Field) and tested.type == STRING and tested.name != "kind":
        return frozenset(Trigger("field", tested.name, value) for value in values)
    return None


def _of_tag(tag: Typed, container: Typed) -> Triggers:
    if isinstance(tag, Constant) and isinstance(container, Field) and container.name == "tags":
        return frozenset({Trigger("tag", "", tag.value)})
    return None


def _of_text(node: Apply) -> Triggers:
    """`contains` and its kin are patterns too; of case-changed text, patterns of any case."""
    operand, part = node.arguments
    if not isinstance(part, Constant):
        return None
    pattern = _TEXT_PATTERNS[node.function].format(escaped(part.value))
    if isinstance(operand, Apply) and operand.function in ("lowerAscii", "upperAscii"):
        return _of_pattern(operand.arguments[0], f"(?i:{pattern})")
    return _of_pattern(operand, pattern)


def _of_pattern(operand: Typed, pattern: str) -> Triggers:
    if isinstance(operand, Attribute):
        return frozenset(
            Trigger("attribute_pattern", operand.name, value) for value in (pattern, None)
        )
    if isinstance(operand, Field) and operand.type == STRING:
        return frozenset({Trigger("field_pattern", operand.name, pattern)})
    return None


def _compared(node: Apply) -> tuple[Typed, tuple[Any, ...]] | None:
    """What `==` or `in` compares with which written-out values, text and numbers only."""
    if node.function not in ("==", "in"):
        return None
    one, other = node.arguments
    if node.function == "==" and isinstance(one, Constant):
        one, other = other, one
    values = other.items if isinstance(other, ListOf) else (other,)
    if node.function == "in" and not isinstance(other, ListOf):
        return None
    if node.function == "==" and isinstance(other, ListOf):
        return None
    plain = tuple(value.value for value in values if isinstance(value, Constant))
    return (one, plain) if len(plain) == len(values) else None
