"""The audit: every number computed again from what is stored under it.

Three promises are held against the tables, in one snapshot: each bucket is the sum of the stored
contributions; the outcomes of every range of offsets add up to its items, and the ranges follow
each other without a gap; the log of batches agrees with facts, events and dead letters. All sums
are of whole numbers, so that a difference of one shows.
"""

from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class Difference(NamedTuple):
    """Two numbers that should be equal. `where` names them in the words of the framework."""

    what: str
    where: str
    recorded: str
    recomputed: str


SHOWN: Final = 100
"""At most so many differences of each sort are listed."""


async def audit(connection: AsyncConnection) -> list[Difference]:
    """All differences; empty means exact. The connection should be on one snapshot."""
    return [
        difference
        for statement in (_BUCKETS, _OUTCOMES, _RANGES, _ENDS, _TOTALS)
        for difference in await _differences(connection, statement)
    ]


async def proves_since(connection: AsyncConnection) -> datetime | None:
    """From when on numbers are proved by events; None: from the first on. What events that were
    dropped had added is taken as it was summed up then.
    """
    since: datetime | None = await connection.scalar(text("SELECT max(before) FROM pruned"))
    return since


async def _differences(connection: AsyncConnection, statement: str) -> list[Difference]:
    rows = await connection.execute(text(statement), {"shown": SHOWN})
    return [Difference(*map(str, row)) for row in rows]


_BUCKETS: Final = """
    WITH contributed AS (
        SELECT c.series, c.start, sum(c.flags & 1) AS n, sum((c.flags >> 1) & 1) AS hits,
               sum((c.flags >> 2) & 1) AS low, sum(c.value) AS total,
               sum(c.value * c.value) AS squares
        FROM (
            SELECT e.contributions[i]::int AS series, e.contributions[i + 1] AS flags,
                   e.contributions[i + 2]::numeric AS value,
                   date_bin('15 minutes', e.occurred_at, 'epoch'::timestamptz) AS start
            FROM event e, generate_series(1, cardinality(e.contributions), 3) AS i
        ) AS c
        GROUP BY c.series, c.start
    ), stated AS (
        SELECT t.series, t.start, sum(t.n) AS n, sum(t.hits) AS hits, sum(t.low) AS low,
               sum(t.total) AS total, sum(t.squares) AS squares
        FROM (
            SELECT series, start, n, hits, low, total, squares FROM contributed
            UNION ALL SELECT series, start, n, hits, low, total, squares FROM base
        ) AS t
        GROUP BY t.series, t.start
    ), kept AS (
        SELECT b.series, b.start, sum(b.n) AS n, sum(b.hits) AS hits, sum(b.low) AS low,
               sum(b.total) AS total, sum(b.squares) AS squares
        FROM bucket b GROUP BY b.series, b.start
    ), compared AS (
        SELECT coalesce(k.series, c.series) AS series, coalesce(k.start, c.start) AS start,
               ARRAY[coalesce(k.n, 0), coalesce(k.hits, 0), coalesce(k.low, 0),
                     coalesce(k.total, 0), coalesce(k.squares, 0)] AS recorded,
               ARRAY[coalesce(c.n, 0), coalesce(c.hits, 0), coalesce(c.low, 0),
                     coalesce(c.total, 0), coalesce(c.squares, 0)] AS recomputed
        FROM kept k FULL JOIN stated c ON k.series = c.series AND k.start = c.start
    )
    SELECT 'metric',
           format('%s at %s%s, 15 min from %s UTC', s.metric, s.scope,
                  CASE s.segment WHEN '' THEN '' ELSE ' (' || s.segment || ')' END,
                  to_char(d.start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')),
           'n, hits, low, total, squares ' || array_to_string(d.recorded, ' '),
           'n, hits, low, total, squares ' || array_to_string(d.recomputed, ' ')
    FROM compared d LEFT JOIN series s ON s.id = d.series
    WHERE d.recorded <> d.recomputed
    ORDER BY d.start, d.series LIMIT :shown
"""

_OUTCOMES: Final = """
    SELECT 'outcomes',
           format('%s/%s offsets %s to %s', b.topic, b.partition, b.first_offset, b.next_offset),
           b.items || ' items',
           (b.events + b.duplicates + b.superseded + b.ignored + b.dead_letters) || ' outcomes, '
               || (b.corrected_events + b.corrected_duplicates + b.corrected_superseded
                   + b.corrected_ignored + b.corrected_dead_letters - b.corrected_items)
               || ' left over by corrections'
    FROM batch b
    WHERE b.items <> b.events + b.duplicates + b.superseded + b.ignored + b.dead_letters
       OR b.corrected_events + b.corrected_duplicates + b.corrected_superseded
          + b.corrected_ignored + b.corrected_dead_letters <> b.corrected_items
    ORDER BY b.id LIMIT :shown
"""

_RANGES: Final = """
    SELECT 'offsets', format('%s/%s', r.topic, r.partition),
           'a range begins at ' || r.first_offset, 'the range before ends at ' || r.expected
    FROM (
        SELECT b.*, lag(b.next_offset) OVER (
                   PARTITION BY b.consumer_group, b.topic, b.partition ORDER BY b.id) AS expected
        FROM batch b
    ) AS r
    WHERE r.expected <> r.first_offset
    ORDER BY r.id LIMIT :shown
"""

_ENDS: Final = """
    SELECT 'offsets', format('%s/%s', l.topic, l.partition),
           format('read from %s to %s', l.first_offset, l.next_offset),
           format('log of batches from %s to %s', b.first_offset, b.next_offset)
    FROM ledger l
    LEFT JOIN (
        SELECT consumer_group, topic, partition, min(first_offset) AS first_offset,
               max(next_offset) AS next_offset
        FROM batch GROUP BY consumer_group, topic, partition
    ) AS b USING (consumer_group, topic, partition)
    WHERE coalesce(b.first_offset, l.first_offset) <> l.first_offset
       OR coalesce(b.next_offset, l.first_offset) <> l.next_offset
    ORDER BY l.topic, l.partition LIMIT :shown
"""

_TOTALS: Final = """
    SELECT 'totals', c.what, c.recorded, c.recomputed
    FROM (
        SELECT 'events in the log of batches, and facts' AS what,
               (SELECT coalesce(sum(events + corrected_events), 0) FROM batch) AS recorded,
               (SELECT count(*) FROM fact WHERE digest <> ''::bytea)
                   + (SELECT coalesce(sum(facts), 0) FROM pruned) AS recomputed
        UNION ALL
        SELECT 'dead letters in the log of batches, and stored ones',
               (SELECT coalesce(sum(dead_letters + corrected_dead_letters), 0) FROM batch),
               (SELECT count(*) FROM dead_letter)::numeric
        UNION ALL
        SELECT 'facts in force, and stored events',
               (SELECT count(*) FROM fact WHERE event_id IS NOT NULL)::numeric,
               (SELECT count(*) FROM fact f JOIN event e
                    ON e.id = f.event_id AND e.record_time = f.record_time)::numeric
        UNION ALL
        SELECT 'stored events, and facts in force',
               (SELECT count(*) FROM event)::numeric,
               (SELECT count(*) FROM fact WHERE event_id IS NOT NULL)::numeric
    ) AS c
    WHERE c.recorded <> c.recomputed LIMIT :shown
"""
