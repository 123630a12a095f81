"""Partitions that move again and again, in the middle of commits, and away from who still writes.

Three processes on the same customers and metrics. The oracle judges, row for row.
"""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.running import connected
from tests.support.servers import MakeTopic
from tests.support.trial import ROUNDS, Trial, trial
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.durable, pytest.mark.slow]

REBALANCES = "signalbox_rebalances_total"
HINTS_REFUSED = "signalbox_offset_hints_refused_total"
STORM = 2 * ROUNDS - 1
LONG_MS = "120000"
"""A session that outlives a restart on any machine."""
GUEST = 2
"""The worker that comes and goes: without a name of its own, so that each time partitions move."""


async def test_partitions_that_move_again_and_again_are_read_once(
    broker: str, topics: MakeTopic, database_url: str, tmp_path: Path
) -> None:
    """To a third worker and back, while a batch commits, and twice while their owner sleeps.

    A restart of who has a name moves none.
    """
    servers = (broker, topics, database_url)
    settings = {"idle_transaction_timeout_s": 1, "batch_max_records": 20}
    async with trial(servers, tmp_path, size=3, **settings) as shop:
        async with shop.load():
            await _restarts(shop)
            for _ in range(STORM):
                await _comes(shop)
                await _goes(shop)
            for _ in range(ROUNDS):
                await _moves_in_a_commit(shop)
                await _moves_twice_while_its_owner_sleeps(shop)
        await _comes(shop)


async def _restarts(shop: Trial) -> None:
    """Who has a name takes its place again, and nobody's partitions move."""
    shop.workers.replace(0, SIGNALBOX_SESSION_TIMEOUT_MS=LONG_MS)
    for number in (0, 1, GUEST):
        await _works(shop, number)
    await shop.joined(3)
    await shop.settles(20)
    before = await shop.workers.metric(1, REBALANCES)
    shop.workers.kill(0)
    await _works(shop, 0)
    await shop.settles(20)
    assert await shop.workers.metric(1, REBALANCES) == before


async def _comes(shop: Trial) -> None:
    await _works(shop, 0)
    before = await shop.workers.metric(0, REBALANCES)
    shop.workers.replace(GUEST, SIGNALBOX_MEMBER="")
    await _moved(shop, 0, before)
    await _works(shop, GUEST)
    await shop.joined(3)
    await shop.settles(20)


async def _works(shop: Trial, number: int) -> None:
    async def is_ready() -> bool:
        shop.workers.check()
        return await shop.workers.reasons(number) == {}

    await wait_for(is_ready)


async def _goes(shop: Trial) -> None:
    before = await shop.workers.metric(0, REBALANCES)
    await shop.workers.terminate(GUEST)
    await _moved(shop, 0, before)
    await shop.joined(2)
    await shop.settles(20)


async def _moved(shop: Trial, number: int, before: float) -> None:
    async def has_moved() -> bool:
        shop.workers.check()
        return await shop.workers.metric(number, REBALANCES) > before

    await wait_for(has_moved)


async def _moves_in_a_commit(shop: Trial) -> None:
    """The listener is called while a transaction waits for a lock that somebody else holds."""
    before = await shop.workers.metric(0, REBALANCES)
    async with _ledger_is_locked(shop):
        await shop.send(share=0.05)
        shop.workers.replace(GUEST, SIGNALBOX_MEMBER="")
        await _moved(shop, 0, before)
    await _works(shop, GUEST)
    await shop.joined(3)
    await _goes(shop)


@asynccontextmanager
async def _ledger_is_locked(shop: Trial) -> AsyncIterator[None]:
    waiting = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
    """
    async with (
        connected(shop.run) as looking,
        connected(shop.run) as locking,
        locking.transaction(),
    ):
        await locking.execute("SELECT 1 FROM ledger ORDER BY topic, partition FOR UPDATE")

        async def batches_wait() -> bool:
            return int(await looking.fetchval(waiting)) >= 1

        await wait_for(batches_wait)
        yield


async def _moves_twice_while_its_owner_sleeps(shop: Trial) -> None:
    """To the guest as well as to the other, and when the guest leaves, on to the other."""
    workers = shop.workers
    workers.kill(0, STOP_AT="before_offset_hint:3")
    await workers.stopped(0)
    before = await workers.metric(1, REBALANCES)
    workers.replace(GUEST, SIGNALBOX_MEMBER="")
    await _moved(shop, 1, before)
    await _works(shop, GUEST)
    await shop.joined(2)
    await shop.settles(20)
    before = await workers.metric(1, REBALANCES)
    await workers.terminate(GUEST)
    await _moved(shop, 1, before)
    await shop.settles(20)
    workers.send_signal(0, signal.SIGCONT)

    async def has_tried() -> bool:
        return await workers.metric(0, HINTS_REFUSED) > 0

    await wait_for(has_tried)
