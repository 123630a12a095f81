"""Source text to syntax tree.

Guarantees: any text gives a tree or one `Problem`, in time linear in the text; longer text than
`MAX_CHARACTERS` is refused unread; no tree is deeper than `MAX_DEPTH`.

The grammar is the file `cel.lark` of cel-python, read by lark. The package itself is never
imported: its evaluator is not used and would cost a tenth of a second and pendulum at start.
"""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedToken

from service.routing.lexing import (
    CelLexer,
    UnreadableError,
    number_value,
    refuse_halves,
    string_value,
)
from service.routing.problems import Problem, problem_at
from service.routing.syntax import (
    MAX_CHARACTERS,
    MAX_DEPTH,
    Call,
    Literal,
    LiteralValue,
    Name,
    Node,
    Select,
)

_LEVELS: Final = re.compile(
    r"^(expr|conditional(?:or|and)|relation|addition|multiplication|unary|member|primary)(?= *:)",
    re.MULTILINE,
)
_CLOSING: Final = {"RPAR": ")", "RSQB": "]", "RBRACE": "}", "COLON": ":"}
_OTHER_LANGUAGES: Final = {
    "and": "&&",
    "or": "||",
    "not": "!",
    "is": "==",
    "like": ".contains(...)",
    "contains": ".contains(...)",
}


def parse(source: str) -> Node | Problem:
    """The syntax tree of `source`, or the first thing that keeps it from being read."""
    if len(source) > MAX_CHARACTERS:
        message = f"the expression has {len(source):,} characters; at most {MAX_CHARACTERS:,}"
        return Problem(1, 1, message)
    if not source.strip():
        return Problem(1, 1, "the expression is empty")
    try:
        refuse_halves(source)
        tree: Any = _parser().parse(source)
    except UnreadableError as error:
        return problem_at(source, error.offset, error.message, error.suggestion)
    except UnexpectedToken as unexpected:
        return _misplaced(source, unexpected)
    return tree  # type: ignore[no-any-return]  # lark's types know only its own trees


@cache
def _parser() -> Lark:
    spec = find_spec("celpy")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("cel-python is not installed: its grammar reads the rules")
    grammar = (Path(spec.submodule_search_locations[0]) / "cel.lark").read_text(encoding="utf-8")
    # "?" makes lark pass a level of precedence through where it holds nothing of its own.
    return Lark(
        _LEVELS.sub(r"?\1", grammar),
        parser="lalr",
        lexer=CelLexer,
        start="expr",
        keep_all_tokens=True,
        maybe_placeholders=False,
        priority="invert",
        transformer=_Build(),
    )


def _misplaced(source: str, unexpected: UnexpectedToken) -> Problem:
    token = unexpected.token
    if token.type == "$END":
        accepted = unexpected.accepts or set()
        missing = next((sign for name, sign in _CLOSING.items() if name in accepted), "")
        message = "the expression ends too early" + (f": {missing} is missing" if missing else "")
        return problem_at(source, len(source.rstrip()), message)
    before = source[: token.start_pos].rstrip()
    if before.split()[-1:] == ["not"]:
        return problem_at(source, len(before) - len("not"), "not cannot stand here", "!")
    suggestion = _OTHER_LANGUAGES.get(token.lower(), "")
    return problem_at(source, token.start_pos, f"{token} cannot stand here", suggestion)


def _call(start: int, end: int, name: Token, target: Node | None, arguments: list[Node]) -> Call:
    depth = _depth(start, [target, *arguments] if target else arguments)
    return Call(start, end, str(name), target, tuple(arguments), _position(name), depth)


def _operation(name: str, sign: Token, operands: list[Node]) -> Call:
    start, end = operands[0].start, operands[-1].end
    depth = _depth(start, operands)
    return Call(start, end, name, None, tuple(operands), _position(sign), depth)


def _depth(start: int, children: list[Node]) -> int:
    depth = 1 + max((child.depth for child in children), default=0)
    if depth > MAX_DEPTH:
        raise UnreadableError(start, f"the expression is nested more than {MAX_DEPTH} levels deep")
    return depth


def _position(token: Token) -> int:
    return token.start_pos or 0


def _end(token: Token) -> int:
    return token.end_pos or 0


