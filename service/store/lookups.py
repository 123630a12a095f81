"""Responses that dead letters await and a tool may be asked for: which are due, and what it said.

A response is asked for once for all letters that await it, for the latest version first. What was
not told since is due again later and later: a tool may notify before its API knows, and a published
record may be lost.
"""

from collections.abc import Iterable
from typing import NamedTuple

import asyncpg

from service.store.dead_letters import Letter, read_letters


class Due(NamedTuple):
    """A letter that awaits a response, by the response's key and the version awaited."""

    key: bytes
    version: int
    letter: Letter


async def due_lookups(connection: asyncpg.Connection, source: str, limit: int) -> list[Due]:
    """Responses of a source that nobody told and that may be asked for now."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (awaits) awaits, awaits_version, id FROM dead_letter
        WHERE source = $1 AND awaits IS NOT NULL AND NOT discarded
            AND NOT EXISTS (SELECT FROM told WHERE key = awaits AND version >= awaits_version)
            AND NOT EXISTS (
                SELECT FROM lookup
                WHERE key = awaits AND version >= awaits_version AND next_at > now()
            )
        ORDER BY awaits, awaits_version DESC, id LIMIT $2
        """,
        source,
        limit,
    )
    awaited = {row["id"]: (row["awaits"], row["awaits_version"]) for row in rows}
    letters = await read_letters(connection, list(awaited))
    return [Due(*awaited[letter.id], letter) for letter in letters]


async def note_lookups(
    connection: asyncpg.Connection, asked: Iterable[tuple[bytes, int, str]]
) -> None:
    """Write down what was said about these keys, asked for as of these versions, "" where the whole
    was published. A later version than that before begins anew.
    """
    rows = sorted(asked)
    await connection.execute(
        """
        INSERT INTO lookup (key, version, times, next_at, said)
        SELECT key, version, 1, now() + interval '10 minutes', said
        FROM unnest($1::bytea[], $2::bigint[], $3::text[]) AS asked (key, version, said)
        ON CONFLICT (key) DO UPDATE SET
            version = greatest(lookup.version, excluded.version),
            times = CASE WHEN excluded.version > lookup.version THEN 1 ELSE lookup.times + 1 END,
            next_at = now() + interval '10 minutes' * CASE
                WHEN excluded.version > lookup.version THEN 1 ELSE 2 ^ least(lookup.times, 7)
            END,
            said = excluded.said
        """,
        [key for key, _, _ in rows],
        [version for _, version, _ in rows],
        [said for _, _, said in rows],
    )
