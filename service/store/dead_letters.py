"""Dead letters as they are decided about: found, locked, settled anew or discarded, journaled.

Whoever decides holds the journal first and from then on is alone; dead letters are locked right
behind the facts and by id. Times are microseconds since 1970.
"""

import base64
import json
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import asyncpg
from msgspec.structs import astuple

from service.event import Position, Record
from service.store.ingest import DEAD_LETTER_COLUMNS

Decision: TypeAlias = Literal["retry", "discard"]


class Selection(NamedTuple):
    """Which dead letters are meant; what is None does not matter. Times are record times."""

    numbers: tuple[int, ...] | None = None
    source: str | None = None
    reason: str | None = None
    since_us: int | None = None
    until_us: int | None = None


class FoundLetter(NamedTuple):
    """A dead letter by its number, and how much it holds."""

    id: int
    stored_bytes: int


class Letter(NamedTuple):
    """A dead letter, whole."""

    id: int
    source: str
    record: Record
    item: int
    reason: str
    conflict: bytes | None
    record_items: int | None


class Decided(NamedTuple):
    """Who decides what about dead letters, why, and under which revision."""

    author: str
    decision: Decision
    because: str
    revision: int


async def newest_letter(connection: asyncpg.Connection) -> int:
    """The greatest number of a dead letter, 0 if there is none."""
    number: int = await connection.fetchval("SELECT coalesce(max(id), 0) FROM dead_letter")
    return number


async def find_letters(
    connection: asyncpg.Connection, selection: Selection, after: int, up_to: int, limit: int
) -> list[FoundLetter]:
    """The next of the selected letters, by number."""
    rows = await connection.fetch(
        """
        SELECT id, octet_length(headers) + coalesce(octet_length(key), 0)
                   + coalesce(octet_length(value), 0)
        FROM dead_letter
        WHERE id > $6 AND id <= $7 AND NOT discarded
            AND NOT EXISTS (SELECT FROM told WHERE key = awaits AND version >= awaits_version)
            AND ($1::bigint[] IS NULL OR id = ANY($1))
            AND ($2::text IS NULL OR source = $2)
            AND ($3::text IS NULL OR reason = $3)
            AND ($4::timestamptz IS NULL OR record_time >= $4)
            AND ($5::timestamptz IS NULL OR record_time < $5)
        ORDER BY id LIMIT $8
        """,
        *selection,
        after,
        up_to,
        limit,
    )
    return [FoundLetter(*row) for row in rows]


async def read_letters(connection: asyncpg.Connection, ids: Sequence[int]) -> list[Letter]:
    """These letters as they are now, by number; those that are gone or discarded are left out."""
    rows = await connection.fetch(
        """
        SELECT id, source, topic, partition, "offset", record_time, key, headers, value,
               item, reason, conflict, record_items
        FROM dead_letter WHERE id = ANY($1::bigint[]) AND NOT discarded ORDER BY id
        """,
        ids,
    )
    return [_letter(row) for row in rows]


def _letter(row: asyncpg.Record) -> Letter:
    record = Record(
        Position(row["topic"], row["partition"], row["offset"]),
        row["record_time"],
        row["key"],
        tuple((name, base64.b64decode(value)) for name, value in json.loads(row["headers"])),
        row["value"],
    )
    return Letter(
        row["id"],
        row["source"],
        record,
        row["item"],
        row["reason"],
        row["conflict"],
        row["record_items"],
    )


async def lock_journal(connection: asyncpg.Connection) -> None:
    """Wait until nobody else decides about dead letters; to be called first."""
    await connection.execute("LOCK TABLE letter_journal IN EXCLUSIVE MODE")


class Locked(NamedTuple):
    """Which of the letters are still what they were when they were read, and the conflict keys
    that have a letter beside them.
    """

    standing: frozenset[int]
    conflicts: frozenset[bytes]


