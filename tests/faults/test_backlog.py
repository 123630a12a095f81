"""A backlog is read in bounded memory, also while the database keeps everybody waiting.

`make soak` takes a million records.
"""

from pathlib import Path

import asyncpg
import pytest

from tests.support.fleet import Fleet, fleet
from tests.support.ingesting import START_US, differences
from tests.support.order_service import Service, serving
from tests.support.servers import MakeTopic
from tests.support.small_shop import ordered
from tests.support.trial import ROUNDS
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.durable, pytest.mark.slow]

BACKLOG, BLANKS, BATCH = (60_000, 6_000, 1_000) if ROUNDS == 1 else (1_000_000, 600, 5_000)
"""Records are filled up with blanks, which are fetched and not kept: so a short backlog, too, is
large beside what a process may hold."""
ORDERS_A_CUSTOMER = 50 if ROUNDS == 1 else 1
"""In the million every customer is new: more than a process remembers."""
PARTITIONS = 4
PROCESSES = 2
MOST_BYTES = 300_000_000
MOST_GROWTH = 1.25
"""From a third of the backlog to its end: what a process remembers of customers fills up to a
bound, and nothing else grows."""


async def test_a_backlog_is_read_in_bounded_memory(
    database_url: str, broker: str, topics: MakeTopic, tmp_path: Path
) -> None:
    """Of its part of the backlog a process never holds half."""
    async with serving(database_url, broker, topics, PARTITIONS) as service:
        for n in range(BACKLOG):
            value = ordered(f"o{n}", START_US + n, customer=f"c{n // ORDERS_A_CUSTOMER}")
            await service.put(value + b" " * BLANKS, partition=n % PARTITIONS)
        await service.producer.flush()
        settings = {**service.settings, "batch_max_records": BATCH}
        with fleet(settings, PROCESSES, tmp_path) as workers:
            # While both of them have most of their partitions before them.
            await _settles(service, workers, 1)
            first = _most_memory(workers)
            await _database_keeps_waiting(service, workers)
            await _settles(service, workers, BACKLOG // 3)
            early = _most_memory(workers)
            await _settles(service, workers, BACKLOG)
            late = _most_memory(workers)
            await workers.stop()
        outcomes = await service.here.outcomes()
        assert outcomes["records"] == outcomes["events"] == BACKLOG
        assert await differences(database_url) == []
    assert max(late) <= MOST_BYTES, late
    grown = [after - before for before, after in zip(first, late, strict=True)]
    assert max(grown) < BACKLOG * BLANKS // PROCESSES // 2, grown
    assert all(after <= MOST_GROWTH * before for before, after in zip(early, late, strict=True)), (
        f"{early} grew to {late}"
    )


def _most_memory(workers: Fleet) -> list[int]:
    return [workers.most_memory_bytes(number) for number in range(PROCESSES)]


async def _settles(service: Service, workers: Fleet, records: int) -> None:
    async def is_settled() -> bool:
        workers.check()
        return await service.settled() >= records

    await wait_for(is_settled, 60 + BACKLOG / 1_000)


async def _database_keeps_waiting(service: Service, workers: Fleet) -> None:
    """Somebody holds the ledger, until everything that would be read ahead was read ahead."""
    locking = await asyncpg.connect(service.here.settings.database_url.get_secret_value())
    try:
        async with locking.transaction():
            await locking.execute("SELECT 1 FROM ledger ORDER BY topic, partition FOR UPDATE")
            before = await service.settled()

            async def all_wait() -> bool:
                workers.check()
                waiting = """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'
                """
                return int(await service.here.value(waiting)) == PROCESSES

            await wait_for(all_wait)
            assert await service.settled() == before
    finally:
        await locking.close()
