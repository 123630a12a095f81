"""The document of an opportunity after a transition, and of a milestone that was reached.

While it lives, the document is made anew from what was read. When it ends, it keeps what it was
worth and whom it concerned while it lived, beside the numbers that ended it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from service.canonical import CanonicalEvent
from service.framework.models import Breach, Framework, Milestone
from service.framework.places import journey_of, stage_of, stages, titles
from service.opportunities.evidence import Counted, measured
from service.opportunities.lifecycle import LIVE, Standing, Transition
from service.opportunities.models import Evidence, Named, Opportunity, Reached
from service.opportunities.score import score, with_effort

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class InForce(NamedTuple):
    """The framework that counts at a check, and its revision."""

    revision: int
    framework: Framework


class Turn(NamedTuple):
    """A transition of one opportunity at a check time, and the document before it, if any."""

    at: datetime
    detector: Breach
    transition: Transition
    before: Opportunity | None


def standing(opportunity: Opportunity | None) -> Standing | None:
    """What the lifecycle asks of the newest document."""
    if opportunity is None:
        return None
    missed = frozenset(one.metric.id for one in opportunity.evidence.missed)
    ended_at = None if opportunity.state in LIVE else opportunity.changed_at
    return Standing(opportunity.state, missed, ended_at, opportunity.decided)


def found(in_force: InForce, turn: Turn, new_id: int, evidence: Evidence) -> Opportunity:
    """The document of an opportunity that lives. `new_id` is taken if it was just opened."""
    revision, framework = in_force
    detector, transition = turn.detector, turn.transition
    before = None if transition.signal == "opened" else turn.before
    stage = dict(stages(framework))[detector.stage]
    estimate = before.estimate if before else None
    worth = score(evidence.missed, evidence.reach, evidence.money, framework.score)
    return Opportunity(
        id=before.id if before else new_id,
        detector=detector.id,
        stage=detector.stage,
        title=stage.title,
        journey=_place(framework, journey_of(detector.stage)),
        owner=_team(framework, stage.owner),
        contributing=tuple(_team(framework, team) for team in stage.contributing),
        state=transition.state,
        sequence=before.sequence + 1 if before else 1,
        signal=transition.signal,
        reason=transition.reason,
        opened_at=before.opened_at if before else turn.at,
        checked_at=turn.at,
        recovered_at=None,
        framework=framework.framework,
        revision=revision,
        evidence=evidence,
        score=with_effort(worth, estimate),
        closes_after_checks=detector.checks,
        cooldown_s=int(detector.cooldown.total_seconds()),
        decision=before.decision if before and before.state in LIVE else None,
        estimate=estimate,
    )


def recovered(
    in_force: InForce,
    at: datetime,
    transition: Transition,
    before: Opportunity,
    counted: Mapping[str, Counted],
) -> Opportunity:
    """The document of an opportunity whose numbers came back, with these numbers."""
    now = tuple(
        measured(in_force.framework, counted[one.metric.id])
        for one in before.evidence.missed
        if one.metric.id in counted
    )
    evidence = before.evidence.model_copy(update={"missed": now, "also": ()})
    return ended(at, transition, before).model_copy(
        update={"evidence": evidence, "recovered_at": at, "revision": in_force.revision}
    )


def ended(at: datetime, transition: Transition, before: Opportunity) -> Opportunity:
    """The document of an opportunity that ended as it was."""
    return before.model_copy(
        update={
            "state": transition.state,
            "sequence": before.sequence + 1,
            "signal": transition.signal,
            "reason": transition.reason,
            "checked_at": at,
        }
    )


def reached(
    in_force: InForce, detector: Milestone, customer: bytes, event: CanonicalEvent, at: datetime
) -> Reached:
    """The document of a customer at a milestone; `event` is the one that brought them there."""
    framework, stage = in_force.framework, stage_of(detector.touchpoint)
    return Reached(
        detector=detector.id,
        touchpoint=detector.touchpoint,
        title=titles(framework)[detector.touchpoint],
        stage=_place(framework, stage),
        journey=_place(framework, journey_of(stage)),
        owner=_team(framework, dict(stages(framework))[stage].owner),
        customer=customer.hex(),
        event=f"{event.system}:{event.fact_id}",
        occurred_at=EPOCH + timedelta(microseconds=event.occurred_at_us),
        checked_at=at,
        framework=framework.framework,
        revision=in_force.revision,
    )


def _place(framework: Framework, path: str) -> Named:
    return Named(id=path, title=titles(framework)[path])


def _team(framework: Framework, team: str) -> Named:
    known = {one.id: one.title for one in framework.teams}
    return Named(id=team, title=known.get(team, team))
