"""The composition: `run` is a process of the service.

It gives the process its worker, evaluator, relay and health server, and lets all of them end.
"""

import asyncio
import gc
import os
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.api.health import Readiness, health_app, serving
from service.configuring import compile_stored, database_line, kafka_lines, limits, schema_book
from service.delivery.kafka import kafka_producer
from service.delivery.relay import Relay
from service.evaluate.checking import Terms
from service.evaluate.clock import Clock, DatabaseClock
from service.evaluate.evaluator import Evaluator, Surroundings
from service.ingest.reading.kafka import end_offsets
from service.ingest.working.options import WorkerOptions
from service.ingest.working.worker import Worker
from service.registry import SchemaBook
from service.settings import Settings
from service.sources import kinds_of, loaded_revision
from service.store.connecting import leave_read_only, make_engine
from service.store.trouble import database_trouble
from service.telemetry import Metrics, make_metrics

CHECKS_POLL_S: Final = 1.0
"""How often to look whether a check is due."""

FAREWELL_S: Final = 8.0
"""How long a process may take to end beside the batch in hand."""

CLOSE_WITHIN_S: Final = 2.0
"""How long the database may take to say farewell to all connections."""

STORY_POLL_S: Final = 0.1
"""As `CHECKS_POLL_S`, where an hour passes in half a second."""


log = structlog.get_logger(__name__)


async def run(settings: Settings, *, clock: Clock | None = None) -> None:
    """Run one process of the service until SIGTERM or SIGINT.

    The evaluator's clock is the database's unless `clock` is another. Raises
    `service.api.health.AddressError` if the health port is taken, and what the worker cannot mend.
    """
    ending = _ended_by_signals(settings.drain_s + FAREWELL_S)
    _spare_the_collector()
    registry = CollectorRegistry()
    metrics = make_metrics(registry)
    book = schema_book(settings)
    worker = worker_of(settings, metrics, book)
    async with AsyncExitStack() as stack:
        if book is not None:
            stack.push_async_callback(book.close)
        engine = await stack.enter_async_context(engine_of(settings))
        readiness = _readiness(settings, engine, worker, book)
        health = health_app(readiness, registry, metrics.ready)
        await stack.enter_async_context(serving(health, settings.health_host, settings.health_port))
        evaluator = Evaluator(
            engine,
            _terms(settings),
            _surroundings(settings, clock or DatabaseClock(engine)),
            metrics,
        )
        relay = Relay(engine, _producer(settings), metrics)
        await _work(worker, (evaluator.run(), relay.run()), ending)


def worker_options(settings: Settings) -> WorkerOptions:
    """How the worker of this process runs."""
    return WorkerOptions(
        database=database_line(settings),
        kafka=kafka_lines(settings),
        group=settings.consumer_group,
        limits=limits(settings),
        batch_records=settings.batch_max_records,
        poll_timeout_ms=settings.batch_wait_ms,
        fetch_max_bytes=settings.partition_fetch_max_bytes,
        session_timeout_ms=settings.session_timeout_ms,
        max_poll_interval_ms=settings.max_poll_interval_ms,
        rebalance_timeout_ms=settings.rebalance_timeout_ms,
        instance_id=settings.member or None,
        drain_s=settings.drain_s,
        outage_s=settings.max_poll_interval_ms / 5_000,
        stalled_after_s=settings.stalled_after_s,
    )


def worker_of(settings: Settings, metrics: Metrics, book: SchemaBook | None) -> Worker:
    """The worker of this process; schemas are those of `book`, where there is one."""
    if book is None:
        return Worker(worker_options(settings), compile_stored(settings), metrics)
    compiling = compile_stored(settings, book)
    return Worker(worker_options(settings), compiling, metrics, book.learn)


def _spare_the_collector() -> None:
    """Batches are large and without cycles: looking for garbage in them is half of the work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(500_000, 10, 10)


async def _work(
    worker: Worker, others: Iterable[Coroutine[Any, Any, None]], ending: asyncio.Event
) -> None:
    """Let all of them run until the worker fails or is to end; then let it finish its batch.

    Whoever waits for a database that says nothing needs seconds to let go, so all end at once.
    """
    working = asyncio.create_task(worker.run())
    beside = [asyncio.create_task(other) for other in others]
    told = asyncio.create_task(ending.wait())
    try:
        await asyncio.wait([working, told], return_when=asyncio.FIRST_COMPLETED)
    finally:
        worker.stop()
        for task in (told, *beside):
            task.cancel()
        await asyncio.gather(told, *beside, return_exceptions=True)
        await working


def _ended_by_signals(within_s: float) -> asyncio.Event:
    """Set by SIGTERM or SIGINT; what has not ended so much later is cut off."""
    ending = asyncio.Event()

    def end() -> None:
        if not ending.is_set():
            ending.set()
            cutting = threading.Timer(within_s, _cut_off)
            cutting.daemon = True
            cutting.start()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    return ending


def _cut_off() -> None:
    """Whoever dies here loses nothing: what was not committed is read again."""
    log.warning("cut off while ending")
    os._exit(0)


@asynccontextmanager
async def engine_of(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """Connections for everything but ingest, which has its own."""
    line = database_line(settings)
    engine = make_engine(
        line.url,
        line.server_settings("signalbox"),
        pool_size=settings.database_pool_connections,
        max_overflow=0,
        pool_timeout=5,
    )
    event.listen(engine.sync_engine, "handle_error", leave_read_only)
    try:
        yield engine
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(engine.dispose(), CLOSE_WITHIN_S)


def _terms(settings: Settings) -> Terms:
    return Terms(
        group=settings.consumer_group,
        signals_topic=settings.signals_topic,
        max_age=settings.signals_max_age,
        kinds_of=kinds_of,
    )


def _surroundings(settings: Settings, clock: Clock) -> Surroundings:
    return Surroundings(
        clock=clock,
        end_offsets=partial(end_offsets, kafka_lines(settings)),
        load_framework=loaded_revision,
        holder=f"{socket.gethostname()}:{os.getpid()}",
        poll_s=CHECKS_POLL_S if isinstance(clock, DatabaseClock) else STORY_POLL_S,
    )


def _producer(settings: Settings) -> Any:
    options = kafka_lines(settings).client_options()
    return kafka_producer(options, idempotent=settings.producer_idempotence)


def _readiness(
    settings: Settings, engine: AsyncEngine, worker: Worker, book: SchemaBook | None
) -> Readiness:
    async def database() -> str | None:
        try:
            async with engine.connect() as connection:
                only_reads = await connection.scalar(text("SHOW transaction_read_only")) == "on"
        except Exception as error:  # noqa: BLE001 - whatever it is, the database cannot be used
            return database_trouble(error)
        return worker.waits_because or ("the database is read-only" if only_reads else None)

    async def progress() -> str | None:
        if worker.progress.failed:
            return worker.progress.failed
        if worker.topics.lacking:
            return worker.topics.lacking
        if held := ", ".join(sorted(worker.progress.held)):
            return f"{held}: made anew, and not read until that is accepted (signalbox doctor)"
        if book is not None and book.waits_because:
            return book.waits_because
        waited_s = time.monotonic() - worker.progress.last_commit_s
        if waited_s > settings.stalled_after_s and await worker.assignment.records_wait():
            return f"records wait and none was settled for {waited_s:.0f} s"
        return None

    return Readiness({"database": database, "broker": worker.brokers.trouble, "progress": progress})
