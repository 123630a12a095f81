"""Kafka as ingest needs it: how to connect, and what to ask outside the consumer's loop."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from service.event import Position, Record

REFETCH_TIMEOUT_S = 30
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


def record_of(raw: ConsumerRecord) -> Record:
    """The client's record as ours, untouched."""
    return Record(
        Position(raw.topic, raw.partition, raw.offset),
        raw.timestamp * 1000 if raw.timestamp is not None else -1,
        raw.key,
        tuple((name, value or b"") for name, value in raw.headers),
        raw.value,
    )


async def refetch(
    lines: KafkaLines, positions: Sequence[Position]
) -> dict[Position, Record | None]:
    """Read records again by position; None for one that its topic no longer holds.

    Raises KafkaError if the brokers cannot be reached.
    """
    consumer = AIOKafkaConsumer(
        **lines.client_options(), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        await consumer.start()
        return {position: await _read_one(consumer, position) for position in positions}
    finally:
        await consumer.stop()


async def _read_one(consumer: AIOKafkaConsumer, position: Position) -> Record | None:
    partition = TopicPartition(position.topic, position.partition)
    consumer.assign([partition])
    beginning = (await consumer.beginning_offsets([partition]))[partition]
    end = (await consumer.end_offsets([partition]))[partition]
    if not beginning <= position.offset < end:
        return None
    consumer.seek(partition, position.offset)
    fetched = await consumer.getmany(partition, timeout_ms=REFETCH_TIMEOUT_S * 1000, max_records=1)
    for raw in fetched.get(partition, []):
        record = record_of(raw)
        return record if record.position == position else None
    return None


async def end_offsets(lines: KafkaLines, topics: Iterable[str]) -> dict[tuple[str, int], int]:
    """The end of every partition of these topics. Topics that do not exist have none."""
    consumer = AIOKafkaConsumer(
        **lines.client_options(), enable_auto_commit=False, isolation_level=PUBLISHED
    )
    try:
        await consumer.start()
        partitions = await partitions_of(consumer, topics)
        ends = await consumer.end_offsets(partitions) if partitions else {}
        return {(p.topic, p.partition): offset for p, offset in ends.items()}
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
    # What the consumer itself knows are the topics that it has subscribed to, which may be none.
    cluster = await consumer._client.fetch_all_metadata()  # noqa: SLF001 - public are names only
    return [
        TopicPartition(topic, number)
        for topic in sorted(set(topics))
        for number in sorted(cluster.partitions_for_topic(topic) or ())
    ]
