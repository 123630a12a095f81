"""The newest records of a topic, read beside the consumer group and without a trace."""

from typing import Final

from aiokafka import AIOKafkaConsumer

from service.event import Record
from service.ingest.reading.kafka import PUBLISHED, KafkaLines, partitions_of, record_of

_PATIENCE_MS: Final = 5_000


async def newest_records(lines: KafkaLines, topic: str, count: int) -> list[Record]:
    """At most `count` records of the topic, the newest of all partitions by record time, in order.

    Raises KafkaError if the brokers cannot be reached. A topic that does not exist has none.
    """
    consumer = AIOKafkaConsumer(
        **lines.client_options(), enable_auto_commit=False, isolation_level=PUBLISHED
    )
    try:
        await consumer.start()
        found = [
            record
            for partition in await partitions_of(consumer, [topic])
            for record in await _newest_of(consumer, partition, count)
        ]
    finally:
        await consumer.stop()
    found.sort(key=lambda record: (record.time_us, record.position))
    return found[-count:]


async def _newest_of(consumer: AIOKafkaConsumer, partition: object, count: int) -> list[Record]:
    """Offsets may have gaps: then there are fewer."""
    beginning = (await consumer.beginning_offsets([partition]))[partition]
    end = (await consumer.end_offsets([partition]))[partition]
    if beginning == end:
        return []
    consumer.assign([partition])
    consumer.seek(partition, max(beginning, end - count))
    found: list[Record] = []
    while await consumer.position(partition) < end:
        fetched = await consumer.getmany(partition, timeout_ms=_PATIENCE_MS)
        if not fetched:
            break
        found += (record_of(raw) for raw in fetched[partition] if raw.offset < end)
    return found
