"""A framework on its way: the entries that are well formed, and all names that anybody wrote.

Every entry is validated on its own, so that one bad metric does not hide what is wrong with the
rules. Names are taken from the text even where their entry is not well formed, so that a mistake
is reported once, and not again wherever its entry is pointed to.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

from pydantic import TypeAdapter, ValidationError

from service.framework.document import Plain
from service.framework.models import (
    Breach,
    Detector,
    Framework,
    Journey,
    Metric,
    Milestone,
    Objective,
    Rule,
    Source,
    Team,
)
from service.framework.problems import Finding, unknown
from service.framework.wording import findings

LISTS: Final[Mapping[str, Any]] = {
    "teams": Team,
    "journeys": Journey,
    "metrics": Metric,
    "objectives": Objective,
    "rules": Rule,
    "detectors": Detector,
    "sources": Source,
}
"""The fields of a framework that hold entries and may be spread over files."""

DETECTORS: Final[Mapping[str, Any]] = {"breach": Breach, "milestone": Milestone}

_ADAPTERS: Final = {kind: TypeAdapter(kind) for kind in (*LISTS.values(), *DETECTORS.values())}

Data: TypeAlias = Mapping[str, Plain]


class Names(NamedTuple):
    """What can be pointed to. Stages and touchpoints are paths."""

    teams: frozenset[str]
    journeys: frozenset[str]
    stages: frozenset[str]
    touchpoints: frozenset[str]
    metrics: frozenset[str]
    stages_with_objective: frozenset[str]


@dataclass(frozen=True)
class Draft:
    """Well-formed entries by their index in the text. `head` is the framework without lists.

    `options` has the connector and the keys for it of every source, well-formed or not.
    """

    names: Names
    head: Framework | None
    options: Mapping[int, tuple[Plain, Data]]
    teams: dict[int, Team] = field(default_factory=dict)
    journeys: dict[int, Journey] = field(default_factory=dict)
    metrics: dict[int, Metric] = field(default_factory=dict)
    objectives: dict[int, Objective] = field(default_factory=dict)
    rules: dict[int, Rule] = field(default_factory=dict)
    detectors: dict[int, Breach | Milestone] = field(default_factory=dict)
    sources: dict[int, Source] = field(default_factory=dict)

    def framework(self) -> Framework:
        """The framework, once nothing is wrong with it."""
        if self.head is None:
            raise ValueError("a framework cannot be made of a draft whose head is refused")
        lists = {name: tuple(getattr(self, name).values()) for name in LISTS}
        return self.head.model_copy(update=lists)


def drafted(data: Data) -> tuple[Draft, tuple[Finding, ...]]:
    """The draft in `data`, and what is wrong with single fields."""
    found: list[Finding] = []
    head = _head({name: value for name, value in data.items() if name not in LISTS}, found)
    lists = {name: _entries(name, data.get(name, ()), found) for name in LISTS}
    return Draft(_names(data), head, _options(data.get("sources")), **lists), tuple(found)


def _head(data: Data, found: list[Finding]) -> Framework | None:
    try:
        return Framework.model_validate(data, strict=True)
    except ValidationError as error:
        found.extend(findings(error, Framework, (), data))
        return None


def _entries(name: str, entries: Any, found: list[Finding]) -> dict[int, Any]:
    models = {}
    for index, entry in enumerate(entries):
        kind = LISTS[name]
        if kind is Detector:
            kind = _detector_kind(index, entry, found)
        if kind is None:
            continue
        try:
            models[index] = _ADAPTERS[kind].validate_python(entry, strict=True)
        except ValidationError as error:
            found.extend(findings(error, kind, (name, index), entry))
    return models


def _detector_kind(index: int, entry: Plain, found: list[Finding]) -> Any:
    """The model of one detector. What is no mapping at all is left to any model to refuse."""
    if not isinstance(entry, dict):
        return Breach
    place = ("detectors", index)
    match entry.get("kind"):
        case str(kind) if kind in DETECTORS:
            return DETECTORS[kind]
        case str(kind):
            found.append(unknown((*place, "kind"), "kind of detector", kind, DETECTORS))
        case None if "kind" not in entry:
            found.append(Finding(place, 'missing field "kind"; it is breach or milestone'))
        case _:
            found.append(Finding((*place, "kind"), 'field "kind" must be breach or milestone'))
    return None


def _options(sources: Plain) -> dict[int, tuple[Plain, Data]]:
    known = frozenset(Source.model_fields) - {"ignore"}
    entries = enumerate(sources if isinstance(sources, tuple) else ())
    return {
        index: (entry.get("connector"), {k: v for k, v in entry.items() if k not in known})
        for index, entry in entries
        if isinstance(entry, dict)
    }


def _names(data: Data) -> Names:
    journeys = tuple(_named("", data.get("journeys")))
    stages = tuple(_below(journeys, "stages"))
    metrics = dict(_named("", data.get("metrics")))
    aims = [metrics.get(str(one.get("metric"))) for one in _mappings(data.get("objectives"))]
    return Names(
        teams=frozenset(dict(_named("", data.get("teams")))),
        journeys=frozenset(dict(journeys)),
        stages=frozenset(dict(stages)),
        touchpoints=frozenset(dict(_below(stages, "touchpoints"))),
        metrics=frozenset(metrics),
        stages_with_objective=frozenset(_stage(str(one.get("at"))) for one in aims if one),
    )


def _below(parents: Iterable[tuple[str, Data]], field: str) -> Iterator[tuple[str, Data]]:
    for path, parent in parents:
        yield from _named(f"{path}/", parent.get(field))


def _named(top: str, entries: Plain) -> Iterator[tuple[str, Data]]:
    for entry in _mappings(entries):
        if "id" in entry:
            yield f"{top}{entry['id']}", entry


def _stage(path: str) -> str:
    return "/".join(path.split("/")[:2])


def _mappings(entries: Plain) -> Iterator[Data]:
    for entry in entries if isinstance(entries, tuple) else ():
        if isinstance(entry, dict):
            yield entry