async def lock_letters(
    connection: asyncpg.Connection, letters: Iterable[Letter], conflicts: Sequence[bytes]
) -> Locked:
    """Lock these letters and those of the conflict keys, together, so that nobody waits in a
    circle.
    """
    read = {letter.id: letter.record_items for letter in letters}
    rows = await connection.fetch(
        """
        SELECT id, conflict, record_items, discarded FROM dead_letter
        WHERE id = ANY($1::bigint[]) OR conflict = ANY($2::bytea[])
        ORDER BY id FOR UPDATE
        """,
        list(read),
        conflicts,
    )
    standing = frozenset(
        row["id"]
        for row in rows
        if not row["discarded"] and read.get(row["id"], -1) == row["record_items"]
    )
    others = (row["conflict"] for row in rows if row["id"] not in standing)
    return Locked(standing, frozenset(key for key in others if key is not None))


async def replace_letters(
    connection: asyncpg.Connection,
    letters: Iterable[Letter],
    rows: Iterable[tuple[Any, ...]],
) -> None:
    """Put `rows` of `DEAD_LETTER_COLUMNS` in the place of letters that are locked.

    What is dead at the place of one of the letters keeps its number.
    """
    numbers = {(*astuple(letter.record.position), letter.item): letter.id for letter in letters}
    await connection.execute(
        "DELETE FROM dead_letter WHERE id = ANY($1::bigint[])", list(numbers.values())
    )
    staying, new = [], []
    for row in rows:
        number = numbers.get(row[_PLACE])
        if number is None:
            new.append(row)
        else:
            staying.append((number, *row))
    for columns, records in ((("id", *DEAD_LETTER_COLUMNS), staying), (DEAD_LETTER_COLUMNS, new)):
        if records:
            await connection.copy_records_to_table("dead_letter", records=records, columns=columns)


_PLACE: Final = slice(1, 5)
"""Topic, partition, offset and item in a row of `DEAD_LETTER_COLUMNS`."""


async def discard_letters(
    connection: asyncpg.Connection, decided: Decided, ids: Sequence[int]
) -> int:
    """Empty those of these letters that are there, and write it down: how many.

    The rows stay, and with them what was counted; the journal is locked already.
    """
    done: str = await connection.execute(
        """
        WITH locked AS (
            SELECT id FROM dead_letter WHERE id = ANY($5::bigint[]) AND NOT discarded
            ORDER BY id FOR UPDATE
        ), emptied AS (
            UPDATE dead_letter d
            SET discarded = true, key = NULL, headers = '[]'::bytea, value = NULL
            FROM locked WHERE d.id = locked.id
            RETURNING d.topic, d.partition, d."offset", d.item, d.reason, d.conflict
        )
        INSERT INTO letter_journal (author, decision, because, revision,
                                    topic, partition, "offset", item, reason, conflict)
        SELECT $1::text, $2::text, $3::text, $4::int, e.* FROM emptied e
        """,
        *decided,
        ids,
    )
    return int(done.rpartition(" ")[2])


async def journal_letters(
    connection: asyncpg.Connection, decided: Decided, letters: Iterable[Letter]
) -> None:
    """Write down what was decided about these letters; the journal is locked already."""
    await connection.copy_records_to_table(
        "letter_journal",
        records=[
            (
                *decided,
                *astuple(letter.record.position),
                letter.item,
                letter.reason,
                letter.conflict,
            )
            for letter in letters
        ],
        columns=_JOURNAL_COLUMNS,
    )


_JOURNAL_COLUMNS: Final = (
    *Decided._fields,
    "topic",
    "partition",
    "offset",
    "item",
    "reason",
    "conflict",
)

CORRECTED_COLUMNS: Final = (
    "corrected_items",
    "corrected_events",
    "corrected_duplicates",
    "corrected_superseded",
    "corrected_ignored",
    "corrected_dead_letters",
)


async def log_corrections(connection: asyncpg.Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Append to the log of batches: group, topic, partition, offset, revision and what
    `CORRECTED_COLUMNS` change by. The range is empty, and the ledger rows are locked.
    """
    await connection.executemany(_LOG_CORRECTIONS, sorted(rows))


_LOG_CORRECTIONS: Final = f"""
    INSERT INTO batch (consumer_group, topic, partition, first_offset, next_offset, revision,
                       {", ".join(CORRECTED_COLUMNS)},
                       records, items, events, duplicates, superseded, ignored, dead_letters)
    VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, 0, 0, 0, 0)
"""  # noqa: S608 - names of columns