def _widened(node: Node, start: int, end: int) -> Node:
    """The same node with its parentheses."""
    match node:
        case Literal():
            return Literal(start, end, node.value)
        case Name():
            return Name(start, end, node.name)
        case Select():
            return Select(start, end, node.operand, node.field, node.name_start, node.depth)
        case Call():
            return Call(
                start,
                end,
                node.function,
                node.target,
                node.arguments,
                node.name_start,
                node.depth,
            )


def _chain(name: str, children: list[Any]) -> Call:
    """`a && b && c`: one call with three terms, however many there are."""
    left, sign, right = children
    terms = left.arguments if isinstance(left, Call) and left.function == name else (left,)
    return _operation(name, sign, [*terms, right])


def _binary(children: list[Any]) -> Call:
    (left, sign), right = children
    return _operation(str(sign), sign, [left, right])


class _Build(Transformer[Token, Any]):
    """One method for each rule of the grammar; lark calls it when the rule has been read."""

    def expr(self, children: list[Any]) -> Node:
        condition, sign, then, _, otherwise = children
        return _operation("?:", sign, [condition, then, otherwise])

    def conditionalor(self, children: list[Any]) -> Node:
        return _chain("||", children)

    def conditionaland(self, children: list[Any]) -> Node:
        return _chain("&&", children)

    def relation(self, children: list[Any]) -> Node:
        return _binary(children)

    addition = multiplication = relation

    def relation_lt(self, children: list[Any]) -> list[Any]:
        return children

    relation_le = relation_gt = relation_ge = relation_eq = relation_ne = relation_in = relation_lt
    addition_add = addition_sub = relation_lt
    multiplication_mul = multiplication_div = multiplication_mod = relation_lt

    def unary(self, children: list[Any]) -> Node:
        sign, operand = children
        if sign == "-" and isinstance(operand, Literal) and type(operand.value) in (int, float):
            return Literal(_position(sign), operand.end, -operand.value)  # type: ignore[operator]
        start = _position(sign)
        depth = _depth(start, [operand])
        return Call(start, operand.end, f"{sign}_", None, (operand,), start, depth)

    def unary_not(self, children: list[Any]) -> Token:
        token: Token = children[0]
        return token

    unary_neg = unary_not

    def member_dot(self, children: list[Any]) -> Node:
        operand, _, name = children
        depth = _depth(operand.start, [operand])
        return Select(operand.start, _end(name), operand, str(name), _position(name), depth)

    def member_dot_arg(self, children: list[Any]) -> Node:
        target, _, name, _, *arguments, close = children
        return _call(target.start, _end(close), name, target, _flat(arguments))

    def member_index(self, children: list[Any]) -> Node:
        operand, bracket, index, close = children
        depth = _depth(operand.start, [operand, index])
        place = _position(bracket)
        return Call(operand.start, _end(close), "[]", None, (operand, index), place, depth)

    def member_object(self, children: list[Any]) -> Node:
        raise UnreadableError(children[0].start, "messages cannot be built in an expression")

    def dot_ident(self, children: list[Any]) -> Node:
        raise UnreadableError(_position(children[0]), "a name cannot begin with a dot")

    dot_ident_arg = dot_ident

    def ident_arg(self, children: list[Any]) -> Node:
        name, _, *arguments, close = children
        return _call(_position(name), _end(close), name, None, _flat(arguments))

    def ident(self, children: list[Any]) -> Node:
        return Name(_position(children[0]), _end(children[0]), str(children[0]))

    def paren_expr(self, children: list[Any]) -> Node:
        opening, node, closing = children
        return _widened(node, _position(opening), _end(closing))

    def list_lit(self, children: list[Any]) -> Node:
        opening, *items, closing = children
        opening = opening.update(value="[...]")
        return _call(_position(opening), _end(closing), opening, None, _flat(items))

    def map_lit(self, children: list[Any]) -> Node:
        opening, *items, closing = children
        opening = opening.update(value="{...}")
        return _call(_position(opening), _end(closing), opening, None, _flat(items))

    def exprlist(self, children: list[Any]) -> list[Node]:
        return [child for child in children if not isinstance(child, Token)]

    mapinits = exprlist

    def literal(self, children: list[Any]) -> Node:
        token = children[0]
        return Literal(_position(token), _end(token), _value(token))


def _flat(lists: list[list[Node]]) -> list[Node]:
    return lists[0] if lists else []


def _value(token: Token) -> LiteralValue:
    match token.type:
        case "STRING_LIT":
            return string_value(token)
        case "BOOL_LIT":
            return str(token) == "true"
        case "NULL_LIT":
            return None
        case _:
            return number_value(token)
