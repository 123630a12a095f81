"""The journey map in plain words, the same on a terminal and in a report."""

from typing import Final

from service.metrics.journey_map import MetricStanding, StageStanding
from service.metrics.objectives import Health, Judgement
from service.metrics.wording import (
    interval_text,
    objective_text,
    proof_text,
    value_beside_target,
    value_text,
)

_HEALTH: Final[dict[Health, str]] = {
    Health.BREACHED: "misses its objective",
    Health.AT_RISK: "at risk",
    Health.STALE: "source is silent",
    Health.NO_DATA: "too few to judge",
    Health.HEALTHY: "healthy",
}


def health_text(judgement: Judgement | None) -> str:
    return "no objective" if judgement is None else _HEALTH[judgement.health]


def stage_health_text(stage: StageStanding) -> str:
    """How the stage is, with the number of objectives that it misses."""
    missed = [m for m in stage.metrics if m.judgement and m.judgement.health is Health.BREACHED]
    return f"misses {len(missed)} objectives" if len(missed) > 1 else health_text(stage.judgement)


def owners_text(stage: StageStanding) -> str:
    """`Delivery, with Customer service`."""
    helpers = ", ".join(team.title for team in stage.contributing)
    return f"{stage.owner.title}, with {helpers}" if helpers else stage.owner.title


def standing_value_text(standing: MetricStanding) -> str:
    """The value, in as many decimals as it takes to differ from the target."""
    if standing.reading is None:
        return "nothing yet"
    if standing.objective is not None:
        value = standing.reading.value
        return value_beside_target(standing.metric, standing.objective, value)
    return value_text(standing.metric, standing.reading.value)


def standing_objective_text(standing: MetricStanding) -> str:
    """The target beside a value that has its unit already."""
    if standing.objective is None:
        return "no objective"
    return objective_text(standing.metric, standing.objective).removesuffix(" per 100")


def basis_text(standing: MetricStanding) -> str:
    """What was counted, what the true value lies between, and why it is judged as it is."""
    proof = proof_text(standing.metric, standing.statistics, standing.window)
    if standing.reading is None:
        return proof
    between = f"{proof}; true value {interval_text(standing.metric, standing.reading)}"
    judged = standing.judgement
    if judged is None or judged.health in (Health.HEALTHY, Health.BREACHED, Health.AT_RISK):
        return between
    return f"{between}. {judged.reason}"
