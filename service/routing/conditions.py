"""Expressions ready to be asked: source text in, a function of an event out.

`check_condition` is for rules and may ask for the customer's history; `check_event_condition`
and `check_number` are for metrics and see the event alone. All give either what was asked for or
every problem found, never an exception. An expression is pure: the same event and history give
the same outcome.
"""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from service.canonical import CanonicalEvent
from service.routing.checking import Use, check
from service.routing.compile import compiled, compiled_truth
from service.routing.frame import Frame, History, Run
from service.routing.parse import parse
from service.routing.problems import Problem
from service.routing.typed import Count, Typed, counts
from service.routing.types import BOOL, DOUBLE, DYN, INT, Type, words
from service.routing.values import NoValueError


class Failure(NamedTuple):
    """An expression that ended in an error: it has no value for this event.

    `reason` says why, without a value of the event.
    """

    reason: str


class _NoHistory:
    def count(self, kind: str, window_us: int | None) -> int:  # noqa: ARG002  # as History has it
        raise NoValueError("the customer's history is not known here")


NO_HISTORY: Final[History] = _NoHistory()
"""For expressions that see the event alone; asked all the same, it is an error."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What is true or false of an event."""

    source: str
    root: Typed
    run: Run

    @property
    def asks(self) -> tuple[Count, ...]:
        """Everything that it asks the customer's history."""
        return counts(self.root)

    def __call__(self, event: CanonicalEvent, history: History = NO_HISTORY) -> bool | Failure:
        """Whether the condition holds. A condition that asks for history needs it."""
        try:
            return bool(self.run(Frame(event, history)))
        except NoValueError as error:
            return Failure(str(error))


@dataclass(frozen=True, slots=True)
class Value:
    """A number that an event has."""

    source: str
    root: Typed
    run: Run

    def __call__(self, event: CanonicalEvent) -> int | float | Failure:
        """The number; it may be infinite or not a number only where a division by 0.0 is."""
        try:
            value = self.run(Frame(event, NO_HISTORY))
        except NoValueError as error:
            return Failure(str(error))
        return value if type(value) in (int, float) else Failure("the value is not a number")


def check_condition(source: str) -> Condition | tuple[Problem, ...]:
    """The condition of a rule, or all its problems."""
    return _condition(source, "rule")


def check_event_condition(source: str) -> Condition | tuple[Problem, ...]:
    """A condition on the event alone, as metrics have it, or all its problems."""
    return _condition(source, "metric")


def check_number(source: str) -> Value | tuple[Problem, ...]:
    """A number from the event alone, as metrics have it, or all its problems."""
    root = _checked(source, "metric", (INT, DOUBLE, DYN), "a number")
    if isinstance(root, tuple):
        return root
    return Value(source, root, compiled(root))


def _condition(source: str, use: Use) -> Condition | tuple[Problem, ...]:
    root = _checked(source, use, (BOOL, DYN), "true or false")
    if isinstance(root, tuple):
        return root
    return Condition(source, root, compiled_truth(root))


def _checked(source: str, use: Use, wanted: tuple[Type, ...], what: str) -> Any:
    tree = parse(source)
    if isinstance(tree, Problem):
        return (tree,)
    root = check(source, tree, use)
    if not isinstance(root, tuple) and root.type not in wanted:
        message = f"the whole expression is {words(root.type)}; it must be {what}"
        return (Problem(1, 1, message),)
    return root
