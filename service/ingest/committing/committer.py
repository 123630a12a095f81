"""The thread that commits: one connection on a loop of its own.

While it commits a batch, the main loop fetches and prepares the next one. It never gives up by
itself: a database that is away is waited for with back-off, a deadlock or a lost connection is
repeated, and a batch that the database refuses for its data is tried without the item that is to
blame. `abandon` and `end` stop the waiting from outside; a connection on which nothing comes back
even then is cut.
"""

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import asyncpg
import structlog
import uvloop
from aiokafka.errors import KafkaError

from service.event import Position, Record
from service.ingest.committing.refused import REFUSED_FOR_DATA, without_refused
from service.ingest.committing.transaction import commit_batch
from service.ingest.preparing.prepared import Prepared
from service.ingest.settling.memory import Memory
from service.ingest.settling.results import NeedsRecords, NeedsRevisions, Result
from service.ingest.settling.settlement import Batch, Rules
from service.outage import Outage
from service.store.connecting import DatabaseLine, connect_for_ingest, end_stalled
from service.store.trouble import READ_ONLY, database_trouble
from service.telemetry import Metrics

T = TypeVar("T")

_log = structlog.get_logger(__name__)

Refetch: TypeAlias = Callable[[Sequence[Position]], Awaitable[Mapping[Position, Record | None]]]
"""Reads records again from their topics, None for one that is gone. Runs on the main loop."""

LoadRules: TypeAlias = Callable[[asyncpg.Connection, Sequence[int]], Awaitable[Rules]]
"""Compiles these revisions too and gives all rules that are compiled."""

PASSING: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    # What the driver says when the server ends a session in the middle of a COPY.
    asyncpg.InternalClientError,
    KafkaError,
)
"""What may be over when it is tried again."""

NO_BROKER: Final = "the brokers cannot be reached to read a record again"
FIRST_PAUSE_S: Final = 0.05
CLOSE_WITHIN_S: Final = 2.0
REPLY_GRACE_S: Final = 5.0
"""How much later than the server's own limit a reply may come before the line counts as dead."""


class Abandoned(NamedTuple):
    """The outcome is not known: read the ledger before anything else."""


