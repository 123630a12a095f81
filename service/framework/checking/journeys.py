"""Teams, journeys, stages, touchpoints, and the fields at the top of a framework."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from zoneinfo import available_timezones

from service.framework.checking.names import repeated, team_findings
from service.framework.draft import Draft
from service.framework.models import Journey
from service.framework.problems import Finding, Location, nearest, quoted, unknown

STAGES_LIMIT: Final = 2_000


def journey_findings(draft: Draft) -> Iterator[Finding]:
    """What is wrong with the head, the teams and the journeys."""
    yield from _head(draft)
    yield from repeated("team", ("teams",), draft.teams)
    yield from repeated("journey", ("journeys",), draft.journeys)
    for index, journey in draft.journeys.items():
        yield from _journey(draft, ("journeys", index), journey)
    yield from _cycles(draft)
    yield from _too_many_stages(draft)


def _head(draft: Draft) -> Iterator[Finding]:
    if draft.head is None:
        return
    zones = _time_zones()
    if draft.head.timezone not in zones:
        # Those that are no cities mislead: Etc/GMT+1 is behind Greenwich.
        cities = [one for one in zones if "/" in one and not one.startswith("Etc/")]
        found = unknown(("timezone",), "time zone", draft.head.timezone, cities)
        form = "" if nearest(found.wrong, cities) else "; write it as Europe/Berlin or UTC"
        yield found._replace(message=f"{found.message}{form}")
    if draft.head.score.customer + draft.head.score.business == 0:
        yield Finding(("score",), 'one of "customer" and "business" must be more than 0')


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _journey(draft: Draft, place: Location, journey: Journey) -> Iterator[Finding]:
    yield from team_findings(draft, (*place, "owner"), journey.owner)
    for field, others in (("part_of", (journey.part_of,)), ("linked", journey.linked)):
        for index, other in enumerate(others):
            at = (*place, field) if field == "part_of" else (*place, field, index)
            if other is not None and other not in draft.names.journeys:
                yield unknown(at, "journey", other, draft.names.journeys - {journey.id})
            elif field == "linked" and other == journey.id:
                yield Finding(at, f"journey {quoted(other)} is linked to itself")
    within = f" of journey {quoted(journey.id)}"
    yield from repeated("stage", (*place, "stages"), dict(enumerate(journey.stages)), within)
    for index, _ in enumerate(journey.stages):
        yield from _stage(draft, (*place, "stages", index), journey, index)


def _stage(draft: Draft, place: Location, journey: Journey, index: int) -> Iterator[Finding]:
    stage = journey.stages[index]
    yield from team_findings(draft, (*place, "owner"), stage.owner)
    for number, team in enumerate(stage.contributing):
        yield from team_findings(draft, (*place, "contributing", number), team)
    touchpoints = dict(enumerate(stage.touchpoints))
    within = f" of stage {quoted(f'{journey.id}/{stage.id}')}"
    yield from repeated("touchpoint", (*place, "touchpoints"), touchpoints, within)


def _cycles(draft: Draft) -> Iterator[Finding]:
    """One finding for each circle of journeys that are part of one another."""
    parents = {journey.id: journey.part_of for journey in draft.journeys.values()}
    done: set[str] = set()
    for index, journey in draft.journeys.items():
        path: list[str] = []
        at: str | None = journey.id
        while at is not None and at not in done:
            done.add(at)
            path.append(at)
            at = parents.get(at)
        if at in path:
            circle = " in ".join(quoted(name) for name in [*path[path.index(at) :], at])
            yield Finding(("journeys", index, "part_of"), f"journeys lie in a circle: {circle}")


def _too_many_stages(draft: Draft) -> Iterator[Finding]:
    if len(draft.names.stages) > STAGES_LIMIT:
        found = f"{len(draft.names.stages):,} stages; at most {STAGES_LIMIT:,} are allowed"
        yield Finding(("journeys",), found, at="key")
