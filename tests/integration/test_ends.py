"""Where topics end and what they hold last, asked by a client that has subscribed to nothing."""

import pytest
from aiokafka import AIOKafkaProducer

from service.ingest.reading.kafka import KafkaLines, end_offsets
from service.ingest.reading.newest import newest_records
from tests.support.servers import MakeTopic

pytestmark = pytest.mark.kafka


async def test_the_end_of_every_partition_is_known_and_of_no_other_topic(
    broker: str, topics: MakeTopic
) -> None:
    topic = await topics("orders", 2)
    await publish(broker, topic, 5)
    ends = await end_offsets(KafkaLines(broker), [topic, "made-by-nobody"])
    assert ends == {(topic, 0): 3, (topic, 1): 2}


async def test_the_newest_records_are_those_of_all_partitions_by_time(
    broker: str, topics: MakeTopic
) -> None:
    topic = await topics("orders", 2)
    assert await newest_records(KafkaLines(broker), topic, 3) == []
    await publish(broker, topic, 7)
    newest = await newest_records(KafkaLines(broker), topic, 3)
    assert [record.value for record in newest] == [b"4", b"5", b"6"]
    assert len(await newest_records(KafkaLines(broker), topic, 100)) == 7
    assert await newest_records(KafkaLines(broker), "made-by-nobody", 3) == []


async def publish(broker: str, topic: str, count: int) -> None:
    """Records of one second after the other, in turn on two partitions."""
    async with AIOKafkaProducer(bootstrap_servers=broker) as producer:
        for n in range(count):
            value, time_ms = str(n).encode(), 1_700_000_000_000 + n * 1_000
            await producer.send_and_wait(topic, value, partition=n % 2, timestamp_ms=time_ms)
