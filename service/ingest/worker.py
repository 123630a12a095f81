"""The worker: reads the sources' topics and settles batch after batch.

FastStream consumes in batches; nothing of it decodes, acknowledges or judges a record (see
`docs/adr/`). While a batch is committed on its own thread, the next one is fetched and prepared;
a transaction begins when the outcome of the one before is known. Whatever goes wrong, the ledger
says where to go on, so the answer to every surprise is the same: read the ledger, seek, fetch
again.
"""

import asyncio
import time
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import structlog
from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from service.event import Record
from service.faults import crash_point
from service.ingest.committer import Abandoned, Committer
from service.ingest.consumer import LedgerConsumer, Stretch
from service.ingest.kafka import PUBLISHED, KafkaLines, end_offsets, record_of, refetch
from service.ingest.postponed import Postponed
from service.ingest.prepare import Limits, prepare
from service.ingest.prepared import Prepared, Span
from service.ingest.results import Committed, OtherRevision, Result
from service.ingest.revision import Revision
from service.ingest.rulebook import CompileStored, Rulebook
from service.ingest.starts import start_offsets
from service.store import ingest as store
from service.store.connecting import DatabaseLine
from service.telemetry import Metrics

METADATA_AGE_MS: Final = 30_000
"""How soon partitions that were added are seen."""

