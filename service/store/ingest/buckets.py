"""The sums of every series, a row for each quarter of an hour."""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg


class BucketSums(NamedTuple):
    """What to add to one bucket."""

    series: int
    start: int
    n: int
    hits: int
    low: int
    total: int
    squares: int


async def add_to_buckets(connection: asyncpg.Connection, rows: Sequence[BucketSums]) -> None:
    """Add to sorted buckets, made where absent."""
    await connection.execute(
        """
        INSERT INTO bucket (series, start, stripe, n, hits, low, total, squares)
        SELECT series, start, 0, n, hits, low, total, squares
        FROM unnest($1::int[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::bigint[],
                    $6::numeric[], $7::numeric[])
            AS w(series, start, n, hits, low, total, squares)
        ORDER BY series, start
        ON CONFLICT (series, start, stripe) DO UPDATE SET
            n = bucket.n + excluded.n,
            hits = bucket.hits + excluded.hits,
            low = bucket.low + excluded.low,
            total = bucket.total + excluded.total,
            squares = bucket.squares + excluded.squares
        """,
        *map(list, zip(*rows, strict=True)),
    )


async def drop_empty_buckets(
    connection: asyncpg.Connection, keys: Sequence[tuple[int, int]]
) -> None:
    """Delete those of (series, start) to which nothing contributes any more."""
    numbers, starts = zip(*keys, strict=True)
    await connection.execute(
        """
        DELETE FROM bucket b USING unnest($1::int[], $2::timestamptz[]) AS w(series, start)
        WHERE b.series = w.series AND b.start = w.start
            AND b.n = 0 AND b.hits = 0 AND b.low = 0 AND b.total = 0 AND b.squares = 0
        """,
        list(numbers),
        list(starts),
    )
