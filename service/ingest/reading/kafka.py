"""Kafka as ingest needs it: how to connect, and what to ask outside the consumer's loop."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from service.event import Position, Record
from service.ingest.reading.extent import Extent
from service.ingest.reading.header_names import accept_any_header_name
from service.ingest.reading.topic_ids import client_of, topic_ids
from service.offsets import incarnation, offset_in, own_offset

accept_any_header_name()

REFETCH_TIMEOUT_S: Final = 30
PUBLISHED: Final = "read_committed"
"""Records of a transaction that was aborted were never published, and one that is open is not
yet: the end of a topic lies before it."""


@dataclass(frozen=True)
class KafkaLines:
    """Where the brokers are, and with what security. `security` goes to the client as it is."""

    bootstrap_servers: str
    security: Mapping[str, Any] = field(default_factory=dict)

    def client_options(self) -> dict[str, Any]:
        """What every client of these brokers is made with."""
        return {"bootstrap_servers": self.bootstrap_servers, **self.security}


class Incarnation(NamedTuple):
    """Which topic of a name the ledger counts in now. `topic_id` is None where nobody knows."""

    number: int
    topic_id: str | None

    def is_not(self, topic_id: str) -> bool:
        """Whether the topic with this id is certainly another one."""
        return self.topic_id is not None and self.topic_id != topic_id


def record_of(raw: ConsumerRecord, number: int = 0) -> Record:
    """The client's record as ours, untouched; of its topic's incarnation `number`."""
    return Record(
        Position(raw.topic, raw.partition, offset_in(number, raw.offset)),
        raw.timestamp * 1000 if raw.timestamp is not None else -1,
        raw.key,
        # Most records have none, and a generator costs more than all else here.
        tuple([(name, value or b"") for name, value in raw.headers]) if raw.headers else (),
        raw.value,
    )


async def refetch(
    lines: KafkaLines, known: Mapping[str, Incarnation], positions: Sequence[Position]
) -> dict[Position, Record | None]:
    """Read records again by position; None for one that its topic no longer holds.

    Raises KafkaError if the brokers cannot be reached.
    """
    consumer = AIOKafkaConsumer(
        **lines.client_options(), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        await consumer.start()
        ids = await topic_ids(consumer, {position.topic for position in positions})
        return {
            position: await _read_one(consumer, position)
            if _lies_there(position, known.get(position.topic), ids)
            else None
            for position in positions
        }
    finally:
        await consumer.stop()


def _lies_there(position: Position, known: Incarnation | None, ids: Mapping[str, str]) -> bool:
    """Whether the topic of this name is still the one in which the record lay."""
    if known is None or incarnation(position.offset) != known.number:
        return False
    return position.topic not in ids or not known.is_not(ids[position.topic])


async def _read_one(consumer: AIOKafkaConsumer, position: Position) -> Record | None:
    partition = TopicPartition(position.topic, position.partition)
    own = own_offset(position.offset)
    consumer.assign([partition])
    beginning = (await consumer.beginning_offsets([partition]))[partition]
    end = (await consumer.end_offsets([partition]))[partition]
    if not beginning <= own < end:
        return None
    consumer.seek(partition, own)
    fetched = await consumer.getmany(partition, timeout_ms=REFETCH_TIMEOUT_S * 1000, max_records=1)
    for raw in fetched.get(partition, []):
        record = record_of(raw, incarnation(position.offset))
        return record if record.position == position else None
    return None


async def end_offsets(lines: KafkaLines, topics: Iterable[str]) -> dict[tuple[str, int], int]:
    """The end of every partition of these topics. Topics that do not exist have none.

    By a new connection, whatever others are stuck in, as are all questions asked of `lines`.
    """
    async with _asking(lines, topics) as (consumer, partitions):
        ends = await consumer.end_offsets(partitions) if partitions else {}
        return {(p.topic, p.partition): offset for p, offset in ends.items()}


async def extents(lines: KafkaLines, topics: Iterable[str]) -> dict[tuple[str, int], Extent]:
    """What the brokers have of each partition of those of the topics that exist."""
    async with _asking(lines, topics) as (consumer, partitions):
        there = await extents_of(consumer, partitions)
        return {(p.topic, p.partition): one for p, one in there.items()}


async def extents_of(
    consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]
) -> dict[TopicPartition, Extent]:
    """What the brokers have of these partitions now. Raises KafkaError."""
    asked = list(partitions)
    if not asked:
        return {}
    ids = await topic_ids(consumer, {partition.topic for partition in asked})
    beginnings = await consumer.beginning_offsets(asked)
    ends = await consumer.end_offsets(asked)
    return {p: Extent(ids.get(p.topic), beginnings[p], ends[p]) for p in asked}


@asynccontextmanager
async def _asking(
    lines: KafkaLines, topics: Iterable[str]
) -> AsyncIterator[tuple[AIOKafkaConsumer, list[TopicPartition]]]:
    """A consumer that knows where the partitions of those of the topics that exist are led."""
    consumer = AIOKafkaConsumer(
        **lines.client_options(), enable_auto_commit=False, isolation_level=PUBLISHED
    )
    try:
        await consumer.start()
        partitions = await partitions_of(consumer, topics)
        if partitions:
            await client_of(consumer).set_topics({p.topic for p in partitions})
        yield consumer, partitions
    finally:
        await consumer.stop()


async def existing_topics(lines: KafkaLines) -> set[str]:
    """The topics that the brokers have."""
    consumer = AIOKafkaConsumer(**lines.client_options())
    try:
        await consumer.start()
        return set(await consumer.topics())
    finally:
        await consumer.stop()


async def partitions_of(consumer: AIOKafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
    """All partitions of the topics that exist, by fresh metadata."""
    # What the consumer itself knows are the topics that it reads, which may be none.
    cluster = await client_of(consumer).fetch_all_metadata()
    return [
        TopicPartition(topic, number)
        for topic in sorted(set(topics))
        for number in sorted(cluster.partitions_for_topic(topic) or ())
    ]
