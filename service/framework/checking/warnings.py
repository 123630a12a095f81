"""What a framework may say and probably does not mean. A warning changes nothing."""

from collections.abc import Iterator
from typing import Final

from service.framework.checking.metrics import BUCKET
from service.framework.checking.names import repeats
from service.framework.models import Breach, Framework, Metric
from service.framework.places import journey_of, stage_of, stages, touchpoints
from service.framework.problems import Finding, quoted

MOMENTS_OF_TRUTH: Final = 20


def warnings(framework: Framework) -> Iterator[Finding]:
    """Every warning about a framework with which nothing is wrong."""
    yield from _many_moments(framework)
    yield from _unreached(framework)
    yield from _unfed(framework)
    yield from _shares_as_fractions(framework)
    yield from _hasty_checks(framework)
    yield from _unwatched(framework)
    yield from _hidden_rules(framework)
    yield from _doubled_detectors(framework)
    yield from _idle_teams(framework)
    if framework.rules and not framework.sources:
        yield Finding(("rules",), "there are no sources, so no event ever arrives", at="key")


def _many_moments(framework: Framework) -> Iterator[Finding]:
    moments = sum(t.moment_of_truth for _, t in touchpoints(framework))
    if moments > MOMENTS_OF_TRUTH:
        message = f"{moments} moments of truth; a company has 10 to 20"
        yield Finding(("journeys",), message, at="key")


def _unreached(framework: Framework) -> Iterator[Finding]:
    """Stages without a rule; in a stage that has some, touchpoints without one."""
    placed = {rule.place for rule in framework.rules}
    reached = {stage_of(path) for path in placed}
    for j, journey in enumerate(framework.journeys):
        for s, stage in enumerate(journey.stages):
            path, place = f"{journey.id}/{stage.id}", ("journeys", j, "stages", s)
            if path not in reached:
                yield Finding((*place, "id"), f"no rule places events in stage {quoted(path)}")
                continue
            for t, touchpoint in enumerate(stage.touchpoints):
                if f"{path}/{touchpoint.id}" not in placed:
                    message = f"no rule places events at touchpoint {quoted(touchpoint.id)}"
                    yield Finding((*place, "touchpoints", t, "id"), message)


def _unfed(framework: Framework) -> Iterator[Finding]:
    placed = {rule.place for rule in framework.rules}
    reached = placed | {stage_of(path) for path in placed}
    for index, metric in enumerate(framework.metrics):
        for field, path in (("at", metric.at), ("per", metric.per)):
            if path is not None and path not in reached:
                message = f"nothing feeds this metric: no rule places events at {quoted(path)}"
                yield Finding(("metrics", index, field), message)


def _shares_as_fractions(framework: Framework) -> Iterator[Finding]:
    metrics = {metric.id: metric for metric in framework.metrics}
    for index, objective in enumerate(framework.objectives):
        for field in ("at_least", "at_most"):
            target = getattr(objective, field)
            if target is not None and _looks_like_fraction(metrics[objective.metric], target):
                meant = f"{100 * target:g}"
                message = f"{target:g} means {target:g} %; for {meant} % write {meant}"
                yield Finding(("objectives", index, field), message)


def _looks_like_fraction(metric: Metric, target: float) -> bool:
    return metric.formula in ("rate", "csat", "ces") and 0 < target <= 1


def _hasty_checks(framework: Framework) -> Iterator[Finding]:
    """Windows end at a quarter of an hour, so that checks in between find what is known."""
    for index, objective in enumerate(framework.objectives):
        if objective.check_every % BUCKET:
            message = "checks between two quarters of an hour see only late events"
            yield Finding(("objectives", index, "check_every"), f"{message}; write 15m, 30m, 1h")


def _unwatched(framework: Framework) -> Iterator[Finding]:
    watched = {d.stage for d in framework.detectors if isinstance(d, Breach)}
    at = {metric.id: metric.at for metric in framework.metrics}
    for index, objective in enumerate(framework.objectives):
        stage = stage_of(at[objective.metric])
        if stage not in watched:
            message = f"a miss opens nothing: no detector of kind breach watches {quoted(stage)}"
            yield Finding(("objectives", index, "metric"), message)


def _hidden_rules(framework: Framework) -> Iterator[Finding]:
    """Rules that never decide, because an earlier one of the journey asks the same."""
    asked = {
        index: (journey_of(rule.place), rule.when.strip())
        for index, rule in enumerate(framework.rules)
        if not rule.also
    }
    for index, first in repeats(asked):
        earlier = quoted(framework.rules[first].id)
        message = f"this rule never decides: rule {earlier} asks the same and comes first"
        yield Finding(("rules", index, "when"), message, first=("rules", first))


def _doubled_detectors(framework: Framework) -> Iterator[Finding]:
    watched = {
        index: detector.stage
        for index, detector in enumerate(framework.detectors)
        if isinstance(detector, Breach)
    }
    for index, first in repeats(watched):
        message = f"another detector of kind breach watches stage {quoted(watched[index])}"
        yield Finding(("detectors", index, "stage"), message, first=("detectors", first))


def _idle_teams(framework: Framework) -> Iterator[Finding]:
    busy = {journey.owner for journey in framework.journeys}
    for _, stage in stages(framework):
        busy.update((stage.owner, *stage.contributing))
    for index, team in enumerate(framework.teams):
        if team.id not in busy:
            yield Finding(("teams", index, "id"), f"team {quoted(team.id)} owns nothing")
