"""Tables as sets of rows, from the model and from a database, without the numbers of rows.

What refers to an event row refers to the event's place instead, so that both can be compared.
"""

import base64
import json
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Final, TypeAlias

import asyncpg
from msgspec.structs import astuple

from service import canonical
from service.facts.weighing import Place
from service.ingest.committing.model import DeadLetter, State
from service.metrics.statistics import Contribution, Series
from service.routing import Placement

Rows: TypeAlias = dict[str, Counter[Hashable]]
"""By table."""


def different_rows(expected: Rows, found: Rows) -> list[str]:
    """One line for each row that is missing or too many."""
    lines = []
    for table, rows in expected.items():
        lines += [f"{table}: missing {row}" for row in rows - found[table]]
        lines += [f"{table}: too many of {row}" for row in found[table] - rows]
    return lines


EMPTIED: Final = (
    "ledger", "batch", "fact", "event", "history", "customer", "postponed", "bucket", "moment",
    "dead_letter", "identifier", "link", "revision_start", "revision",
)  # fmt: skip


async def empty(connection: asyncpg.Connection) -> None:
    """As if nothing had ever been read or applied; quicker than another database."""
    for table in EMPTIED:
        await connection.execute(f"DELETE FROM {table}")


def rows_of(state: State) -> Rows:
    """All rows of the model."""
    places = {stored.id: stored.place for stored in state.events.values()}
    return {
        "ledger": Counter((*key, offset, state.revision) for key, offset in state.ledger.items()),
        "batch": Counter(map(tuple, state.log)),
        "fact": Counter(
            (key, fact.version, fact.digest, fact.event_id and places[fact.event_id])
            for key, fact in state.facts.items()
        ),
        "event": Counter(
            (
                stored.place, stored.source, stored.event.kind, stored.customer, stored.revision,
                stored.event.occurred_at_us, *astuple(stored.settled),
                canonical.encode(stored.event),
            )
            for stored in state.events.values()
        ),
        "history": Counter(
            (customer, *astuple(rank), entry.kind, places[entry.event_id])
            for customer, rows in state.histories.items()
            for rank, entry in rows.items()
        ),
        "bucket": Counter((*key, *numbers) for key, numbers in state.buckets.items()),
        "moment": Counter((touchpoint, places[event]) for touchpoint, event in state.moments),
        "dead_letter": Counter(
            (place, *_letter(letter)) for place, letter in state.dead_letters.items()
        ),
        "identifier": Counter(map(astuple, state.identifiers.values())),
        "link": Counter((*ends, strength) for ends, strength in state.links.items()),
    }  # fmt: skip


def _letter(letter: DeadLetter) -> tuple[Any, ...]:
    record = letter.item.record
    return (
        letter.item.source, letter.item.reason, letter.conflict, record.key, record.headers,
        record.value,
    )  # fmt: skip


EVENT_PLACE: Final = 'e.record_time, e.topic, e.partition, e."offset", e.item'
PLAIN: Final = {
    "ledger": "SELECT topic, partition, next_offset, revision FROM ledger",
    "batch": """
        SELECT topic, partition, first_offset, next_offset, revision, records, items, events,
               duplicates, superseded, ignored, dead_letters, corrected_events,
               corrected_duplicates, corrected_superseded, corrected_dead_letters FROM batch
        """,
    "identifier": "SELECT key, namespace, value FROM identifier",
    "link": "SELECT one, other, strength FROM link",
}
WITH_PLACE: Final = {
    "fact": f"""
        SELECT f.key, f.version, f.digest, {EVENT_PLACE} FROM fact f
        LEFT JOIN event e ON e.id = f.event_id AND e.record_time = f.record_time
        """,
    "history": f"""
        SELECT h.customer, h.occurred_at, h.system, h.event, h.fact, h.kind, {EVENT_PLACE}
        FROM history h LEFT JOIN event e ON e.id = h.event_id AND e.record_time = h.record_time
        """,
    "moment": f"""
        SELECT m.touchpoint, {EVENT_PLACE} FROM moment m
        LEFT JOIN event e ON e.id = m.event_id AND e.record_time = m.record_time
        """,
}
"""The place of the event that a row refers to comes last, None if there is no such event."""


async def rows_in(connection: asyncpg.Connection) -> Rows:
    """All rows of a database whose times are whole microseconds (`connect_for_ingest`)."""
    rows: Rows = {
        table: Counter(map(tuple, await connection.fetch(statement)))
        for table, statement in PLAIN.items()
    }
    for table, statement in WITH_PLACE.items():
        rows[table] = Counter(map(_with_place, await connection.fetch(statement)))
    return rows | {
        "event": await _events(connection),
        "bucket": await _buckets(connection),
        "dead_letter": await _dead_letters(connection),
    }


def _with_place(row: asyncpg.Record) -> tuple[Any, ...]:
    *values, time_us, topic, partition, offset, item = row
    place = None if time_us is None else Place(time_us, topic, partition, offset, item)
    return (*values, place)


async def _events(connection: asyncpg.Connection) -> Counter[Hashable]:
    series = {
        row["id"]: Series(row["metric"], row["scope"], row["segment"])
        for row in await connection.fetch("SELECT id, metric, scope, segment FROM series")
    }
    placings = {
        row["id"]: Placement(row["touchpoint"], row["rule"])
        for row in await connection.fetch('SELECT id, touchpoint, rule FROM "placing"')
    }
    rows = await connection.fetch(
        f"""
        SELECT e.source, e.kind, e.customer, e.revision, e.occurred_at, e.placements,
               e.contributions, e.document, {EVENT_PLACE} FROM event e
        """
    )
    return Counter(
        (
            place, *values, tuple(placings[number] for number in placed),
            _contributions(flat, series), document,
        )
        for *values, placed, flat, document, place in map(_with_place, rows)
    )  # fmt: skip


def _contributions(flat: Iterable[int], series: Mapping[int, Series]) -> tuple[Contribution, ...]:
    triples = zip(*[iter(flat)] * 3, strict=True)
    return tuple(
        Contribution(series[number], flags & 1, flags >> 1 & 1, flags >> 2 & 1, value)
        for number, flags, value in triples
    )


async def _buckets(connection: asyncpg.Connection) -> Counter[Hashable]:
    rows = await connection.fetch(
        """
        SELECT metric, scope, segment, start, n, hits, low, total, squares
        FROM bucket JOIN series ON series.id = bucket.series
        """
    )
    return Counter((Series(*row[:3]), row[3], *map(int, row[4:])) for row in map(tuple, rows))


async def _dead_letters(connection: asyncpg.Connection) -> Counter[Hashable]:
    rows = await connection.fetch(
        f"""
        SELECT source, reason, conflict, key, headers, value, {EVENT_PLACE} FROM dead_letter e
        """
    )
    return Counter(
        (place, source, reason, conflict, key, _headers(headers), value)
        for source, reason, conflict, key, headers, value, place in map(_with_place, rows)
    )


def _headers(stored: bytes) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, base64.b64decode(value)) for name, value in json.loads(stored))