POSTPONED_EVERY_S: Final = 1.0
"""How often to look whether events wait to be placed again."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class WorkerOptions:
    """How a worker runs. Times in the unit of their name."""

    database: DatabaseLine
    kafka: KafkaLines
    group: str
    limits: Limits = field(default_factory=Limits)
    batch_records: int = 5_000
    poll_timeout_ms: int = 50
    fetch_max_bytes: int = 4_194_304
    session_timeout_ms: int = 45_000
    max_poll_interval_ms: int = 300_000
    rebalance_timeout_ms: int = 60_000
    instance_id: str | None = None
    drain_s: float = 15.0
    outage_s: float = 60.0
    """How long a batch waits for the database before it is fetched again, so that the group
    does not take the worker for dead."""


class Progress:
    """What readiness looks at: when something last moved, and what is in the way."""

    def __init__(self) -> None:
        self.last_commit_s = time.monotonic()
        self.failed: str | None = None


class Worker:
    """Runs until `stop`. One worker is one member of the consumer group."""

    def __init__(
        self, options: WorkerOptions, compile_stored: CompileStored, metrics: Metrics
    ) -> None:
        self._options = options
        self._metrics = metrics
        self._rulebook = Rulebook(compile_stored)
        self._committer = Committer(
            options.database,
            options.group,
            partial(refetch, options.kafka),
            self._rulebook.load,
            metrics,
        )
        self._stopping = asyncio.Event()
        self._reopen = asyncio.Event()
        self._in_flight: asyncio.Task[bool] | None = None
        self._consumer: LedgerConsumer | None = None
        self._hint: dict[TopicPartition, int] = {}
        self._hinted_at_s = 0.0
        self.progress = Progress()

    async def run(self) -> None:
        """Consume until `stop`. Raises what cannot be mended by waiting or fetching again."""
        self._committer.start()
        try:
            while not self._stopping.is_set():
                revision = await self._committer.run(self._rulebook.load_current)
                if revision is None or not revision.readers:
                    await self._pause(1.0)
                    continue
                await self._consume(revision)
        finally:
            await self._committer.stop()

    def stop(self) -> None:
        """Finish the batch in hand and leave. May be called from a signal handler of the loop."""
        self._stopping.set()
        self._reopen.set()
        self._committer.end()

    @property
    def waits_because(self) -> str | None:
        """Why batches wait for the database, if they do."""
        return self._committer.outage.reason

    async def broker_answers(self) -> bool:
        """Whether a broker can be asked at all."""
        try:
            await end_offsets(self._options.kafka, [])
        except (KafkaError, OSError):
            return False
        return True

    async def records_wait(self) -> bool:
        """Whether a partition of ours holds records beyond what was handed out."""
        consumer = self._consumer
        if consumer is None or not consumer.assignment():
            return False
        ends = await consumer.end_offsets(list(consumer.assignment()))
        return any(end > (consumer.read_to(p) or 0) for p, end in ends.items())

    # Consuming.

    async def _consume(self, revision: Revision) -> None:
        """Consume the topics of a revision until others are to be read, or the end."""
        self._reopen.clear()
        broker = self._broker(sorted(revision.readers))
        await broker.connect()
        # Connecting makes a builder of plain consumers; ours must be there before the start.
        broker.config.broker_config.builder = self._build_consumer
        await broker.start()
        placing_again = asyncio.create_task(self._guarded(self._place_postponed()))
        try:
            if not self._stopping.is_set():
                await self._reopen.wait()
        finally:
            placing_again.cancel()
            await self._drain()
            await broker.stop()
            self._consumer = None
        if self.progress.failed:
            raise RuntimeError(self.progress.failed)

    def _broker(self, topics: Sequence[str]) -> KafkaBroker:
        options = self._options
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
            auto_offset_reset="earliest",
            isolation_level=PUBLISHED,
            parser=_untouched,
            decoder=_how_many,
            listener=_Rebalances(self),
            max_records=options.batch_records,
            batch_timeout_ms=options.poll_timeout_ms,
            max_partition_fetch_bytes=options.fetch_max_bytes,
            session_timeout_ms=options.session_timeout_ms,
            heartbeat_interval_ms=max(options.session_timeout_ms // 10, 500),
            max_poll_interval_ms=options.max_poll_interval_ms,
            rebalance_timeout_ms=options.rebalance_timeout_ms,
        )
        subscriber(self._on_records)
        return broker

    def _build_consumer(self, **options: Any) -> LedgerConsumer:
        client = self._options.kafka.client_options()
        self._consumer = LedgerConsumer(
            on_empty=self._on_empty,
            on_lost=partial(self._fail, "a batch was fetched and never reached its handler"),
            **{**options, **client, "metadata_max_age_ms": METADATA_AGE_MS},
        )
        return self._consumer

    async def _on_records(self, _count: int) -> None:
        """A batch was fetched. Never raises: FastStream would go on with the next one."""
        consumer = self._consumer
        if consumer is None:
            return
        stretches = consumer.take()
        if not self._stopping.is_set():
            await self._guarded(self._hand_on(stretches))

    async def _on_empty(self, stretches: list[Stretch]) -> None:
        """Positions moved past records that nobody gets to see."""
        if not self._stopping.is_set():
            await self._guarded(self._hand_on(stretches))

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:
            log.exception("consumption stops")
            self._fail(f"consumption stopped: {type(error).__name__}")

    def _fail(self, reason: str) -> None:
        self.progress.failed = reason
        self._stopping.set()
        self._reopen.set()

    async def _hand_on(self, stretches: Sequence[Stretch]) -> None:
        """Prepare a batch while the one before is committed; then begin its transaction."""
        spans = [_span(stretch) for stretch in stretches]
        prepared = prepare(spans, self._rulebook.in_force, self._options.limits)
        if await self._outcome():
            self._in_flight = asyncio.create_task(self._settle(prepared))
            # The next batch may be there already, and preparing it would keep the loop to itself.
            await asyncio.sleep(0)
        else:
            await self._go_back()

    async def _outcome(self) -> bool:
        """Whether the batch in flight, if any, was settled; without one, nothing went wrong."""
        task, self._in_flight = self._in_flight, None
        return await task if task else True

    # Settling.

    async def _settle(self, prepared: Prepared) -> bool:
        """See a batch through. False: read the ledger and fetch again from there."""
        started_s = time.monotonic()
        giving_up = asyncio.get_running_loop().call_later(
            self._options.outage_s, self._committer.abandon
        )
        try:
            result = await self._committer.commit(prepared, self._rulebook.rules)
        except Exception as error:
            log.exception("consumption stops")
            self._fail(f"a batch could not be stored: {type(error).__name__}")
            return False
        finally:
            giving_up.cancel()
        return await self._settled(prepared, result, time.monotonic() - started_s)

    async def _settled(self, prepared: Prepared, result: Result | Abandoned, took_s: float) -> bool:
        if isinstance(result, Committed):
            self.progress.last_commit_s = time.monotonic()
            self._count(prepared, result, took_s)
            self._hint.update(
                (TopicPartition(*key), offset) for key, offset in result.next_offsets.items()
            )
            await self._commit_hint(every_s=1.0)
            return True
        if isinstance(result, OtherRevision):
            await self._committer.run(self._rulebook.load_current)
            if set(self._rulebook.in_force.readers) != self._subscribed():
                self._reopen.set()
        log.info("batch goes back", reason=type(result).__name__)
        return False

    def _count(self, prepared: Prepared, result: Committed, took_s: float) -> None:
        metrics = self._metrics
        metrics.batch_seconds.observe(took_s)
        for span in prepared.spans:
            metrics.records.labels(span.topic).inc(len(span.records))
        for (topic, outcome), number in result.outcomes.items():
            metrics.items.labels(topic, outcome).inc(number)
        for rule in result.rule_errors:
            metrics.rule_errors.labels(rule).inc()

    def _subscribed(self) -> set[str]:
        return set(self._consumer.subscription()) if self._consumer else set()

    async def _commit_hint(self, every_s: float) -> None:
        """Tell Kafka where we are. It is a hint: losing it costs nothing but a seek."""
        consumer = self._consumer
        now_s = time.monotonic()
        if consumer is None or not self._hint or now_s - self._hinted_at_s < every_s:
            return
        owned = consumer.assignment()
        offsets = {p: offset for p, offset in self._hint.items() if p in owned}
        self._hint.clear()
        self._hinted_at_s = now_s
        try:
            if offsets:
                crash_point("before_offset_hint")
                await consumer.commit(offsets)
                crash_point("after_offset_hint")
        except (KafkaError, IllegalStateError) as error:
            self._metrics.offset_hints_refused.inc()
            log.info("offset hint not committed", error=type(error).__name__)

    async def _go_back(self) -> None:
        if self._consumer is not None and not self._stopping.is_set():
            await self.locate(self._consumer.assignment())

    async def _drain(self) -> None:
        """Wait for the batch in flight, for as long as a stop may take."""
        task, self._in_flight = self._in_flight, None
        if task is not None:
            await asyncio.wait([task], timeout=self._options.drain_s)
        await self._commit_hint(every_s=0.0)

    async def _place_postponed(self) -> None:
        """Between batches, place again what they had put off."""
        postponed = Postponed(self._rulebook)
        while True:
            if not await self._committer.run(postponed.place_some, tries=1):
                await asyncio.sleep(POSTPONED_EVERY_S)

    # Assignment.

    async def revoked(self) -> None:
        """Partitions are about to move: let the running commit end, then forget positions."""
        self._metrics.rebalances.inc()
        if self._in_flight is not None:
            await asyncio.wait([self._in_flight], timeout=self._options.drain_s)
            self._committer.abandon()
        if self._consumer is not None:
            self._consumer.forget()

    def assigned(self, partitions: Iterable[TopicPartition]) -> None:
        """Partitions are ours now. Never waits: the group takes whoever does for dead."""
        if self._consumer is not None:
            self._consumer.pause(*partitions)
        self._locate_again(set(partitions))

    async def locate(self, partitions: Iterable[TopicPartition]) -> None:
        """Seek each partition to where the ledger says; what cannot be located is paused."""
        consumer, wanted = self._consumer, set(partitions)
        if consumer is None or not wanted:
            return
        consumer.pause(*wanted)
        offsets = await self._ledger_offsets(consumer, wanted)
        if offsets is None:
            asyncio.get_running_loop().call_later(1.0, self._locate_again, wanted)
            return
        owned = consumer.assignment()
        for partition in wanted & owned & offsets.keys():
            consumer.seek(partition, offsets[partition])
            consumer.resume(partition)

    def _locate_again(self, wanted: set[TopicPartition]) -> None:
        if self._consumer is not None and not self._stopping.is_set():
            still = {p for p in wanted if p in self._consumer.assignment()}
            self._relocation = asyncio.create_task(self._guarded(self.locate(still)))

    async def _ledger_offsets(
        self, consumer: LedgerConsumer, wanted: set[TopicPartition]
    ) -> dict[TopicPartition, int] | None:
        """The ledger's offsets, rows opened where absent; None while the database is away."""
        topics = {partition.topic for partition in wanted}
        group = self._options.group
        read = partial(store.read_ledger, group=group, topics=topics)
        rows = await self._committer.run(read, tries=2)
        if rows is not None and wanted - {TopicPartition(r.topic, r.partition) for r in rows}:
            starts = await self._first_offsets(consumer, topics)
            opened = await self._committer.run(partial(_open, group=group, offsets=starts), tries=2)
            rows = await self._committer.run(read, tries=2) if opened else None
        if rows is None:
            return None
        return {TopicPartition(r.topic, r.partition): r.next_offset for r in rows}

    async def _first_offsets(
        self, consumer: LedgerConsumer, topics: set[str]
    ) -> list[store.FirstOffsets]:
        readers = self._rulebook.in_force.readers
        sources = [reader.source for topic, reader in readers.items() if topic in topics]
        return await start_offsets(consumer, sources)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


