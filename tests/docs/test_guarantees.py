"""What the page of guarantees names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/.]+?(?:::\w+)?)`", PAGE)))


@pytest.mark.parametrize("named", NAMED)
def test_every_test_that_holds_a_promise_is_there(named: str) -> None:
    path, _, name = named.partition("::")
    place = ROOT / path
    assert place.exists()
    if name:
        assert re.search(
            rf"^(?:async )?def {name}\(", place.read_text(encoding="utf-8"), re.MULTILINE
        )


def test_the_page_names_tests() -> None:
    assert len(NAMED) > 40
