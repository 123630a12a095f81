"""The examples are accepted as they are, with the connectors that are there."""

from pathlib import Path

import pytest

from connectors.registry import OURS
from service.framework.loading import Accepted, load_directory

ROOT = Path(__file__).parents[3]
CONNECTORS = {name: connector.options for name, connector in OURS.items()}


@pytest.mark.parametrize("path", sorted((ROOT / "examples").iterdir()), ids=lambda path: path.name)
def test_an_example_is_accepted_without_a_warning(path: Path) -> None:
    loaded = load_directory(path, CONNECTORS)
    assert isinstance(loaded, Accepted), loaded
    assert loaded.warnings == ()