async def _open(connection: Any, group: str, offsets: list[store.FirstOffsets]) -> bool:
    await store.open_ledger(connection, group, offsets)
    return True


class _Rebalances(ConsumerRebalanceListener):  # type: ignore[misc]
    """Tells the worker. What it raises the client would only log."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def on_partitions_revoked(self, revoked: list[TopicPartition]) -> None:  # noqa: ARG002
        await self._worker.revoked()

    async def on_partitions_assigned(self, assigned: list[TopicPartition]) -> None:
        self._worker.assigned(assigned)


_NO_BODY: Final = b""


async def _untouched(records: tuple[ConsumerRecord, ...]) -> KafkaMessage:
    """FastStream's parser would decode headers and lose the batch on a bad one."""
    return KafkaMessage(raw_message=records, body=_NO_BODY, headers={}, consumer=None)  # type: ignore[arg-type]


async def _how_many(message: KafkaMessage) -> tuple[int]:
    """FastStream spreads what is decoded over a handler's arguments: here the number of records.

    The records themselves are with the consumer, beside the stretches that they cover.
    """
    return (len(message.raw_message),)


def _span(stretch: Stretch) -> Span:
    partition, fetched_from, next_offset, raw = stretch
    records: tuple[Record, ...] = tuple(map(record_of, raw))
    return Span(partition.topic, partition.partition, fetched_from, next_offset, records)
