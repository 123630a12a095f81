"""Sends stored signals to their topics: at least once, first deliveries in order, same bytes.

Every process may run a relay; the one that holds the seat sends. Seat, reading and marking share
one connection, so a relay that lost its seat cannot mark anything. Each signal is confirmed by
the broker before it is marked, and marked before the next one is sent. After any failure the
producer is closed (an idempotent producer may be stuck for good), a new one is made after a
growing pause, and sending goes on from the oldest signal that is not marked.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol, TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from service.faults import crash_point
from service.outage import Outage
from service.store import outbox
from service.store.election import session, wait_for_seat
from service.store.trouble import database_trouble
from service.telemetry import Metrics

SEAT: Final = "relay"
PAGE: Final = 500
"""Signals read at once."""

LONGEST_PAUSE_S: Final = 30.0


class Publish(Protocol):
    """Returns when the broker has confirmed the message; raises when it may not have."""

    async def __call__(
        self, topic: str, key: bytes, headers: outbox.Headers, value: bytes
    ) -> None: ...


MakeProducer: TypeAlias = Callable[[], AbstractAsyncContextManager[Publish]]
"""Makes a new producer; leaving the context closes it, in whatever state it is."""


class Relay:
    """Sends what is pending until it is cancelled; what was sent and not marked is sent again."""

    def __init__(
        self,
        engine: AsyncEngine,
        make_producer: MakeProducer,
        metrics: Metrics,
        poll_s: float = 0.2,
    ) -> None:
        self._engine = engine
        self._make_producer = make_producer
        self._metrics = metrics
        self._poll_s = poll_s
        self._outage = Outage("signals")

    async def run(self) -> None:
        """Never returns: takes the seat when it is free, sends, starts over after a failure."""
        while True:
            try:
                await self._hold_seat()
            except Exception as error:  # noqa: BLE001 - whatever a client raises, the signal stays
                self._metrics.signals.labels("failed").inc()
                self._outage.failed(database_trouble(error))
                await asyncio.sleep(pause_s(self._outage.failures, self._poll_s))

    async def _hold_seat(self) -> None:
        async with session(self._engine) as connection:
            await wait_for_seat(connection, SEAT, self._poll_s)
            async with self._make_producer() as publish:
                while True:
                    sent = await self._send_page(connection, publish)
                    self._outage.over()
                    if not sent:
                        await asyncio.sleep(self._poll_s)

    async def _send_page(self, connection: AsyncConnection, publish: Publish) -> int:
        """Sends and marks the oldest pending signals one by one; how many."""
        pending = await outbox.oldest_pending(connection, PAGE)
        self._metrics.pending_signals.set(len(pending))
        for one in pending:
            crash_point("before_publish")
            await publish(one.topic, one.key, one.headers, one.value)
            crash_point("after_publish")
            await outbox.mark_sent(connection, one.id)
            crash_point("after_mark")
            self._metrics.signals.labels("sent").inc()
        return len(pending)


def pause_s(failures: int, first_s: float) -> float:
    """How long to wait after so many failures in a row: doubling, up to `LONGEST_PAUSE_S`."""
    return min(LONGEST_PAUSE_S, first_s * 2.0 ** min(failures - 1, 16))