class Committer:
    """Owns the thread, its loop and its connection. Start it once, stop it once.

    Made on the main loop: it is the one on which `refetch` runs.
    """

    def __init__(
        self, line: DatabaseLine, group: str, refetch: Refetch, load: LoadRules, metrics: Metrics
    ) -> None:
        self._line = line
        self._metrics = metrics
        self._group = group
        self._refetch = refetch
        self._load = load
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._abandoned = asyncio.Event()
        self._is_ending = False
        self._has_hung_up = False
        self._cutting: asyncio.TimerHandle | None = None
        self._memory = Memory()
        self._connection: asyncpg.Connection | None = None
        self._connecting: asyncio.Task[asyncpg.Connection] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._main_loop = asyncio.get_running_loop()
        self.outage = Outage("batches")

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    async def stop(self) -> None:
        """End the thread and the connection, cutting off what still runs."""
        self.end()
        await self._on_thread(self._hang_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join, 10)

    def abandon(self) -> None:
        """Stop waiting for the database: what runs now ends with its next failure.

        May be called from any thread, at any time.
        """
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._abandon)

    def end(self) -> None:
        """Like `abandon`, for everything that is still to come, too."""
        self._is_ending = True
        self.abandon()

    async def commit(self, prepared: Prepared, rules: Rules) -> Result | Abandoned:
        """Settle a batch exactly once. Returns when its outcome is known or abandoned.

        Raises only what cannot be mended by waiting: consumption must stop then.
        """
        return await self._on_thread(self._commit(prepared, rules))

    async def run(
        self, work: Callable[[asyncpg.Connection], Awaitable[T]], tries: int | None = None
    ) -> T | None:
        """Do other work on the connection, repeated until it succeeds or `tries` are used up."""
        return await self._on_thread(self._repeat(work, tries))

    async def _on_thread(self, work: Coroutine[Any, Any, T]) -> T:
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        # Shielded: a cancelled waiter must not cancel a COMMIT half-way.
        return await asyncio.shield(asyncio.wrap_future(future))

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    async def _commit(self, prepared: Prepared, rules: Rules) -> Result | Abandoned:
        async with self._one_at_a_time:
            self._begin()
            batch = Batch(self._group, prepared, rules)
            pauses = Pauses(self._line.retry_max_s)
            while True:
                try:
                    step = await self._step(batch)
                except REFUSED_FOR_DATA:
                    raise
                except PASSING as error:
                    await self._failed(error)
                    if await self._is_abandoned_within(next(pauses)):
                        return Abandoned()
                else:
                    if not isinstance(step, Batch):
                        self.outage.over()
                        return step
                    batch = step

    async def _step(self, batch: Batch) -> Result | Batch:
        """Try once: the outcome, or the batch with what it lacked or without what was refused."""
        connection = await self._connected()
        try:
            result = await commit_batch(connection, batch, self._memory)
        except REFUSED_FOR_DATA as error:
            return await without_refused(connection, batch, self._memory, error)
        if isinstance(result, NeedsRecords):
            read = await self._read_again(result.positions)
            return batch._replace(refetched={**batch.refetched, **read})
        if isinstance(result, NeedsRevisions):
            return batch._replace(rules=await self._load(connection, result.revisions))
        return result

    async def _repeat(
        self, work: Callable[[asyncpg.Connection], Awaitable[T]], tries: int | None
    ) -> T | None:
        async with self._one_at_a_time:
            self._begin()
            pauses = Pauses(self._line.retry_max_s)
            while True:
                try:
                    done = await work(await self._connected())
                except PASSING as error:
                    await self._failed(error)
                    tries = None if tries is None else tries - 1
                    if tries == 0 or await self._is_abandoned_within(next(pauses)):
                        return None
                else:
                    self.outage.over()
                    return done

    def _begin(self) -> None:
        """Whatever was abandoned is over; this is new work."""
        self._spare()
        if not self._is_ending:
            self._abandoned.clear()

    def _abandon(self) -> None:
        self._abandoned.set()
        self._spare()
        # Every statement ends by the server's limit, unless nobody is there to end it.
        limit_s = self._line.statement_timeout_s + REPLY_GRACE_S
        self._cutting = self._loop.call_later(limit_s, self._cut)

    def _cut(self) -> None:
        if self._connecting is not None:
            self._connecting.cancel()
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _spare(self) -> None:
        """The connection is not to be cut after all, or not yet."""
        if self._cutting is not None:
            self._cutting.cancel()

    async def _hang_up(self) -> None:
        """Close the connection, whatever runs on it, and open none for what still waits."""
        self._has_hung_up = True
        if self._one_at_a_time.locked():
            self._cut()
        async with self._one_at_a_time:
            self._spare()
            if self._connection is not None:
                with suppress(*PASSING):
                    await self._connection.close(timeout=CLOSE_WITHIN_S)

    async def _is_abandoned_within(self, pause_s: float) -> bool:
        """Waits so long; whether there is no more waiting."""
        try:
            await asyncio.wait_for(self._abandoned.wait(), pause_s)
        except TimeoutError:
            return False
        return True

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            if self._has_hung_up:
                raise ConnectionAbortedError
            self._connecting = asyncio.create_task(connect_for_ingest(self._line))
            try:
                self._connection = await self._connecting
            except asyncio.CancelledError:
                raise ConnectionAbortedError from None
        return self._connection

    async def _failed(self, error: BaseException) -> None:
        """Note it; keep a connection only where the server said no and may say yes next time."""
        self._metrics.database_retries.labels(type(error).__name__).inc()
        is_brokers = isinstance(error, KafkaError)
        self.outage.failed(NO_BROKER if is_brokers else database_trouble(error))
        said_no = isinstance(error, asyncpg.PostgresError) and error.sqlstate != READ_ONLY
        if not is_brokers and not said_no:
            self._cut()
        if isinstance(error, asyncpg.LockNotAvailableError):
            await self._end_stalled()

    async def _end_stalled(self) -> None:
        """Whoever is kept waiting ends what the server itself would have ended, if it could."""
        with suppress(*PASSING):
            line = self._line
            ended = await end_stalled(await self._connected(), line.statement_timeout_s)
            if ended:
                _log.warning("sessions of processes that stand still were ended", sessions=ended)

    async def _read_again(self, positions: Sequence[Position]) -> Mapping[Position, Record | None]:
        async def on_main_loop() -> Mapping[Position, Record | None]:
            return await self._refetch(positions)

        future = asyncio.run_coroutine_threadsafe(on_main_loop(), self._main_loop)
        return await asyncio.wrap_future(future)


class Pauses:
    """Ever longer pauses in seconds, with jitter so that workers do not meet again."""

    def __init__(self, longest_s: float) -> None:
        self._next_s = FIRST_PAUSE_S
        self._longest_s = longest_s

    def __next__(self) -> float:
        pause_s = self._next_s
        self._next_s = min(pause_s * 2, self._longest_s)
        return pause_s * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
