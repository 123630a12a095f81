"""Runs one program for as long as its parent lives; a script of the standard library alone.

    python guard.py [--signal INT] [--grace-s 10] [--remove FOLDER] [--user NAME] -- PROGRAM ...

The guard ends when the program does, when its standard input is closed, or when its parent is
gone, however it went: SIGKILL closes the pipe, too. Before it ends it sends the program the
signal, kills it after the grace period, and removes the folder. Nobody else needs to clean up.
"""

import argparse
import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
from typing import Final

_POLL_S: Final = 0.25


def main() -> int:
    wanted = _arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    try:
        return _run(wanted)
    finally:
        if wanted.remove:
            shutil.rmtree(wanted.remove, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--signal", default="TERM")
    parser.add_argument("--grace-s", type=float, default=10)
    parser.add_argument("--remove")
    parser.add_argument("--user")
    parser.add_argument("program", nargs="+")
    return parser.parse_args()


def _run(wanted: argparse.Namespace) -> int:
    parent = os.getppid()
    account = pwd.getpwnam(wanted.user) if wanted.user else None
    program = subprocess.Popen(
        wanted.program,
        stdin=subprocess.DEVNULL,
        user=account and account.pw_uid,
        group=account and account.pw_gid,
        extra_groups=[] if account else None,
        start_new_session=True,
        preexec_fn=_heed_signals,  # noqa: PLW1509  (there is one thread here)
    )
    while program.poll() is None and os.getppid() == parent and not _input_closed():
        pass
    return _end(program, signal.Signals[f"SIG{wanted.signal}"], wanted.grace_s)


def _heed_signals() -> None:
    """An ignored signal stays ignored in a program that is started; these must not."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _input_closed() -> bool:
    readable, _, _ = select.select([sys.stdin], [], [], _POLL_S)
    return bool(readable) and not os.read(sys.stdin.fileno(), 1)


def _end(program: "subprocess.Popen[bytes]", number: signal.Signals, grace_s: float) -> int:
    if program.poll() is None:
        program.send_signal(number)
    try:
        return program.wait(grace_s)
    except subprocess.TimeoutExpired:
        os.killpg(program.pid, signal.SIGKILL)
        return program.wait()


if __name__ == "__main__":
    sys.exit(main())
