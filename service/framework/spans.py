r"""From a place within a value to the place in the file where that character was written.

A YAML scalar folds lines, drops indentation and escapes quotes, so the value is not the text.
Both are walked side by side: a run of white space answers to a run of white space, every other
character to itself. Where that fails (escapes such as `\x41`), the value's beginning is given.
"""

from service.framework.document import Leaf


def written_at(text: str, leaf: Leaf, line: int, column: int) -> tuple[int, int]:
    """Line and column in the file `text` of line and column (from 1) in the leaf's value."""
    mark = leaf.mark
    if not isinstance(leaf.value, str) or (line, column) == (1, 1):
        return mark.line, mark.column
    lines = leaf.value.split("\n")
    wanted = sum(len(one) + 1 for one in lines[: line - 1]) + column - 1
    offset = _written(text[mark.start : mark.end], leaf.value, wanted)
    if offset is None:
        return mark.line, mark.column
    before = text[mark.start : mark.start + offset]
    breaks = before.count("\n")
    if not breaks:
        return mark.line, mark.column + offset
    return mark.line + breaks, offset - before.rfind("\n")


def cut_by_comment(text: str, leaf: Leaf) -> bool:
    """Whether YAML ended the value at a `#` that stands within a quoted part of an expression."""
    value = str(leaf.value)
    rest = text[leaf.mark.end : leaf.mark.end + 80].lstrip(" ")
    return rest.startswith("#") and any(value.count(quote) % 2 for quote in "\"'")


def _written(raw: str, value: str, wanted: int) -> int | None:
    """The offset in `raw` of the first visible character of `value` from `wanted` on."""
    at = _content(raw)
    for index, character in enumerate(value):
        if character.isspace():
            continue
        at = _past_space(raw, at)
        if _escaped(raw, at, character):
            at += 1
        if raw[at : at + 1] != character:
            return None
        if index >= wanted:
            return at
        at += 1
    return at


def _content(raw: str) -> int:
    """Where the value begins: after an opening quote, or in the line after `|` or `>`."""
    match raw[:1]:
        case "|" | ">":
            return raw.find("\n") + 1
        case "'" | '"':
            return 1
        case _:
            return 0


def _past_space(raw: str, at: int) -> int:
    while raw[at : at + 1].isspace():
        at += 1
    return at


def _escaped(raw: str, at: int, character: str) -> bool:
    escapes = ("''",) if raw[:1] == "'" else ('\\"', "\\\\", "\\/") if raw[:1] == '"' else ()
    return raw[at : at + 2] in escapes and raw[at + 1] == character
