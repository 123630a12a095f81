"""The statements of a batch's transaction, in the order in which locks are taken.

Ledger, facts, dead letters, customers, identifiers, names, buckets, what was told, outbox:
every writer takes them in this order, and each class sorted by its key. Times are microseconds
since 1970.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

EVENT_IDS_PER_BLOCK: Final = 16_384
"""One number of the sequence is a block of this many ids, more than a batch can need."""

DAY_US: Final = 86_400_000_000


class LedgerRow(NamedTuple):
    topic: str
    partition: int
    next_offset: int
    revision: int


# --- ledger -----------------------------------------------------------------------------------


async def lock_ledger(
    connection: asyncpg.Connection, group: str, partitions: Iterable[tuple[str, int]]
) -> list[LedgerRow]:
    """Lock the ledger rows of these partitions and read them as they are after the wait."""
    topics, numbers = zip(*sorted(partitions), strict=True)
    rows = await connection.fetch(
        """
        SELECT l.topic, l.partition, l.next_offset, l.revision
        FROM unnest($2::text[], $3::int[]) AS p(topic, partition)
        JOIN ledger l ON l.consumer_group = $1
            AND l.topic = p.topic AND l.partition = p.partition
        ORDER BY l.topic, l.partition
        FOR UPDATE OF l
        """,
        group,
        list(topics),
        list(numbers),
    )
    return [LedgerRow(*row) for row in rows]


async def move_ledger(
    connection: asyncpg.Connection, group: str, offsets: Sequence[tuple[str, int, int]]
) -> None:
    """Write `next_offset` of (topic, partition, next_offset); the rows are locked already."""
    topics, partitions, next_offsets = zip(*offsets, strict=True)
    await connection.execute(
        """
        UPDATE ledger l SET next_offset = p.next_offset
        FROM unnest($2::text[], $3::int[], $4::bigint[]) AS p(topic, partition, next_offset)
        WHERE l.consumer_group = $1 AND l.topic = p.topic AND l.partition = p.partition
        """,
        group,
        list(topics),
        list(partitions),
        list(next_offsets),
    )


BATCH_COLUMNS: Final = (
    "consumer_group",
    "topic",
    "partition",
    "first_offset",
    "next_offset",
    "revision",
    "records",
    "items",
    "events",
    "duplicates",
    "superseded",
    "ignored",
    "dead_letters",
    "corrected_events",
    "corrected_duplicates",
    "corrected_superseded",
    "corrected_dead_letters",
)


async def log_batch(connection: asyncpg.Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Append the outcomes of a batch, a row of `BATCH_COLUMNS` per partition."""
    await connection.copy_records_to_table("batch", records=rows, columns=BATCH_COLUMNS)


# --- facts ------------------------------------------------------------------------------------


async def lock_facts(connection: asyncpg.Connection, keys: Sequence[bytes]) -> list[asyncpg.Record]:
    """Lock those of the sorted `keys` that are there, and read all their columns."""
    rows: list[asyncpg.Record] = await connection.fetch(
        """
        SELECT f.key, f.version, f.digest, f.event_id, f.record_time
        FROM generate_series(0, $2::int - 1) AS i
        JOIN fact f ON f.key = substring($1::bytea FROM i * 16 + 1 FOR 16)
        ORDER BY f.key
        FOR UPDATE OF f
        """,
        # One value costs the client a tenth of what an array of thousands does.
        b"".join(keys),
        len(keys),
    )
    return rows


FactRow = tuple[bytes, int, bytes, int | None, int]
"""key, version, digest, event_id, record_time."""

FACT_COLUMNS: Final = ("key", "version", "digest", "event_id", "record_time")


async def copy_facts(connection: asyncpg.Connection, rows: Sequence[FactRow]) -> None:
    """Write absent facts, sorted. Raises UniqueViolationError if one is there after all."""
    await connection.copy_records_to_table("fact", records=rows, columns=FACT_COLUMNS)


async def make_facts(connection: asyncpg.Connection, keys: Sequence[bytes]) -> None:
    """Make the absent ones of the sorted `keys`, with an empty digest: nothing is stated yet.

    To be called outside any transaction: made under other locks, they could wait in a circle with
    somebody who copies facts.
    """
    await connection.execute(
        """
        INSERT INTO fact (key, version, digest)
        SELECT k, 0, ''::bytea FROM unnest($1::bytea[]) AS k ORDER BY k
        ON CONFLICT DO NOTHING
        """,
        keys,
    )


