"""Places within a value are found in the text, however YAML made the value of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.framework.document import Leaf, node_at, parse
from service.framework.spans import written_at

words = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=8)
lines = st.lists(st.lists(words, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=4)


def found(text: str, line: int, column: int) -> str:
    """What stands in the file at the place of a line and column of the value of `when`."""
    tree = parse("a.yaml", text)
    leaf = node_at(tree, ("when",)) if not isinstance(tree, tuple) else None
    assert isinstance(leaf, Leaf)
    at_line, at_column = written_at(text, leaf, line, column)
    return text.split("\n")[at_line - 1][at_column - 1 :]


def every_place(text: str, value: list[str]) -> None:
    """Each visible character of the value is where it is said to be."""
    for number, line in enumerate(value, start=1):
        for column, character in enumerate(line, start=1):
            if not character.isspace() and (number, column) != (1, 1):
                assert found(text, number, column)[:1] == character


@given(lines)
def test_every_character_of_a_block_is_found(value: list[str]) -> None:
    every_place("when: |2\n" + "".join(f"  {line}\n" for line in value), value)


@given(lines)
def test_every_character_of_single_quotes_is_found(value: list[str]) -> None:
    line = " ".join(value)
    escaped = line.replace("'", "''")
    every_place(f"rules: [1]\nwhen:   '{escaped}' # remark\n", [line])


@given(lines)
def test_every_character_of_folded_single_quotes_is_found(value: list[str]) -> None:
    escaped = "\n\n   ".join(line.replace("'", "''") for line in value)
    every_place(f"when: '{escaped}'\n", value)


@given(lines)
def test_every_character_of_double_quotes_is_found(value: list[str]) -> None:
    line = " ".join(value).replace("\\", "/")
    every_place(f"when: {json.dumps(line, ensure_ascii=False)}\n", [line])


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("when: one two\n", 1, 5, "two"),
        ("when: one\n  two\n  three\n", 1, 9, "three"),
        ("when: >-\n  one\n  two\n", 1, 5, "two"),
        ("when: >+ # remark\n\n\n  one\n\n  two\n", 3, 1, "one"),
        ("when: |4\n     one\n    two\n", 2, 1, "two"),
        ('when: "a \\"b\\" c"\n', 1, 7, 'c"'),
        ('when: "\\x41 b"\n', 1, 3, '"\\x41 b"'),
        ("when: one\n", 1, 4, ""),
    ],
    ids=str,
)
def test_the_place_in_each_style(text: str, line: int, column: int, expected: str) -> None:
    assert found(text, line, column) == expected
