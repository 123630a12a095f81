"""Rules of one journey, and where they place an event."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from service.canonical import CanonicalEvent
from service.routing import History, Router, RuleSpec
from tests.unit.routing.generated import Counts, conditions, rule_conditions

NEVER = Counts(0)


class Sealed:
    """A history that must not be asked."""

    def count(self, kind: str, window_us: int | None) -> int:
        raise AssertionError(f"history asked for {kind} within {window_us}")


def rule(when: str, id: str = "r", **changes: Any) -> RuleSpec:
    """A rule of the one journey j that places at a touchpoint of its own."""
    return RuleSpec(id, "j", f"j/s/{id}", when)._replace(**changes)


def rule_sets() -> st.SearchStrategy[list[RuleSpec]]:
    """A few rules in few journeys with few touchpoints, so that they get in each other's way."""

    def numbered(rows: list[tuple[str, int, int, bool]]) -> list[RuleSpec]:
        return [
            RuleSpec(f"r{number}", f"j{journey}", f"j{journey}/s/t{touchpoint}", when, also)
            for number, (when, journey, touchpoint, also) in enumerate(rows)
        ]

    row = st.tuples(
        rule_conditions() | conditions(), st.integers(0, 1), st.integers(0, 3), st.booleans()
    )
    return st.lists(row, max_size=8).map(numbered)


def placed(rules: Sequence[RuleSpec], event: CanonicalEvent, history: History = NEVER) -> list[str]:
    """The rules that place the event, in order."""
    router = Router.compile(rules)
    return [each.rule for each in router.settle(router.candidates(event), event, history)]
