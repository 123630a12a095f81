"""Syntax tree to checked tree: every name and type held against the catalogue.

Guarantees: a checked tree only asks for fields, functions and kinds that exist, with types that
CEL allows; all problems that do not follow from one another are reported together, in the order
of the source. What is known only when an event is there (attributes) is checked then.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from service.event import KINDS, known_kind
from service.routing import syntax
from service.routing.catalogue import FIELDS
from service.routing.functions import BOTH, GLOBALS, MACROS, METHODS, OVERLOADS, Signature
from service.routing.patterns import pattern_error
from service.routing.problems import Problem, nearest, problem_at
from service.routing.typed import (
    AllOf,
    Apply,
    Attribute,
    Choice,
    Constant,
    Count,
    Field,
    Has,
    ListOf,
    Loop,
    MapOf,
    Matches,
    Member,
    OneOf,
    Typed,
    Variable,
)
from service.routing.types import (
    BOOL,
    CLASSES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    NUMBERS,
    STRING,
    UNKNOWN,
    ZONE,
    Type,
    comparable,
    is_open,
    item_of,
    joined,
    list_of,
    map_of,
    words,
)
from service.routing.values import INT64_MAX, INT64_MIN, NoValueError, zone_named

Use: TypeAlias = Literal["rule", "metric", "payload"]
"""Where an expression stands. Only rules may ask for the customer's history, and what is said of a
payload knows no event.
"""

_RESERVED: Final = frozenset({"event", "history"})
_FIRST_WORDS_OF_KINDS: Final = frozenset(kind.partition(".")[0] for kind in KINDS) | {"x"}
_FOLDED: Final = frozenset({"timestamp", "duration", "days"})
_ORDERINGS: Final = frozenset({"<", "<=", ">", ">="})
_OF_EVENT: Final = "event, such as has(event.score)"
_WINDOW: Final = 'the window is written out, as days(30) or duration("24h")'


def check(
    source: str, tree: syntax.Node, use: Use, names: Sequence[str] = ()
) -> Typed | tuple[Problem, ...]:
    """The checked tree of `tree`, which was read from `source`, or all its problems.

    `names` are those of values of any type that the expression sees, in the order of their slots.
    """
    checker = _Checker(source, use)
    typed = checker.node(tree, {name: (slot, DYN) for slot, name in enumerate(names)})
    if checker.problems:
        return tuple(sorted(set(checker.problems)))
    return typed


class _Checker:
    """Walks one tree. `variables` are those of the loops around the node, by name."""

    def __init__(self, source: str, use: Use) -> None:
        self.problems: list[Problem] = []
        self._source = source
        self._use = use

    def node(self, node: syntax.Node, variables: "_Variables") -> Typed:
        match node:
            case syntax.Literal():
                return self._literal(node)
            case syntax.Name():
                return self._name(node, variables)
            case syntax.Select():
                return self._select(node, variables)
            case syntax.Call():
                return self._call(node, variables)

    def _refuse(
        self, node: syntax.Node, message: str, suggestion: str = "", at: int | None = None
    ) -> Typed:
        offset = node.start if at is None else at
        self.problems.append(problem_at(self._source, offset, message, suggestion))
        return Constant(node.start, node.end, None, UNKNOWN)

    def _literal(self, node: syntax.Literal) -> Typed:
        value = node.value
        if value is None:
            return self._refuse(node, "null is not used here: has(...) says whether a field is set")
        kind = {bool: BOOL, int: INT, float: DOUBLE, str: STRING}[type(value)]
        if type(value) is int and not INT64_MIN <= value <= INT64_MAX:
            return self._refuse(node, f"{value} is too large for a whole number")
        if value in (float("inf"), float("-inf")):
            return self._refuse(node, "the number is too large")
        return Constant(node.start, node.end, value, kind)

    def _name(self, node: syntax.Name, variables: "_Variables") -> Typed:
        if node.name in variables:
            slot, kind = variables[node.name]
            return Variable(node.start, node.end, slot, kind)
        if self._use == "payload":
            near = nearest(node.name, variables) or f"payload.{node.name}"
            return self._refuse(node, f"{node.name} is not known", near)
        if node.name == "event":
            return self._refuse(node, "event alone is no value: name a field, such as event.kind")
        if node.name == "history":
            message = 'history alone is no value: ask it, as history.count("support.contact")'
            return self._refuse(node, message)
        if node.name in FIELDS:
            return self._refuse(node, f"{node.name} is not known", f"event.{node.name}")
        of_kind = node.name in _FIRST_WORDS_OF_KINDS
        quoted = ": a kind is text and stands in quotation marks" if of_kind else ""
        near = "" if of_kind else nearest(node.name, {*variables, *_RESERVED})
        return self._refuse(node, f"{node.name} is not known{quoted}", near)

    def _select(self, node: syntax.Select, variables: "_Variables") -> Typed:
        match node.operand:
            case syntax.Name(name="event") if self._use != "payload":
                return self._field(node)
            case syntax.Name(name="history") if self._use != "payload":
                message = f"history.{node.field} is not known"
                return self._refuse(node, message, "history.count(...)", node.name_start)
        operand = self.node(node.operand, variables)
        return self._member(node, operand)

    def _field(self, node: syntax.Select) -> Typed:
        field = FIELDS.get(node.field)
        if field is not None:
            return Field(node.start, node.end, node.field, field.type)
        near = nearest(node.field, FIELDS)
        suggestion = f"event.{near}" if near else f"event.attributes.{node.field}"
        return self._refuse(
            node, f"an event has no field {node.field}", suggestion, node.name_start
        )

    def _member(self, node: syntax.Select, operand: Typed) -> Typed:
        if _is_attributes(operand):
            return Attribute(node.start, node.end, node.field)
        if operand.type.name == "map":
            key = Constant(node.name_start, node.end, node.field, STRING)
            return Apply(node.start, node.end, "[]", (operand, key), operand.type.of[1])
        if operand.type == UNKNOWN:
            return operand
        if operand.type == DYN and self._use == "payload":
            return Member(node.start, node.end, operand, node.field)
        what = "an attribute" if isinstance(operand, Attribute) else words(operand.type)
        message = f"{what} has no fields, so {node.field} cannot be one"
        return self._refuse(node, message, at=node.name_start)

    def _call(self, node: syntax.Call, variables: "_Variables") -> Typed:
        special = _SPECIAL.get(node.function)
        if special is not None:
            return special(self, node, variables)
        if self._use != "payload" and _is_history(node.target):
            return self._history(node, variables)
        if node.function in MACROS and node.target is not None:
            return self._loop(node, node.target, variables)
        if node.function not in OVERLOADS:
            return self._unknown_function(node)
        if node.function[0].isalpha() and not self._placed_well(node):
            return Constant(node.start, node.end, None, UNKNOWN)
        return self._apply(node, self._arguments(node, variables))

    def _unknown_function(self, node: syntax.Call) -> Typed:
        known = METHODS | MACROS | BOTH if node.target else GLOBALS | BOTH | {"has"}
        near = nearest(node.function, known)
        if not near:
            near = nearest(node.function, METHODS | MACROS | BOTH | GLOBALS)
        message = f"there is no function {node.function}"
        return self._refuse(node, message, f"{near}(...)" if near else "", node.name_start)

    def _placed_well(self, node: syntax.Call) -> bool:
        """Whether a method stands after its value, and a plain function does not."""
        name = node.function
        if node.target is None and name in METHODS:
            example = "event.occurred_at" if name.startswith("get") else "event.text"
            message = f"{name} is written after a value"
            self._refuse(node, message, f"{example}.{name}(...)", node.name_start)
            return False
        if node.target is not None and name in GLOBALS:
            message = f"{name} is written around its value"
            self._refuse(node, message, f"{name}(...)", node.name_start)
            return False
        return True

    def _arguments(self, node: syntax.Call, variables: "_Variables") -> tuple[Typed, ...]:
        nodes = node.arguments if node.target is None else (node.target, *node.arguments)
        if node.function.startswith("get") and len(nodes) == 2:
            return self.node(nodes[0], variables), self._zone(nodes[1])
        return tuple(self.node(each, variables) for each in nodes)

    def _zone(self, node: syntax.Node) -> Typed:
        if not isinstance(node, syntax.Literal) or not isinstance(node.value, str):
            return self._refuse(node, 'the time zone is written out, as "Europe/Berlin"')
        zone = zone_named(node.value)
        if zone is None:
            return self._refuse(node, f'there is no time zone "{node.value}"')
        return Constant(node.start, node.end, zone, ZONE)

    def _apply(self, node: syntax.Call, arguments: tuple[Typed, ...]) -> Typed:
        types = tuple(argument.type for argument in arguments)
        fitting = [each for each in OVERLOADS[node.function] if _fits(types, each)]
        if not fitting:
            return self._misfit(node, types)
        result = joined(tuple(OVERLOADS[node.function][each].result for each in fitting))
        if result.name == "list":
            result = list_of(joined(tuple(map(item_of, types))))
        applied = Apply(node.start, node.end, node.function, arguments, result)
        if node.function in _FOLDED and all(isinstance(each, Constant) for each in arguments):
            return self._folded(node, applied, fitting[0])
        return applied

    def _folded(self, node: syntax.Call, applied: Apply, signature: Signature) -> Typed:
        """A time or length of time that is written out, read once."""
        values = [each.value for each in applied.arguments if isinstance(each, Constant)]
        if any(each.type == UNKNOWN for each in applied.arguments):
            return Constant(node.start, node.end, None, UNKNOWN)
        try:
            value = OVERLOADS[node.function][signature].run(*values)
        except NoValueError as error:
            return self._refuse(node.arguments[0], str(error))
        return Constant(node.start, node.end, value, applied.type)

    def _misfit(self, node: syntax.Call, types: tuple[Type, ...]) -> Typed:
        name = node.function
        if not name[0].isalpha():
            return self._operator_misfit(node, types)
        lengths = {len(signature) for signature in OVERLOADS[name]}
        if len(types) not in lengths:
            return self._wrong_number(node, min(lengths) - (name in METHODS))
        what = " and ".join(map(words, types))
        return self._refuse(node, f"{name}() does not work on {what}", at=node.name_start)

    def _wrong_number(self, node: syntax.Call, needed: int) -> Typed:
        given = len(node.arguments)
        message = f"{node.function}() takes {needed or 'no'} argument{'s'[: needed != 1]}"
        return self._refuse(node, f"{message}, not {given or 'none'}", at=node.name_start)

    def _operator_misfit(self, node: syntax.Call, types: tuple[Type, ...]) -> Typed:
        sign = node.function.rstrip("_")
        if len(types) == 1:
            message = f"{sign} does not work on {words(types[0])}"
            return self._refuse(node, message, at=node.name_start)
        verb = "compares" if node.function in _ORDERINGS else "combines"
        message = f"{sign} never {verb} {words(types[0])} with {words(types[1])}"
        return self._refuse(node, message, _as_double(node, types), node.name_start)

    def truth(self, node: syntax.Node, variables: "_Variables") -> Typed:
        """The checked node, which must be true or false."""
        typed = self.node(node, variables)
        if typed.type in (BOOL, DYN, UNKNOWN):
            return typed
        return self._refuse(node, f"this is {words(typed.type)}, not true or false")

    def terms(self, node: syntax.Call, variables: "_Variables") -> Typed:
        terms = tuple(self.truth(each, variables) for each in node.arguments)
        combine = AllOf if node.function == "&&" else OneOf
        return combine(node.start, node.end, terms)

    def choice(self, node: syntax.Call, variables: "_Variables") -> Typed:
        condition = self.truth(node.arguments[0], variables)
        then, otherwise = (self.node(each, variables) for each in node.arguments[1:])
        if not comparable(then.type, otherwise.type):
            message = f"the choice is between {words(then.type)} and {words(otherwise.type)}"
            self._refuse(node, f"{message}: both must be the same", at=node.name_start)
        kind = joined((then.type, otherwise.type))
        return Choice(node.start, node.end, condition, then, otherwise, kind)

    def equality(self, node: syntax.Call, variables: "_Variables") -> Typed:
        one, other = (self.node(each, variables) for each in node.arguments)
        if not comparable(one.type, other.type):
            message = f"{words(one.type)} is never equal to {words(other.type)}"
            return self._refuse(node, message, at=node.name_start)
        self._kinds(one, other)
        self._kinds(other, one)
        return Apply(node.start, node.end, node.function, (one, other), BOOL)

    def _kinds(self, field: Typed, value: Typed) -> None:
        """A kind that no event can have is a slip of the pen."""
        if not isinstance(field, Field) or field.name != "kind":
            return
        for each in value.items if isinstance(value, ListOf) else (value,):
            if (
                isinstance(each, Constant)
                and each.type == STRING
                and not known_kind(str(each.value))
            ):
                self._unknown_kind(each)

    def _unknown_kind(self, kind: Constant) -> None:
        near = nearest(str(kind.value), KINDS)
        message = f'no event is of kind "{kind.value}": own kinds begin with x.'
        suggestion = f'"{near}"' if near else ""
        self.problems.append(problem_at(self._source, kind.start, message, suggestion))

    def membership(self, node: syntax.Call, variables: "_Variables") -> Typed:
        item, container = (self.node(each, variables) for each in node.arguments)
        if container.type == STRING:
            suggestion = f"{self._text(node.arguments[1])}.contains(...)"
            return self._refuse(node, "in looks into lists, not text", suggestion, node.name_start)
        if container.type.name not in ("list", "map") and not is_open(container.type):
            message = f"in looks into lists, not {words(container.type)}"
            return self._refuse(node, message, at=node.name_start)
        if not comparable(item.type, item_of(container.type)):
            message = f"{words(item.type)} is never in a list of {words(item_of(container.type))}"
            return self._refuse(node, message, at=node.name_start)
        self._kinds(item, container)
        return Apply(node.start, node.end, "in", (item, container), BOOL)

    def _text(self, node: syntax.Node) -> str:
        return self._source[node.start : node.end]

    def index(self, node: syntax.Call, variables: "_Variables") -> Typed:
        container, index = (self.node(each, variables) for each in node.arguments)
        if _is_attributes(container) and isinstance(index, Constant) and index.type == STRING:
            return Attribute(node.start, node.end, index.value)
        if is_open(container.type):
            return Apply(node.start, node.end, "[]", (container, index), container.type)
        if container.type.name == "list":
            return self._indexed(node, (container, index), INT, container.type.of[0])
        if container.type.name == "map":
            return self._indexed(node, (container, index), *container.type.of)
        message = f"[] looks into lists and maps, not {words(container.type)}"
        return self._refuse(node, message, at=node.name_start)

    def _indexed(
        self, node: syntax.Call, arguments: tuple[Typed, Typed], wanted: Type, result: Type
    ) -> Typed:
        given = arguments[1].type
        if not is_open(given) and not is_open(wanted) and given != wanted:
            message = f"[] needs {words(wanted)} here, not {words(given)}"
            return self._refuse(node.arguments[1], message)
        return Apply(node.start, node.end, "[]", arguments, result)

    def list_literal(self, node: syntax.Call, variables: "_Variables") -> Typed:
        items = tuple(self.node(each, variables) for each in node.arguments)
        return ListOf(node.start, node.end, items, list_of(joined(tuple(i.type for i in items))))

    def map_literal(self, node: syntax.Call, variables: "_Variables") -> Typed:
        entries = tuple(self.node(each, variables) for each in node.arguments)
        for key, written in zip(entries[::2], node.arguments[::2], strict=True):
            if key.type not in (BOOL, INT, STRING, DYN, UNKNOWN):
                self._refuse(written, f"{words(key.type)} cannot be a key")
        keys, values = (joined(tuple(e.type for e in entries[first::2])) for first in (0, 1))
        return MapOf(node.start, node.end, entries, map_of(keys, values))

    def has(self, node: syntax.Call, variables: "_Variables") -> Typed:
        if node.target is None and len(node.arguments) == 1:
            (argument,) = node.arguments
            if isinstance(argument, syntax.Select):
                operand = self._select(argument, variables)
                if isinstance(operand, Field | Attribute | Member):
                    return Has(node.start, node.end, operand)
                if operand.type == UNKNOWN:
                    return operand
        example = "payload, such as has(payload.id)" if self._use == "payload" else _OF_EVENT
        message = f"has() takes one field of the {example}"
        return self._refuse(node, message, at=node.name_start)

    def matches(self, node: syntax.Call, variables: "_Variables") -> Typed:
        nodes = node.arguments if node.target is None else (node.target, *node.arguments)
        if len(nodes) != 2:
            return self._wrong_number(node, 2 - (node.target is not None))
        operand, pattern = self.node(nodes[0], variables), nodes[1]
        if operand.type != STRING and not is_open(operand.type):
            message = f"matches() does not work on {words(operand.type)}"
            return self._refuse(node, message, at=node.name_start)
        if not isinstance(pattern, syntax.Literal) or not isinstance(pattern.value, str):
            return self._refuse(pattern, 'the pattern is written out, as "parcel|courier"')
        error = pattern_error(pattern.value)
        if error:
            return self._refuse(pattern, f"the pattern cannot be read: {error}")
        return Matches(node.start, node.end, operand, pattern.value)

    def _loop(self, node: syntax.Call, target: syntax.Node, variables: "_Variables") -> Typed:
        name, *rest = node.arguments or (None,)
        bodies = (1, 2) if node.function == "map" else (1,)
        if not isinstance(name, syntax.Name) or len(rest) not in bodies:
            suggestion = f'{node.function}(tag, tag == "vip")'
            message = f"{node.function}() takes a name for each item and what to do with it"
            return self._refuse(node, message, suggestion, node.name_start)
        if name.name in _RESERVED or name.name in variables:
            return self._refuse(name, f"{name.name} has a meaning already: take another name")
        over = self.node(target, variables)
        if over.type.name not in ("list", "map") and not is_open(over.type):
            message = f"{node.function}() goes through lists, not {words(over.type)}"
            return self._refuse(node, message, at=node.name_start)
        slot = len(variables)
        inner = {**variables, name.name: (slot, item_of(over.type))}
        return self._loop_body(node, over, tuple(rest), inner)

    def _loop_body(
        self,
        node: syntax.Call,
        over: Typed,
        written: tuple[syntax.Node, ...],
        variables: "_Variables",
    ) -> Typed:
        *conditions, last = written
        read = self.node if node.function == "map" else self.truth
        bodies = (*(self.truth(each, variables) for each in conditions), read(last, variables))
        kind = BOOL
        if node.function == "map":
            kind = list_of(bodies[-1].type)
        elif node.function == "filter":
            kind = list_of(item_of(over.type))
        slot = len(variables) - 1
        return Loop(node.start, node.end, node.function, over, slot, bodies, kind)

    def _history(self, node: syntax.Call, variables: "_Variables") -> Typed:
        if self._use == "metric":
            message = "a metric looks at one event at a time: history is for rules only"
            return self._refuse(node, message)
        if node.function != "count":
            message = f"history.{node.function} is not known"
            return self._refuse(node, message, "history.count(...)", node.name_start)
        if len(node.arguments) not in (1, 2):
            suggestion = 'history.count("support.contact", days(30))'
            message = "history.count() takes a kind and, if wanted, a window"
            return self._refuse(node, message, suggestion, node.name_start)
        return self._count(node, variables)

    def _count(self, node: syntax.Call, variables: "_Variables") -> Typed:
        kind, *window = node.arguments
        if not isinstance(kind, syntax.Literal) or not isinstance(kind.value, str):
            return self._refuse(kind, 'the kind is written out, as "support.contact"')
        if not known_kind(kind.value):
            self._unknown_kind(Constant(kind.start, kind.end, kind.value, STRING))
        if not window:
            return Count(node.start, node.end, kind.value, None)
        length = self.node(window[0], variables)
        if length.type == UNKNOWN:
            return length
        if not isinstance(length, Constant) or length.type != DURATION:
            return self._refuse(window[0], _WINDOW)
        if length.value < 1_000:
            return self._refuse(window[0], "the window must be longer than nothing")
        return Count(node.start, node.end, kind.value, length.value // 1_000)


_Variables: TypeAlias = Mapping[str, tuple[int, Type]]

_SPECIAL: Final[dict[str, Callable[[_Checker, syntax.Call, _Variables], Typed]]] = {
    "&&": _Checker.terms,
    "||": _Checker.terms,
    "?:": _Checker.choice,
    "==": _Checker.equality,
    "!=": _Checker.equality,
    "in": _Checker.membership,
    "[]": _Checker.index,
    "[...]": _Checker.list_literal,
    "{...}": _Checker.map_literal,
    "has": _Checker.has,
    "matches": _Checker.matches,
}


def _is_history(node: syntax.Node | None) -> bool:
    return isinstance(node, syntax.Name) and node.name == "history"


def _is_attributes(node: Typed) -> bool:
    return isinstance(node, Field) and node.name == "attributes"


def _as_double(node: syntax.Call, types: tuple[Type, ...]) -> str:
    """How to write the whole number that stands beside a decimal one."""
    if set(types) != NUMBERS:
        return ""
    number = node.arguments[types.index(INT)]
    return f"{number.value}.0" if isinstance(number, syntax.Literal) else "double(...)"


def _fits(types: tuple[Type, ...], signature: Signature) -> bool:
    return len(types) == len(signature) and all(
        is_open(kind) or CLASSES[kind.name] is wanted
        for kind, wanted in zip(types, signature, strict=True)
    )
