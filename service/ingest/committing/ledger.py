"""What of a batch is still to be settled, by the ledger, and what the log says of it. Pure.

Line 4 of the protocol: something before the batch is missing, or another revision is in force, or
the batch is settled from where the ledger is.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from service.ingest.preparing.prepared import Prepared, PreparedItem, Span
from service.ingest.settling.results import Behind, OtherRevision
from service.ingest.settling.weigh import Correction, Outcome
from service.store.ingest import LedgerRow


class Opened(NamedTuple):
    """What of a batch is not settled yet: nothing, where it holds no spans.

    `offsets` says where the ledger is, `next_offsets` where it is afterwards.
    """

    items: Sequence[PreparedItem]
    offsets: Mapping[tuple[str, int], int]
    next_offsets: Mapping[tuple[str, int], int]
    spans: Sequence[Span]


class LogRow(NamedTuple):
    """What became of one partition's part of a batch, and of earlier items because of it."""

    topic: str
    partition: int
    first_offset: int
    next_offset: int
    revision: int
    records: int
    items: int
    events: int
    duplicates: int
    superseded: int
    ignored: int
    dead_letters: int
    corrected_events: int
    corrected_duplicates: int
    corrected_superseded: int
    corrected_dead_letters: int


def open_batch(prepared: Prepared, ledger: Iterable[LedgerRow]) -> Opened | Behind | OtherRevision:
    """Hold a batch against the locked ledger rows of its partitions."""
    rows = list(ledger)
    offsets = {(row.topic, row.partition): row.next_offset for row in rows}
    spans = prepared.spans
    if any(s.fetched_from > offsets.get((s.topic, s.partition), -1) for s in spans):
        return Behind(offsets)
    other = {row.revision for row in rows} - {prepared.revision}
    if other:
        return OtherRevision(max(other))
    open_spans = [s for s in spans if s.next_offset > offsets[s.topic, s.partition]]
    after = offsets | {(s.topic, s.partition): s.next_offset for s in open_spans}
    return Opened(_items_from(prepared, offsets), offsets, after, open_spans)


def log_rows(
    revision: int,
    opened: Opened,
    counts: Mapping[tuple[str, int], Counter[str]],
    corrections: Iterable[Correction],
) -> list[LogRow]:
    """A row for each partition whose ledger moves. `counts` has its items by what they ended as."""
    corrected = _corrected(corrections)
    rows = []
    for span in opened.spans:
        key = (span.topic, span.partition)
        outcomes, changes = counts.get(key, Counter()), corrected.get(key, Counter())
        first = opened.offsets[key]
        records = sum(1 for record in span.records if record.position.offset >= first)
        rows.append(
            LogRow(
                *key,
                first,
                span.next_offset,
                revision,
                records,
                outcomes.total(),
                *(outcomes[outcome] for outcome in Outcome),
                *(changes[outcome] for outcome in _CORRECTED),
            )
        )
    return rows


_CORRECTED: Final = (Outcome.EVENT, Outcome.DUPLICATE, Outcome.SUPERSEDED, Outcome.DEAD_LETTER)


def _items_from(
    prepared: Prepared, offsets: Mapping[tuple[str, int], int]
) -> Sequence[PreparedItem]:
    """The items at or behind the ledger."""
    if all(s.fetched_from == offsets[s.topic, s.partition] for s in prepared.spans):
        return prepared.items
    positions = (item.record.position for item in prepared.items)
    return [
        item
        for item, position in zip(prepared.items, positions, strict=True)
        if position.offset >= offsets[position.topic, position.partition]
    ]


def _corrected(corrections: Iterable[Correction]) -> dict[tuple[str, int], Counter[str]]:
    """By the partition that caused them."""
    found: dict[tuple[str, int], Counter[str]] = {}
    for cause, before, after in corrections:
        changes = found.setdefault(cause, Counter())
        changes[before] -= 1
        changes[after] += 1
    return found
