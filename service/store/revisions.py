"""Revisions of the framework: applying one, reading them back.

Applying changes everything in one transaction or nothing. It waits for the batches that run,
keeps new ones out, builds the histories and moments that the new rules ask for, writes the first
offset of the revision for each partition, and only then lets ingest go on: so a revision never
changes within a batch.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from service import canonical
from service.faults import crash_point
from service.history.needs import NOTHING_ASKED, HistoryNeeds
from service.store.ingest import HISTORY_COLUMNS

HISTORY_ROWS_A_TIME: Final = 5_000


class NewRevision(NamedTuple):
    """A framework that was loaded and checked, ready to be applied."""

    author: str
    digest: bytes
    files: dict[str, str]
    changes: Sequence[str]
    needs: HistoryNeeds
    watched: frozenset[str]
    """Touchpoints that a milestone detector watches."""


class Applied(NamedTuple):
    """From where a revision counts. `earlier_events` keep their placement."""

    revision: int
    first_offsets: list[tuple[str, int, int]]
    earlier_events: int


class Unchanged(NamedTuple):
    """The revision in force says the same already."""

    revision: int


class StoredRevision(NamedTuple):
    id: int
    files: dict[str, str]
    needs: HistoryNeeds


async def current_revision(connection: asyncpg.Connection) -> int | None:
    """The number of the revision in force, None if none was ever applied."""
    number: int | None = await connection.fetchval("SELECT max(id) FROM revision")
    return number


async def read_revision(connection: asyncpg.Connection, id: int) -> StoredRevision:
    """A revision as applied. Raises LookupError if there is none of this number."""
    row = await connection.fetchrow("SELECT files, history FROM revision WHERE id = $1", id)
    if row is None:
        raise LookupError(f"no revision {id} was applied")
    needs = HistoryNeeds.from_json(json.loads(row["history"]))
    return StoredRevision(id, json.loads(row["files"]), needs)


async def apply_revision(connection: asyncpg.Connection, new: NewRevision) -> Applied | Unchanged:
    """Make `new` the revision in force, from the next record of each partition on.

    Raises asyncpg.LockNotAvailableError if batches hold the ledger longer than `lock_timeout`.
    """
    async with connection.transaction():
        await connection.execute("LOCK TABLE ledger IN EXCLUSIVE MODE")
        last = await connection.fetchrow(
            "SELECT id, digest, history FROM revision ORDER BY id DESC LIMIT 1"
        )
        if last is not None and last["digest"] == new.digest:
            return Unchanged(last["id"])
        before = HistoryNeeds.from_json(json.loads(last["history"])) if last else NOTHING_ASKED
        number = last["id"] + 1 if last else 1
        needs = before.with_those_of(new.needs)
        await _insert(connection, number, new, needs)
        await _build_histories(connection, before, needs)
        await _mark_moments(connection, sorted(new.watched))
        first_offsets = await _journal(connection, number)
        earlier: int = await connection.fetchval(
            "SELECT coalesce(sum(events + corrected_events), 0)::bigint FROM batch"
        )
        crash_point("before_apply_commit")
    crash_point("after_apply_commit")
    return Applied(number, first_offsets, earlier)


async def _insert(
    connection: asyncpg.Connection, number: int, new: NewRevision, needs: HistoryNeeds
) -> None:
    await connection.execute(
        """
        INSERT INTO revision (id, author, digest, files, changes, history)
        VALUES ($1, $2, $3, $4::jsonb, $5::jsonb, $6::jsonb)
        """,
        number,
        new.author,
        new.digest,
        json.dumps(new.files),
        json.dumps(list(new.changes)),
        json.dumps(needs.as_json()),
    )


async def _journal(connection: asyncpg.Connection, number: int) -> list[tuple[str, int, int]]:
    rows = await connection.fetch(
        """
        INSERT INTO revision_start (revision, topic, partition, first_offset)
        SELECT $1::int, topic, partition, next_offset FROM ledger
        RETURNING topic, partition, first_offset
        """,
        number,
    )
    await connection.execute("UPDATE ledger SET revision = $1", number)
    return sorted(tuple(row) for row in rows)


async def _build_histories(
    connection: asyncpg.Connection, before: HistoryNeeds, needs: HistoryNeeds
) -> None:
    """Keep the stored events of kinds that no rule asked about before."""
    kinds = [row["kind"] for row in await connection.fetch("SELECT DISTINCT kind FROM event")]
    new = [kind for kind in kinds if needs.keeps(kind) and not before.keeps(kind)]
    if not new:
        return
    cursor = await connection.cursor(
        "SELECT id, record_time, customer, document FROM event WHERE kind = ANY($1::text[])", new
    )
    while rows := await cursor.fetch(HISTORY_ROWS_A_TIME):
        await connection.copy_records_to_table(
            "history", records=_history_rows(rows), columns=HISTORY_COLUMNS
        )


def _history_rows(rows: Iterable[asyncpg.Record]) -> list[tuple[Any, ...]]:
    entries = []
    for row in rows:
        event = canonical.decode(row["document"])
        fact = canonical.fact_key(event.system, event.fact_id)
        entries.append(
            (
                row["customer"],
                event.occurred_at_us,
                event.system,
                event.id,
                fact,
                event.kind,
                row["id"],
                row["record_time"],
            )
        )
    return entries


async def _mark_moments(connection: asyncpg.Connection, watched: list[str]) -> None:
    """Mark the stored placements at touchpoints that are watched from now on."""
    await connection.execute("DELETE FROM moment WHERE NOT touchpoint = ANY($1::text[])", watched)
    marked = await connection.fetch("SELECT DISTINCT touchpoint FROM moment")
    new = sorted(set(watched) - {row["touchpoint"] for row in marked})
    if new:
        await connection.execute(
            """
            INSERT INTO moment (touchpoint, event_id, customer, occurred_at, record_time)
            SELECT p.touchpoint, e.id, e.customer, e.occurred_at, e.record_time
            FROM "placing" p JOIN event e ON p.id = ANY(e.placements)
            WHERE p.touchpoint = ANY($1::text[])
            ON CONFLICT DO NOTHING
            """,
            new,
        )
