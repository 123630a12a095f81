"""The worker: reads the sources' topics and settles batch after batch.

FastStream consumes in batches; nothing of it decodes, acknowledges or judges a record (see
`docs/adr/`). While a batch is committed on its own thread, the next one is fetched and prepared;
a transaction begins when the outcome of the one before is known. Whatever goes wrong, the ledger
says where to go on, so the answer to every surprise is the same: read the ledger, seek, fetch
again (`working.assignment`). What even that does not cure ends the process (`reading.watching`).
"""

import asyncio
import time
from collections.abc import Awaitable, Iterable, Sequence
from functools import partial
from typing import Any, Final

import structlog
from aiokafka import TopicPartition

from service.event import Position, Record
from service.ingest.committing.committer import Abandoned, Committer, Pauses
from service.ingest.locating.locator import HeldTopics, Locator, read_again
from service.ingest.preparing.learning import Learn, nothing_to_learn
from service.ingest.preparing.prepare import prepare
from service.ingest.preparing.prepared import Prepared, Span
from service.ingest.preparing.revision import Revision
from service.ingest.reading.consumer import LedgerConsumer, Stretch, Told
from service.ingest.reading.hints import OffsetHints
from service.ingest.reading.kafka import record_of
from service.ingest.reading.reaching import Brokers
from service.ingest.reading.watching import Watch
from service.ingest.resettling.postponed import Postponed
from service.ingest.settling.results import Committed, OtherRevision, Result
from service.ingest.settling.rulebook import CompileStored, Rulebook
from service.ingest.working.assignment import Assignment
from service.ingest.working.counting import count
from service.ingest.working.ending import Ending
from service.ingest.working.following import FollowedTopics
from service.ingest.working.options import Progress, WorkerOptions
from service.ingest.working.subscribing import (
    LEAVE_WITHIN_S,
    Rebalances,
    leave,
    ledger_consumer,
    subscribed,
)
from service.offsets import incarnation
from service.store.connecting import connect_for_ingest
from service.telemetry import Metrics

POSTPONED_EVERY_S: Final = 1.0
"""How often to look whether events wait to be placed again."""

log = structlog.get_logger(__name__)


class ConsumptionStopped(Exception):  # noqa: N818  (an end, not a mistake)
    """Nothing more is read, because waiting would not help. The text says why."""


