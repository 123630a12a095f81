"""How fast a backlog is settled.

Its first fifth is a warm-up that is not counted: processes start one after the other and share out
the partitions.
"""

import asyncio
import time
from typing import Final, NamedTuple

from bench.service import Running, Service, now, settled

POLL_S: Final = 0.02
GIVE_UP_S: Final = 600.0


class Throughput(NamedTuple):
    events: int
    """Settled behind the warm-up."""
    events_in_all: int
    events_per_s: float
    cpu_s: float
    rss_halfway_mb: float


class Point(NamedTuple):
    """How far it was, and when."""

    records: int
    at_s: float
    cpu_s: float


async def measure_throughput(service: Service, running: Running, backlog: int) -> Throughput:
    """Publish the backlog, start the processes, wait until all is settled."""
    records = list(service.load.records(backlog, 1, now()))
    await service.publish(records)
    running.start()
    first = await _reached(service, running, len(records) // 5)
    await _reached(service, running, len(records) // 2)
    rss_halfway_mb = running.rss_mb()
    last = await _reached(service, running, len(records))
    count = last.records - first.records
    return Throughput(
        count,
        last.records,
        count / (last.at_s - first.at_s),
        last.cpu_s - first.cpu_s,
        rss_halfway_mb,
    )


async def _reached(service: Service, running: Running, records: int) -> Point:
    connection = await service.connect()
    give_up_s = time.monotonic() + GIVE_UP_S
    try:
        while time.monotonic() < give_up_s:
            done = await settled(connection)
            if done >= records:
                return Point(done, time.monotonic(), running.cpu_s())
            await asyncio.sleep(POLL_S)
    finally:
        await connection.close()
    raise SystemExit(f"{records} records were not settled within {GIVE_UP_S:.0f} s")
