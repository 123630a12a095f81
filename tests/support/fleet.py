"""Processes of `signalbox run`, which are killed and started again while they work."""

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import NamedTuple

from service.embedded import free_port
from tests.support.waiting import wait_for

COMMAND = (sys.executable, "-m", "service.cli.main")
ROOT = Path(__file__).parents[2]
STOP_WITHIN_S = 20
SHOWN_LINES = 40


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """The environment of a process with these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIGNALBOX_")}
    return kept | {f"SIGNALBOX_{name.upper()}": str(value) for name, value in settings.items()}


def signalbox(settings: Mapping[str, object], *arguments: str, ends_with: int = 0) -> str:
    """All that a command says. Fails, with it, unless that ends as expected."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=environment(settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    said = f"{done.stdout}\n{done.stderr}" if done.stderr else done.stdout
    assert done.returncode == ends_with, f"{arguments}: {done.returncode}\n{said}"
    return said


class Held(NamedTuple):
    """What a process has of the machine."""

    descriptors: int
    threads: int


class Fleet:
    """Workers with fixed names, so that one that was killed takes its place again at once."""

    def __init__(self, settings: Mapping[str, object], size: int, logs: Path) -> None:
        self._settings = settings
        self._logs = logs
        self._ports = [free_port() for _ in range(size)]
        self._workers: list[subprocess.Popen[bytes]] = []
        self._told_to_end: set[int] = set()
        self.kills = 0
        for number in range(size):
            self._workers.append(self._started(number))

    def _started(self, number: int, **faults: str) -> "subprocess.Popen[bytes]":
        port = self._ports[number]
        settings = {**self._settings, "member": f"worker-{number}", "health_port": port}
        with (self._logs / f"worker-{number}.log").open("ab") as log:
            return subprocess.Popen(
                [*COMMAND, "run"],
                env=environment(settings) | faults,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, number: int, **faults: str) -> None:
        """SIGKILL, with everything that it started, and a new one in its place.

        `faults` are what the new one is to suffer: variables of `service.faults`.
        """
        self.check()
        self.replace(number, **faults)
        self.kills += 1

    async def crashed(self, *numbers: int) -> int:
        """Waits until one of these workers has died by its fault; which."""
        await wait_for(lambda: any(self._has_ended(n) for n in numbers))
        number = next(n for n in numbers if self._has_ended(n))
        status = self._workers[number].returncode
        assert status == -signal.SIGKILL, f"{status}\n{self.log(number)}"
        self.kills += 1
        return number

    async def gives_up(self, number: int) -> int:
        """Waits until a worker has ended by itself; its exit status."""
        await wait_for(lambda: self._has_ended(number))
        return int(self._workers[number].returncode)

    def replace(self, number: int, **faults: str) -> None:
        """A new one in place of one that may have ended."""
        if not self._has_ended(number):
            _kill(self._workers[number])
        self._told_to_end.discard(number)
        self._workers[number] = self._started(number, **faults)

    async def terminate(self, number: int, times: int = 1) -> None:
        """SIGTERM, once or more often: a worker must end well within its time."""
        self._told_to_end.add(number)
        for _ in range(times):
            self._workers[number].send_signal(signal.SIGTERM)
        await wait_for(lambda: self._has_ended(number), STOP_WITHIN_S)
        status = self._workers[number].returncode
        assert status == 0, f"worker {number}: {status}\n{self.log(number)}"

    def _has_ended(self, number: int) -> bool:
        return self._workers[number].poll() is not None

    async def stopped(self, number: int) -> None:
        """Waits until a worker stands still by SIGSTOP."""
        state = Path(f"/proc/{self._workers[number].pid}/stat")
        await wait_for(lambda: state.read_text().rpartition(")")[2].split()[0] == "T")

    def send_signal(self, number: int, which: signal.Signals) -> None:
        """To one worker."""
        self._workers[number].send_signal(which)

    def fill_log(self, number: int) -> None:
        """Not a byte more can be written to the log of a worker until another takes its place."""
        full = (self._logs / f"worker-{number}.log").stat().st_size
        resource.prlimit(self._workers[number].pid, resource.RLIMIT_FSIZE, (full, full))

    async def reasons(self, number: int) -> dict[str, str]:
        """Why a worker is not ready; empty when it is."""
        return await asyncio.to_thread(_reasons, self._url(number, "readyz"))

    async def is_alive(self, number: int) -> bool:
        """Whether a worker says so itself."""
        return "true" in await asyncio.to_thread(_read, self._url(number, "livez"))

    def most_memory_bytes(self, number: int) -> int:
        """The most that a worker has ever had in memory."""
        status = Path(f"/proc/{self._workers[number].pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    def held(self, number: int) -> Held:
        """What a worker has now."""
        process = Path(f"/proc/{self._workers[number].pid}")
        return Held(*(len(list((process / what).iterdir())) for what in ("fd", "task")))

    async def metric(self, number: int, name: str, label: str = "") -> float:
        """The sum of a worker's samples of this name that have this label."""
        text = await asyncio.to_thread(_read, self._url(number, "metrics"))
        samples = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return sum(
            float(value)
            for key, _, value in samples
            if key.partition("{")[0] == name and label in key
        )

    def _url(self, number: int, path: str) -> str:
        return f"http://127.0.0.1:{self._ports[number]}/{path}"

    def check(self) -> None:
        """Fails if a worker ended by itself."""
        for number, worker in enumerate(self._workers):
            status = None if number in self._told_to_end else worker.poll()
            assert status is None, f"worker {number} ended with {status}:\n{self.log(number)}"

    def log(self, number: int) -> str:
        """The end of what a worker said."""
        return "\n".join(self.said(number)[-SHOWN_LINES:])

    def said(self, number: int, text: str = "") -> list[str]:
        """The lines of a worker that hold `text`, also of those in whose place it is."""
        path = self._logs / f"worker-{number}.log"
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if text in line]

    async def stop(self) -> None:
        """SIGTERM; every worker must end well within its time."""
        self.check()
        await asyncio.gather(*(self.terminate(number) for number in range(len(self._workers))))

    def end(self) -> None:
        """Whatever is left."""
        for worker in self._workers:
            if worker.poll() is None:
                _kill(worker)


def _read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


def _reasons(url: str) -> dict[str, str]:
    try:
        return dict(json.loads(_read(url))["reasons"])
    except urllib.error.HTTPError as not_ready:
        with not_ready:
            return dict(json.load(not_ready)["reasons"])
    except OSError:
        return {"process": "does not answer"}


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
