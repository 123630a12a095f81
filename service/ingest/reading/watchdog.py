"""Notices partitions of which records wait while none of them is handed out.

A client library can get stuck in ways that it does not tell of. What it says about itself is no
help then: ends are asked for by another connection, and a position that does not move towards its
end for too long means that the process must be started again. Pure but for what it remembers.
"""

from collections.abc import Mapping
from typing import NamedTuple

from aiokafka import TopicPartition


class Reading(NamedTuple):
    """Up to where a partition was handed out, and where it ends."""

    read_to: int
    end: int


class _Waits(NamedTuple):
    read_to: int
    since_s: float


class Watchdog:
    """Tell it now and then how reading stands; `forget` when that could not be found out."""

    def __init__(self, stalled_after_s: float) -> None:
        self._stalled_after_s = stalled_after_s
        self._waits: dict[TopicPartition, _Waits] = {}
        self._looked_s = 0.0

    def forget(self) -> None:
        """Begin anew: what was seen before says nothing about now."""
        self._waits.clear()

    def stalled(
        self, readings: Mapping[TopicPartition, Reading], now_s: float, *, settling: bool
    ) -> list[TopicPartition]:
        """The partitions that have waited too long.

        Time in which a batch is `settling` and nothing moves is the database's, not counted here.
        """
        before = self._waits
        moved = any(p in before and r.read_to != before[p].read_to for p, r in readings.items())
        excused_s = now_s - self._looked_s if settling and not moved else 0.0
        self._looked_s = now_s
        self._waits = {
            partition: _Waits(reading.read_to, now_s)
            if partition not in before or before[partition].read_to != reading.read_to
            else _Waits(reading.read_to, before[partition].since_s + excused_s)
            for partition, reading in readings.items()
            if reading.read_to < reading.end
        }
        return sorted(
            partition
            for partition, waits in self._waits.items()
            if now_s - waits.since_s >= self._stalled_after_s
        )
