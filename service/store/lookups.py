"""Responses that dead letters await and a tool may be asked for: which are due, and what it said.

A response is asked for once for all letters that await it. What was not told since is due again
later and later: a tool may notify before its API knows, and a published record may be lost.
"""

from collections.abc import Iterable
from typing import NamedTuple

import asyncpg

from service.store.dead_letters import Letter, read_letters


class Due(NamedTuple):
    """A letter that awaits a response, by the response's key."""

    key: bytes
    letter: Letter


async def due_lookups(connection: asyncpg.Connection, source: str, limit: int) -> list[Due]:
    """Responses of a source that nobody told and that may be asked for now."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (awaits) awaits, id FROM dead_letter
        WHERE source = $1 AND awaits IS NOT NULL AND NOT discarded
            AND NOT EXISTS (SELECT FROM told WHERE key = awaits)
            AND NOT EXISTS (SELECT FROM lookup WHERE key = awaits AND next_at > now())
        ORDER BY awaits, id LIMIT $2
        """,
        source,
        limit,
    )
    keys = {row["id"]: row["awaits"] for row in rows}
    return [Due(keys[each.id], each) for each in await read_letters(connection, list(keys))]


async def note_lookups(connection: asyncpg.Connection, asked: Iterable[tuple[bytes, str]]) -> None:
    """Write down what was said about these keys, "" where the whole was published."""
    rows = sorted(asked)
    await connection.execute(
        """
        INSERT INTO lookup (key, times, next_at, said)
        SELECT key, 1, now() + interval '10 minutes', said
        FROM unnest($1::bytea[], $2::text[]) AS asked (key, said)
        ON CONFLICT (key) DO UPDATE SET
            times = lookup.times + 1,
            next_at = now() + interval '10 minutes' * 2 ^ least(lookup.times, 7),
            said = excluded.said
        """,
        [key for key, _ in rows],
        [said for _, said in rows],
    )
