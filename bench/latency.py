"""How long from a record's append to its numbers' commit, under a steady load."""

import asyncio
import time
from collections import deque
from typing import Final, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.structs import RecordMetadata

from bench.service import Service, now, percentile
from bench.workload import Sent

TICK_S: Final = 0.02
POLL_S: Final = 0.004
SETTLE_WITHIN_S: Final = 30.0
OFFSETS: Final = "SELECT topic, partition, next_offset FROM ledger"


class Latency(NamedTuple):
    p50_ms: float
    p99_ms: float
    records: int


async def measure_latency(service: Service, events_per_s: float, seconds: float) -> Latency:
    """Publish at a rate for so many seconds; the first fifth is a warm-up that is not counted."""
    load = list(service.load.records(int(events_per_s * seconds), 2, now()))
    waiting: dict[tuple[str, int], deque[tuple[int, float]]] = {}
    publishing = asyncio.create_task(_publish(service, load, events_per_s, waiting))
    found = await _watch(service, publishing, waiting)
    counted = sorted(found[len(found) // 5 :])
    return Latency(
        round(percentile(counted, 0.50) * 1000, 1),
        round(percentile(counted, 0.99) * 1000, 1),
        len(counted),
    )


async def _publish(
    service: Service,
    load: list[Sent],
    events_per_s: float,
    waiting: dict[tuple[str, int], deque[tuple[int, float]]],
) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=service.address, linger_ms=5, max_batch_size=262_144
    )
    await producer.start()

    def noted(appended: "asyncio.Future[RecordMetadata]") -> None:
        # The broker's log has it from here on.
        done = appended.result()
        waiting.setdefault((done.topic, done.partition), deque()).append(
            (done.offset, time.monotonic())
        )

    started_s = time.monotonic()
    published = 0
    while published < len(load):
        due = min(len(load), int((time.monotonic() - started_s) * events_per_s))
        # One after the other: many that wait for room would wake each other for nothing.
        for topic, key, value, headers, at_ms in load[published:due]:
            appended = await producer.send(topic, value, key, headers=headers, timestamp_ms=at_ms)
            appended.add_done_callback(noted)
        published = due
        await asyncio.sleep(TICK_S)
    await producer.stop()


async def _watch(
    service: Service,
    publishing: "asyncio.Task[None]",
    waiting: dict[tuple[str, int], deque[tuple[int, float]]],
) -> list[float]:
    """The latency of every record, in the order of commits."""
    connection = await service.connect()
    found: list[float] = []
    give_up_s: float | None = None
    try:
        while not publishing.done() or any(waiting.values()):
            ends = await connection.fetch(OFFSETS)
            at_s = time.monotonic()
            for topic, partition, next_offset in ends:
                queue = waiting.get((topic, partition), deque())
                while queue and queue[0][0] < next_offset:
                    found.append(max(0.0, at_s - queue.popleft()[1]))
            if publishing.done():
                give_up_s = give_up_s or at_s + SETTLE_WITHIN_S
                if at_s > give_up_s:
                    raise SystemExit("the load was not settled in time")
            await asyncio.sleep(POLL_S)
    finally:
        await connection.close()
    await publishing
    return found
