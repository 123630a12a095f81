"""Every connector of ours keeps the promises of `connectors.conformance`, by its own fixtures."""

from collections.abc import Iterator
from importlib import import_module

import pytest

from connectors.conformance import Check, checks
from connectors.registry import OURS


def all_checks() -> Iterator[object]:
    for name in OURS:
        fixtures = import_module(f"tests.contract.fixtures.{name}").FIXTURES
        assert fixtures.connector is OURS[name]
        yield from (pytest.param(check, id=f"{name} {check}") for check in checks(fixtures))


@pytest.mark.parametrize("check", list(all_checks()))
def test_a_connector_keeps_its_promises(check: Check) -> None:
    check.run()
