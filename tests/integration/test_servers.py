"""The servers that the tests and the demo start are real, and leave nothing behind."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from service.embedded import (
    Program,
    ServerError,
    broker_server,
    create_topics,
    guarded,
    listening,
    postgres_server,
)
from tests.support.servers import MakeTopic
from tests.support.waiting import wait_for

OWNER = """
import sys, time
from service.embedded import broker_server, postgres_server
with postgres_server() as database, broker_server() as broker:
    print(database.rpartition(":")[2].partition("/")[0], broker.rpartition(":")[2], flush=True)
    sys.stdin.read()
    {end}
"""


def _owner(end: str) -> tuple["subprocess.Popen[str]", list[int]]:
    """A process that runs both servers, and their ports."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER.format(end=end)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    return process, [int(port) for port in process.stdout.readline().split()]


def _ended(process: "subprocess.Popen[str]") -> None:
    """Lets the owner go on, if it still can, and waits for its end."""
    process.communicate(timeout=30)


@pytest.mark.parametrize("end", ["pass", "raise ValueError", "import os; os._exit(3)"])
async def test_no_server_outlives_the_block(end: str) -> None:
    """Neither an ordinary end, nor an exception, nor an exit without any clean-up leaves one."""
    process, ports = _owner(end)
    assert all(listening(port) for port in ports)

    _ended(process)

    await wait_for(lambda: not any(listening(port) for port in ports))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_no_server_outlives_its_owner(number: signal.Signals) -> None:
    """Ctrl-C reaches a whole process group; a kill reaches the owner and gives it no time."""
    process, ports = _owner("pass")
    assert all(listening(port) for port in ports)

    os.killpg(process.pid, number)
    _ended(process)

    await wait_for(lambda: not any(listening(port) for port in ports))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that root's server, which is not root, can reach; pytest's own are private."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made) / "database"


async def test_a_kept_folder_keeps_its_data(open_folder: Path) -> None:
    with postgres_server(folder=open_folder) as url:
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE kept ()")
        await connection.close()

    with postgres_server(folder=open_folder) as url:
        connection = await asyncpg.connect(url)
        assert await connection.fetch("SELECT FROM kept") == []
        await connection.close()


def test_a_program_that_ends_early_says_why(tmp_path: Path) -> None:
    program = Program("Echo", ["sh", "-c", "echo no such luck >&2; exit 1"], tmp_path / "log")

    with (
        pytest.raises(ServerError, match="Echo ended while starting: no such luck"),
        guarded(program, lambda: False),
    ):
        pass


async def test_the_embedded_broker_keeps_times_that_the_producer_gave() -> None:
    """The demo's story time depends on it."""
    with broker_server() as address:
        await create_topics(address, {"a": 1})
        producer = AIOKafkaProducer(bootstrap_servers=address)
        await producer.start()
        await producer.send_and_wait("a", b"1", timestamp_ms=86_400_000)
        await producer.stop()
        consumer = AIOKafkaConsumer("a", bootstrap_servers=address, auto_offset_reset="earliest")
        await consumer.start()
        record = await consumer.getone()
        await consumer.stop()

    assert record.timestamp == 86_400_000


@pytest.mark.kafka
async def test_topics_are_separate_and_have_the_partitions_asked_for(
    broker: str, topics: MakeTopic
) -> None:
    one, other = await topics("orders", 3), await topics("orders")
    producer = AIOKafkaProducer(bootstrap_servers=broker)
    await producer.start()
    await asyncio.gather(*(producer.send_and_wait(one, b"x", partition=p) for p in range(3)))
    found = await producer.partitions_for(one), await producer.partitions_for(other)
    await producer.stop()

    assert found == ({0, 1, 2}, {0})
