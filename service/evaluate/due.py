"""Which checks are due, and whether all that they need has been read.

Check times are the multiples of `check_every` since 1970 UTC. Only the newest one that has come
is made; those that were missed meanwhile are skipped.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from service.framework.models import Framework, Milestone, Objective

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILESTONES_EVERY: Final = timedelta(hours=1)
"""How often milestones are looked for where no objective is checked more often."""


class Due(NamedTuple):
    """What is to be found out at one check time."""

    at: datetime
    objectives: tuple[Objective, ...]
    milestones: tuple[Milestone, ...]


class Behind(NamedTuple):
    """A partition of which not everything has been read. `offset` is None before it is known."""

    topic: str
    partition: int
    offset: int | None
    end: int


class Made(NamedTuple):
    """When what was looked at last: objectives by metric, and the milestones."""

    objectives: Mapping[str, datetime]
    milestones: datetime | None


def due_checks(framework: Framework, made: Made, now: datetime) -> list[Due]:
    """What is due at `now`, oldest check time first."""
    objectives: dict[datetime, list[Objective]] = {}
    for objective in framework.objectives:
        at = latest(objective.check_every, now)
        last = made.objectives.get(objective.metric)
        if last is None or last < at:
            objectives.setdefault(at, []).append(objective)
    times = set(objectives)
    milestones = milestone_detectors(framework)
    looked_at = latest(milestones_every(framework), now)
    if milestones and (made.milestones is None or made.milestones < looked_at):
        times.add(looked_at)
    return [
        Due(at, tuple(objectives.get(at, ())), milestones if at == looked_at else ())
        for at in sorted(times)
    ]


def latest(every: timedelta, now: datetime) -> datetime:
    """The newest multiple of `every` that has come."""
    return now - (now - EPOCH) % every


def milestone_detectors(framework: Framework) -> tuple[Milestone, ...]:
    return tuple(one for one in framework.detectors if isinstance(one, Milestone))


def milestones_every(framework: Framework) -> timedelta:
    """As often as the objective that is checked most often."""
    checked = (objective.check_every for objective in framework.objectives)
    return min(checked, default=MILESTONES_EVERY)


def last_look(framework: Framework, checked: Mapping[str, datetime]) -> datetime | None:
    """When milestones were looked for last, as far as checks tell; None if nothing does.

    They are looked for together with the objective that is checked most often, so that the
    offsets of its check are those of the look, too.
    """
    every = milestones_every(framework)
    often = (one.metric for one in framework.objectives if one.check_every == every)
    return max((checked[metric] for metric in often if metric in checked), default=None)


def behind(
    ends: Mapping[tuple[str, int], int], ledger: Mapping[tuple[str, int], int]
) -> list[Behind]:
    """The partitions that the ledger has not followed to these ends, in order.

    A partition that is not in the ledger yet is behind as soon as it has held anything, and so is
    one of a topic that was made anew.
    """
    return [
        Behind(topic, partition, ledger.get((topic, partition)), end)
        for (topic, partition), end in sorted(ends.items())
        if ledger.get((topic, partition), 0) < end
    ]


def topics_of(framework: Framework) -> Iterable[str]:
    """The topics of all sources, each once."""
    return dict.fromkeys(source.topic for source in framework.sources)
