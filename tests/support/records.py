"""Made records into topics, and back out of them with their places and their truth."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.support.truth import Delivery, Made

LARGEST_BYTES = 2_000_000
"""Beyond what the service reads; compressed, the broker takes it."""


class Sender:
    """Sends records in the order in which they are given, each partition's in that order, too."""

    def __init__(self, broker: str) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=broker,
            enable_idempotence=True,
            compression_type="gzip",
            linger_ms=5,
            max_request_size=LARGEST_BYTES,
        )

    async def __aenter__(self) -> Self:
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def send(self, records: Iterable[Made]) -> None:
        """Returns when the broker has all of them."""
        sent = [
            await self._producer.send(
                made.topic,
                value=made.value,
                key=made.key,
                partition=made.partition,
                timestamp_ms=made.time_ms,
                headers=list(made.headers),
            )
            for made in records
        ]
        for one in sent:
            await one


async def end_offsets(broker: str, topics: Mapping[str, int]) -> dict[tuple[str, int], int]:
    """Where each partition ends now. `topics` says how many each topic has."""
    async with AIOKafkaConsumer(bootstrap_servers=broker) as consumer:
        ends = await consumer.end_offsets(_partitions(topics))
    return {(partition.topic, partition.partition): end for partition, end in ends.items()}


async def read_all(broker: str, topics: Mapping[str, int]) -> dict[tuple[str, int], list[Delivery]]:
    """Everything in the topics, by partition, without truth."""
    found: dict[tuple[str, int], list[Delivery]] = defaultdict(list)
    async with AIOKafkaConsumer(
        bootstrap_servers=broker, enable_auto_commit=False, auto_offset_reset="earliest"
    ) as consumer:
        partitions = _partitions(topics)
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(p) < end for p, end in ends.items()]):
            for partition, records in (await consumer.getmany(timeout_ms=200)).items():
                found[partition.topic, partition.partition] += [
                    Delivery(
                        record.timestamp * 1_000, record.topic, record.partition, record.offset,
                        record.key, tuple(record.headers), record.value, (),
                    )
                    for record in records
                ]  # fmt: skip
    return found


def with_truth(
    found: Mapping[tuple[str, int], list[Delivery]], made: Iterable[Made]
) -> Iterator[Delivery]:
    """The deliveries with what was meant: a partition holds its records in the order of sending.

    Fails where the broker holds anything but what was sent.
    """
    sent: dict[tuple[str, int], list[Made]] = defaultdict(list)
    for one in made:
        sent[one.topic, one.partition].append(one)
    assert found.keys() == sent.keys()
    for partition, records in sent.items():
        for delivery, one in zip(found[partition], records, strict=True):
            kept = (delivery.time_us, delivery.key, delivery.headers, delivery.value)
            assert kept == (one.time_ms * 1_000, one.key, one.headers, one.value)
            yield delivery._replace(meanings=one.meanings)


def _partitions(topics: Mapping[str, int]) -> list[TopicPartition]:
    return [TopicPartition(topic, p) for topic, count in topics.items() for p in range(count)]
