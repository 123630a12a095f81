"""Dropping events of long ago, whole partitions at a time; what they added to metrics stays.

One transaction, or nothing. Their contributions become a row of `base` for each bucket, so that the
audit still finds every number; their facts are forgotten, so that a copy of one which comes after
all would count again. Histories stay: the hundredth order counts those that were dropped.
"""

from datetime import datetime
from typing import Final, NamedTuple

import asyncpg

from service.store.dead_letters import lock_journal


class Pruned(NamedTuple):
    """How much is gone."""

    events: int
    facts: int


async def prune(connection: asyncpg.Connection, before: datetime, author: str) -> Pruned:
    """Drop the events whose records are older than `before`, a midnight of UTC.

    Waits for the batches that run and keeps new ones out. Raises what the database raises.
    """
    async with connection.transaction():
        await connection.execute("SET LOCAL statement_timeout = 0")
        await lock_journal(connection)
        await connection.execute("LOCK TABLE ledger IN EXCLUSIVE MODE")
        await connection.execute(_BASE, before)
        gone = Pruned(
            await connection.fetchval(_COUNT_EVENTS, before),
            await connection.fetchval(_DROP_FACTS, before),
        )
        for statement in (*_EVENTS_AND_WHAT_POINTS_AT_THEM, *_LETTERS_AND_WHAT_RESOLVES_THEM):
            await connection.execute(statement, before)
        await connection.execute(_JOURNAL, before, author, *gone)
    return gone


_BASE: Final = """
    INSERT INTO base (series, start, n, hits, low, total, squares)
    SELECT c.series, c.start, sum(c.flags & 1), sum((c.flags >> 1) & 1), sum((c.flags >> 2) & 1),
           sum(c.value), sum(c.value * c.value)
    FROM (
        SELECT e.contributions[i]::int AS series, e.contributions[i + 1] AS flags,
               e.contributions[i + 2]::numeric AS value,
               date_bin('15 minutes', e.occurred_at, 'epoch'::timestamptz) AS start
        FROM event e, generate_series(1, cardinality(e.contributions), 3) AS i
        WHERE e.record_time < $1
    ) AS c
    GROUP BY c.series, c.start ORDER BY c.series, c.start
    ON CONFLICT (series, start) DO UPDATE SET
        n = base.n + excluded.n,
        hits = base.hits + excluded.hits,
        low = base.low + excluded.low,
        total = base.total + excluded.total,
        squares = base.squares + excluded.squares
"""
_COUNT_EVENTS: Final = "SELECT count(*) FROM event WHERE record_time < $1"
_DROP_FACTS: Final = """
    WITH gone AS (DELETE FROM fact WHERE record_time < $1 RETURNING digest)
    SELECT count(*) FROM gone WHERE digest <> ''::bytea
"""
_DROP_MOMENTS: Final = "DELETE FROM moment WHERE record_time < $1"
_DROP_WAITING: Final = "DELETE FROM postponed WHERE record_time < $1"
_DROP_PARTITIONS: Final = "SELECT drop_event_partitions($1)"
_DROP_EVENTS: Final = "DELETE FROM event WHERE record_time < $1"
_EVENTS_AND_WHAT_POINTS_AT_THEM: Final = (
    _DROP_MOMENTS,
    _DROP_WAITING,
    _DROP_PARTITIONS,
    _DROP_EVENTS,
)
_EMPTY_RESOLVED: Final = """
    UPDATE dead_letter d
    SET discarded = true, key = NULL, headers = '[]'::bytea, value = NULL
    FROM told t
    WHERE t.key = d.awaits AND t.version >= d.awaits_version
        AND d.record_time < $1 AND NOT d.discarded
"""
_DROP_TOLD: Final = """
    DELETE FROM told t WHERE record_time < $1 AND NOT EXISTS (
        SELECT FROM dead_letter d
        WHERE d.awaits = t.key AND d.awaits_version <= t.version AND NOT d.discarded
    )
"""
_DROP_LOOKUPS: Final = """
    DELETE FROM lookup l WHERE next_at < $1
        AND NOT EXISTS (SELECT FROM dead_letter d WHERE d.awaits = l.key AND NOT d.discarded)
"""
_LETTERS_AND_WHAT_RESOLVES_THEM: Final = (_EMPTY_RESOLVED, _DROP_TOLD, _DROP_LOOKUPS)
_JOURNAL: Final = """
    INSERT INTO pruned (before, author, events, facts) VALUES ($1, $2, $3, $4)
    ON CONFLICT (before) DO UPDATE SET
        events = pruned.events + excluded.events, facts = pruned.facts + excluded.facts
"""
