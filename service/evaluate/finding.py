"""Finds opportunities and milestones at a check and writes them; gives their documents back."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from service.evaluate.judging import at_check
from service.framework.models import Breach, Framework, Milestone, Objective
from service.framework.places import stage_of
from service.metrics.segments import value_of
from service.metrics.statistics import Statistics
from service.opportunities import documents
from service.opportunities.affected import affected
from service.opportunities.documents import InForce, Turn
from service.opportunities.evidence import (
    SAMPLE_EVENTS,
    Around,
    Counted,
    evidence,
    longest,
    week_before,
)
from service.opportunities.lifecycle import LIVE, Checks, next_transition, withdrawn
from service.opportunities.models import Opportunity, Reached
from service.store import evaluation

CHECKS_READ: Final = 100
"""How far back checks are read: the most that a detector may ask for."""


class Scene(NamedTuple):
    """What a check is made in."""

    connection: AsyncConnection
    in_force: InForce
    at: datetime

    @property
    def framework(self) -> Framework:
        return self.in_force.framework


async def find_opportunities(scene: Scene, checked: Collection[str]) -> list[Opportunity]:
    """Every opportunity with a transition at this check, in the order of the detectors.

    `checked` are the metrics whose objectives this check wrote.
    """
    found = []
    async for document in _transitions(scene, checked):
        await evaluation.save_opportunity(scene.connection, document)
        found.append(document)
    return found


async def find_milestones(scene: Scene, detectors: Sequence[Milestone]) -> list[Reached]:
    """Every customer who reached a milestone and was not told of yet."""
    found = [
        documents.reached(scene.in_force, detector, arrival.customer, arrival.event, scene.at)
        for detector in detectors
        for arrival in await evaluation.arrivals(scene.connection, detector.id, detector.touchpoint)
    ]
    await evaluation.save_reached(scene.connection, found)
    return found


def breaches(framework: Framework) -> list[Breach]:
    return [one for one in framework.detectors if isinstance(one, Breach)]


def objectives_of(framework: Framework, stage: str) -> list[Objective]:
    """The objectives of the metrics of a stage and its touchpoints, in the framework's order."""
    here = {metric.id for metric in framework.metrics if stage_of(metric.at) == stage}
    return [objective for objective in framework.objectives if objective.metric in here]


async def _transitions(scene: Scene, checked: Collection[str]) -> AsyncIterator[Opportunity]:
    newest = await evaluation.newest_opportunities(scene.connection)
    detectors = breaches(scene.framework)
    looked_after = {(one.id, one.stage) for one in detectors}
    for key, left_over in newest.items():
        if left_over.state in LIVE and key not in looked_after:
            yield documents.ended(scene.at, withdrawn(), left_over)
    for detector in detectors:
        objectives = objectives_of(scene.framework, detector.stage)
        before = newest.get((detector.id, detector.stage))
        # The first check of a new objective may be of a time that others have left behind.
        is_past = before is not None and before.checked_at > scene.at
        if not is_past and any(objective.metric in checked for objective in objectives):
            document = await _evaluated(scene, detector, objectives, before)
            if document is not None:
                yield document


async def _evaluated(
    scene: Scene, detector: Breach, objectives: Sequence[Objective], before: Opportunity | None
) -> Opportunity | None:
    names = [objective.metric for objective in objectives]
    checks = await evaluation.newest_checks(scene.connection, names, scene.at, CHECKS_READ)
    transition = next_transition(detector, checks, documents.standing(before), scene.at)
    if transition is None:
        return None
    if before is not None and transition.signal == "retracted":
        return documents.ended(scene.at, transition, before)
    counted = await _counted(scene, objectives, checks)
    if before is not None and transition.signal == "recovered":
        return documents.recovered(scene.in_force, scene.at, transition, before, counted)
    around = await _around(scene, detector.stage, [counted[name] for name in transition.missed])
    free_id = await evaluation.next_opportunity_id(scene.connection)
    turn = Turn(scene.at, detector, transition, before)
    proof = evidence(scene.framework, counted, transition.missed, around)
    return documents.found(scene.in_force, turn, free_id, proof)


async def _counted(
    scene: Scene, objectives: Sequence[Objective], checks: Checks
) -> dict[str, Counted]:
    """The numbers of the stage's metrics, each as of its newest check."""
    judged = [
        one
        for objective in objectives
        for newest in checks[objective.metric][:1]
        for one in at_check(scene.framework, [objective], newest.checked_at)
    ]
    before = [one.sum._replace(window=week_before(one.window)) for one in judged]
    sums = await evaluation.sums(scene.connection, [*(one.sum for one in judged), *before])
    return {
        one.metric.id: Counted(
            one.metric,
            one.objective,
            checks[one.metric.id],
            sums[one.sum].get("", Statistics()),
            sums[week].get("", Statistics()),
            _parts(scene.framework, sums[one.sum]),
        )
        for one, week in zip(judged, before, strict=True)
    }


def _parts(framework: Framework, segments: Mapping[str, Statistics]) -> dict[str, Statistics]:
    """The statistics by value of the framework's segment."""
    prefix = f"{framework.segment}="
    return {
        value_of(segment): statistics
        for segment, statistics in segments.items()
        if segment.startswith(prefix)
    }


async def _around(scene: Scene, stage: str, missed: Sequence[Counted]) -> Around:
    """The customers behind the missed metrics."""
    judged = [
        one
        for counted in missed
        for one in at_check(scene.framework, [counted.objective], counted.checks[0].checked_at)
    ]
    behind = [affected(one.metric, one.objective, one.window) for one in judged]
    window = longest(one.window for one in judged)
    systems = {source.id: source.system for source in scene.framework.sources}
    read = scene.connection
    return Around(
        await evaluation.crowds(read, stage, window, behind, systems),
        await evaluation.orders(read, window, behind),
        await evaluation.newest_affected(read, behind, SAMPLE_EVENTS),
    )
