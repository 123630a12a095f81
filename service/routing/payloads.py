"""Expressions over a payload, of which nothing is known before it is there.

For connectors that are told by expressions what a payload means. The language, its limits and its
functions are those of the rules; what an expression sees are named values of any type, made of
JSON by `cel_value`, which leaves null out: a field that is null is not there. `Seen` holds what the
names stand for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias, cast

from service.canonical import CanonicalEvent
from service.routing.checking import check
from service.routing.compile import MAX_STEPS, compiled
from service.routing.conditions import NO_HISTORY, Failure
from service.routing.frame import Frame
from service.routing.parse import parse
from service.routing.problems import Problem
from service.routing.typed import Member, Typed, Variable, walk
from service.routing.types import Type
from service.routing.values import AbsentError, NoValueError

_NO_EVENT: Final = cast("CanonicalEvent", None)
"""An expression that was checked for a payload asks for no event."""

_PAYLOAD: Final = 0
"""The place of the payload among the names."""


class Absent(NamedTuple):
    """An expression that asks for what the payload does not have. `reason` says what."""

    reason: str


class Seen:
    """What the names of expressions stand for, in their order: first a payload, then any values.

    A payload is a JSON object as it was decoded. No more of it is made ready than is asked for.
    """

    __slots__ = ("_frame", "_ready", "payload")

    def __init__(self, payload: Mapping[str, Any], *others: Any) -> None:
        self.payload = payload
        self._ready: dict[str, Any] = {}
        self._frame = Frame(_NO_EVENT, NO_HISTORY)
        self._frame.slots = dict(enumerate((self._ready, *others)))

    def instead(self, place: int, value: Any) -> "Seen":
        """The same, but that the name at this place stands for another value."""
        other = Seen(self.payload)
        other._ready = self._ready
        other._frame.slots = {**self._frame.slots, place: value}
        return other

    def at(self, place: int) -> Any:
        """What the name at this place stands for."""
        return self.payload if place == _PAYLOAD else self._frame.slots[place]

    def frame(self, fields: Sequence[str] | None) -> Frame:
        """What an expression runs on that asks for these fields of the payload; None for all."""
        ready, payload = self._ready, self.payload
        for field in payload if fields is None else fields:
            if field not in ready and (value := payload.get(field)) is not None:
                ready[field] = cel_value(value)
        return self._frame


Ask: TypeAlias = Callable[[Seen], Any]
"""The value of an expression, or that it is `Absent` or a `Failure`."""


@dataclass(frozen=True, slots=True)
class PayloadExpression:
    """One expression, ready to be asked. `type` is what is known of its value."""

    source: str
    type: Type
    ask: Ask


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
    return PayloadExpression(source, root.type, _path(root) or _any(root))


def _path(root: Typed) -> Ask | None:
    """As `_any`, for `payload.a.b` and its like, which most expressions are, and much quicker.

    None if the expression is anything else.
    """
    steps: list[tuple[str, Absent]] = []
    while isinstance(root, Member):
        steps.insert(0, (root.name, Absent(f"there is no {root.name}")))
        root = root.operand
    if not isinstance(root, Variable) or not steps:
        return None
    place = root.slot

    def ask(seen: Seen) -> Any:
        value = seen.at(place)
        for name, absent in steps:
            if type(value) is not dict:
                return Failure(f"{name} is asked of a value without fields")
            value = value.get(name)
            if value is None:
                return absent
        return cel_value(value)

    return ask


def _any(root: Typed) -> Ask:
    run, fields = compiled(root), _fields(root)

    def ask(seen: Seen) -> Any:
        frame = seen.frame(fields)
        frame.steps = MAX_STEPS
        try:
            return run(frame)
        except AbsentError as error:
            return Absent(str(error))
        except NoValueError as error:
            return Failure(str(error))

    return ask


def _fields(root: Typed) -> tuple[str, ...] | None:
    """The fields of the payload that the expression asks for; None if that cannot be told."""
    nodes = tuple(walk(root))
    names = [one.name for one in nodes if isinstance(one, Member) and _is_payload(one.operand)]
    by_name_alone = len(names) == sum(map(_is_payload, nodes))
    return tuple(dict.fromkeys(names)) if by_name_alone else None


def _is_payload(node: Typed) -> bool:
    return isinstance(node, Variable) and node.slot == _PAYLOAD


def cel_value(value: Any) -> Any:
    """What JSON holds, as expressions see it."""
    if type(value) is dict:
        return {name: cel_value(part) for name, part in value.items() if part is not None}
    if type(value) is list:
        return tuple([cel_value(part) for part in value])
    return value
