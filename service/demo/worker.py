"""The service in a process of the demo: `signalbox run`, with story time for its checks.

The demo writes the time of the story to standard input, microseconds since 1970 UTC in a line,
whenever it moves. When that ends, so does the process: a demo that was killed leaves none behind.
"""

import os
import sys
from datetime import datetime
from io import FileIO
from threading import Thread

import uvloop

from service import app
from service.settings import load
from service.store.times import moment
from service.telemetry import configure_logging


class ToldClock:
    """Shows the time that it was told last. Made when the first is told."""

    def __init__(self, told: FileIO) -> None:
        self._told = told
        self._now_us = int(told.readline() or _gone())

    def listen(self) -> None:
        """Hears what time it is until nobody tells any more; the process ends with it."""
        for line in self._told:
            self._now_us = int(line)
        _gone()

    async def now(self) -> datetime:
        return moment(self._now_us)


def _gone() -> int:
    """At once: what a process has in hand when it ends is never lost."""
    os._exit(0)


def main() -> None:
    settings = load(env_file=None)
    configure_logging(settings.log_level, settings.log_format)
    # Without a buffer: its lock would be held by the thread while the process ends.
    clock = ToldClock(FileIO(sys.stdin.fileno(), closefd=False))
    Thread(target=clock.listen, daemon=True).start()
    uvloop.run(app.run(settings, clock=clock))


if __name__ == "__main__":
    main()
