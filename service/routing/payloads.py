"""Expressions over a payload, of which nothing is known before it is there.

For connectors that are told by expressions what a payload means. The language, its limits and its
functions are those of the rules; what an expression sees are named values of any type, made of
JSON by `cel_value`, which leaves null out: a field that is null is not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, cast

from service.canonical import CanonicalEvent
from service.routing.checking import check
from service.routing.compile import MAX_STEPS, Frame, Run, compiled
from service.routing.conditions import NO_HISTORY, Failure
from service.routing.parse import parse
from service.routing.problems import Problem
from service.routing.types import Type
from service.routing.values import AbsentError, NoValueError

_NO_EVENT: Final = cast("CanonicalEvent", None)
"""An expression that was checked for a payload asks for no event."""


class Absent(NamedTuple):
    """An expression that asks for what the payload does not have. `reason` says what."""

    reason: str


@dataclass(frozen=True, slots=True)
class PayloadExpression:
    """One expression, ready to be asked. `type` is what is known of its value."""

    source: str
    type: Type
    run: Run

    def __call__(self, values: Sequence[Any]) -> Any | Absent | Failure:
        """The value, where the expression's names stand for `values`, in their order."""
        frame = Frame(_NO_EVENT, NO_HISTORY)
        frame.slots = dict(enumerate(values))
        frame.steps = MAX_STEPS
        try:
            return self.run(frame)
        except AbsentError as error:
            return Absent(str(error))
        except NoValueError as error:
            return Failure(str(error))


def check_payload_expression(
    source: str, names: Sequence[str]
) -> PayloadExpression | tuple[Problem, ...]:
    """The expression, which sees `names`, or all its problems."""
    tree = parse(source)
    if isinstance(tree, Problem):
        return (tree,)
    root = check(source, tree, "payload", names)
    if isinstance(root, tuple):
        return root
    return PayloadExpression(source, root.type, compiled(root))


def cel_value(value: Any) -> Any:
    """What JSON holds, as expressions see it."""
    if type(value) is dict:
        return {name: cel_value(part) for name, part in value.items() if part is not None}
    if type(value) is list:
        return tuple([cel_value(part) for part in value])
    return value
