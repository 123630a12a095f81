"""Rows as they are stored, from and to what ingest computes with. Pure."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from msgspec.structs import astuple

from service import canonical
from service.event import Position, Record
from service.facts.weighing import Place
from service.identity.keys import IdentifierRow
from service.ingest.preparing.prepared import DeadItem, LinkRow, PreparedItem, Settled
from service.ingest.settling.placing import EventRow, Plan
from service.ingest.settling.weigh import StoredEvent, Weighed
from service.metrics.statistics import Contribution, Series
from service.routing import Placement
from service.store.ingest import BucketSums
from service.store.names import Names
from service.store.packing import EventValues

Row: TypeAlias = tuple[Any, ...]


class Numbers(NamedTuple):
    """The numbers by which rows refer to names."""

    series: Mapping[Series, int]
    placings: Mapping[Placement, int]


def event_rows(
    events: Iterable[EventRow], revision: int, numbers: Numbers
) -> Iterator[EventValues]:
    """Rows of `EVENT_COLUMNS`."""
    for row_id, prepared, settled in events:
        record, event = prepared.record, prepared.event
        at = record.position
        yield (
            row_id,
            record.time_us,
            event.occurred_at_us,
            prepared.source,
            event.kind,
            prepared.customer,
            revision,
            *settled_arrays(settled, numbers),
            at.topic,
            at.partition,
            at.offset,
            prepared.item,
            prepared.document,
        )


def settled_arrays(settled: Settled, numbers: Numbers) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Placements and contributions as the event row has them."""
    contributions: list[int] = []
    series_numbers = numbers.series
    for one in settled.contributions:
        flags = one.counted | one.hit << 1 | one.low << 2
        contributions += (series_numbers[one.series], flags, one.value)
    placings = [numbers.placings[placement] for placement in settled.placements]
    return tuple(placings), tuple(contributions)


def stored_event(row: Mapping[str, Any], names: Names) -> StoredEvent:
    """The event of a row of `EVENT_COLUMNS` whose names are known."""
    flat = row["contributions"]
    contributions = tuple(
        Contribution(names.series_of(series), flags & 1, flags >> 1 & 1, flags >> 2 & 1, value)
        for series, flags, value in zip(flat[::3], flat[1::3], flat[2::3], strict=True)
    )
    placements = tuple(names.placing_of(number) for number in row["placements"])
    return StoredEvent(
        id=row["id"],
        place=Place(row["record_time"], row["topic"], row["partition"], row["offset"], row["item"]),
        source=row["source"],
        customer=row["customer"],
        revision=row["revision"],
        settled=Settled(placements, contributions),
        event=canonical.decode(row["document"]),
    )


def moment_rows(plan: Plan, watched: frozenset[str]) -> list[tuple[str, int, bytes, int, int]]:
    """Which of the plan's events are at touchpoints that are watched."""
    counted = (
        (row_id, p.customer, p.event.occurred_at_us, p.record.time_us, settled)
        for row_id, p, settled in plan.events
    )
    again = (
        (s.id, s.customer, s.event.occurred_at_us, s.place.record_time_us, settled)
        for s, settled in plan.replaced
    )
    return [
        (placement.touchpoint, row_id, customer, occurred_at_us, record_time_us)
        for moments in (counted, again)
        for row_id, customer, occurred_at_us, record_time_us, settled in moments
        for placement in settled.placements
        if placement.touchpoint in watched
    ]


def bucket_rows(plan: Plan, numbers: Numbers) -> list[BucketSums]:
    """What to add to buckets, sorted, without what comes to nothing."""
    return sorted(
        BucketSums(numbers.series[series], start, *sums)
        for (series, start), sums in plan.sums().items()
        if any(sums)
    )


def one_per_key(rows: Iterable[IdentifierRow]) -> list[tuple[bytes, str, str | None]]:
    """Key, namespace and value, sorted by key, a row with a value before one without."""
    best: dict[bytes, IdentifierRow] = {}
    for row in rows:
        if row.key not in best or row.value is not None:
            best[row.key] = row
    return [(key, best[key].namespace, best[key].value) for key in sorted(best)]


def one_per_pair(rows: Iterable[LinkRow]) -> list[LinkRow]:
    """Sorted by pair, strong before weak."""
    best: dict[tuple[bytes, bytes], LinkRow] = {}
    for row in rows:
        if (row.one, row.other) not in best or row.strength == "strong":
            best[row.one, row.other] = row
    return sorted(best.values())


def dead_letter_rows(
    items: Iterable[PreparedItem],
    weighed: Weighed,
    refetched: Mapping[Position, Record | None],
) -> list[Row]:
    """What is to be kept of the items that could not become events, and of the displaced ones."""
    rows = [_dead_letter(item, None) for item in items if type(item) is DeadItem]
    rows += [_dead_letter(item, key) for key, item in weighed.dead.items()]
    rows += [_displaced(stored, key, refetched) for key, stored in weighed.displaced.items()]
    return rows


def _dead_letter(item: DeadItem, conflict: bytes | None) -> Row:
    record = item.record
    return (
        item.source,
        *astuple(record.position),
        item.item,
        record.time_us,
        record.key,
        _headers_json(record.headers),
        record.value,
        item.reason,
        item.detail,
        conflict,
        item.record_items,
        *(item.awaits or (None, None)),
    )


def _displaced(
    stored: StoredEvent, conflict: bytes, refetched: Mapping[Position, Record | None]
) -> Row:
    position = position_of(stored.place)
    record = refetched[position]
    detail = "another content was read earlier under the same id"
    if record is None:
        record = Record(position, stored.place.record_time_us, None, (), None)
        detail += "; the topic no longer holds this record, its bytes are gone"
    item = DeadItem(record, stored.place.item, stored.source, "id_conflict", detail)
    return _dead_letter(item, conflict)


def position_of(place: Place) -> Position:
    """Where the record of a place lies."""
    return Position(place.topic, place.partition, place.offset)


def _headers_json(headers: Iterable[tuple[str, bytes]]) -> bytes:
    """Headers as a JSON list of [name, base64 of the value]."""
    return json.dumps(
        [[name, base64.b64encode(value).decode()] for name, value in headers]
    ).encode()
