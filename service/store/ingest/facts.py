"""What stands of each fact: its version, its digest and the event that states it."""

from collections.abc import Sequence
from typing import Final

import asyncpg


async def lock_facts(connection: asyncpg.Connection, keys: Sequence[bytes]) -> list[asyncpg.Record]:
    """Lock those of the sorted `keys` that are there, and read all their columns."""
    rows: list[asyncpg.Record] = await connection.fetch(
        """
        SELECT f.key, f.version, f.digest, f.event_id, f.record_time
        FROM generate_series(0, $2::int - 1) AS i
        JOIN fact f ON f.key = substring($1::bytea FROM i * 16 + 1 FOR 16)
        ORDER BY f.key
        FOR UPDATE OF f
        """,
        # One value costs the client a tenth of what an array of thousands does.
        b"".join(keys),
        len(keys),
    )
    return rows


FactRow = tuple[bytes, int, bytes, int | None, int]
"""key, version, digest, event_id, record_time."""

FACT_COLUMNS: Final = ("key", "version", "digest", "event_id", "record_time")


async def copy_facts(connection: asyncpg.Connection, rows: Sequence[FactRow]) -> None:
    """Write absent facts, sorted. Raises UniqueViolationError if one is there after all."""
    await connection.copy_records_to_table("fact", records=rows, columns=FACT_COLUMNS)


async def make_facts(connection: asyncpg.Connection, keys: Sequence[bytes]) -> None:
    """Make the absent ones of the sorted `keys`, with an empty digest: nothing is stated yet.

    To be called outside any transaction: made under other locks, they could wait in a circle with
    somebody who copies facts.
    """
    await connection.execute(
        """
        INSERT INTO fact (key, version, digest)
        SELECT k, 0, ''::bytea FROM unnest($1::bytea[]) AS k ORDER BY k
        ON CONFLICT DO NOTHING
        """,
        keys,
    )


async def update_facts(connection: asyncpg.Connection, rows: Sequence[FactRow]) -> None:
    """Write what stands for facts that are locked already."""
    await connection.execute(
        """
        UPDATE fact f
        SET version = n.version, digest = n.digest,
            event_id = n.event_id, record_time = n.record_time
        FROM unnest($1::bytea[], $2::bigint[], $3::bytea[], $4::bigint[], $5::timestamptz[])
            AS n(key, version, digest, event_id, record_time)
        WHERE f.key = n.key
        """,
        *map(list, zip(*rows, strict=True)),
    )
