"""Sources: their connectors' options, and what sources must agree in or must not share."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, ValidationError

from service.framework.checking.names import repeated, repeats
from service.framework.document import Plain
from service.framework.draft import Draft
from service.framework.models import Source
from service.framework.problems import Finding, Location, quoted, unknown
from service.framework.wording import findings

Connectors: TypeAlias = Mapping[str, type[BaseModel]]
"""The connectors that are there, by name, with the model of their options."""

STARTS: Final = ("earliest", "latest")

NO_CONTENT: Final = {"api", "ignore", "envelope", "type", "type_from_topic"}
"""Options in which sources of one system may differ: events are equal whatever wraps them and
whoever is asked for them, and a type that the source says is that of other records."""


def source_findings(draft: Draft, connectors: Connectors) -> Iterator[Finding]:
    """What is wrong with the sources."""
    yield from repeated("source", ("sources",), draft.sources)
    yield from _shared_topics(draft)
    for index, source in draft.sources.items():
        yield from _start(("sources", index, "start"), source.start)
    options: dict[int, Mapping[str, Any]] = {}
    for index, (connector, written) in draft.options.items():
        model = connectors.get(connector) if isinstance(connector, str) else None
        if model is None:
            yield from _unknown_connector(("sources", index, "connector"), connector, connectors)
            continue
        try:
            options[index] = model.model_validate(written).model_dump(exclude=NO_CONTENT)
        except ValidationError as error:
            yield from findings(error, Source | model, ("sources", index), written)
    yield from _disagreements(draft, options)


def _unknown_connector(
    place: Location, connector: Plain, connectors: Connectors
) -> Iterator[Finding]:
    """Nothing for what is no text: the model of a source refuses that."""
    if isinstance(connector, str):
        yield unknown(place, "connector", connector, connectors)


def _start(place: Location, start: str) -> Iterator[Finding]:
    if start in STARTS:
        return
    message = f"{quoted(start)} is no start: write earliest, latest or a date such as 2025-01-31"
    try:
        if date.fromisoformat(start).isoformat() == start:
            return
    except ValueError:
        pass
    yield Finding(place, message, wrong=start, candidates=STARTS)


def _shared_topics(draft: Draft) -> Iterator[Finding]:
    topics = {index: source.topic for index, source in draft.sources.items()}
    for index, first in repeats(topics):
        message = f"another source reads the topic {quoted(topics[index])}"
        yield Finding(("sources", index, "topic"), message, first=("sources", first, "topic"))


def _disagreements(draft: Draft, options: Mapping[int, Mapping[str, Any]]) -> Iterator[Finding]:
    """Sources of one system give copies of one event: what changes its content must be equal."""
    sources = draft.sources
    for index, first in repeats({index: source.system for index, source in sources.items()}):
        for field in _differing(sources[first], sources[index]):
            yield _disagreement(draft, first, index, field)
        if sources[first].connector == sources[index].connector:
            yield from _differing_options(draft, first, index, options)


def _differing(one: Source, other: Source) -> Iterator[str]:
    for field in ("customer", "text", "attributes"):
        if getattr(one, field) != getattr(other, field):
            yield field


def _differing_options(
    draft: Draft, first: int, second: int, options: Mapping[int, Mapping[str, Any]]
) -> Iterator[Finding]:
    if first not in options or second not in options:
        return
    for field, value in options[second].items():
        if options[first][field] != value:
            yield _disagreement(draft, first, second, field)


def _disagreement(draft: Draft, first: int, second: int, field: str) -> Finding:
    system = draft.sources[second].system
    message = (
        f"field {quoted(field)} differs from another source of system {quoted(system)}; "
        "copies of one event must be equal: say the same in both, or give one a system of its own"
    )
    return Finding(("sources", second, field), message, at="key", first=("sources", first))
