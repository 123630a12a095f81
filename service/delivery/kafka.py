"""The producer of signals: raw bytes, confirmed by all replicas, one message at a time."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer

from service.delivery.relay import MakeProducer, Publish
from service.store.outbox import Headers


def kafka_producer(client_options: Mapping[str, Any], *, idempotent: bool) -> MakeProducer:
    """How to make producers for these brokers. `client_options` go to the client as they are.

    With `idempotent` the broker drops what the client itself sends twice.
    """

    @asynccontextmanager
    async def make() -> AsyncIterator[Publish]:
        producer = AIOKafkaProducer(
            **client_options, acks="all", enable_idempotence=idempotent, linger_ms=0
        )

        async def publish(topic: str, key: bytes, headers: Headers, value: bytes) -> None:
            await producer.send_and_wait(topic, value, key=key, headers=list(headers))

        try:
            await producer.start()
            yield publish
        finally:
            await producer.stop()

    return make
