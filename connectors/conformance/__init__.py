"""What every connector promises, whatever a record holds: the checks that one must pass.

A connector, ours or from elsewhere, names its fixtures and runs the checks with pytest; they need
Hypothesis.

    FIXTURES = Fixtures(connector=ACME, specimens=(Specimen("ticket.opened", {...}),), ...)

    @pytest.mark.parametrize("check", checks(FIXTURES), ids=str)
    def test_keeps_the_promises_of_a_connector(check: Check) -> None:
        check.run()
"""

from connectors.conformance.checks import Check, checks
from connectors.conformance.specimen import Fixtures, Specimen, record

__all__ = ["Check", "Fixtures", "Specimen", "checks", "record"]
