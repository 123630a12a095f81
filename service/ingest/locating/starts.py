"""First contact: where a source's topic is read from when nobody has read it yet."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, TopicPartition

from service.framework.models import Source
from service.ingest.reading.kafka import partitions_of
from service.store.topics import FirstOffsets


async def start_offsets(
    consumer: AIOKafkaConsumer, sources: Iterable[Source], ids: Mapping[str, str]
) -> list[FirstOffsets]:
    """For every partition: where `start` says, and its first record for one added later.

    `ids` are those of the topics, as far as the broker tells. Raises KafkaError.
    """
    offsets: list[FirstOffsets] = []
    for source in sources:
        partitions = await partitions_of(consumer, [source.topic])
        beginnings = await consumer.beginning_offsets(partitions)
        starts = await _resolved(consumer, source.start, partitions, beginnings)
        offsets += [
            FirstOffsets(p.topic, p.partition, starts[p], beginnings[p], ids.get(p.topic))
            for p in partitions
        ]
    return offsets


async def _resolved(
    consumer: AIOKafkaConsumer,
    start: str,
    partitions: list[TopicPartition],
    beginnings: dict[TopicPartition, int],
) -> dict[TopicPartition, int]:
    if start == "earliest":
        return beginnings
    ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    if start == "latest":
        return ends
    since_ms = _milliseconds(start)
    found = await consumer.offsets_for_times(dict.fromkeys(partitions, since_ms))
    return {p: found[p].offset if found.get(p) else ends[p] for p in partitions}


def _milliseconds(date: str) -> int:
    moment = datetime.fromisoformat(date)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
