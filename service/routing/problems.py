"""What is wrong with an expression, and where, in words for the person who wrote it."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple


class Problem(NamedTuple):
    """One mistake in an expression.

    `line` and `column` count from 1 within the expression. `suggestion` is what may have been
    meant, as source text, or empty.
    """

    line: int
    column: int
    message: str
    suggestion: str = ""


def problem_at(source: str, offset: int, message: str, suggestion: str = "") -> Problem:
    """The problem at a character offset of `source`."""
    before = source[:offset]
    column = offset - (before.rfind("\n") + 1) + 1
    return Problem(before.count("\n") + 1, column, message, suggestion)


def nearest(name: str, names: Iterable[str]) -> str:
    """The one of `names` most like `name`, or empty if none is near."""
    return next(iter(get_close_matches(name, sorted(names), n=1, cutoff=0.6)), "")
