"""A consumer that knows which stretch of each partition it has handed out.

A batch must say where it began: at the end of the batch before it, or at the last seek. Client
libraries move their position when records are handed out, and also when a fetch held nothing to
hand out (control records, compaction), so both are noted here, at the only place that sees them.

Offsets are the ledger's (`service.offsets`), but for those in the client's records.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError

from service.offsets import incarnation, offset_in, own_offset


class Stretch(NamedTuple):
    """What one fetch handed out of one partition, and the offsets that it covers."""

    partition: TopicPartition
    fetched_from: int
    next_offset: int
    records: Sequence[ConsumerRecord]


class Told(NamedTuple):
    """Who is told what happens between two batches."""

    on_empty: Callable[[list[Stretch]], Awaitable[None]]
    """A fetch moved positions and handed out nothing."""
    on_out_of_range: Callable[[Iterable[TopicPartition]], Awaitable[None]]
    """The broker no longer has the next record, or never had it: nothing is read until a seek."""
    on_lost: Callable[[], None]
    """A batch never reached its handler; nothing is handed out any more."""


class LedgerConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """Hands out records with the stretches they cover (`take`).

    A partition is read only after `seek` has said from where, and never from anywhere else: make
    it with `auto_offset_reset="none"`.
    """

    def __init__(self, *args: Any, told: Told, **options: Any) -> None:
        super().__init__(*args, **options)
        self._told = told
        self._ends: dict[TopicPartition, int] = {}
        self._handed_out: list[Stretch] = []

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Go on from `offset`."""
        super().seek(partition, own_offset(offset))
        self._ends[partition] = offset
        self.resume(partition)

    def hold(self, partitions: Iterable[TopicPartition]) -> None:
        """Read nothing of these until a `seek`, and forget what was fetched of them."""
        for partition in partitions:
            self.pause(partition)
            super().seek(partition, 0)  # without a position the client would ask for one for ever
            self._ends.pop(partition, None)

    def forget(self) -> None:
        """The assignment changed: every partition needs a `seek` before it counts."""
        self._ends.clear()

    def read_to(self, partition: TopicPartition) -> int | None:
        """Up to where the partition was handed out; None if it was not located."""
        return self._ends.get(partition)

    async def own_end_offsets(self) -> dict[TopicPartition, int]:
        """Where the partitions that are read end, as the ledger counts. Raises KafkaError."""
        ends = await self.end_offsets(list(self._ends))
        return {p: offset_in(incarnation(self._ends[p]), end) for p, end in ends.items()}

    def take(self) -> list[Stretch]:
        """The stretches of the last batch, once."""
        stretches, self._handed_out = self._handed_out, []
        return stretches

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[ConsumerRecord]]:
        """As the client's, without records of partitions that are held.

        If the batch before was never taken, something between here and its handler lost it
        without a word: then `on_lost` is told.
        """
        if self._handed_out:
            self._told.on_lost()
            await asyncio.sleep(timeout_ms / 1000)
            return {}
        try:
            # Nothing is awaited between the client's return and the note of its stretches.
            records = await super().getmany(
                *partitions, timeout_ms=timeout_ms, max_records=max_records
            )
        except NoOffsetForPartitionError:
            return {}  # assigned a moment ago, and not held yet
        except OffsetOutOfRangeError as error:
            [positions] = error.args
            await self._told.on_out_of_range(positions)
            return {}
        self._handed_out = self._note(records)
        if self._handed_out and not any(stretch.records for stretch in self._handed_out):
            await self._told.on_empty(self.take())
        return {p: found for p, found in records.items() if p in self._ends}

    def _note(self, records: dict[TopicPartition, list[ConsumerRecord]]) -> list[Stretch]:
        stretches = []
        for partition, end in list(self._ends.items()):
            own = self._position_now(partition)
            if own is not None and own > own_offset(end):
                position = offset_in(incarnation(end), own)
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
