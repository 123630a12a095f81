"""What one field cannot know: everything that must fit together across a framework.

`check` finds all mistakes of a draft at once; `warnings` finds what is allowed and probably not
meant. Neither touches files: findings name places by keys.
"""

from collections.abc import Iterator

from service.framework.checking.expressions import expression_findings
from service.framework.checking.journeys import journey_findings
from service.framework.checking.metrics import metric_findings
from service.framework.checking.rules import aimless_findings, rule_findings
from service.framework.checking.sources import Connectors, source_findings
from service.framework.checking.warnings import warnings
from service.framework.draft import Draft
from service.framework.problems import Finding

__all__ = ["Connectors", "check", "warnings"]


def check(draft: Draft, connectors: Connectors) -> Iterator[Finding]:
    """Every mistake that shows only when entries are seen together."""
    yield from journey_findings(draft)
    about_metrics = tuple(metric_findings(draft))
    yield from about_metrics
    yield from rule_findings(draft)
    if not about_metrics:
        yield from aimless_findings(draft)
    yield from expression_findings(draft)
    yield from source_findings(draft, connectors)
