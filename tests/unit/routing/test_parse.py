"""Source text becomes a tree with positions or one problem, whatever the text is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.routing import Condition, Failure, Problem, check_condition
from service.routing.parse import parse
from service.routing.syntax import MAX_CHARACTERS, MAX_DEPTH, Call, Literal, Name, Select
from tests.unit.routing.generated import an_event, conditions


def test_a_tree_knows_where_each_part_stands() -> None:
    source = 'event.kind == "x" && (a || f(1))'
    tree = parse(source)

    assert isinstance(tree, Call)
    kind, either = tree.arguments
    assert isinstance(kind, Call)
    assert isinstance(either, Call)
    assert kind.arguments[0] == Select(0, 10, Name(0, 5, "event"), "kind", 6, 2)
    assert source[kind.start : kind.end] == 'event.kind == "x"'
    assert source[either.start : either.end] == "(a || f(1))"


def test_conjunctions_hold_their_terms_side_by_side() -> None:
    tree = parse("a && b && (c && d) && e")

    assert isinstance(tree, Call)
    assert tree.function == "&&"
    assert len(tree.arguments) == 4


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('"a"', "a"),
        ("'a\"b'", 'a"b'),
        (r'"a\"b\\c\n"', 'a"b\\c\n'),
        (r'r"\d+"', r"\d+"),
        (r'r"\"', "\\"),
        (r'"\u00e4\U0001F600\x41\101"', "ä😀AA"),
        ("'''two\nlines'''", "two\nlines"),
        ('""', ""),
        ("0x1F", 31),
        ("1.5e3", 1500.0),
        (".5", 0.5),
        ("-7", -7),
        ("-9223372036854775808", -(2**63)),
        ("true", True),
        ("null", None),
        ("1 // a remark", 1),
    ],
)
def test_literals_mean_what_cel_says(source: str, value: object) -> None:
    tree = parse(source)

    assert isinstance(tree, Literal)
    assert tree.value == value
    assert type(tree.value) is type(value)


@pytest.mark.parametrize(
    ("source", "line", "column", "message", "suggestion"),
    [
        ("", 1, 1, "the expression is empty", ""),
        (" \n ", 1, 1, "the expression is empty", ""),
        ("a = b", 1, 3, "= alone means nothing here", "=="),
        ("a & b", 1, 3, "& alone means nothing here", "&&"),
        ("a and b", 1, 3, "and cannot stand here", "&&"),
        ("a\n OR b", 2, 2, "OR cannot stand here", "||"),
        ("not a", 1, 1, "not cannot stand here", "!"),
        ("“a”", 1, 1, "“ is a curly quotation mark: write a straight one, as in a program", ""),
        ("a b", 1, 3, "b cannot stand here", ""),
        ("a )", 1, 3, ") cannot stand here", ""),
        ("a &&", 1, 5, "the expression ends too early", ""),
        ("f(a, (b)", 1, 9, "the expression ends too early: ) is missing", ""),
        ("[1, 2", 1, 6, "the expression ends too early: ] is missing", ""),
        ("a ? b", 1, 6, "the expression ends too early: : is missing", ""),
        ("a ==\n  'b", 2, 3, "text that begins here is not closed by '", ""),
        (r'"a\" && b', 1, 1, 'text that begins here is not closed by "', ""),
        ("§", 1, 1, "the character '§' has no place outside quotes", ""),
        ("'\ud800'", 1, 2, r"'\ud800' is not a character", ""),
        (r"'\ud800'", 1, 2, r"\ud800 is not a character", ""),
        (
            r"""'a\d'""",
            1,
            3,
            r"""\d is no escape in text; in a pattern write r"..." or double the backslash""",
            "",
        ),
        (
            "a > 72h",
            1,
            5,
            '72h is not a number; a length of time is written days(30) or duration("24h")',
            "",
        ),
        ("5u", 1, 1, "5u: unsigned numbers are not used here, leave the u out", "5"),
        ('b"x"', 1, 1, "bytes are not used here: write text in quotes, without the b", ""),
        ("A{b: 1}", 1, 1, "messages cannot be built in an expression", ""),
        (".a", 1, 1, "a name cannot begin with a dot", ""),
        ("x in_ y", 1, 3, "in_ cannot stand here", ""),
    ],
)
def test_what_cannot_be_read_is_named_in_its_place(
    source: str, line: int, column: int, message: str, suggestion: str
) -> None:
    assert parse(source) == Problem(line, column, message, suggestion)


def test_expressions_beyond_the_limit_are_refused_unread() -> None:
    assert not isinstance(parse("a" * MAX_CHARACTERS), Problem)
    assert parse("'" * (MAX_CHARACTERS + 1)) == Problem(
        1, 1, "the expression has 2,001 characters; at most 2,000"
    )


@pytest.mark.parametrize(
    ("shallow", "deep"),
    [
        ("!" * 31 + "a", "!" * 32 + "a"),
        ("+".join("a" * 32), "+".join("a" * 33)),
        (".".join("a" * 32), ".".join("a" * 33)),
        ("f(" * 31 + "a" + ")" * 31, "f(" * 32 + "a" + ")" * 32),
        ("[" * 31 + "a" + "]" * 31, "[" * 32 + "a" + "]" * 32),
        ("a ? b : " * 31 + "c", "a ? b : " * 32 + "c"),
    ],
)
def test_nesting_ends_at_the_limit(shallow: str, deep: str) -> None:
    problem = parse(deep)

    assert not isinstance(parse(shallow), Problem)
    assert isinstance(problem, Problem)
    assert problem.message == f"the expression is nested more than {MAX_DEPTH} levels deep"


def test_parentheses_and_long_conjunctions_are_not_nesting() -> None:
    assert not isinstance(parse("(" * 900 + "a" + ")" * 900), Problem)
    assert not isinstance(parse(" && ".join("a" * 300)), Problem)


@pytest.mark.parametrize(
    "source",
    [
        '"' + r"\a" * 900,
        "(" * MAX_CHARACTERS,
        "-" * (MAX_CHARACTERS - 1) + "1",
        "[" * MAX_CHARACTERS,
        "'''" + "''\\'" * 400,
        "a?" * 999,
        "1" * MAX_CHARACTERS,
        "1e" + "9" * 1_900,
        "0x" + "f" * 1_900,
        "a." * 999,
        "{" * 999 + "}" * 999,
        'event.text.matches("' + "(" * 1_900 + '")',
    ],
)
def test_text_made_to_hurt_gives_an_answer(source: str) -> None:
    checked = check_condition(source)

    assert isinstance(checked, tuple)
    assert checked


@given(
    st.text(max_size=60) | st.text("event.kindtags\"'\\()[]{}&|!=<>?:+-*/%.,0159 \n", max_size=60)
)
def test_any_text_gives_problems_at_most(source: str) -> None:
    _assert_judged(source)


@given(conditions(), st.data())
def test_damaged_expressions_give_problems_at_most(source: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(source)))
    until = data.draw(st.integers(at, min(len(source), at + 3)))
    scrap = data.draw(st.text('event."()[]&|!=<>?:+-.,1 ', max_size=3))
    _assert_judged(source[:at] + scrap + source[until:])


def _assert_judged(source: str) -> None:
    checked = check_condition(source)
    if isinstance(checked, Condition):
        assert isinstance(checked(an_event()), bool | Failure)
        return
    assert checked
    for problem in checked:
        assert problem.message
        assert 1 <= problem.line <= source.count("\n") + 1
        assert 1 <= problem.column <= len(source) + 1
