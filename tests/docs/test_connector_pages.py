"""The pages of connectors say what the code does."""

import pytest

from connectors.registry import OURS
from tests.docs.pages.connectors import DIRECTORY, pages

PAGES = pages()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_is_current(name: str) -> None:
    written = (DIRECTORY / name).read_text(encoding="utf-8")
    assert written == PAGES[name], "run `make docs`"


def test_there_is_no_page_of_what_is_not_there() -> None:
    assert {file.name for file in DIRECTORY.glob("*.md")} == {*PAGES, "writing.md"}


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_page_says_how_records_reach_a_topic(name: str) -> None:
    assert OURS[name].arrival
