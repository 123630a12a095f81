"""Partitions that are to be located, once for all that wait, when the first of them is due."""

import asyncio
from collections.abc import Callable, Iterable

from aiokafka import TopicPartition


class Due:
    """Calls `locate` with all that wait. Belongs to the loop on which `add` is called."""

    def __init__(self, locate: Callable[[set[TopicPartition]], None]) -> None:
        self._locate = locate
        self._waiting: set[TopicPartition] = set()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, partitions: Iterable[TopicPartition], in_s: float) -> None:
        """These are due in so long, or earlier if others are."""
        self._waiting.update(partitions)
        loop, pending = asyncio.get_running_loop(), self._timer
        if pending is None or pending.when() > loop.time() + in_s:
            if pending is not None:
                pending.cancel()
            self._timer = loop.call_later(in_s, self._come)

    def _come(self) -> None:
        self._timer = None
        waiting, self._waiting = self._waiting, set()
        self._locate(waiting)
