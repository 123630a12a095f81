"""Customers, what they did as far as rules ask, and what tells who is who."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import asyncpg


async def lock_customers(connection: asyncpg.Connection, keys: Sequence[bytes]) -> None:
    """Lock the sorted customers, made where absent."""
    # One value costs the client a tenth of what an array of thousands does.
    joined = b"".join(keys)
    await connection.execute(
        """
        INSERT INTO customer (key)
        SELECT substring($1::bytea FROM i * 16 + 1 FOR 16) AS k
        FROM generate_series(0, $2::int - 1) AS i ORDER BY k
        ON CONFLICT DO NOTHING
        """,
        joined,
        len(keys),
    )
    await connection.execute(
        """
        SELECT FROM generate_series(0, $2::int - 1) AS i
        JOIN customer c ON c.key = substring($1::bytea FROM i * 16 + 1 FOR 16)
        ORDER BY c.key FOR UPDATE OF c
        """,
        joined,
        len(keys),
    )


async def read_histories(
    connection: asyncpg.Connection, bounds: Sequence[tuple[bytes, int]]
) -> list[asyncpg.Record]:
    """History rows of (customer, bound) with occurred_at > bound."""
    customers, times = zip(*bounds, strict=True)
    rows: list[asyncpg.Record] = await connection.fetch(
        """
        SELECT h.customer, h.occurred_at, h.system, h.event, h.fact, h.kind,
               h.event_id, h.record_time
        FROM unnest($1::bytea[], $2::timestamptz[]) AS w(customer, bound)
        JOIN history h ON h.customer = w.customer AND h.occurred_at > w.bound
        """,
        list(customers),
        list(times),
    )
    return rows


async def count_older(
    connection: asyncpg.Connection, bounds: Sequence[tuple[bytes, int]]
) -> list[asyncpg.Record]:
    """How many history rows (customer, kind, count) lie at or before each customer's bound."""
    customers, times = zip(*bounds, strict=True)
    rows: list[asyncpg.Record] = await connection.fetch(
        """
        SELECT h.customer, h.kind, count(*) AS events
        FROM unnest($1::bytea[], $2::timestamptz[]) AS w(customer, bound)
        JOIN history h ON h.customer = w.customer AND h.occurred_at <= w.bound
        GROUP BY h.customer, h.kind
        """,
        list(customers),
        list(times),
    )
    return rows


HISTORY_COLUMNS: Final = (
    "customer",
    "occurred_at",
    "system",
    "event",
    "fact",
    "kind",
    "event_id",
    "record_time",
)


async def delete_history(
    connection: asyncpg.Connection, rows: Sequence[tuple[bytes, int, str, str, bytes]]
) -> None:
    """Delete history rows by (customer, occurred_at, system, event, fact)."""
    await connection.execute(
        """
        DELETE FROM history h
        USING unnest($1::bytea[], $2::timestamptz[], $3::text[], $4::text[], $5::bytea[])
            AS w(customer, occurred_at, system, event, fact)
        WHERE h.customer = w.customer AND h.occurred_at = w.occurred_at
            AND h.system = w.system AND h.event = w.event AND h.fact = w.fact
        """,
        *map(list, zip(*sorted(rows), strict=True)),
    )


async def copy_history(connection: asyncpg.Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write history rows of `HISTORY_COLUMNS`."""
    await connection.copy_records_to_table("history", records=rows, columns=HISTORY_COLUMNS)


async def add_identifiers(
    connection: asyncpg.Connection, rows: Sequence[tuple[bytes, str, str | None]]
) -> None:
    """Keep sorted identifiers; a clear value stays once it was given."""
    await connection.execute(
        """
        INSERT INTO identifier (key, namespace, value)
        SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[]) AS w ORDER BY 1
        ON CONFLICT (key) DO UPDATE SET value = excluded.value
        WHERE identifier.value IS NULL AND excluded.value IS NOT NULL
        """,
        *map(list, zip(*rows, strict=True)),
    )


async def add_links(
    connection: asyncpg.Connection, rows: Sequence[tuple[bytes, bytes, str]]
) -> None:
    """Keep sorted links; a link that was ever stated as strong is strong."""
    await connection.execute(
        """
        INSERT INTO link (one, other, strength)
        SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::text[]) AS w ORDER BY 1, 2
        ON CONFLICT (one, other) DO UPDATE SET strength = 'strong'
        WHERE link.strength <> 'strong' AND excluded.strength = 'strong'
        """,
        *map(list, zip(*rows, strict=True)),
    )
