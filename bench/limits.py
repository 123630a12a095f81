"""The two limits that no service can pass here: reading the topic, and writing the rows.

`consumed_per_s` is the client alone, in batches, doing nothing with the records. `copied_per_s` is
COPY alone, of the events that were settled, whole rows, without facts, numbers or ledger.
"""

import time
from typing import Final

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.service import Service
from service.store.ingest import EVENT_COLUMNS

BATCH: Final = 5_000
MOST: Final = 200_000
"""How many are read, and how many are written, at most."""


async def consumed_per_s(service: Service, published: int) -> float:
    """How fast the records that were published can be read."""
    partitions = [TopicPartition(t, p) for t, n in service.load.topics.items() for p in range(n)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=service.address,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4_194_304,
    )
    await consumer.start()
    try:
        consumer.assign(partitions)
        wanted, read, started_s = min(MOST, published), 0, time.monotonic()
        while read < wanted:
            batches = await consumer.getmany(timeout_ms=50, max_records=BATCH)
            read += sum(map(len, batches.values()))
        return read / (time.monotonic() - started_s)
    finally:
        await consumer.stop()


async def copied_per_s(service: Service) -> float:
    """How fast rows like those that are stored can be written, a transaction a batch."""
    connection = await service.connect()
    try:
        rows = await connection.fetch(_ROWS, BATCH)
        await connection.execute(_EMPTY_COPY)
        return await _copied(connection, [tuple(row) for row in rows])
    finally:
        await connection.close()


async def _copied(connection: asyncpg.Connection, rows: list[tuple[object, ...]]) -> float:
    started_s = time.monotonic()
    for _ in range(MOST // BATCH):
        await connection.copy_records_to_table("copied", records=rows, columns=EVENT_COLUMNS)
    return len(rows) * (MOST // BATCH) / (time.monotonic() - started_s)


_ROWS: Final = """
    SELECT id, record_time, occurred_at, source, kind, customer, revision, placements,
           contributions, topic, partition, "offset", item, document
    FROM event WHERE topic <> 'earlier' LIMIT $1
"""
_EMPTY_COPY: Final = "CREATE TABLE copied (LIKE event)"
