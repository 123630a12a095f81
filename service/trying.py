"""Where records would be placed, and why, without counting anything.

The records are all that there is: histories begin with the first of them, and of a fact that
several of them state the one counts that would count in the service.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from service.canonical import CanonicalEvent
from service.event import Position, Record
from service.exports.reading import Exported
from service.facts.weighing import Statement, Verdict, weigh
from service.history.order import CustomerHistory, HistoryAt
from service.ingest.preparing.prepare import Limits, prepare
from service.ingest.preparing.prepared import (
    STATING,
    DeadItem,
    IgnoredItem,
    PreparedEvent,
    PreparedItem,
    PreparedRetraction,
    Span,
    Stating,
)
from service.ingest.preparing.revision import Revision
from service.ingest.settling.placing import entry_of, rank_of
from service.routing import Placement, Tried
from service.routing.triggers import kinds_of


class Sample(NamedTuple):
    """A record, and where it is as people know it: `export.jsonl:17`, `orders/0@512`."""

    place: str
    record: Record


class Placed(NamedTuple):
    """An event with its placements, of which there may be none.

    `counts` is False where another of the records states the same fact and that one counts.
    `rules` says of each rule what became of it; `asked` names those that ask about its kind.
    """

    sample: Sample
    event: CanonicalEvent
    placements: tuple[Placement, ...]
    rules: tuple[Tried, ...]
    asked: frozenset[str]
    counts: bool


class NoEvent(NamedTuple):
    """An item that is no event: `what` is ignored, retraction or dead letter."""

    sample: Sample
    what: str
    reason: str


Outcome: TypeAlias = Placed | NoEvent


def as_published(
    exported: Iterable[Exported], topic: str, headers: tuple[tuple[str, bytes], ...], now_us: int
) -> Iterator[Sample]:
    """Exported records as if they were published one after the other, now."""
    for number, one in enumerate(exported):
        position = Position(topic, 0, number)
        yield Sample(one.place, Record(position, now_us, None, headers, one.value))


def refusals(samples: Iterable[Sample], revision: Revision, limits: Limits) -> Iterator[str]:
    """For each record, where and why it would be a dead letter, or nothing."""
    for sample in samples:
        items = prepare([_span(sample.record)], revision, limits).items
        dead = next((item for item in items if isinstance(item, DeadItem)), None)
        yield f"{sample.place}: {dead.detail} ({dead.reason})" if dead else ""


def try_records(samples: Sequence[Sample], revision: Revision, limits: Limits) -> list[Outcome]:
    """What each item of the records would become under a revision, in their order."""
    by_position = {sample.record.position: sample for sample in samples}
    spans = [_span(sample.record) for sample in samples]
    items = prepare(spans, revision, limits).items
    counting = _counting(items)
    counted = [item for item in counting.values() if isinstance(item, PreparedEvent)]
    trial = _Trial(revision, counting, _histories(counted))
    return [trial.outcome(by_position[item.record.position], item) for item in items]


def _span(record: Record) -> Span:
    at = record.position
    return Span(at.topic, at.partition, at.offset, at.offset + 1, (record,))


def _counting(items: Iterable[PreparedItem]) -> Mapping[bytes, Stating]:
    """By fact, the item whose statement counts."""
    counting: dict[bytes, Stating] = {}
    for item in items:
        if isinstance(item, STATING):
            standing = counting.get(item.fact)
            if standing is None or _takes_over(standing.statement, item.statement):
                counting[item.fact] = item
    return counting


def _takes_over(standing: Statement, incoming: Statement) -> bool:
    return weigh(standing, incoming) in (
        Verdict.REPLACES,
        Verdict.DISPLACES,
        Verdict.EARLIER_COPY,
    )


def _histories(events: Iterable[PreparedEvent]) -> dict[bytes, CustomerHistory]:
    histories: dict[bytes, CustomerHistory] = {}
    for number, event in enumerate(events):
        history = histories.setdefault(event.customer, CustomerHistory((), {}))
        history.add(entry_of(number, event))
    return histories


class _Trial(NamedTuple):
    """What an item is judged by: the rules, which items count by fact, histories by customer."""

    revision: Revision
    counting: Mapping[bytes, Stating]
    histories: Mapping[bytes, CustomerHistory]

    def outcome(self, sample: Sample, item: PreparedItem) -> Outcome:
        match item:
            case PreparedEvent():
                return self._placed(sample, item)
            case DeadItem(reason=reason, detail=detail):
                return NoEvent(sample, "dead letter", f"{reason}: {detail}")
            case IgnoredItem(reason=reason):
                return NoEvent(sample, "ignored", reason)
            case PreparedRetraction():
                return NoEvent(sample, "retraction", "takes back what was stated before")

    def _placed(self, sample: Sample, item: PreparedEvent) -> Placed:
        event, router = item.event, self.revision.router
        history = self.histories.get(item.customer, CustomerHistory((), {}))
        at = HistoryAt(history, rank_of(event))
        return Placed(
            sample,
            event,
            router.settle(item.candidates, event, at),
            router.explain(event, at),
            _asking(self.revision, event.kind),
            self.counting[item.fact] is item,
        )


def _asking(revision: Revision, kind: str) -> frozenset[str]:
    """The rules that could match an event of this kind."""
    asked = ((rule.spec.id, kinds_of(rule.condition.root)) for rule in revision.router.rules)
    return frozenset(rule for rule, kinds in asked if kinds is None or kind in kinds)
