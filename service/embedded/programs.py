"""Server programs that end with us.

`guarded` runs a program under a guard process of its own, which ends it when the block is left,
by whatever way: normally, by an exception, by Ctrl-C, or because this process was killed.
"""

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final, NamedTuple

LOOPBACK: Final = "127.0.0.1"
_GUARD: Final = str(Path(__file__).with_name("guard.py"))
_POLL_S: Final = 0.02
_TAIL_LINES: Final = 5


class ServerError(Exception):
    """A server program could not be started. The text says which one, why, and what to do."""


class Program(NamedTuple):
    """What to run and how it ends: the signal asks it to, after the grace period it is killed.

    `remove` is a folder that goes with the program; `user` the account that runs it.
    """

    name: str
    command: Sequence[str]
    log: Path
    signal: str = "TERM"
    grace_s: float = 10
    remove: Path | None = None
    user: str | None = None


@contextlib.contextmanager
def guarded(program: Program, ready: Callable[[], bool], within_s: float = 30) -> Iterator[None]:
    """The program is running and `ready` inside the block, and gone after it.

    Raises `ServerError` with the end of the program's log when it ends early or is not ready in
    time.
    """
    with program.log.open("wb") as log:
        guard = _start(program, log)
    try:
        _await(program, guard, ready, time.monotonic() + within_s)
        yield
    finally:
        _close(guard)


@contextlib.contextmanager
def temporary_home(prefix: str) -> Iterator[Path]:
    """A folder that is gone after the block, also if no guard was there yet to remove it."""
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as home:
        yield Path(home)


def free_port() -> int:
    """A port of the loopback interface that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> bool:
    """Whether somebody accepts connections on this loopback port."""
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False


def _start(program: Program, log: IO[bytes]) -> "subprocess.Popen[bytes]":
    options = ["--signal", program.signal, "--grace-s", str(program.grace_s)]
    if program.remove:
        options += ["--remove", str(program.remove)]
    if program.user:
        options += ["--user", program.user]
    return subprocess.Popen(
        [sys.executable, "-I", "-S", _GUARD, *options, "--", *program.command],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )


def _await(
    program: Program,
    guard: "subprocess.Popen[bytes]",
    ready: Callable[[], bool],
    deadline_s: float,
) -> None:
    while not ready():
        if guard.poll() is not None:
            raise ServerError(f"{program.name} ended while starting: {_tail(program.log)}")
        if time.monotonic() > deadline_s:
            raise ServerError(f"{program.name} did not become ready: {_tail(program.log)}")
        time.sleep(_POLL_S)


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return " / ".join(lines[-_TAIL_LINES:]) or "it said nothing"


def _close(guard: "subprocess.Popen[bytes]") -> None:
    """Ends the program through its guard; a Ctrl-C while waiting does not leave it behind."""
    if guard.stdin:
        guard.stdin.close()
    try:
        guard.wait()
    except KeyboardInterrupt:
        guard.wait()
        raise
