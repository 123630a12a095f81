"""Connections: many tasks on few of them, half cancelled at work; their isolation."""

import asyncio
from random import Random

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from service.app import engine_of
from service.configuring import database_line
from service.store.connecting import connect_for_ingest
from service.store.reading import snapshot
from tests.support.ingesting import settings_for
from tests.support.waiting import wait_for

CONNECTIONS = 2
TASKS = 200


async def _asks(engine: AsyncEngine) -> int:
    async with snapshot(engine) as connection:
        return int(await connection.scalar(text("SELECT 1 FROM pg_sleep(0.01)")))


async def test_a_pool_is_full_again_after_its_users_were_cancelled(database_url: str) -> None:
    dice = Random(7)
    settings = settings_for(database_url, database_pool_connections=CONNECTIONS)
    async with engine_of(settings) as engine:
        tasks = [asyncio.create_task(_asks(engine)) for _ in range(TASKS)]
        for task in dice.sample(tasks, TASKS // 2):
            await asyncio.sleep(0.01 * dice.random())  # at any point of its work
            task.cancel()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        cancelled = sum(isinstance(answer, asyncio.CancelledError) for answer in answers)
        assert 0 < cancelled <= TASKS // 2
        assert answers.count(1) == TASKS - cancelled
        again = await asyncio.gather(*(_asks(engine) for _ in range(10 * CONNECTIONS)))
        assert again == [1] * 10 * CONNECTIONS
        await _assert_no_more_sessions_than(CONNECTIONS, database_url)
    await _assert_no_more_sessions_than(0, database_url)


async def test_each_read_sees_what_its_lock_waited_for_whatever_the_owner_prefers(
    database_url: str,
) -> None:
    outsider = await asyncpg.connect(database_url)
    name = database_url.rpartition("/")[2]
    await outsider.execute(
        f"ALTER DATABASE {name} SET default_transaction_isolation = serializable"
    )
    await outsider.close()
    settings = settings_for(database_url)
    ingest = await connect_for_ingest(database_line(settings))
    assert await ingest.fetchval("SHOW transaction_isolation") == "read committed"
    await ingest.close()
    async with engine_of(settings) as engine, engine.connect() as connection:
        assert await connection.scalar(text("SHOW transaction_isolation")) == "read committed"


async def _assert_no_more_sessions_than(most: int, database_url: str) -> None:
    outsider = await asyncpg.connect(database_url)
    found = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'signalbox'
    """

    async def are_few() -> bool:
        return int(await outsider.fetchval(found)) <= most

    await wait_for(are_few)
    await outsider.close()
