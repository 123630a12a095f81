"""What the YAML parser complains about, in plain sentences.

The parser names what it expected; people need to hear what they probably did: an expression that
begins with a quotation mark, a colon inside text, a tab.
"""

from typing import Any, Final

import yaml
from yaml.reader import ReaderError

from service.framework.problems import Problem

TOO_DEEP: Final = "too deep"
NOT_A_NAME: Final = "not a name"

QUOTES: Final = ("'", '"')
QUOTE_WHOLE: Final = "put the whole value in single quotes, or write it below after |"

_SENTENCES: Final[tuple[tuple[str, str], ...]] = (
    (TOO_DEEP, "this is nested more than 32 levels deep; a framework needs far fewer"),
    (NOT_A_NAME, "the name of a field must be text"),
    (
        "mapping values are not allowed",
        f'": " is not expected here; check the indentation; if it is inside text, {QUOTE_WHOLE}',
    ),
    (
        "found character that cannot start any token",
        f"a value cannot begin with this character; if it is text, {QUOTE_WHOLE}",
    ),
    ("found unexpected end of stream", "a quotation mark is opened here and never closed"),
    ("or ']'", "a list in [ ] is not closed, or lacks a comma; it begins in line {begin}"),
    ("or '}'", "fields in { } are not closed, or lack a comma; they begin in line {begin}"),
    ("node content", "a value is missing here, or a [ or { before is not closed"),
    ("'-' indicator", 'an entry of this list must begin with "- ", indented like the others'),
    (
        "did not find expected key",
        "the indentation does not fit the lines above; fields of one thing begin in one column",
    ),
    ("could not find expected ':'", 'a ":" is missing after the name of a field'),
    ("unknown escape character", f"unknown escape after a backslash; {QUOTE_WHOLE}"),
    ("escape", "an escape after a backslash is not complete; " + QUOTE_WHOLE),
    ("expected comment or line break", "the text after | or > begins in the next line"),
    ("incompatible YAML document", "the line %YAML is not needed; remove it"),
    ("alphabetic or numeric character", f"* and & need a name; if it is text, {QUOTE_WHOLE}"),
)


def explain(file: str, text: str, error: yaml.YAMLError, last: Any) -> Problem:
    """The problem behind a parser's error, at the place where a person would look.

    `last` is the event of the last value that was read before, or None.
    """
    if isinstance(error, ReaderError):
        return _forbidden_character(file, text, error)
    mark: Any = getattr(error, "problem_mark", None)
    if last is not None and last.style in QUOTES and _ends_below(last, mark.line):
        return _late_quote(file, last)
    said = str(getattr(error, "problem", ""))
    begin = getattr(error, "context_mark", None) or mark
    line, column = _within(text, begin if "end of stream" in said else mark)
    message = _special(text.splitlines()[line], column) or _sentence(said)
    return Problem(file, line + 1, column + 1, message.replace("{begin}", str(begin.line + 1)))


def _within(text: str, mark: Any) -> tuple[int, int]:
    """Line and column from 0; the end of the last line for a place behind the text."""
    lines = text.splitlines()
    if mark.line < len(lines):
        return mark.line, mark.column
    return len(lines) - 1, len(lines[-1])


def _ends_below(value: Any, line: int) -> bool:
    return bool(value.start_mark.line < value.end_mark.line == line)


def _late_quote(file: str, value: Any) -> Problem:
    """A quotation mark that was forgotten: the value ends at the next one, lines below."""
    start, end = value.start_mark, value.end_mark.line + 1
    message = f"the quotation mark here is closed only in line {end}; close it in this line"
    return Problem(file, start.line + 1, start.column + 1, message)


def _special(line: str, column: int) -> str:
    """What the line itself tells better than the parser."""
    if "\t" in line[: column + 1] and not line[:column].strip():
        return "a tab is used for indentation; YAML allows only spaces there"
    if column and line[:column].rstrip().endswith(QUOTES):
        return f"the text goes on after the closing quotation mark; {QUOTE_WHOLE}"
    return ""


def _sentence(said: str) -> str:
    for part, sentence in _SENTENCES:
        if part in said:
            return sentence
    return "this is not valid YAML; check quotes, colons and indentation here and just above"


def _forbidden_character(file: str, text: str, error: ReaderError) -> Problem:
    before = text.encode()[: error.position].decode(errors="ignore")
    column = len(before) - before.rfind("\n")
    message = f"the control character {int(error.character):#04x} is not allowed; remove it"
    return Problem(file, before.count("\n") + 1, column, message)