async def update_facts(connection: asyncpg.Connection, rows: Sequence[FactRow]) -> None:
    """Write what stands for facts that are locked already."""
    await connection.execute(
        """
        UPDATE fact f
        SET version = n.version, digest = n.digest,
            event_id = n.event_id, record_time = n.record_time
        FROM unnest($1::bytea[], $2::bigint[], $3::bytea[], $4::bigint[], $5::timestamptz[])
            AS n(key, version, digest, event_id, record_time)
        WHERE f.key = n.key
        """,
        *map(list, zip(*rows, strict=True)),
    )


# --- events -----------------------------------------------------------------------------------


async def reserve_event_ids(connection: asyncpg.Connection) -> int:
    """The first of `EVENT_IDS_PER_BLOCK` ids that nobody else uses."""
    block: int = await connection.fetchval("SELECT nextval('event_row_id')")
    return block * EVENT_IDS_PER_BLOCK


EVENT_COLUMNS: Final = (
    "id",
    "record_time",
    "occurred_at",
    "source",
    "kind",
    "customer",
    "revision",
    "placements",
    "contributions",
    "topic",
    "partition",
    "offset",
    "item",
    "document",
)


async def read_events(
    connection: asyncpg.Connection, ids: Iterable[tuple[int, int]]
) -> list[asyncpg.Record]:
    """The event rows of (id, record_time), with all `EVENT_COLUMNS`."""
    pairs = sorted(ids)
    if not pairs:
        return []
    numbers, times = zip(*pairs, strict=True)
    rows: list[asyncpg.Record] = await connection.fetch(
        """
        SELECT e.id, e.record_time, e.occurred_at, e.source, e.kind, e.customer, e.revision,
               e.placements, e.contributions, e.topic, e.partition, e."offset", e.item, e.document
        FROM unnest($1::bigint[], $2::timestamptz[]) AS w(id, record_time)
        JOIN event e ON e.id = w.id AND e.record_time = w.record_time
        """,
        list(numbers),
        list(times),
    )
    return rows


