"""A consumer that knows which stretch of each partition it has handed out.

A batch must say where it began: at the end of the batch before it, or at the last seek. Client
libraries move their position when records are handed out, and also when a fetch held nothing to
hand out (control records, compaction), so both are noted here, at the only place that sees them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition


class Stretch(NamedTuple):
    """What one fetch handed out of one partition, and the offsets that it covers."""

    partition: TopicPartition
    fetched_from: int
    next_offset: int
    records: Sequence[ConsumerRecord]


OnEmpty: TypeAlias = Callable[[list[Stretch]], Awaitable[None]]


class LedgerConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """Hands out records with the stretches they cover (`take`).

    A partition is read only after `seek` has said from where. A fetch that moved positions and
    handed out nothing is given to `on_empty`, in its place between two batches.
    """

    def __init__(
        self, *args: Any, on_empty: OnEmpty, on_lost: Callable[[], None], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._on_empty = on_empty
        self._on_lost = on_lost
        self._ends: dict[TopicPartition, int] = {}
        self._handed_out: list[Stretch] = []

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Go on from `offset`."""
        super().seek(partition, offset)
        self._ends[partition] = offset

    def forget(self) -> None:
        """The assignment changed: every partition needs a `seek` before it counts."""
        self._ends.clear()

    def read_to(self, partition: TopicPartition) -> int | None:
        """Up to where the partition was handed out; None if it was not located."""
        return self._ends.get(partition)

    def take(self) -> list[Stretch]:
        """The stretches of the last batch, once."""
        stretches, self._handed_out = self._handed_out, []
        return stretches

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        """As the client's. Nothing is awaited between its return and the note of its stretches.

        If the batch before was never taken, something between here and its handler lost it
        without a word: then `on_lost` is told, and nothing is handed out any more.
        """
        if self._handed_out:
            self._on_lost()
            await asyncio.sleep(timeout_ms / 1000)
            return {}
        records: dict[TopicPartition, list[ConsumerRecord]] = await super().getmany(
            *partitions, timeout_ms=timeout_ms, max_records=max_records
        )
        stretches = self._note(records)
        if records:
            self._handed_out = stretches
        elif stretches:
            await self._on_empty(stretches)
        return records

    def _note(self, records: dict[TopicPartition, list[ConsumerRecord]]) -> list[Stretch]:
        stretches = []
        for partition, end in list(self._ends.items()):
            position = self._position_now(partition)
            if position is not None and position > end:
                taken = records.get(partition, [])
                stretches.append(Stretch(partition, end, position, taken))
                self._ends[partition] = position
        return stretches

    def _position_now(self, partition: TopicPartition) -> int | None:
        """The position without the wait that `position()` may make for an unknown one."""
        subscription = self._subscription.subscription
        assignment = subscription.assignment if subscription else None
        if assignment is None or partition not in assignment.tps:
            return None
        state = assignment.state_value(partition)
        return state.position if state.has_valid_position else None
