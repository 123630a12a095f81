"""The service under measurement: real processes of `signalbox run`."""

import os
import secrets
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

import asyncpg
from aiokafka import AIOKafkaProducer
from pydantic import SecretStr

from bench.workload import Load, Sent
from connectors.registry import connector_options
from service.applying import apply
from service.embedded import create_topics
from service.framework.loading import Accepted, load_files
from service.settings import Settings
from service.store import migrating

TABLES: Final = ("event", "fact", "history", "identifier", "link", "bucket", "batch", "customer")


class Service:
    """A database and a broker, and what the service is started with on them."""

    def __init__(self, database_url: str, address: str, load: Load) -> None:
        self.database_url = database_url
        self.address = address
        self.load = load
        self._subject_key = secrets.token_hex(16)

    async def prepare(self) -> None:
        """Tables, topic, framework."""
        await migrating.upgrade(self.database_url)
        await create_topics(self.address, self.load.topics)
        loaded = load_files(self.load.files, connector_options())
        if not isinstance(loaded, Accepted):
            raise SystemExit(f"the bench's framework is refused: {loaded.problems[0]}")
        await apply(self.settings(), loaded, "bench")

    def settings(self) -> Settings:
        return Settings(
            _env_file=None,
            database_url=SecretStr(self.database_url),
            kafka_bootstrap=self.address,
            subject_key=SecretStr(self._subject_key),
        )

    def environment(self) -> dict[str, str]:
        """What the processes are started with."""
        return {
            **os.environ,
            "SIGNALBOX_DATABASE_URL": self.database_url,
            "SIGNALBOX_KAFKA_BOOTSTRAP": self.address,
            "SIGNALBOX_SUBJECT_KEY": self._subject_key,
            "SIGNALBOX_HEALTH_PORT": "0",
            "SIGNALBOX_LOG_LEVEL": "warning",
            "SIGNALBOX_PRODUCER_IDEMPOTENCE": "false",
        }

    async def publish(self, records: list[Sent]) -> None:
        """All of them, as fast as the broker takes them."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.address, linger_ms=20, max_batch_size=262_144
        )
        await producer.start()
        try:
            for first in range(0, len(records), 10_000):
                sent = [
                    await producer.send(topic, value, key, headers=headers, timestamp_ms=at_ms)
                    for topic, key, value, headers, at_ms in records[first : first + 10_000]
                ]
                for future in sent:
                    await future
        finally:
            await producer.stop()

    async def connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.database_url)

    async def rows(self) -> int:
        """How many rows there are in the tables that grow."""
        connection = await self.connect()
        try:
            counts = [await connection.fetchval(_COUNTS[table]) for table in TABLES]
        finally:
            await connection.close()
        return sum(counts)


_COUNTS: Final = {table: f"SELECT count(*) FROM {table}" for table in TABLES}


async def settled(connection: asyncpg.Connection) -> int:
    """How many records are settled."""
    count: int = await connection.fetchval(
        "SELECT coalesce(sum(next_offset - first_offset), 0)::bigint FROM ledger"
    )
    return count


class Running:
    """The processes run inside the block, from `start` on."""

    def __init__(self, service: Service, processes: int) -> None:
        self._service = service
        self._processes = processes
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def start(self) -> None:
        self._started = [
            subprocess.Popen(
                [sys.executable, "-m", "service.cli.main", "run"],
                env=self._service.environment(),
                cwd=Path(__file__).parents[1],
            )
            for _ in range(self._processes)
        ]

    def cpu_s(self) -> float:
        """What the processes have used so far."""
        ticks = os.sysconf("SC_CLK_TCK")
        return sum(_cpu_ticks(process.pid) for process in self._started) / ticks

    def rss_mb(self) -> float:
        """How much memory the largest of them holds."""
        return self._largest_mb("VmRSS")

    def most_rss_mb(self) -> float:
        """How much memory the largest of them has ever held."""
        return self._largest_mb("VmHWM")

    def _largest_mb(self, what: str) -> float:
        # What the system tells of ended processes begins with the memory of who started them.
        return max(_status_kib(process.pid, what) for process in self._started) / 1024

    def __exit__(self, *_: object) -> None:
        for process in self._started:
            process.send_signal(signal.SIGTERM)
        for process in self._started:
            process.wait()


def _status_kib(pid: int, what: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:"))


def _cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def now() -> datetime:
    return datetime.now(UTC)


def percentile(ordered: list[float], share: float) -> float:
    """The value below which `share` of the ordered values lie."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
