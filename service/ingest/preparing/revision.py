"""A revision of the framework, compiled: all that preparing and settling need of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from service.canonical import CanonicalEvent
from service.event import Item, Record
from service.framework.models import Framework, Milestone, Source
from service.framework.revisions import rule_specs
from service.identity.keys import Identify, Keyring
from service.ingest.preparing.prepared import Settled
from service.metrics.measuring import Measures
from service.routing import Placement, Router

Convert: TypeAlias = Callable[[Record], Sequence[Item]]
OpenSource: TypeAlias = Callable[[Source], Convert]
"""Opens a source's connector with its options. Raises ValueError if the options do not fit."""

UNPLACED: Final = Settled((), ())


@dataclass(frozen=True)
class Reader:
    """A source that can be read."""

    source: Source
    convert: Convert
    identify: Identify


@dataclass(frozen=True)
class Revision:
    """What counts from a revision's first offsets on."""

    id: int
    framework: Framework
    router: Router
    measures: Measures
    readers: Mapping[str, Reader]
    """By topic."""
    watched: frozenset[str]
    """Touchpoints that a milestone detector watches."""

    def settled(self, event: CanonicalEvent, placements: tuple[Placement, ...]) -> Settled:
        """The event at these placements, with what it adds there to the metrics."""
        if not placements:
            return UNPLACED
        places = [placement.touchpoint for placement in placements]
        return Settled(placements, self.measures.contributions(event, places))


def compile_revision(
    id: int, framework: Framework, open_source: OpenSource, keyring: Keyring
) -> Revision:
    """Compile a framework that was loaded and checked."""
    return Revision(
        id=id,
        framework=framework,
        router=Router.compile(rule_specs(framework)),
        measures=Measures.compile(framework),
        readers={
            source.topic: _reader(source, open_source, keyring) for source in framework.sources
        },
        watched=watched_touchpoints(framework),
    )


def watched_touchpoints(framework: Framework) -> frozenset[str]:
    """The touchpoints that a milestone detector watches."""
    return frozenset(d.touchpoint for d in framework.detectors if isinstance(d, Milestone))


def _reader(source: Source, open_source: OpenSource, keyring: Keyring) -> Reader:
    identify = keyring.clear if source.customer == "clear" else keyring.hashed
    return Reader(source, open_source(source), identify)
