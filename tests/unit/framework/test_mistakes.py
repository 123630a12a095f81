"""Every mistake that we could think of has a file named by it, and beside it what is said."""

from pathlib import Path

import pytest

from service.framework.loading import Accepted, Refused, load_directory
from tests.unit.framework.bakery import CONNECTORS, FRAMEWORKS

BAD = sorted((FRAMEWORKS / "bad").glob("*.yaml"))


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_mistake_is_told_in_plain_words_at_its_line(file: Path) -> None:
    loaded = load_directory(file, CONNECTORS)
    assert isinstance(loaded, Refused)
    expected = file.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    assert [str(problem) for problem in loaded.problems] == expected


def test_each_mistake_is_a_mistake_because_the_file_is_right_without_it() -> None:
    loaded = load_directory(FRAMEWORKS / "good" / "plain.yaml", CONNECTORS)
    assert isinstance(loaded, Accepted)
    assert loaded.warnings == ()


def test_no_sentence_is_pydantics_or_the_parsers_own() -> None:
    said = "".join(file.read_text(encoding="utf-8") for file in (FRAMEWORKS / "bad").glob("*.txt"))
    for foreign in ("Input should", "Value error", "while parsing", "expected key", "pydantic"):
        assert foreign not in said
