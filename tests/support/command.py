"""The command line as its users have it: a process of its own, with settings of its own."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final, NamedTuple

SECRET: Final = "a secret of the tests, 32 letters"
END_WITHIN_S: Final = 60


class Ended(NamedTuple):
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str


def settings(database_url: str, broker: str, **others: str) -> dict[str, str]:
    """Environment variables of a process that has all it needs."""
    return {
        "SIGNALBOX_DATABASE_URL": database_url,
        "SIGNALBOX_KAFKA_BOOTSTRAP": broker,
        "SIGNALBOX_SUBJECT_KEY": SECRET,
        "SIGNALBOX_HEALTH_PORT": "0",
        **{f"SIGNALBOX_{name.upper()}": value for name, value in others.items()},
    }


async def started(*arguments: str, variables: Mapping[str, str] | None = None) -> Process:
    """`signalbox` with these arguments, without any setting of this process."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("SIGNALBOX_")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "service.cli.main", *arguments),
        stdout=PIPE,
        stderr=PIPE,
        env={**inherited, "COLUMNS": "100", **(variables or {})},
    )


async def signalbox(*arguments: str, variables: Mapping[str, str] | None = None) -> Ended:
    """Runs a command to its end."""
    return await ended(await started(*arguments, variables=variables))


@asynccontextmanager
async def running(*arguments: str, variables: Mapping[str, str]) -> AsyncIterator[None]:
    """`signalbox run` inside the block; SIGTERM ends it with status 0."""
    process = await started("run", *arguments, variables=variables)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        how = await asyncio.wait_for(ended(process), END_WITHIN_S)
    assert how.status == 0, how.err


async def ended(process: Process) -> Ended:
    """Waits for the end of a command."""
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())
