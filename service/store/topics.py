"""What is known of the topics that are read: their partitions, what is missing, what was decided.

First contact opens the ledger. Records that were gone before they were read are an incident, and
the ledger passes them in the same transaction. A topic that was made anew is held until somebody
accepts it; then it begins another incarnation (`service.offsets`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import asyncpg

from service.offsets import incarnation, offset_in
from service.store.ingest import BATCH_COLUMNS, lock_ledger, log_batch, move_ledger


class KnownPartition(NamedTuple):
    """A ledger row. Since `made_anew_at` its topic is held, until that is accepted."""

    topic: str
    partition: int
    next_offset: int
    topic_id: str | None
    made_anew_at: datetime | None


class FirstOffsets(NamedTuple):
    """Where a partition begins: at first contact with its topic, or when it was added later.

    In the topic's own offsets.
    """

    topic: str
    partition: int
    at_first_contact: int
    added_later: int
    topic_id: str | None = None


class Missing(NamedTuple):
    """Offsets of a partition whose records were gone before they were read."""

    topic: str
    partition: int
    first_offset: int
    next_offset: int


class Reset(NamedTuple):
    """A topic that was made anew, as somebody accepts it: its id, and where it begins now."""

    topic: str
    topic_id: str | None
    beginnings: Mapping[int, int]
    author: str


async def read_ledger(
    connection: asyncpg.Connection, group: str, topics: Iterable[str]
) -> list[KnownPartition]:
    """The ledger of these topics, without locks."""
    rows = await connection.fetch(
        """
        SELECT topic, partition, next_offset, topic_id, made_anew_at FROM ledger
        WHERE consumer_group = $1 AND topic = ANY($2::text[]) ORDER BY topic, partition
        """,
        group,
        list(topics),
    )
    return [KnownPartition(*row) for row in rows]


async def open_ledger(
    connection: asyncpg.Connection, group: str, offsets: Iterable[FirstOffsets]
) -> None:
    """Make the absent ledger rows, under the revision in force.

    All partitions of a topic are opened together: who comes second finds the topic known, and
    what is absent then was added later.
    """
    async with connection.transaction():
        # `apply` locks the table against this, so that no row is opened under an old revision.
        await connection.execute("LOCK TABLE ledger IN SHARE ROW EXCLUSIVE MODE")
        known = {
            (row["topic"], row["partition"]): row["next_offset"]
            for row in await connection.fetch(
                "SELECT topic, partition, next_offset FROM ledger WHERE consumer_group = $1", group
            )
        }
        newest = {topic: incarnation(offset) for (topic, _), offset in known.items()}
        rows = [
            (
                first.topic,
                first.partition,
                offset_in(newest[first.topic], first.added_later)
                if first.topic in newest
                else first.at_first_contact,
                first.topic_id,
            )
            for first in offsets
            if (first.topic, first.partition) not in known
        ]
        await connection.executemany(
            """
            INSERT INTO ledger
                (consumer_group, topic, partition, first_offset, next_offset, topic_id, revision)
            SELECT $1::text, $2::text, $3::int, $4::bigint, $4::bigint, $5::text, max(id)
            FROM revision
            """,
            [(group, *row) for row in sorted(rows, key=lambda row: row[:2])],
        )


async def learn_topic_ids(
    connection: asyncpg.Connection, group: str, ids: Mapping[str, str]
) -> None:
    """Keep the ids of topics that were opened when nobody could tell them."""
    await connection.execute(
        """
        UPDATE ledger l SET topic_id = t.id FROM unnest($2::text[], $3::text[]) AS t(topic, id)
        WHERE l.consumer_group = $1 AND l.topic = t.topic AND l.topic_id IS NULL
        """,
        group,
        list(ids),
        list(ids.values()),
    )


async def hold_topic(
    connection: asyncpg.Connection, group: str, topic: str, known_id: str | None
) -> None:
    """Mark a topic as made anew, unless that was accepted since `known_id` was read."""
    await connection.execute(
        """
        UPDATE ledger SET made_anew_at = now()
        WHERE consumer_group = $1 AND topic = $2 AND topic_id IS NOT DISTINCT FROM $3
            AND made_anew_at IS NULL
        """,
        group,
        topic,
        known_id,
    )


async def pass_missing(
    connection: asyncpg.Connection, group: str, found: Iterable[Missing]
) -> list[Missing]:
    """Move the ledger past records that are gone and keep that as incidents; those that counted.

    What the ledger has passed meanwhile is left alone.
    """
    wanted = {(one.topic, one.partition): one for one in found}
    async with connection.transaction():
        rows = await lock_ledger(connection, group, wanted)
        passed = [
            (wanted[row.topic, row.partition], row.revision)
            for row in rows
            if row.next_offset == wanted[row.topic, row.partition].first_offset
        ]
        if passed:
            await connection.copy_records_to_table(
                "incident",
                records=[(group, *one) for one, _ in passed],
                columns=("consumer_group", "topic", "partition", "first_offset", "next_offset"),
            )
            await _pass_unread(connection, group, passed)
    return [one for one, _ in passed]


async def accept_reset(connection: asyncpg.Connection, group: str, reset: Reset) -> list[Missing]:
    """Go on with a topic that was made anew, at its first record; what that passes, a partition.

    The decision is journaled. Whatever was fetched before it lies below the ledger afterwards.
    """
    async with connection.transaction():
        rows = await connection.fetch(
            """
            SELECT partition, next_offset, revision FROM ledger
            WHERE consumer_group = $1 AND topic = $2 ORDER BY partition FOR UPDATE
            """,
            group,
            reset.topic,
        )
        number = max((incarnation(row["next_offset"]) for row in rows), default=0) + 1
        passed = []
        for partition, next_offset, revision in rows:
            first = offset_in(number, reset.beginnings.get(partition, 0))
            passed.append((Missing(reset.topic, partition, next_offset, first), revision))
        await _pass_unread(connection, group, passed)
        await _journal(connection, group, reset, [one for one, _ in passed])
    return [one for one, _ in passed]


async def _journal(
    connection: asyncpg.Connection, group: str, reset: Reset, passed: Sequence[Missing]
) -> None:
    await connection.execute(
        """
        UPDATE ledger SET topic_id = $3, made_anew_at = NULL
        WHERE consumer_group = $1 AND topic = $2
        """,
        group,
        reset.topic,
        reset.topic_id,
    )
    await connection.copy_records_to_table(
        "topic_reset",
        records=[
            (group, one.topic, one.partition, one.first_offset, one.next_offset, reset.author)
            for one in passed
        ],
        columns=(
            "consumer_group",
            "topic",
            "partition",
            "left_at",
            "first_offset",
            "author",
        ),
    )


_NOTHING: Final = (0,) * (len(BATCH_COLUMNS) - 6)
"""Records, items and their outcomes of a range that nobody read."""


async def _pass_unread(
    connection: asyncpg.Connection, group: str, passed: Sequence[tuple[Missing, int]]
) -> None:
    """Move the ledger over ranges that nobody read, each with the revision in force."""
    rows = [(group, *one, revision, *_NOTHING) for one, revision in passed]
    await log_batch(connection, rows)
    await move_ledger(connection, group, [(o.topic, o.partition, o.next_offset) for o, _ in passed])
