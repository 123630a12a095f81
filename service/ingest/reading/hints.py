"""What Kafka is told of where we are. It is a hint: losing it costs nothing but a seek."""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from service.faults import crash_point
from service.ingest.reading.consumer import LedgerConsumer
from service.offsets import own_offset
from service.telemetry import Metrics

TOLD_WITHIN_S: Final = 5.0
"""The client would go on trying; no batch and no end waits for that."""

log = structlog.get_logger(__name__)


class OffsetHints:
    """Keeps what was settled until it is told. Never beyond the ledger."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._settled: dict[TopicPartition, int] = {}
        self._told_at_s = 0.0
        self._telling: asyncio.Task[None] | None = None

    def note(self, next_offsets: Mapping[tuple[str, int], int]) -> None:
        """Batches were settled up to here."""
        self._settled.update((TopicPartition(*key), at) for key, at in next_offsets.items())

    async def tell(self, consumer: LedgerConsumer | None, *, every_s: float) -> None:
        """Commit what was noted of the partitions that are ours, unless that was done just now.

        While a broker says nothing to one commit, no other is begun.
        """
        now_s = time.monotonic()
        if consumer is None or not self._settled or now_s - self._told_at_s < every_s:
            return
        if self._telling is not None and not self._telling.done():
            return
        owned = consumer.assignment()
        offsets = {p: own_offset(offset) for p, offset in self._settled.items() if p in owned}
        self._settled.clear()
        self._told_at_s = now_s
        if offsets:
            await self._told(asyncio.create_task(self._commit(consumer, offsets)))

    def begin_anew(self) -> None:
        """Another consumer is to be told to: the one before it is closed and gets no answer."""
        if self._telling is not None:
            self._telling.cancel()

    async def _told(self, telling: "asyncio.Task[None]") -> None:
        # Not cancelled when its time is up: the client would leave a request behind whose failure
        # nobody looks at.
        self._telling = telling
        await asyncio.wait([telling], timeout=TOLD_WITHIN_S)
        if telling.done():
            telling.result()
        else:
            self._refused(TimeoutError())

    async def _commit(
        self, consumer: LedgerConsumer, offsets: Mapping[TopicPartition, int]
    ) -> None:
        try:
            crash_point("before_offset_hint")
            await consumer.commit(offsets)
            crash_point("after_offset_hint")
        except (KafkaError, IllegalStateError) as error:
            self._refused(error)

    def _refused(self, error: Exception) -> None:
        self._metrics.offset_hints_refused.inc()
        log.info("offset hint not committed", error=type(error).__name__)
