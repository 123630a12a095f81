"""Regular expressions: a set finds what each pattern alone finds, and no pattern is slow."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.routing.patterns import SET_PATTERNS, Pattern, PatternSet, escaped, pattern_error

PIECES = ("a", "b", "ab", "[ab]", "a*", "b+", "(?:a|bb)", "^", "$", ".", r"\bab\b", "ä", "(?i:A)")
patterns = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
haystacks = st.text("abAB ä\n\ud800", max_size=12)


@given(st.lists(patterns, min_size=1, max_size=12), haystacks)
@example(["a", "b"], "c")
@example(["", "a"], "")
def test_a_set_finds_what_each_pattern_alone_finds(those: list[str], text: str) -> None:
    alone = [place for place, pattern in enumerate(those) if Pattern(pattern).found_in(text)]

    assert sorted(PatternSet(those).matching(text)) == alone


@given(st.text("ab.*\\([^$\n ä", max_size=5), haystacks)
def test_escaped_text_is_found_where_it_stands(part: str, text: str) -> None:
    assert Pattern(escaped(part)).found_in(text) == (part in text)


def test_more_patterns_than_one_set_holds_are_looked_for_in_several() -> None:
    words = [f"word{number}x" for number in range(3 * SET_PATTERNS + 1)]
    every = PatternSet(words)

    assert sorted(every.matching("word0x, word600x and word768x")) == [0, 600, 768]
    assert every.matching("word") == []


def test_a_set_that_does_not_fit_its_memory_is_halved() -> None:
    large = [rf"\pL{{{width}}}" for width in range(60, 124)]
    text = "ä" * 99

    assert sorted(PatternSet(large).matching(text)) == list(range(40))


@pytest.mark.parametrize(
    ("pattern", "error"),
    [
        ("(a", "missing ): (a"),
        (r"(a)\1", r"invalid escape sequence: \1"),
        ("(?=a)", "invalid perl operator: (?= (RE2 looks neither ahead nor back)"),
        ("a{1001}", "invalid repetition size: {1001}"),
        (r"\pL{900}", "pattern too large - compile failed"),
        ("(a+)+$", ""),
        ("\bparcel", r"it has a backspace in it; for where a word begins or ends write \\b"),
    ],
)
def test_a_pattern_that_re2_refuses_has_a_reason(pattern: str, error: str) -> None:
    assert pattern_error(pattern) == error


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+$", "a" * 16_000 + "b"),
        ("(x+x+)+y", "x" * 16_000),
        ("(a|a)*b", "a" * 16_000),
        ("(.*){20}z", "a" * 16_000),
        ("(a|b)*a(a|b){14}c", "ab" * 8_000),
    ],
)
def test_patterns_that_hang_others_are_harmless(pattern: str, text: str) -> None:
    assert not Pattern(pattern).found_in(text)
    assert PatternSet([pattern, "^[ax]"]).matching(text) == [1]
