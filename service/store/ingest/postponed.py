"""Events that wait to be placed again, because one batch may not change that many."""

from collections.abc import Sequence

import asyncpg


async def postpone(connection: asyncpg.Connection, rows: Sequence[tuple[bytes, int, int]]) -> None:
    """Keep that these (customer, event_id, record_time), sorted, are to be placed again."""
    await connection.execute(
        """
        INSERT INTO postponed (customer, event_id, record_time)
        SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::timestamptz[]) AS w ORDER BY 1, 2
        ON CONFLICT DO NOTHING
        """,
        *map(list, zip(*rows, strict=True)),
    )


async def first_postponed(connection: asyncpg.Connection) -> bytes | None:
    """A customer whose events wait to be placed again, if there is one."""
    customer: bytes | None = await connection.fetchval(
        "SELECT customer FROM postponed ORDER BY customer, event_id LIMIT 1"
    )
    return customer


async def read_postponed(
    connection: asyncpg.Connection, customer: bytes, limit: int
) -> list[tuple[int, int]]:
    """(event_id, record_time) of events of a locked customer that wait, at most `limit`."""
    rows = await connection.fetch(
        """
        SELECT event_id, record_time FROM postponed WHERE customer = $1
        ORDER BY event_id LIMIT $2
        """,
        customer,
        limit,
    )
    return [(row["event_id"], row["record_time"]) for row in rows]


async def forget_postponed(
    connection: asyncpg.Connection, customer: bytes, event_ids: Sequence[int]
) -> None:
    """These events of the customer wait no more."""
    await connection.execute(
        "DELETE FROM postponed WHERE customer = $1 AND event_id = ANY($2::bigint[])",
        customer,
        event_ids,
    )
