"""What is wrong with a framework, and where: the one form in which every check reports.

A check yields `Finding`s, which name a place by its keys; `service.framework.document` turns the
keys into line and column, and the result is a `Problem` that a person can act on.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final, Literal, NamedTuple, TypeAlias

Location: TypeAlias = tuple[str | int, ...]
"""Keys and indexes from the top: `("rules", 3, "place")`."""

QUOTE: Final = '"'
LONGEST_QUOTE: Final = 60
LONGEST_NAME: Final = 200


class Problem(NamedTuple):
    """One sentence about one place. Line and column count from 1; line 0 means the whole file.

    `suggestion` is what to write instead, if there is a good guess.
    """

    file: str
    line: int
    column: int
    message: str
    suggestion: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}: {self.message}{suggestion_text(self.suggestion)}"


class Finding(NamedTuple):
    """A problem whose place is still named by keys.

    `at` says whether the key or its value is wrong; when the key is not there, the place is what
    should have held it. `inside` is the line and column within an expression. `first` is another
    place that the message is about. The suggestion is the candidate nearest to `wrong`, if any is.
    """

    location: Location
    message: str
    at: Literal["key", "value"] = "value"
    inside: tuple[int, int] = (1, 1)
    first: Location = ()
    wrong: str = ""
    candidates: tuple[str, ...] = ()


def unknown(location: Location, noun: str, wrong: str, candidates: Iterable[str]) -> Finding:
    """The finding that a name points to nothing: `unknown team "delivry"`."""
    message = f"unknown {noun} {quoted(wrong)}"
    return Finding(location, message, wrong=wrong, candidates=tuple(sorted(candidates)))


def nearest(wrong: str, candidates: Iterable[str]) -> str:
    """The candidate that `wrong` was probably meant to be, or nothing.

    A path is near to the only one that ends as it does, or to one beside which it would lie: that
    they begin alike says nothing.
    """
    known = tuple(candidates)
    above, _, end = wrong[:LONGEST_NAME].rpartition("/")
    ending = [candidate for candidate in known if candidate.endswith(f"/{end}")]
    if len(ending) == 1:
        return ending[0]
    ends = {_end(one): one for one in beside(wrong, known)} if above else {}
    if ends:
        return ends.get(next(iter(get_close_matches(end, ends, n=1)), ""), "")
    return next(iter(get_close_matches(wrong[:LONGEST_NAME], known, n=1)), "")


def beside(wrong: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """Of paths, those that lie where `wrong` would lie; all candidates, if none does."""
    known = tuple(candidates)
    above = wrong.rpartition("/")[0]
    return tuple(one for one in known if above and one.rpartition("/")[0] == above) or known


def _end(path: str) -> str:
    return path.rpartition("/")[2]


def quoted(word: str) -> str:
    """The word in quotation marks on one line, shortened when it is long."""
    line = " ".join(word.split())
    return f'"{line[:LONGEST_QUOTE]}..."' if len(line) > LONGEST_QUOTE else f'"{line}"'


def suggestion_text(suggestion: str) -> str:
    if not suggestion:
        return ""
    return f"; did you mean {suggestion if QUOTE in suggestion else quoted(suggestion)}?"
