"""Rules and detectors: where they place, what they watch."""

from collections.abc import Iterator
from typing import Final

from service.framework.checking.names import path_findings, repeated
from service.framework.draft import Draft
from service.framework.models import Breach, Milestone
from service.framework.problems import Finding, Location, quoted

RULES_LIMIT: Final = 10_000


def rule_findings(draft: Draft) -> Iterator[Finding]:
    """What is wrong with rules and detectors, apart from their expressions."""
    yield from repeated("rule", ("rules",), draft.rules)
    for index, rule in draft.rules.items():
        yield from path_findings(draft.names, ("rules", index, "place"), rule.place, "touchpoint")
    if len(draft.rules) > RULES_LIMIT:
        message = f"{len(draft.rules):,} rules; at most {RULES_LIMIT:,} are allowed"
        yield Finding(("rules",), message, at="key")
    yield from repeated("detector", ("detectors",), draft.detectors)
    for index, detector in draft.detectors.items():
        yield from _detector(draft, ("detectors", index), detector)


def _detector(draft: Draft, place: Location, detector: Breach | Milestone) -> Iterator[Finding]:
    names = draft.names
    if isinstance(detector, Milestone):
        yield from path_findings(names, (*place, "touchpoint"), detector.touchpoint, "touchpoint")
        return
    yield from path_findings(names, (*place, "stage"), detector.stage, "stage")


def aimless_findings(draft: Draft) -> Iterator[Finding]:
    """Detectors of stages where no objective can be missed. Presumes that metrics are right."""
    aimless = draft.names.stages - draft.names.stages_with_objective
    for index, detector in draft.detectors.items():
        if isinstance(detector, Breach) and detector.stage in aimless:
            message = f"no metric of stage {quoted(detector.stage)} has an objective to miss"
            yield Finding(("detectors", index, "stage"), message)
