"""How large the database is, and how it grows."""

from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class Size(NamedTuple):
    """Bytes on disk with indexes. `grown_bytes_a_day` is what the last week's events took a day,
    at the average of all stored events.
    """

    all_bytes: int
    event_bytes: int
    fact_bytes: int
    events_a_day: int
    grown_bytes_a_day: int


async def size(connection: AsyncConnection) -> Size:
    """The size as the database's catalogue tells it; counts of rows are its estimates."""
    row = (await connection.execute(text(_SIZE))).one()
    return Size(*map(int, row))


_SIZE: Final = """
    WITH tables AS (
        SELECT CASE WHEN inhparent = 'event'::regclass THEN 'event'
                    WHEN inhparent = 'fact'::regclass THEN 'fact' ELSE 'other' END AS name,
               pg_total_relation_size(c.oid) AS bytes, greatest(c.reltuples, 0) AS estimated
        FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    ), sums AS (
        SELECT sum(bytes) AS everything,
               coalesce(sum(bytes) FILTER (WHERE name = 'event'), 0) AS events,
               coalesce(sum(bytes) FILTER (WHERE name = 'fact'), 0) AS facts
        FROM tables
    ), lately AS (
        SELECT coalesce(sum(events), 0) / 7 AS a_day FROM batch
        WHERE committed_at > now() - interval '7 days'
    ), stored AS (
        SELECT coalesce(sum(events + corrected_events), 0)
               - (SELECT coalesce(sum(facts), 0) FROM pruned) AS events FROM batch
    )
    SELECT s.everything, s.events, s.facts, l.a_day,
           CASE WHEN d.events > 0 THEN l.a_day * s.everything / d.events ELSE 0 END
    FROM sums s, lately l, stored d
"""
