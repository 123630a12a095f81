"""One rule, as it is written and as it is tried."""

from collections.abc import Sequence
from typing import NamedTuple

from service.routing.compile import all_of, compiled_truth
from service.routing.conditions import Condition, check_condition
from service.routing.frame import Run
from service.routing.problems import Problem
from service.routing.triggers import tested_kinds
from service.routing.typed import Typed, counts, terms


class RuleSpec(NamedTuple):
    """One rule of the framework: where in which journey it places, and when."""

    id: str
    journey: str
    touchpoint: str
    """The whole path: `purchase/receive/delivery-survey`."""
    when: str
    also: bool = False


class Placement(NamedTuple):
    """The event is at `touchpoint`, by `rule`."""

    touchpoint: str
    rule: str


class Rule(NamedTuple):
    """A rule ready to be tried, its condition cut at the top-level conjunction.

    `event_part` is what the event alone decides, less the tests of the kind that the index has
    made already; None if nothing is left. `history_part` is None without history.
    """

    number: int
    spec: RuleSpec
    placement: Placement
    condition: Condition
    event_part: Run | None
    history_part: Run | None


def compiled_rule(number: int, spec: RuleSpec) -> Rule:
    """The rule, ready. Raises ValueError for a condition that is not valid, naming the rule."""
    condition = check_condition(spec.when)
    if isinstance(condition, tuple):
        raise _invalid(spec, condition[0])
    event_terms = [
        term for term in terms(condition.root) if not counts(term) and tested_kinds(term) is None
    ]
    history_terms = [term for term in terms(condition.root) if counts(term)]
    return Rule(
        number,
        spec,
        Placement(spec.touchpoint, spec.id),
        condition,
        _conjunction(event_terms),
        _conjunction(history_terms),
    )


def _conjunction(parts: Sequence[Typed]) -> Run | None:
    return all_of(tuple(map(compiled_truth, parts))) if parts else None


def _invalid(spec: RuleSpec, problem: Problem) -> ValueError:
    where = f"line {problem.line}, column {problem.column}"
    return ValueError(f"rule {spec.id}: {problem.message} ({where})")
