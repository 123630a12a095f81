"""Which partitions a worker has, and from where each of them is read.

Whenever partitions are assigned, a batch goes back, or the next record is out of range, they are
held, and read on once they are located (`locating.locator`). Those that cannot be are located
again later.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, Final, TypeAlias

from aiokafka import TopicPartition

from service.ingest.locating.due import Due
from service.ingest.locating.locator import Away, HeldTopics, Locator
from service.ingest.reading.consumer import LedgerConsumer
from service.ingest.settling.rulebook import Rulebook

AWAY_AGAIN_S: Final = 1.0
"""How soon database and broker are asked again when one of them could not be."""

LOOK_AGAIN_S: Final = 5.0
"""How soon a topic that was made anew is read after that was accepted."""

Locate: TypeAlias = Callable[[Iterable[TopicPartition]], Coroutine[Any, Any, None]]


class Assignment:
    """The partitions of `consumer`, which is whoever reads now, if anybody does.

    `locate_due` is to call `locate`, unless the worker ends, and to answer for what it raises.
    """

    def __init__(
        self, locator: Locator, held: HeldTopics, rulebook: Rulebook, locate_due: Locate
    ) -> None:
        self._locator = locator
        self._held = held
        self._rulebook = rulebook
        self._locate_due = locate_due
        self._due = Due(self._come_due)
        self.consumer: LedgerConsumer | None = None

    @property
    def partitions(self) -> set[TopicPartition]:
        """Those that are ours."""
        return set(self.consumer.assignment()) if self.consumer else set()

    @property
    def subscribed(self) -> set[str]:
        """The topics that the group is told we read."""
        return set(self.consumer.subscription()) if self.consumer else set()

    async def records_wait(self) -> bool:
        """Whether a partition of ours holds records beyond what was handed out."""
        consumer = self.consumer
        if consumer is None or not consumer.assignment():
            return False
        ends = await consumer.own_end_offsets()
        return any(end > (consumer.read_to(p) or 0) for p, end in ends.items())

    def assigned(self, partitions: Iterable[TopicPartition]) -> None:
        """Partitions are ours now. Never waits: the group takes whoever does for dead."""
        self._held.keep({partition.topic for partition in partitions})
        self.fetch_anew(partitions)

    def revoked(self) -> None:
        """Partitions are about to move: no position counts any more."""
        if self.consumer is not None:
            self.consumer.forget()

    def fetch_anew(self, partitions: Iterable[TopicPartition]) -> None:
        """Forget what was fetched of these; they are read on once they are located."""
        if self.consumer is not None:
            self.consumer.hold(partitions)
        self._due.add(partitions, in_s=0.0)

    def see_ids(self, ids: Mapping[str, str]) -> None:
        """The topics have these ids now. One that was deleted and created between two fetches
        looks like the one before.
        """
        known = self._locator.incarnations
        anew = {topic for topic in ids.keys() & known.keys() if known[topic].is_not(ids[topic])}
        self._due.add({p for p in self.partitions if p.topic in anew}, in_s=0.0)

    async def locate(self, partitions: Iterable[TopicPartition]) -> None:
        """Seek each of these that is ours to where it is read on; what cannot be located is held.

        Raises what the database says that waiting does not cure.
        """
        consumer = self.consumer
        wanted = self.partitions & set(partitions)
        if consumer is None or not wanted:
            return
        consumer.hold(wanted)
        sources = [reader.source for reader in self._rulebook.in_force.readers.values()]
        located = await self._locator.locate(consumer, wanted, sources)
        if isinstance(located, Away):
            self._due.add(wanted, in_s=AWAY_AGAIN_S)
            return
        self._held.tell({partition.topic for partition in wanted}, located.held)
        owned = consumer.assignment()
        for partition in owned & located.offsets.keys():
            consumer.seek(partition, located.offsets[partition])
        held = {partition for partition in wanted if partition.topic in located.held}
        if held:
            self._due.add(held, in_s=LOOK_AGAIN_S)

    def _come_due(self, wanted: set[TopicPartition]) -> None:
        # Kept, because the loop alone would let the task be collected.
        self._locating = asyncio.create_task(self._locate_due(wanted))
