"""CONTRIBUTING.md shows a newcomer every part that there is, and each package says what it is."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PACKAGES = sorted(
    place
    for top in ("connectors", "service")
    for place in (ROOT / top).rglob("__init__.py")
    if "templates" not in place.parts
)


def parts() -> set[str]:
    """What lies directly in `service` and `tests`, as one writes it."""
    return {
        place.name
        for top in ("service", "tests")
        for place in (ROOT / top).iterdir()
        if not place.name.startswith(("__", "conftest"))
    }


def test_the_map_names_each_part() -> None:
    named = {Path(words).name for words in re.findall(r"`([\w/.]+)`", TEXT)}
    assert parts() - named == set()


@pytest.mark.parametrize("place", PACKAGES, ids=lambda place: place.parent.name)
def test_a_package_says_what_it_is(place: Path) -> None:
    assert ast.get_docstring(ast.parse(place.read_text(encoding="utf-8")))
