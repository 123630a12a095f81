"""The expressions of rules and metrics must parse and type-check.

What is wrong is known by line and column within the expression; the finding carries that along.
"""

from collections.abc import Iterator

from service.framework.draft import Draft
from service.framework.problems import Finding, Location
from service.routing import Problem, check_condition, check_event_condition, check_number


def expression_findings(draft: Draft) -> Iterator[Finding]:
    """What is wrong with every expression, each in its place."""
    for index, rule in draft.rules.items():
        yield from _findings(("rules", index, "when"), check_condition(rule.when))
    for index, metric in draft.metrics.items():
        place = ("metrics", index)
        for field, condition in (("where", metric.where), ("counts_when", metric.counts_when)):
            if condition is not None:
                yield from _findings((*place, field), check_event_condition(condition))
        if metric.value is not None:
            yield from _findings((*place, "value"), check_number(metric.value))


def _findings(place: Location, checked: object) -> Iterator[Finding]:
    for problem in checked if isinstance(checked, tuple) else ():
        yield _finding(place, problem)


def _finding(place: Location, problem: Problem) -> Finding:
    meant = (problem.suggestion,) if problem.suggestion else ()
    inside = (problem.line, problem.column)
    return Finding(
        place, problem.message, inside=inside, wrong=problem.suggestion, candidates=meant
    )
