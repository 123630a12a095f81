"""A database that has been at work for long: millions of facts and events of earlier days."""

from typing import Final

import asyncpg

A_TIME: Final = 500_000
DAYS_AGO: Final = 30


async def store(connection: asyncpg.Connection, events: int) -> None:
    """Make so many facts and events, spread over the month before yesterday."""
    for day in range(2, DAYS_AGO + 2):
        await connection.execute(
            "SELECT make_event_partition((now() - $1 * '1 d'::interval)::date)", day
        )
    for first in range(0, events, A_TIME):
        last = min(events, first + A_TIME) - 1
        await connection.execute(_FACTS, first, last)
        await connection.execute(_EVENTS, first, last)
    await connection.execute("ANALYZE fact, event")


_AT: Final = f"now() - make_interval(days => 2 + (n % {DAYS_AGO})::int)"
_FACTS: Final = f"""
    INSERT INTO fact (key, version, digest, event_id, record_time)
    SELECT decode(md5(n::text), 'hex'), 0, decode(md5('content' || n), 'hex'), -n, {_AT}
    FROM generate_series($1::bigint, $2::bigint) AS n
"""
_EVENTS: Final = f"""
    INSERT INTO event (id, record_time, occurred_at, source, kind, customer, revision, placements,
                       contributions, topic, partition, "offset", item, document)
    SELECT -n, {_AT}, {_AT}, 'earlier', 'behaviour.page', decode(md5((n % 50000)::text), 'hex'), 1,
           '{{1}}', '{{}}', 'earlier', 0, n, 0,
           decode(repeat(md5(n::text), 26), 'hex')
    FROM generate_series($1::bigint, $2::bigint) AS n
"""
