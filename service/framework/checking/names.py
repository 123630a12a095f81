"""Names that must be unique, and paths that must lead somewhere."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Literal, Protocol

from service.framework.draft import Draft, Names
from service.framework.places import journey_of, stage_of
from service.framework.problems import Finding, Location, quoted, unknown


class Named(Protocol):
    @property
    def id(self) -> str: ...


def repeated(
    noun: str, top: Location, entries: Mapping[int, Named], within: str = ""
) -> Iterator[Finding]:
    """A finding for each entry whose id an earlier one has."""
    for index, first in repeats({index: entry.id for index, entry in entries.items()}):
        message = f"another {noun}{within} has the id {quoted(entries[index].id)}"
        yield Finding((*top, index, "id"), message, first=(*top, first, "id"))


def repeats(values: Mapping[int, Hashable]) -> Iterator[tuple[int, int]]:
    """The index of each value that an earlier one equals, with the index of the first of these."""
    first: dict[Hashable, int] = {}
    for index, value in values.items():
        earliest = first.setdefault(value, index)
        if earliest != index:
            yield index, earliest


def team_findings(draft: Draft, place: Location, team: str) -> Iterator[Finding]:
    if team not in draft.names.teams:
        yield unknown(place, "team", team, draft.names.teams)


def path_findings(
    names: Names, place: Location, path: str, wanted: Literal["touchpoint", "stage", "place"]
) -> Iterator[Finding]:
    """What is wrong with a path that should be a touchpoint, a stage, or either (a place)."""
    level = _level(names, path)
    allowed = ("touchpoint", "stage") if wanted == "place" else (wanted,)
    if level in allowed:
        return
    if level:
        message = f"{quoted(path)} is a {level}; this must be a {' or '.join(allowed)}"
        inside = (one for one in names.touchpoints if one.startswith(f"{path}/"))
        of_it = min(inside, default="") if level == "stage" else ""
        yield Finding(place, f"{message}, such as {of_it}" if of_it else message)
        return
    if _of_something_broken(names, path):
        return
    stages = names.stages if "stage" in allowed else frozenset()
    touchpoints = names.touchpoints if "touchpoint" in allowed else frozenset()
    yield unknown(place, " or ".join(allowed), path, stages | touchpoints)


def _of_something_broken(names: Names, path: str) -> bool:
    """Whether the path leads to where no stage of its journey, or no touchpoint of its stage, could
    be read.
    """
    journey, stage = journey_of(path), stage_of(path)
    if journey in names.journeys and not any(journey_of(one) == journey for one in names.stages):
        return path != journey
    known = (stage_of(touchpoint) == stage for touchpoint in names.touchpoints)
    return path != stage and stage in names.stages and not any(known)


def _level(names: Names, path: str) -> str:
    levels = {
        "journey": names.journeys,
        "stage": names.stages,
        "touchpoint": names.touchpoints,
    }
    return next((level for level, paths in levels.items() if path in paths), "")
