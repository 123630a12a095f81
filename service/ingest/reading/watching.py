"""Looks at the topics by a connection of its own, for what the consumer would not notice."""

import time
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from service.ingest.reading.consumer import LedgerConsumer
from service.ingest.reading.extent import Extent
from service.ingest.reading.kafka import KafkaLines, extents
from service.ingest.reading.topic_ids import client_of
from service.ingest.reading.watchdog import Reading, Watchdog
from service.offsets import incarnation, offset_in
from service.telemetry import Metrics

MOST_BETWEEN_LOOKS_S: Final = 30.0


class Seen(NamedTuple):
    """Which topics are there, their ids, and the partitions that do not get on."""

    topics: AbstractSet[str]
    ids: Mapping[str, str]
    stalled: Sequence[TopicPartition]


class Watch:
    """Looks when it is told to, best every `every_s`."""

    def __init__(self, lines: KafkaLines, stalled_after_s: float, metrics: Metrics) -> None:
        self._lines = lines
        self._metrics = metrics
        self._watchdog = Watchdog(stalled_after_s)
        self.every_s = min(MOST_BETWEEN_LOOKS_S, stalled_after_s / 4)

    async def look(
        self, topics: Sequence[str], consumer: LedgerConsumer, *, settling: bool
    ) -> Seen | None:
        """What is to be seen now; None where no broker answers. `settling`: a batch is."""
        try:
            there = await extents(self._lines, topics)
        except (KafkaError, OSError):
            self._watchdog.forget()
            return None
        _see_partitions(consumer, topics, there.keys())
        readings = self._readings(consumer, there)
        stalled = self._watchdog.stalled(readings, time.monotonic(), settling=settling)
        ids = {topic: one.topic_id for (topic, _), one in there.items() if one.topic_id}
        return Seen({topic for topic, _ in there}, ids, stalled)

    def _readings(
        self, consumer: LedgerConsumer, there: Mapping[tuple[str, int], Extent]
    ) -> dict[TopicPartition, Reading]:
        """Of the partitions that are read, as the ledger counts."""
        self._metrics.lag_records.clear()
        readings = {}
        for key, one in there.items():
            read_to = consumer.read_to(TopicPartition(*key))
            if read_to is not None:
                end = offset_in(incarnation(read_to), one.end)
                readings[TopicPartition(*key)] = Reading(read_to, end)
                self._metrics.lag_records.labels(*key).set(max(0, end - read_to))
        return readings


def _see_partitions(
    consumer: LedgerConsumer, topics: Sequence[str], there: AbstractSet[tuple[str, int]]
) -> None:
    """Let the client look at once for partitions that came or went since it last did.

    By itself it looks every few minutes. A topic that it did not find when it looked, because it
    was just being made anew, nobody would have until then.
    """
    client = client_of(consumer)
    known = {(t, number) for t in topics for number in client.cluster.partitions_for_topic(t) or ()}
    if known != there:
        client.force_metadata_update()
