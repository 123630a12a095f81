"""Publishes exported records to a source's topic, confirmed by the broker a thousand at a time.

The key of a record is the digest of its value: published again, it goes to the same partition.
Whether it was published before is nothing to know here: the ids in it make it count once.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from aiokafka import AIOKafkaProducer

from service.exports.reading import Exported
from service.ingest.reading.kafka import KafkaLines

AT_ONCE: Final = 1_000

Headers: TypeAlias = tuple[tuple[str, bytes], ...]


class Destination(NamedTuple):
    """Where records go, and what headers each of them carries."""

    lines: KafkaLines
    topic: str
    headers: Headers
    idempotent: bool


async def publish(
    records: Iterable[Exported], to: Destination, confirmed: Callable[[int], None]
) -> None:
    """Publishes the records in their order; `confirmed` is told how many the broker has more.

    Raises KafkaError if the broker does not take them. Cancelled, it leaves what was confirmed.
    """
    producer = AIOKafkaProducer(
        **to.lines.client_options(), acks="all", enable_idempotence=to.idempotent, linger_ms=5
    )
    await producer.start()
    try:
        left = iter(records)
        while page := list(islice(left, AT_ONCE)):
            sent = [
                await producer.send(
                    to.topic, one.value, key=_key(one.value), headers=list(to.headers)
                )
                for one in page
            ]
            await asyncio.gather(*sent)
            confirmed(len(page))
    finally:
        await producer.stop()


def _key(value: bytes) -> bytes:
    return hashlib.blake2b(value, digest_size=8).hexdigest().encode()