async def copy_events(connection: asyncpg.Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write event rows of `EVENT_COLUMNS`."""
    await connection.copy_records_to_table("event", records=rows, columns=EVENT_COLUMNS)


async def delete_events(connection: asyncpg.Connection, ids: Iterable[tuple[int, int]]) -> None:
    """Delete the event rows of (id, record_time), with what they mark."""
    numbers, times = zip(*sorted(ids), strict=True)
    await connection.execute(
        """
        DELETE FROM event e USING unnest($1::bigint[], $2::timestamptz[]) AS w(id, record_time)
        WHERE e.id = w.id AND e.record_time = w.record_time
        """,
        list(numbers),
        list(times),
    )
    await delete_moments(connection, numbers)
    await connection.execute("DELETE FROM postponed WHERE event_id = ANY($1::bigint[])", numbers)


async def place_events(
    connection: asyncpg.Connection,
    rows: Iterable[tuple[int, int, int, list[int], list[int]]],
) -> None:
    """Rewrite (id, record_time, revision, placements, contributions)."""
    await connection.executemany(
        """
        UPDATE event SET revision = $3, placements = $4::int[], contributions = $5::bigint[]
        WHERE id = $1 AND record_time = $2
        """,
        sorted(rows),
    )


async def add_moments(
    connection: asyncpg.Connection, rows: Sequence[tuple[str, int, bytes, int, int]]
) -> None:
    """Mark (touchpoint, event_id, customer, occurred_at, record_time)."""
    await connection.copy_records_to_table(
        "moment",
        records=rows,
        columns=("touchpoint", "event_id", "customer", "occurred_at", "record_time"),
    )


async def delete_moments(connection: asyncpg.Connection, event_ids: Iterable[int]) -> None:
    """Take the marks of these events away."""
    await connection.execute(
        "DELETE FROM moment WHERE event_id = ANY($1::bigint[])", list(event_ids)
    )


async def make_day_partitions(connection: asyncpg.Connection, days: Iterable[int]) -> None:
    """Make the partitions of these days (whole days since 1970), outside any transaction.

    A day that already has rows in the default partition stays there, and so does one that
    another session locks: partitions are for pruning, never for what is counted.
    """
    for day in days:
        try:
            await connection.execute(
                "SELECT make_event_partition(to_timestamp($1::bigint * 86400)::date)", day
            )
        except (
            asyncpg.CheckViolationError,
            asyncpg.DuplicateTableError,
            asyncpg.InvalidObjectDefinitionError,
            asyncpg.LockNotAvailableError,
            asyncpg.DeadlockDetectedError,
            asyncpg.UniqueViolationError,
        ):
            continue


# --- customers --------------------------------------------------------------------------------


async def lock_customers(connection: asyncpg.Connection, keys: Sequence[bytes]) -> None:
    """Lock the sorted customers, made where absent."""
    await connection.execute(
        """
        INSERT INTO customer (key) SELECT k FROM unnest($1::bytea[]) AS k ORDER BY k
        ON CONFLICT DO NOTHING
        """,
        keys,
    )
    await connection.execute(
        """
        SELECT c.key FROM unnest($1::bytea[]) AS k(key) JOIN customer c ON c.key = k.key
        ORDER BY c.key FOR UPDATE OF c
        """,
        keys,
    )


async def read_histories(
    connection: asyncpg.Connection, bounds: Sequence[tuple[bytes, int]]
) -> list[asyncpg.Record]:
    """History rows of (customer, bound) with occurred_at > bound."""
    customers, times = zip(*bounds, strict=True)
    rows: list[asyncpg.Record] = await connection.fetch(
        """
        SELECT h.customer, h.occurred_at, h.system, h.event, h.fact, h.kind,
               h.event_id, h.record_time
        FROM unnest($1::bytea[], $2::timestamptz[]) AS w(customer, bound)
        JOIN history h ON h.customer = w.customer AND h.occurred_at > w.bound
        """,
        list(customers),
        list(times),
    )
    return rows


async def count_older(
    connection: asyncpg.Connection, bounds: Sequence[tuple[bytes, int]]
) -> list[asyncpg.Record]:
    """How many history rows (customer, kind, count) lie at or before each customer's bound."""
    customers, times = zip(*bounds, strict=True)
    rows: list[asyncpg.Record] = await connection.fetch(
        """
        SELECT h.customer, h.kind, count(*) AS events
        FROM unnest($1::bytea[], $2::timestamptz[]) AS w(customer, bound)
        JOIN history h ON h.customer = w.customer AND h.occurred_at <= w.bound
        GROUP BY h.customer, h.kind
        """,
        list(customers),
        list(times),
    )
    return rows


HISTORY_COLUMNS: Final = (
    "customer",
    "occurred_at",
    "system",
    "event",
    "fact",
    "kind",
    "event_id",
    "record_time",
)


async def delete_history(
    connection: asyncpg.Connection, rows: Sequence[tuple[bytes, int, str, str, bytes]]
) -> None:
    """Delete history rows by (customer, occurred_at, system, event, fact)."""
    await connection.execute(
        """
        DELETE FROM history h
        USING unnest($1::bytea[], $2::timestamptz[], $3::text[], $4::text[], $5::bytea[])
            AS w(customer, occurred_at, system, event, fact)
        WHERE h.customer = w.customer AND h.occurred_at = w.occurred_at
            AND h.system = w.system AND h.event = w.event AND h.fact = w.fact
        """,
        *map(list, zip(*sorted(rows), strict=True)),
    )


async def copy_history(connection: asyncpg.Connection, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write history rows of `HISTORY_COLUMNS`."""
    await connection.copy_records_to_table("history", records=rows, columns=HISTORY_COLUMNS)


async def add_identifiers(
    connection: asyncpg.Connection, rows: Sequence[tuple[bytes, str, str | None]]
) -> None:
    """Keep sorted identifiers; a clear value stays once it was given."""
    await connection.execute(
        """
        INSERT INTO identifier (key, namespace, value)
        SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[]) AS w ORDER BY 1
        ON CONFLICT (key) DO UPDATE SET value = excluded.value
        WHERE identifier.value IS NULL AND excluded.value IS NOT NULL
        """,
        *map(list, zip(*rows, strict=True)),
    )


async def add_links(
    connection: asyncpg.Connection, rows: Sequence[tuple[bytes, bytes, str]]
) -> None:
    """Keep sorted links; a link that was ever stated as strong is strong."""
    await connection.execute(
        """
        INSERT INTO link (one, other, strength)
        SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::text[]) AS w ORDER BY 1, 2
        ON CONFLICT (one, other) DO UPDATE SET strength = 'strong'
        WHERE link.strength <> 'strong' AND excluded.strength = 'strong'
        """,
        *map(list, zip(*rows, strict=True)),
    )


# --- placing again, later -----------------------------------------------------------------------


async def hold_revision(connection: asyncpg.Connection) -> int:
    """The revision in force; it stays until the transaction ends, because `apply` waits for it."""
    await connection.execute("LOCK TABLE ledger IN ROW SHARE MODE")
    revision: int = await connection.fetchval("SELECT max(id) FROM revision")
    return revision


async def postpone(connection: asyncpg.Connection, rows: Sequence[tuple[bytes, int, int]]) -> None:
    """Keep that these (customer, event_id, record_time), sorted, are to be placed again."""
    await connection.execute(
        """
        INSERT INTO postponed (customer, event_id, record_time)
        SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::timestamptz[]) AS w ORDER BY 1, 2
        ON CONFLICT DO NOTHING
        """,
        *map(list, zip(*rows, strict=True)),
    )


async def first_postponed(connection: asyncpg.Connection) -> bytes | None:
    """A customer whose events wait to be placed again, if there is one."""
    customer: bytes | None = await connection.fetchval(
        "SELECT customer FROM postponed ORDER BY customer, event_id LIMIT 1"
    )
    return customer


async def read_postponed(
    connection: asyncpg.Connection, customer: bytes, limit: int
) -> list[tuple[int, int]]:
    """(event_id, record_time) of events of a locked customer that wait, at most `limit`."""
    rows = await connection.fetch(
        """
        SELECT event_id, record_time FROM postponed WHERE customer = $1
        ORDER BY event_id LIMIT $2
        """,
        customer,
        limit,
    )
    return [(row["event_id"], row["record_time"]) for row in rows]


async def forget_postponed(
    connection: asyncpg.Connection, customer: bytes, event_ids: Sequence[int]
) -> None:
    """These events of the customer wait no more."""
    await connection.execute(
        "DELETE FROM postponed WHERE customer = $1 AND event_id = ANY($2::bigint[])",
        customer,
        event_ids,
    )


# --- metrics ----------------------------------------------------------------------------------


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


# --- dead letters -----------------------------------------------------------------------------

DEAD_LETTER_COLUMNS: Final = (
    "source",
    "topic",
    "partition",
    "offset",
    "item",
    "record_time",
    "key",
    "headers",
    "value",
    "reason",
    "detail",
    "conflict",
    "record_items",
    "awaits",
)


async def copy_dead_letters(
    connection: asyncpg.Connection, rows: Iterable[tuple[Any, ...]]
) -> None:
    """Keep dead letters of `DEAD_LETTER_COLUMNS`, whole."""
    await connection.copy_records_to_table("dead_letter", records=rows, columns=DEAD_LETTER_COLUMNS)


async def keep_told(connection: asyncpg.Connection, keys: Sequence[bytes]) -> None:
    """Keep what was told, by sorted keys: dead letters that await it are resolved."""
    await connection.execute(
        "INSERT INTO told SELECT unnest($1::bytea[]) ON CONFLICT DO NOTHING", keys
    )


async def lock_conflicts(connection: asyncpg.Connection, keys: Sequence[bytes]) -> set[bytes]:
    """Lock the dead letters of these conflict keys: the keys that have one.

    By id, as whoever retries dead letters locks them, and like them right behind the facts.
    """
    rows = await connection.fetch(
        "SELECT conflict FROM dead_letter WHERE conflict = ANY($1::bytea[]) ORDER BY id FOR UPDATE",
        keys,
    )
    return {row["conflict"] for row in rows}


async def delete_conflicts(connection: asyncpg.Connection, keys: Sequence[bytes]) -> None:
    """Delete the dead letters of these conflict keys."""
    await connection.execute("DELETE FROM dead_letter WHERE conflict = ANY($1::bytea[])", keys)
