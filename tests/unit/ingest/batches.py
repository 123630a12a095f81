"""Items settled in batches by the model, in any order, whatever their offsets."""

from collections import Counter
from collections.abc import Iterable, Sequence

from service.facts.weighing import Place
from service.history.needs import NOTHING_ASKED
from service.ingest.committing.ledger import Opened
from service.ingest.committing.model import Changes, State, apply, settle_opened
from service.ingest.preparing.prepared import Prepared, PreparedItem, Span
from service.ingest.settling.results import NeedsRecords
from service.ingest.settling.settlement import Batch, Rules
from service.ingest.settling.weigh import Outcome
from service.routing import Placement
from tests.support.ingesting import GROUP, revision

PARTITION = ("one", 0)
NO_RULES = Rules({1: revision()}, NOTHING_ASKED)


def batches(items: Sequence[PreparedItem], cuts: Iterable[int]) -> list[Sequence[PreparedItem]]:
    """The items cut into stretches."""
    ends = sorted({min(cut, len(items)) for cut in cuts} | {len(items)})
    return [items[a:b] for a, b in zip([0, *ends], ends, strict=False)]


def after(state: State, items: Sequence[PreparedItem], rules: Rules = NO_RULES) -> State:
    """The state after one batch of these items."""
    records = tuple(dict.fromkeys(item.record for item in items))
    opened = Opened(items, {PARTITION: 0}, {}, [Span(*PARTITION, 0, 0, records)])
    batch = Batch(GROUP, Prepared(1, (), tuple(items), ()), rules)
    changes = settle_opened(state, batch, opened)
    if isinstance(changes, NeedsRecords):
        batch = batch._replace(refetched=dict.fromkeys(changes.positions))
        changes = settle_opened(state, batch, opened)
    assert isinstance(changes, Changes)
    return apply(state, changes)


def standing(state: State) -> dict[bytes, tuple[int, bytes, Place | None]]:
    """By fact: version, digest, and the place of the counted copy unless it is retracted."""
    return {
        key: (
            fact.version,
            fact.digest,
            None if fact.event_id is None else state.events[fact.event_id].place,
        )
        for key, fact in state.facts.items()
    }


def placed(state: State) -> dict[str, tuple[Placement, ...]]:
    """By event id."""
    return {stored.event.id: stored.settled.placements for stored in state.events.values()}


def outcomes(state: State) -> Counter[Outcome]:
    """What all items ended as, corrections included."""
    found: Counter[Outcome] = Counter()
    for row in state.log:
        for outcome in Outcome:
            found[outcome] += getattr(row, outcome)
            found[outcome] += getattr(row, f"corrected_{outcome}", 0)
    return found
