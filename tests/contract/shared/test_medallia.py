"""The example payloads of Medallia, with the events that they must become, in full."""

import pytest

from connectors.feedback.medallia_digital import PREVIEW
from tests.contract.converting import convert
from tests.contract.shared.payloads import payload

pytestmark = pytest.mark.shared


def test_a_preview_is_ignored() -> None:
    assert convert("medallia", payload("medallia/digital_feedback.json")) == [PREVIEW]
