"""How far each partition is settled, and the log of what its records became."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import asyncpg


class LedgerRow(NamedTuple):
    """How far a partition is settled, and the revision in force for what comes next."""

    topic: str
    partition: int
    next_offset: int
    revision: int


async def lock_ledger(
    connection: asyncpg.Connection, group: str, partitions: Iterable[tuple[str, int]]
) -> list[LedgerRow]:
    """Lock the ledger rows of these partitions and read them as they are after the wait."""
    topics, numbers = zip(*sorted(partitions), strict=True)
    rows = await connection.fetch(
        """
        SELECT l.topic, l.partition, l.next_offset, l.revision
        FROM unnest($2::text[], $3::int[]) AS p(topic, partition)
        JOIN ledger l ON l.consumer_group = $1
            AND l.topic = p.topic AND l.partition = p.partition
        ORDER BY l.topic, l.partition
        FOR UPDATE OF l
        """,
        group,
        list(topics),
        list(numbers),
    )
    return [LedgerRow(*row) for row in rows]


async def move_ledger(
    connection: asyncpg.Connection, group: str, offsets: Sequence[tuple[str, int, int]]
) -> None:
    """Write `next_offset` of (topic, partition, next_offset); the rows are locked already."""
    topics, partitions, next_offsets = zip(*offsets, strict=True)
    await connection.execute(
        """
        UPDATE ledger l SET next_offset = p.next_offset
        FROM unnest($2::text[], $3::int[], $4::bigint[]) AS p(topic, partition, next_offset)
        WHERE l.consumer_group = $1 AND l.topic = p.topic AND l.partition = p.partition
        """,
        group,
        list(topics),
        list(partitions),
        list(next_offsets),
    )


async def hold_revision(connection: asyncpg.Connection) -> int:
    """The revision in force; it stays until the transaction ends, because `apply` waits for it."""
    await connection.execute("LOCK TABLE ledger IN ROW SHARE MODE")
    revision: int = await connection.fetchval("SELECT max(id) FROM revision")
    return revision


BATCH_COLUMNS: Final = (
    "consumer_group",
    "topic",
    "partition",
    "first_offset",
    "next_offset",
    "revision",
    "records",
    "items",
    "events",
    "duplicates",
    "superseded",
    "ignored",
    "dead_letters",
    "corrected_events",
    "corrected_duplicates",
    "corrected_superseded",
    "corrected_dead_letters",
)


async def log_batch(connection: asyncpg.Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Append the outcomes of a batch, a row of `BATCH_COLUMNS` per partition."""
    await connection.copy_records_to_table("batch", records=rows, columns=BATCH_COLUMNS)
