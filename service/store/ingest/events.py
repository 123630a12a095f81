"""Event rows with what is at moments of truth, and the partitions of days that hold them."""

from collections.abc import Iterable, Sequence
from typing import Final

import asyncpg

from service.store.packing import EventValues, packed_events

EVENT_IDS_PER_BLOCK: Final = 16_384
"""One number of the sequence is a block of this many ids, more than a batch can need."""

DAY_US: Final = 86_400_000_000


async def reserve_event_ids(connection: asyncpg.Connection) -> int:
    """The first of `EVENT_IDS_PER_BLOCK` ids that nobody else uses."""
    block: int = await connection.fetchval("SELECT nextval('event_row_id')")
    return block * EVENT_IDS_PER_BLOCK


EVENT_COLUMNS: Final = (
    "id",
    "record_time",
    "occurred_at",
    "source",
    "kind",
    "customer",
    "revision",
    "placements",
    "contributions",
    "topic",
    "partition",
    "offset",
    "item",
    "document",
)


async def read_events(
    connection: asyncpg.Connection, ids: Iterable[tuple[int, int]]
) -> list[asyncpg.Record]:
    """The event rows of (id, record_time), with all `EVENT_COLUMNS`."""
    pairs = sorted(ids)
    if not pairs:
        return []
    numbers, times = zip(*pairs, strict=True)
    rows: list[asyncpg.Record] = await connection.fetch(
        """
        SELECT e.id, e.record_time, e.occurred_at, e.source, e.kind, e.customer, e.revision,
               e.placements, e.contributions, e.topic, e.partition, e."offset", e.item, e.document
        FROM unnest($1::bigint[], $2::timestamptz[]) AS w(id, record_time)
        JOIN event e ON e.id = w.id AND e.record_time = w.record_time
        """,
        list(numbers),
        list(times),
    )
    return rows


async def copy_events(connection: asyncpg.Connection, rows: Iterable[EventValues]) -> None:
    """Write event rows of `EVENT_COLUMNS`."""
    await connection.copy_to_table(
        "event", source=packed_events(rows), columns=EVENT_COLUMNS, format="binary"
    )


async def delete_events(connection: asyncpg.Connection, ids: Iterable[tuple[int, int]]) -> None:
    """Delete the event rows of (id, record_time), with their moments."""
    numbers, times = zip(*sorted(ids), strict=True)
    await connection.execute(
        """
        DELETE FROM event e USING unnest($1::bigint[], $2::timestamptz[]) AS w(id, record_time)
        WHERE e.id = w.id AND e.record_time = w.record_time
        """,
        list(numbers),
        list(times),
    )
    await delete_moments(connection, numbers)
    await connection.execute("DELETE FROM postponed WHERE event_id = ANY($1::bigint[])", numbers)


async def place_events(
    connection: asyncpg.Connection,
    rows: Iterable[tuple[int, int, int, tuple[int, ...], tuple[int, ...]]],
) -> None:
    """Rewrite (id, record_time, revision, placements, contributions)."""
    await connection.executemany(
        """
        UPDATE event SET revision = $3, placements = $4::int[], contributions = $5::bigint[]
        WHERE id = $1 AND record_time = $2
        """,
        sorted(rows),
    )


async def add_moments(
    connection: asyncpg.Connection, rows: Sequence[tuple[str, int, bytes, int, int]]
) -> None:
    """Add (touchpoint, event_id, customer, occurred_at, record_time)."""
    await connection.copy_records_to_table(
        "moment",
        records=rows,
        columns=("touchpoint", "event_id", "customer", "occurred_at", "record_time"),
    )


async def delete_moments(connection: asyncpg.Connection, event_ids: Iterable[int]) -> None:
    """Take the moments of these events away."""
    await connection.execute(
        "DELETE FROM moment WHERE event_id = ANY($1::bigint[])", list(event_ids)
    )


async def make_day_partitions(connection: asyncpg.Connection, days: Iterable[int]) -> None:
    """Make the partitions of these days (whole days since 1970), outside any transaction.

    A day that already has rows in the default partition stays there, and so does one that
    another session locks: partitions are for pruning, never for what is counted.
    """
    for day in days:
        try:
            await connection.execute(
                "SELECT make_event_partition(to_timestamp($1::bigint * 86400)::date)", day
            )
        except (
            asyncpg.CheckViolationError,
            asyncpg.DuplicateTableError,
            asyncpg.InvalidObjectDefinitionError,
            asyncpg.LockNotAvailableError,
            asyncpg.DeadlockDetectedError,
            asyncpg.UniqueViolationError,
        ):
            continue
