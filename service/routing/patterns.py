"""Regular expressions by RE2: time linear in the text, memory bounded, whatever the pattern.

Text is matched as UTF-8. A pattern matches if any part of the text does.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import re2

MAX_MEMORY_BYTES: Final = 8 << 20
"""Of one pattern, and of one set of patterns."""

_LOOKS_AROUND: Final = "invalid perl operator: (?"
SET_PATTERNS: Final = 256
"""Patterns looked for in one pass. Larger sets spend their time building states."""


def pattern_error(pattern: str) -> str:
    """Why RE2 does not take the pattern, or why nothing that people write matches it, or empty."""
    if "\b" in pattern:
        return "it has a backspace in it; for where a word begins or ends write \\\\b"
    try:
        re2.compile(pattern, options=_options())
        _compiled((pattern,))
    except re2.error as error:
        reason = error.args[0] if error.args else "it is too large"
        said = reason.decode() if isinstance(reason, bytes) else str(reason)
        looks_around = said.startswith(_LOOKS_AROUND)
        return f"{said} (RE2 looks neither ahead nor back)" if looks_around else said
    return ""


def utf8(text: str) -> bytes:
    """The bytes that are matched; half a surrogate pair counts as a character."""
    return text.encode("utf-8", "surrogatepass")


def escaped(text: str) -> str:
    """The pattern that matches exactly this text."""
    quoted: str = re2.escape(text)
    return quoted


class Pattern:
    """One regular expression."""

    __slots__ = ("_set",)

    def __init__(self, pattern: str) -> None:
        """Raises re2.error if `pattern_error` says something."""
        self._set = _compiled((pattern,))

    def found_in(self, text: str) -> bool:
        """Whether a part of `text` matches."""
        return self._set.Match(utf8(text)) is not None


class PatternSet:
    """Many regular expressions in few passes over the text."""

    __slots__ = ("_sets",)

    def __init__(self, patterns: Sequence[str]) -> None:
        """Raises re2.error if `pattern_error` says something about any of them."""
        self._sets = tuple(_sets(patterns, 0))

    def matching(self, text: str) -> list[int]:
        """The places in `patterns` of those that match, in no order."""
        data = utf8(text)
        found: list[int] = []
        for first, patterns in self._sets:
            matches = patterns.Match(data)
            if matches is not None:
                found += [first + match for match in matches] if first else matches
        return found


def _sets(patterns: Sequence[str], first: int) -> Iterator[tuple[int, "re2.Set"]]:
    """The fewest sets that fit their memory, each with the place of its first pattern."""
    half = len(patterns) // 2
    if len(patterns) <= SET_PATTERNS:
        try:
            yield first, _compiled(patterns)
            return
        except re2.error:
            if half == 0:
                raise
    yield from _sets(patterns[:half], first)
    yield from _sets(patterns[half:], first + half)


def _compiled(patterns: Sequence[str]) -> "re2.Set":
    """RE2 compiles a set only if its automaton fits, so that matching cannot fail later."""
    compiled = re2.Set.SearchSet(_options())
    for pattern in patterns:
        compiled.Add(pattern)
    compiled.Compile()
    return compiled


def _options() -> "re2.Options":
    options = re2.Options()
    options.max_mem = MAX_MEMORY_BYTES
    options.log_errors = False
    return options
