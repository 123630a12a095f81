"""Rebuilds: which events are still under another revision, and the journal of who began what.

A rebuild without an end is under way, or was cut off and goes on when it is begun again.
"""

import json
from typing import Final, NamedTuple

import asyncpg

FIRST: Final = -(2**63)
"""Before every event's id."""


class Found(NamedTuple):
    """An event that is under another revision."""

    id: int
    record_time_us: int
    customer: bytes
    kind: str
    document: bytes


async def begin(connection: asyncpg.Connection, revision: int, author: str) -> None:
    """Journal a rebuild with the offsets that it begins at, unless one is under way."""
    async with connection.transaction():
        await connection.execute("LOCK TABLE rebuild IN SHARE ROW EXCLUSIVE MODE")
        ledger = await connection.fetch(
            "SELECT topic, partition, next_offset FROM ledger ORDER BY topic, partition"
        )
        await connection.execute(
            """
            INSERT INTO rebuild (revision, author, offsets)
            SELECT $1, $2, $3::jsonb WHERE NOT EXISTS (SELECT FROM rebuild WHERE ended_at IS NULL)
            """,
            revision,
            author,
            json.dumps([list(row) for row in ledger]),
        )


async def count_left(connection: asyncpg.Connection, revision: int) -> int:
    """How many events are under another revision than this one."""
    count: int = await connection.fetchval(
        "SELECT count(*) FROM event WHERE revision <> $1", revision
    )
    return count


async def next_events(
    connection: asyncpg.Connection, revision: int, after: int, limit: int
) -> list[Found]:
    """The next events by id that are under another revision than this one."""
    rows = await connection.fetch(
        """
        SELECT id, record_time, customer, kind, document FROM event
        WHERE id > $2 AND revision <> $1 ORDER BY id LIMIT $3
        """,
        revision,
        after,
        limit,
    )
    return [Found(*row) for row in rows]


async def end(connection: asyncpg.Connection) -> None:
    """No event is left: journal the end of what is under way."""
    await connection.execute("UPDATE rebuild SET ended_at = now() WHERE ended_at IS NULL")
