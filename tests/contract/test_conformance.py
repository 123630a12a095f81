"""Every connector of ours keeps the promises of `connectors.conformance`, by its own fixtures."""

from collections.abc import Iterator

import pytest

from connectors.conformance import Check, checks
from connectors.registry import OURS
from tests.contract.fixtures_of import fixtures_of


def all_checks() -> Iterator[object]:
    for name in OURS:
        for check in checks(fixtures_of(name)):
            yield pytest.param(check, id=f"{name} {check}")


@pytest.mark.parametrize("check", list(all_checks()))
def test_a_connector_keeps_its_promises(check: Check) -> None:
    check.run()