class Worker:
    """Runs until `stop`. One worker is one member of the consumer group."""

    def __init__(
        self,
        options: WorkerOptions,
        compile_stored: CompileStored,
        metrics: Metrics,
        learn: Learn = nothing_to_learn,
    ) -> None:
        self._options = options
        self._learn = learn
        self._metrics = metrics
        self._compile_stored = compile_stored
        self._rulebook = Rulebook(compile_stored)
        self._committer = Committer(
            options.database,
            options.group,
            self._refetch,
            self._rulebook.load,
            metrics,
        )
        self._ending = Ending()
        self._reopen = asyncio.Event()
        self._in_flight: asyncio.Task[bool] | None = None
        self._hints = OffsetHints(metrics)
        self.brokers = Brokers(options.kafka)
        self.topics = FollowedTopics(self.brokers, self._committer, options.group)
        self.progress = Progress()
        self.assignment = Assignment(
            Locator(self._committer, options.group, metrics),
            HeldTopics(self.progress.held, metrics),
            self._rulebook,
            self._locate,
        )
        self._listener = Rebalances(self._revoked, self.assignment.assigned)

    async def run(self) -> None:
        """Consume until `stop`. Raises `ConsumptionStopped` if waiting does not help any more."""
        self._committer.start()
        try:
            while not self._ending.has_begun:
                revision = await self._committer.run(self._rulebook.load_current)
                if revision is None or not revision.readers:
                    await self._ending.pause(1.0)
                    continue
                await self._consume(revision)
        finally:
            await self._committer.stop()

    def stop(self) -> None:
        """Finish the batch in hand and leave. May be called from a signal handler of the loop."""
        self._ending.begin()
        self._reopen.set()
        self._committer.end()

    @property
    def waits_because(self) -> str | None:
        """Why batches wait for the database, if they do."""
        return self._committer.outage.reason

    # Consuming.

    async def _consume(self, revision: Revision) -> None:
        """Consume the topics of a revision until others are to be read, or the end."""
        self._reopen.clear()
        topics = await self._ending.or_end(self.topics.there(revision))
        if not topics:
            await self._ending.pause(1.0)
            return
        broker = subscribed(self._options, sorted(topics), self._on_records, self._listener)
        await broker.connect()
        # Connecting makes a builder of plain consumers; ours must be there before the start.
        broker.config.broker_config.builder = self._build_consumer
        beside: list[asyncio.Task[None]] = []
        try:
            if await self._ending.or_end(self.brokers.reached(broker.start)):
                works = (self._place_postponed(), self._watch())
                beside += [asyncio.create_task(self._guarded(work)) for work in works]
                await self._reopen.wait()
            else:
                await self._ending.pause(1.0)
        finally:
            for task in beside:
                task.cancel()
            await self._drain()
            await leave(broker, LEAVE_WITHIN_S if self._ending.has_begun else None)
            self.assignment.consumer = None
        if self.progress.failed:
            raise ConsumptionStopped(self.progress.failed)

    async def _follow(self) -> None:
        """Read what there is of the topics of the revision in force, as the member that we are:
        the group does not look at what one reads that comes back under its name.
        """
        revision, consumer = self._rulebook.in_force, self.assignment.consumer
        there = await self._ending.or_end(self.topics.there(revision))
        topics = (there or set()) | (self.assignment.subscribed & revision.readers.keys())
        if consumer is None or there is None or not topics:
            self._reopen.set()
        else:
            consumer.subscribe(topics, listener=self._listener)

    def _build_consumer(self, **asked: Any) -> LedgerConsumer:
        told = Told(
            on_empty=self._on_empty,
            on_out_of_range=self._locate,
            on_lost=partial(self._fail, "a batch was fetched and never reached its handler"),
        )
        self._hints.begin_anew()
        consumer = ledger_consumer(self._options, told, **asked)
        self.assignment.consumer = consumer
        return consumer

    async def _on_records(self, _count: int) -> None:
        """A batch was fetched. Never raises: FastStream would go on with the next one."""
        consumer = self.assignment.consumer
        if consumer is None:
            return
        stretches = consumer.take()
        if stretches and not self._ending.has_begun:
            await self._guarded(self._hand_on(stretches))

    async def _on_empty(self, stretches: list[Stretch]) -> None:
        """Positions moved past records that nobody gets to see."""
        if not self._ending.has_begun:
            await self._guarded(self._hand_on(stretches))

    async def _locate(self, partitions: Iterable[TopicPartition]) -> None:
        """These are due, or the broker does not have what comes next in them."""
        if not self._ending.has_begun:
            await self._guarded(self.assignment.locate(partitions))

    async def _revoked(self) -> None:
        """Partitions are about to move: let the running commit end, then forget positions."""
        self._metrics.rebalances.inc()
        if self._in_flight is not None:
            await asyncio.wait([self._in_flight], timeout=self._options.drain_s)
            self._committer.abandon()
        self.assignment.revoked()

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:
            log.exception("consumption stops")
            self._fail(f"consumption stopped: {type(error).__name__}")

    def _fail(self, reason: str) -> None:
        self.progress.failed = reason
        self._ending.begin()
        self._reopen.set()

    async def _hand_on(self, stretches: Sequence[Stretch]) -> None:
        """Prepare a batch while the one before is committed; then begin its transaction."""
        spans = [_span(stretch) for stretch in stretches]
        if not await self._learned(spans):
            await self._outcome()
            self._go_back()
            return
        prepared = prepare(spans, self._rulebook.in_force, self._options.limits)
        if await self._outcome() and not self._ending.has_begun:
            self._in_flight = asyncio.create_task(self._settle(prepared))
            # The next batch may be there already, and preparing it would keep the loop to itself.
            await asyncio.sleep(0)

    async def _learned(self, spans: Sequence[Span]) -> bool:
        """Whether all is known that preparing needs; waits for it as long as a batch may wait."""
        records = [record for span in spans for record in span.records]
        pauses = Pauses(self._options.database.retry_max_s)
        give_up_s = time.monotonic() + self._options.outage_s
        while not await self._learn(records):
            if self._ending.has_begun or time.monotonic() > give_up_s:
                return False
            await self._ending.pause(next(pauses))
        return True

    async def _outcome(self) -> bool:
        """Whether the batch in flight, if any, was settled; without one, nothing went wrong."""
        task, self._in_flight = self._in_flight, None
        return await task if task else True

    # Settling.

    async def _settle(self, prepared: Prepared) -> bool:
        """See a batch through. False: it, and what was fetched behind it, is fetched again."""
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
            self._metrics.revision.set(self._rulebook.in_force.id)
            count(self._metrics, prepared, result, took_s)
            self._hints.note(result.next_offsets)
            await self._hints.tell(self.assignment.consumer, every_s=1.0)
            return True
        if isinstance(result, OtherRevision):
            await self._committer.run(self._rulebook.load_current)
            if set(self._rulebook.in_force.readers) != self.assignment.subscribed:
                await self._follow()
        log.info("batch goes back", reason=type(result).__name__)
        # At once, since it may have been the last one. What comes now is fetched from the ledger.
        self._in_flight = None
        self._go_back()
        return False

    def _go_back(self) -> None:
        if not self._ending.has_begun:
            self.assignment.fetch_anew(self.assignment.partitions)

    async def _drain(self) -> None:
        """Wait for the batch in flight, for as long as a stop may take."""
        task, self._in_flight = self._in_flight, None
        if task is not None:
            await asyncio.wait([task], timeout=self._options.drain_s)
        await self._hints.tell(self.assignment.consumer, every_s=0.0)

    async def _place_postponed(self) -> None:
        """Between batches, place again what they had put off."""
        postponed = Postponed(Rulebook(self._compile_stored))
        while True:
            if not await self._committer.run(postponed.place_some, tries=1):
                await asyncio.sleep(POSTPONED_EVERY_S)

    async def _refetch(self, positions: Sequence[Position]) -> dict[Position, Record | None]:
        # The committer waits for this in the middle of a batch: its connection is not to be had.
        options = self._options
        connection = await connect_for_ingest(options.database)
        try:
            return await read_again(connection, options.group, options.kafka, positions)
        finally:
            await connection.close()

    # Watching.

    async def _watch(self) -> None:
        options = self._options
        watch = Watch(options.kafka, options.stalled_after_s, self._metrics)
        while self.assignment.consumer is not None:
            await asyncio.sleep(watch.every_s)
            await self._committer.run(self._rulebook.load_current, tries=1)
            revision = self._rulebook.in_force
            topics = sorted(revision.readers)
            seen = await watch.look(topics, self.assignment.consumer, settling=self._is_settling())
            if seen is None:
                continue
            self.topics.see(revision, seen.topics)
            others = seen.topics - {partition.topic for partition in self.assignment.partitions}
            if others - self.assignment.subscribed or await self.topics.is_overlooked(others):
                await self._follow()
            self.assignment.see_ids(seen.ids)
            if seen.stalled:
                after_s = options.stalled_after_s
                named = [f"{p.topic}/{p.partition}" for p in seen.stalled]
                log.error("consumption stalls", partitions=named, after_s=after_s)
                self._fail(f"records wait, and none was fetched for {after_s:g} s")

    def _is_settling(self) -> bool:
        task = self._in_flight
        return self.waits_because is not None or (task is not None and not task.done())


def _span(stretch: Stretch) -> Span:
    partition, fetched_from, next_offset, raw = stretch
    number = incarnation(fetched_from)
    records: tuple[Record, ...] = tuple(record_of(one, number) for one in raw)
    return Span(partition.topic, partition.partition, fetched_from, next_offset, records)
