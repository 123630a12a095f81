"""Batches of records as no well-behaved client would send them, straight to the broker."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

NO_PRODUCER = -1


class RawRecord(NamedTuple):
    value: bytes | None
    headers: Sequence[tuple[bytes, bytes | None]]


async def produce_raw(
    broker: str, topic: str, records: Iterable[RawRecord], time_ms: int, compression: int = 0
) -> None:
    """One batch to partition 0, acknowledged. Header names may be any bytes."""
    client = AIOKafkaClient(bootstrap_servers=broker)
    await client.bootstrap()
    try:
        await client.set_topics([topic])
        leader = client.cluster.leader_for_partition(TopicPartition(topic, 0))
        request = ProduceRequest(
            transactional_id=None,
            required_acks=-1,
            timeout=10_000,
            topics=[(topic, [(0, raw_batch(records, time_ms, compression))])],
        )
        response = await client.send(leader, request)
        [(_, [(_, error, *_)])] = response.topics
        assert error == 0, f"the broker answered {error}"
    finally:
        await client.close()


class _Name(str):  # noqa: SLOT000 - one of a test
    """A header name that is written as the bytes that it is."""

    raw: bytes

    def encode(self, *_: object) -> bytes:
        return self.raw


def raw_batch(records: Iterable[RawRecord], time_ms: int, compression: int = 0) -> bytes:
    """The bytes of a batch. Header names may be any bytes."""
    builder = _DefaultRecordBatchBuilderPy(
        magic=2, compression_type=compression, is_transactional=False, producer_id=NO_PRODUCER,
        producer_epoch=-1, base_sequence=-1, batch_size=16_000_000,
    )  # fmt: skip
    for offset, record in enumerate(records):
        headers = [(_name(name), value) for name, value in record.headers]
        builder.append(offset, time_ms, b"k", record.value, headers)
    return bytes(builder.build())


def _name(raw: bytes) -> _Name:
    name = _Name("name")
    name.raw = raw
    return name
