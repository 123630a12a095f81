"""One event with everything that is stored about it: what `explain` starts from."""

from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service import canonical
from service.canonical import CanonicalEvent
from service.history.order import CustomerHistory, Entry, HistoryAt, Rank
from service.metrics.statistics import Contribution, Series
from service.store.times import microseconds, moment


class Where(NamedTuple):
    """Where an event was read, and under which revision it was placed."""

    source: str
    topic: str
    partition: int
    offset: int
    item: int
    record_time: datetime
    revision: int


class StoredPlacement(NamedTuple):
    rule: str
    touchpoint: str


class StoredEvent(NamedTuple):
    """An event in force."""

    event: CanonicalEvent
    customer: bytes
    where: Where
    placements: tuple[StoredPlacement, ...]
    contributions: tuple[Contribution, ...]


async def fact_of(connection: AsyncConnection, system: str, id: str) -> bytes | None:
    """The key of the fact that has this id, or whose newest event has it; None: neither."""
    key = canonical.fact_key(system, id)
    known = await connection.execute(_FACT_KNOWN, {"key": key})
    return key if known.scalar() else await _fact_by_event_id(connection, system, id)


async def stored_event(connection: AsyncConnection, key: bytes) -> StoredEvent | None:
    """The event that counts for a fact; None where it was retracted."""
    row = (await connection.execute(_EVENT, {"key": key})).one_or_none()
    if row is None:
        return None
    placements = await connection.execute(_PLACEMENTS, {"ids": row.placements})
    return StoredEvent(
        canonical.decode(row.document),
        row.customer,
        Where(*row[2:9]),
        tuple(StoredPlacement(*placement) for placement in placements),
        await _contributions(connection, row.contributions),
    )


async def history_at(connection: AsyncConnection, stored: StoredEvent, key: bytes) -> HistoryAt:
    """The customer's history as this event sees it; `key` is that of its fact."""
    event = stored.event
    until = {"customer": stored.customer, "until": moment(event.occurred_at_us)}
    rows = await connection.execute(_HISTORY, until)
    entries = (
        Entry(
            Rank(microseconds(row.occurred_at), row.system, row.event, row.fact),
            row.kind,
            row.event_id,
            microseconds(row.record_time),
        )
        for row in rows
    )
    rank = Rank(event.occurred_at_us, event.system, event.id, key)
    return HistoryAt(CustomerHistory(entries, {}), rank)


async def _fact_by_event_id(connection: AsyncConnection, system: str, id: str) -> bytes | None:
    """By scanning: an event's own id is inside its document."""
    wanted = b'"id":' + msgspec.json.encode(id)
    rows = await connection.execute(_DOCUMENTS_WITH, {"wanted": wanted})
    for row in rows:
        event = canonical.decode(row.document)
        if event.system == system and event.id == id:
            return canonical.fact_key(system, event.fact_id)
    return None


async def _contributions(
    connection: AsyncConnection, stored: list[int]
) -> tuple[Contribution, ...]:
    triples = list(zip(stored[::3], stored[1::3], stored[2::3], strict=True))
    rows = await connection.execute(_SERIES, {"ids": stored[::3]})
    names = {row.id: Series(row.metric, row.scope, row.segment) for row in rows}
    return tuple(
        Contribution(names[series], flags & 1, flags >> 1 & 1, flags >> 2 & 1, value)
        for series, flags, value in triples
    )


_FACT_KNOWN: Final = text("SELECT true FROM fact WHERE key = :key AND digest <> ''::bytea")
_EVENT: Final = text("""
    SELECT e.document, e.customer, e.source, e.topic, e.partition, e."offset", e.item,
           e.record_time, e.revision, e.placements, e.contributions
    FROM fact f JOIN event e ON e.id = f.event_id AND e.record_time = f.record_time
    WHERE f.key = :key
""")
_PLACEMENTS: Final = text("""
    SELECT p.rule, p.touchpoint
    FROM unnest(CAST(:ids AS int[])) WITH ORDINALITY AS o(id, rank) JOIN "placing" p USING (id)
    ORDER BY o.rank
""")
_SERIES: Final = text(
    "SELECT id, metric, scope, segment FROM series WHERE id = ANY(CAST(:ids AS int[]))"
)
_HISTORY: Final = text("""
    SELECT occurred_at, system, event, fact, kind, event_id, record_time FROM history
    WHERE customer = :customer AND occurred_at <= :until
""")
_DOCUMENTS_WITH: Final = text("""
    SELECT document FROM event WHERE position(CAST(:wanted AS bytea) IN document) > 0
""")
