"""What people and retention do to a topic behind a reader's back."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete

from service.embedded import create_topics
from tests.support.waiting import wait_for


@asynccontextmanager
async def _admin(broker: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def make_anew(broker: str, topic: str, partitions: int) -> None:
    """Delete a topic and create it again, empty; returns when its partitions have leaders."""
    async with _admin(broker) as admin:
        await admin.delete_topics([topic])

        async def is_gone() -> bool:
            return topic not in await admin.list_topics()

        await wait_for(is_gone)
    await create_topics(broker, {topic: partitions})


async def expire(broker: str, topic: str, before: Mapping[int, int]) -> None:
    """Drop the records before these offsets of partitions, as retention does."""
    async with _admin(broker) as admin:
        await admin.delete_records(
            {TopicPartition(topic, p): RecordsToDelete(offset) for p, offset in before.items()}
        )


async def add_partitions(broker: str, topic: str, in_all: int) -> None:
    async with _admin(broker) as admin:
        await admin.create_partitions({topic: NewPartitions(in_all)})


async def create_compacted(broker: str, topic: str) -> None:
    """A topic of one partition that is compacted as soon as it has anything to compact."""
    configs = {
        "cleanup.policy": "compact",
        "segment.ms": "100",
        "min.cleanable.dirty.ratio": "0.01",
        "max.compaction.lag.ms": "100",
        "delete.retention.ms": "0",
    }
    async with _admin(broker) as admin:
        await admin.create_topics([NewTopic(topic, 1, 1, topic_configs=configs)])
    await create_topics(broker, {topic: 1})
