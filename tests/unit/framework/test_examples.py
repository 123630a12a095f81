"""The examples are accepted as they are, with the connectors that are there."""

from pathlib import Path

import pytest

from connectors.registry import OURS
from service.framework.loading import Accepted, load_directory
from service.framework.models import Framework
from service.framework.revisions import changes

ROOT = Path(__file__).parents[3]
CONNECTORS = {name: connector.options for name, connector in OURS.items()}


def accepted(path: Path) -> Framework:
    loaded = load_directory(path, CONNECTORS)
    assert isinstance(loaded, Accepted), loaded
    assert loaded.warnings == ()
    return loaded.framework


@pytest.mark.parametrize("path", sorted((ROOT / "examples").iterdir()), ids=lambda path: path.name)
def test_an_example_is_accepted_without_a_warning(path: Path) -> None:
    accepted(path)


@pytest.mark.shared
def test_the_shop_says_what_the_first_sketch_of_it_said() -> None:
    sketch = accepted(ROOT.parent / "shared" / "examples" / "shop.yaml")
    assert {change.text for change in changes(sketch, accepted(ROOT / "examples" / "shop"))} == {
        "source delivery-survey: start is earliest, was latest",
        "rule delivery-complaint: when is laid out in another way",
    }
