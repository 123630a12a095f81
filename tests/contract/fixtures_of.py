"""The fixtures of our connectors, by name."""

from importlib import import_module

from connectors.conformance import Fixtures
from connectors.registry import OURS


def fixtures_of(name: str) -> Fixtures:
    """The fixtures of a connector of ours."""
    found: Fixtures = import_module(f"tests.contract.fixtures.{name}").FIXTURES
    assert found.connector is OURS[name]
    return found
