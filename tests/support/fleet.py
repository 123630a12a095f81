"""Processes of `signalbox run`, which are killed and started again while they work."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.support.waiting import wait_for

COMMAND = (sys.executable, "-m", "service.cli.main")
ROOT = Path(__file__).parents[2]
STOP_WITHIN_S = 20
SHOWN_LINES = 40


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """The environment of a process with these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIGNALBOX_")}
    return kept | {f"SIGNALBOX_{name.upper()}": str(value) for name, value in settings.items()}


def signalbox(settings: Mapping[str, object], *arguments: str) -> str:
    """What a command prints. Fails, with what it said, unless it ends well."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=environment(settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


class Fleet:
    """Workers with fixed names, so that one that was killed takes its place again at once."""

    def __init__(self, settings: Mapping[str, object], size: int, logs: Path) -> None:
        self._settings = settings
        self._logs = logs
        self._workers: list[subprocess.Popen[bytes]] = []
        self.kills = 0
        for number in range(size):
            self._workers.append(self._started(number))

    def _started(self, number: int) -> "subprocess.Popen[bytes]":
        settings = {**self._settings, "member": f"worker-{number}", "health_port": 0}
        with (self._logs / f"worker-{number}.log").open("ab") as log:
            return subprocess.Popen(
                [*COMMAND, "run"],
                env=environment(settings),
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, number: int) -> None:
        """SIGKILL, with everything that it started, and a new one in its place."""
        self.check()
        _kill(self._workers[number])
        self.kills += 1
        self._workers[number] = self._started(number)

    def check(self) -> None:
        """Fails if a worker ended by itself."""
        for number, worker in enumerate(self._workers):
            status = worker.poll()
            assert status is None, f"worker {number} ended with {status}:\n{self.log(number)}"

    def log(self, number: int) -> str:
        """The end of what a worker said."""
        text = (self._logs / f"worker-{number}.log").read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-SHOWN_LINES:])

    async def stop(self) -> None:
        """SIGTERM; every worker must end well within its time."""
        self.check()
        for worker in self._workers:
            worker.send_signal(signal.SIGTERM)
        for number, worker in enumerate(self._workers):
            await wait_for(lambda worker=worker: worker.poll() is not None, STOP_WITHIN_S)  # type: ignore[misc]
            assert worker.returncode == 0, (
                f"worker {number}: {worker.returncode}\n{self.log(number)}"
            )

    def end(self) -> None:
        """Whatever is left."""
        for worker in self._workers:
            if worker.poll() is None:
                _kill(worker)


def _kill(worker: "subprocess.Popen[bytes]") -> None:
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


@contextmanager
def fleet(settings: Mapping[str, object], size: int, logs: Path) -> Iterator[Fleet]:
    """Workers that run for as long as the block, and no longer."""
    logs.mkdir(parents=True, exist_ok=True)
    workers = Fleet(settings, size, logs)
    try:
        yield workers
    finally:
        workers.end()


async def kill_at_random(
    workers: Fleet, size: int, dice: Random, every: int, settled: Callable[[], Awaitable[int]]
) -> None:
    """Kill one worker after another, each time when about `every` more records are settled.

    Goes on until it is cancelled. A pause of up to 50 ms, drawn by `dice`, lets the kill hit any
    part of a batch.
    """
    while True:
        goal = await settled() + dice.randrange(every // 2, 2 * every)

        async def came(goal: int = goal) -> bool:
            workers.check()
            return await settled() >= goal

        await wait_for(came, 600)
        await asyncio.sleep(dice.random() / 20)
        workers.kill(dice.randrange(size))
