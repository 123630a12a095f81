"""Whatever the text, reading it ends soon and in an outcome, never in an exception."""

import json
import random
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.registry import OURS
from service.framework.document import MAX_DEPTH
from service.framework.loading import Accepted, Loaded, Refused, load_files
from tests.unit.framework.bakery import CONNECTORS, FRAMEWORKS

PLAIN = (FRAMEWORKS / "good" / "plain.yaml").read_text(encoding="utf-8")
SHOP = "\n".join(
    file.read_text(encoding="utf-8")
    for file in sorted((Path(__file__).parents[3] / "examples" / "shop").glob("*.yaml"))
)
ALL_CONNECTORS = {**CONNECTORS, **{name: one.options for name, one in OURS.items()}}
SPLICES = (
    *(" ", "\n", "\t", ":", ": ", "- ", "'", '"', "{", "}", "[", "]", ",", "#", " #", "|\n", ">-"),
    *("&a ", "*a", "!!x ", "<<: ", "? ", "---\n", "...", "%", "@", "`", "~", "null", "true", "\\"),
    *("0", "-1", "1e999", "9" * 30, ".nan", "\x00", "\x85", "\u2028", "\ufeff", "\ud800", "é", "𝄞"),
    *("&&", "||", "==", "(", ")", "event.", "history.count(", "days(0)", "$", "/", "id: x\n"),
)


def load(text: str) -> Loaded:
    loaded = load_files({"a.yaml": text}, ALL_CONNECTORS)
    if isinstance(loaded, Refused):
        lines = len(text.splitlines())
        assert loaded.problems
        assert all(0 <= problem.line <= max(lines, 1) for problem in loaded.problems)
        assert all("\n" not in str(problem) for problem in loaded.problems)
    else:
        assert isinstance(loaded, Accepted)
    return loaded


def said(text: str) -> str:
    loaded = load(text)
    assert isinstance(loaded, Refused)
    return str(loaded.problems[0])


def mutated(text: str, seed: int) -> str:
    """The text with up to three cuts, copies or splices at random places."""
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 3)):
        start = chance.randrange(len(text))
        end = min(len(text), start + chance.choice((0, 0, 1, 3, 20, 200)))
        other = chance.randrange(len(text))
        copied = text[other : other + chance.choice((1, 10, 100))]
        text = text[:start] + chance.choice((*SPLICES, "", copied)) + text[end:]
    return text


@pytest.mark.parametrize("base", [PLAIN, SHOP], ids=["plain", "shop"])
def test_mutations_of_good_text_are_accepted_or_refused(base: str) -> None:
    outcomes = {type(load(mutated(base, seed))) for seed in range(1_000)}
    assert outcomes == {Accepted, Refused}


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"#%@`,? \n\t\\0\ud800"), max_size=200))
@settings(max_examples=300)
def test_any_text_of_yaml_signs_is_accepted_or_refused(text: str) -> None:
    load(text)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(string.printable, max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    field=st.sampled_from(sorted({w for w in PLAIN.replace(":", " ").split() if w.isidentifier()})),
    value=values,
)
@settings(max_examples=300)
def test_any_value_in_any_field_is_accepted_or_refused(field: str, value: object) -> None:
    lines = PLAIN.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.strip(" -\n").startswith(f"{field}:"):
            changed = line[: line.index(":")] + f": {json.dumps(value)}\n"
            load("".join([*lines[:number], changed, *lines[number + 1 :]]))


def test_aliases_that_would_grow_without_end_are_refused_where_they_stand() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert said(bomb).startswith("a.yaml:1:4: anchors (&name) are not read here")


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "[" * 100_000 + "]" * 100_000],
    ids=["lists", "fields", "dashes", "closed-lists"],
)
def test_deep_nesting_is_refused(text: str) -> None:
    assert said(text).endswith(
        f"this is nested more than {MAX_DEPTH} levels deep; a framework needs far fewer"
    )


@pytest.mark.parametrize(
    "text",
    [
        "? " * 100_000,
        "a: " * 100_000,
        "a: *x\n" * 50_000,
        "[" + "a: b, " * 100_000 + "]",
        "a: '" + "''" * 400_000,
        "when: " + "(" * 900_000,
        "rules:\n" + "- {id: a, when: b}\n" * 40_000,
        "rules:\n" + "- x\n" * 200_000,
        "teams:\n" + "".join(f"- {{id: t{i}, titel: x}}\n" for i in range(30_000)),
        "".join(f"k{i}: 1\n" for i in range(80_000)),
        "9" * 1_000_000,
        "a: " + "9" * 1_000_000,
        "# " * 500_000,
        " " * 1_000_000 + "\t",
        "- &a x\n" * 100_000,
    ],
    ids=lambda text: text[:8].strip(),
)
def test_much_of_the_same_is_refused(text: str) -> None:
    assert isinstance(load(text), Refused)


def test_long_values_are_shortened_where_they_are_quoted() -> None:
    text = PLAIN.replace("owner: care", f"owner: {'care' * 16}")
    assert 'unknown team "' + "care" * 15 + '..."; known here: care, shop' in said(text)
