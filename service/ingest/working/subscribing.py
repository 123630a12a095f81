"""FastStream, as a worker uses it: raw batches, nothing decoded, acknowledged or judged.

See `docs/adr/0003-raw-batch-subscriber.md`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final

from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from service.ingest.reading.consumer import LedgerConsumer, Told
from service.ingest.reading.kafka import PUBLISHED
from service.ingest.working.options import WorkerOptions

LEAVE_WITHIN_S: Final = 3.0
"""How long an end waits for the broker."""

_NO_BODY: Final = b""


def subscribed(
    options: WorkerOptions,
    topics: Sequence[str],
    on_records: Callable[[int], Awaitable[None]],
    listener: ConsumerRebalanceListener,
) -> KafkaBroker:
    """A broker that hands the number of records in each batch to `on_records`, not started yet."""
    broker = KafkaBroker(
        options.kafka.bootstrap_servers.split(","),
        consumer_only=True,
        apply_types=False,
        logger=None,
        graceful_timeout=options.drain_s,
    )
    subscriber = broker.subscriber(
        *topics,
        batch=True,
        group_id=options.group,
        group_instance_id=options.instance_id,
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="none",
        isolation_level=PUBLISHED,
        parser=_untouched,
        decoder=_how_many,
        listener=listener,
        max_records=options.batch_records,
        batch_timeout_ms=options.poll_timeout_ms,
        max_partition_fetch_bytes=options.fetch_max_bytes,
        session_timeout_ms=options.session_timeout_ms,
        heartbeat_interval_ms=max(options.session_timeout_ms // 10, 500),
        max_poll_interval_ms=options.max_poll_interval_ms,
        rebalance_timeout_ms=options.rebalance_timeout_ms,
    )
    subscriber(on_records)
    return broker


class Rebalances(ConsumerRebalanceListener):  # type: ignore[misc]
    """Tells whoever reads. What that raises the client would only log."""

    def __init__(
        self,
        revoked: Callable[[], Awaitable[None]],
        assigned: Callable[[Iterable[TopicPartition]], None],
    ) -> None:
        self._revoked = revoked
        self._assigned = assigned

    async def on_partitions_revoked(self, revoked: list[TopicPartition]) -> None:  # noqa: ARG002
        await self._revoked()

    async def on_partitions_assigned(self, assigned: list[TopicPartition]) -> None:
        self._assigned(assigned)


async def leave(broker: KafkaBroker, within_s: float | None) -> None:
    """Stop consuming and give up the partitions; a broker that says nothing is not waited for."""
    leaving = asyncio.create_task(broker.stop())
    await asyncio.wait([leaving], timeout=within_s)
    if leaving.done():
        leaving.result()


def ledger_consumer(options: WorkerOptions, told: Told, **asked: Any) -> LedgerConsumer:
    """The consumer that FastStream has `asked` for."""
    client = options.kafka.client_options()
    return LedgerConsumer(told=told, **{**asked, **client})


async def _untouched(records: tuple[ConsumerRecord, ...]) -> KafkaMessage:
    """FastStream's parser would decode headers and lose the batch on a bad one."""
    return KafkaMessage(raw_message=records, body=_NO_BODY, headers={}, consumer=None)  # type: ignore[arg-type]


async def _how_many(message: KafkaMessage) -> tuple[int]:
    """FastStream spreads what is decoded over a handler's arguments: here the number of records.

    The records themselves are with the consumer, beside the stretches that they cover.
    """
    return (len(message.raw_message),)
