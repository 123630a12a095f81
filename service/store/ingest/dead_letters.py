"""Items that could not become events, and what resolves those that await something."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import asyncpg

DEAD_LETTER_COLUMNS: Final = (
    "source",
    "topic",
    "partition",
    "offset",
    "item",
    "record_time",
    "key",
    "headers",
    "value",
    "reason",
    "detail",
    "conflict",
    "record_items",
    "awaits",
    "awaits_version",
)


async def copy_dead_letters(
    connection: asyncpg.Connection, rows: Iterable[tuple[Any, ...]]
) -> None:
    """Keep dead letters of `DEAD_LETTER_COLUMNS`, whole."""
    await connection.copy_records_to_table("dead_letter", records=rows, columns=DEAD_LETTER_COLUMNS)


async def keep_told(connection: asyncpg.Connection, told: Sequence[tuple[bytes, int, int]]) -> None:
    """Keep the greatest version that was told, and the latest record time of that, by sorted keys:
    dead letters that await it or an earlier one are resolved.
    """
    await connection.execute(
        """
        INSERT INTO told (key, version, record_time)
        SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::timestamptz[])
            AS w(key, version, record_time) ORDER BY key
        ON CONFLICT (key) DO UPDATE
        SET version = excluded.version, record_time = excluded.record_time
        WHERE (told.version, told.record_time) < (excluded.version, excluded.record_time)
        """,
        *map(list, zip(*told, strict=True)),
    )


async def lock_conflicts(connection: asyncpg.Connection, keys: Sequence[bytes]) -> set[bytes]:
    """Lock the dead letters of these conflict keys: the keys that have one.

    By id, as whoever retries dead letters locks them, and like them right behind the facts.
    """
    rows = await connection.fetch(
        "SELECT conflict FROM dead_letter WHERE conflict = ANY($1::bytea[]) ORDER BY id FOR UPDATE",
        keys,
    )
    return {row["conflict"] for row in rows}


async def delete_conflicts(connection: asyncpg.Connection, keys: Sequence[bytes]) -> None:
    """Delete the dead letters of these conflict keys."""
    await connection.execute("DELETE FROM dead_letter WHERE conflict = ANY($1::bytea[])", keys)
