"""The database crashes, stays away, fills up and has other users; two workers live with it."""

import asyncio
from itertools import chain
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from tests.support.fleet import Held
from tests.support.postgres import OwnPostgres, own_postgres
from tests.support.running import connected
from tests.support.servers import MakeTopic
from tests.support.trial import ROUNDS, Trial, trial
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.durable, pytest.mark.slow]

POLL_WITHIN_MS: Final = 10_000
AWAY_S: Final = 13
"""Longer than the group waits for a worker that does not poll."""

MOST_LINES: Final = 9
"""Of a worker in an outage: batches, checks and signals each begin to wait, for a reason or two."""

MOST_MORE: Final = 10
"""What a worker may hold more than before any fault: a full pool, a few threads that look up names.
Each outage has ever so many tries."""

MOST_SESSIONS: Final = 2 * (1 + 5)
"""Of two workers: one that ingests, and the pool for all else."""

REBALANCES: Final = "signalbox_rebalances_total"
RETRIES: Final = "signalbox_database_retries_total"
OURS: Final = "datname = current_database() AND application_name LIKE 'signalbox%'"
SESSIONS: Final = f"FROM pg_stat_activity WHERE {OURS}"
KILL: Final = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
WAITING: Final = f"{OURS} AND application_name LIKE '%ingest' AND wait_event_type = 'Lock'"


CRASHES: Final = 1 if ROUNDS == 1 else 10
MEETINGS: Final = 6
MEETING: Final = f"""
    CREATE SEQUENCE met;
    CREATE FUNCTION meet() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('met') <= {MEETINGS} THEN
            RAISE EXCEPTION 'met another' USING ERRCODE = 'serialization_failure';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER meet AFTER INSERT ON batch FOR EACH STATEMENT EXECUTE FUNCTION meet();
    CREATE TRIGGER meet AFTER INSERT ON objective_check FOR EACH STATEMENT EXECUTE FUNCTION meet();
"""


async def test_a_database_that_crashes_is_killed_or_stays_away_is_waited_for(
    broker: str, topics: MakeTopic, tmp_path: Path
) -> None:
    """No worker is taken for dead, none skips, each says so in a few lines and is not ready.
    Whatever was committed is there, and nobody holds more in the end than at first.
    """
    with own_postgres() as server:
        servers = (broker, topics, await server.migrated())
        async with trial(servers, tmp_path, max_poll_interval_ms=POLL_WITHIN_MS) as shop:
            async with shop.load():
                await shop.at_work(0, 1)
                await shop.joined(2)
                held = [shop.workers.held(n) for n in (0, 1)]
                for _ in range(CRASHES):
                    await _crashes(shop, server)
                    await _is_killed(shop, server)
            await _is_away(shop, server)
            await shop.reads_all()
            await _hold_no_more(shop, held)
        assert all(shop.workers.said(n, "batches go on") for n in (0, 1))


async def _crashes(shop: Trial, server: OwnPostgres) -> None:
    server.crash()
    server.start()
    await shop.settles(20)


async def _is_killed(shop: Trial, server: OwnPostgres) -> None:
    committed = await _batches(shop)
    await server.kill()
    server.start()
    assert committed <= await _batches(shop)
    await shop.settles(20)


async def _batches(shop: Trial) -> set[int]:
    async with connected(shop.run) as connection:
        return {row["id"] for row in await connection.fetch("SELECT id FROM batch")}


async def _hold_no_more(shop: Trial, before: list[Held]) -> None:
    async with connected(shop.run) as outsider:

        async def is_flat() -> bool:
            sessions = int(await outsider.fetchval(f"SELECT count(*) {SESSIONS}"))
            now = [shop.workers.held(n) for n in (0, 1)]
            pairs = zip(chain(*now), chain(*before), strict=True)
            return sessions <= MOST_SESSIONS and all(a <= b + MOST_MORE for a, b in pairs)

        await wait_for(is_flat)


async def _is_away(shop: Trial, server: OwnPostgres) -> None:
    workers = shop.workers
    await shop.joined(2)
    moves = [await workers.metric(n, REBALANCES) for n in (0, 1)]
    lines = [len(workers.said(n)) for n in (0, 1)]
    server.stop()
    await shop.send(share=0.1)
    for number in (0, 1):
        await shop.waits(number, "the database cannot be reached")
    await asyncio.sleep(AWAY_S)  # the fault is that time passes
    for number in (0, 1):
        assert "database" in await workers.reasons(number)
        assert len(workers.said(number)) - lines[number] <= MOST_LINES, workers.log(number)
    server.start()
    await shop.settles(20)
    assert [await workers.metric(n, REBALANCES) for n in (0, 1)] == moves


async def test_other_sessions_of_the_database_change_nothing(
    broker: str, topics: MakeTopic, database_url: str, tmp_path: Path
) -> None:
    """They come between, kill our sessions, lock our rows in another order or for long, and make
    all read-only; and whoever owns the database prefers another isolation.
    """
    name = database_url.rpartition("/")[2]
    outsider = await asyncpg.connect(database_url)
    await outsider.execute(
        f'ALTER DATABASE "{name}" SET default_transaction_isolation = serializable'
    )
    await outsider.execute(f'ALTER DATABASE "{name}" SET deadlock_timeout = 500')
    servers = (broker, topics, database_url)
    async with trial(servers, tmp_path, lock_timeout_s=1) as shop:
        provoked = 0
        async with shop.load():
            await shop.at_work(0, 1)
            await _comes_between(outsider)
            for _ in range(ROUNDS):
                await _kills(shop, outsider)
                provoked += await _locks_in_another_order(shop, outsider)
                await _holds_locks(shop, outsider)
                await _only_reads(shop, outsider, name)
        assert await _victims(shop) == provoked
    assert await _deadlocks(outsider) == provoked > 0
    await outsider.close()


async def _comes_between(outsider: asyncpg.Connection) -> None:
    """The first batches and checks meet transactions that cannot be serialized with theirs."""
    await outsider.execute(MEETING)

    async def is_over() -> bool:
        return int(await outsider.fetchval("SELECT last_value FROM met")) > MEETINGS

    await wait_for(is_over)
    await outsider.execute("DROP FUNCTION meet CASCADE; DROP SEQUENCE met")


async def _kills(shop: Trial, outsider: asyncpg.Connection) -> None:
    """Inside a transaction: at its first lock, and at its last."""
    for table in ("ledger", "bucket"):
        async with outsider.transaction(isolation="read_committed"):
            await outsider.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
            await wait_for(lambda: _one_waits(outsider))
            assert await outsider.fetchval(f"{KILL} {WAITING}") > 0
        await shop.settles(20)


async def _one_waits(outsider: asyncpg.Connection) -> bool:
    # What is seen of other sessions stays the same within a transaction.
    await outsider.execute("SELECT pg_stat_clear_snapshot()")
    return bool(await outsider.fetchval(f"SELECT count(*) FROM pg_stat_activity WHERE {WAITING}"))


async def _locks_in_another_order(shop: Trial, outsider: asyncpg.Connection) -> int:
    """Buckets before the ledger. The outsider is patient, so that it is us whom the server ends.

    How many deadlocks that made.
    """
    await outsider.execute("SET deadlock_timeout = '60s'")
    before = await _victims(shop)
    async with outsider.transaction(isolation="read_committed"):
        await outsider.execute("LOCK TABLE bucket IN EXCLUSIVE MODE")
        await wait_for(lambda: _one_waits(outsider))
        await outsider.execute("LOCK TABLE ledger IN EXCLUSIVE MODE")

    async def somebody_was_ended() -> bool:
        return await _victims(shop) > before

    await wait_for(somebody_was_ended)
    await shop.settles(20)
    return await _victims(shop) - before


async def _victims(shop: Trial) -> int:
    """How often a transaction of ours was ended because of a deadlock."""
    counts = [await shop.workers.metric(n, RETRIES, "DeadlockDetectedError") for n in (0, 1)]
    return round(sum(counts))


async def _deadlocks(outsider: asyncpg.Connection) -> int:
    found = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    return int(await outsider.fetchval(found))


async def _holds_locks(shop: Trial, outsider: asyncpg.Connection) -> None:
    """Idle in its transaction, for longer than we wait for a lock."""
    async with outsider.transaction(isolation="read_committed"):
        await outsider.execute("LOCK TABLE ledger IN EXCLUSIVE MODE")
        for number in (0, 1):
            await shop.waits(number, "another session of the database holds a lock")
    for number in (0, 1):
        await shop.works(number)


async def _only_reads(shop: Trial, outsider: asyncpg.Connection, name: str) -> None:
    """As after a failover to a server that is not promoted yet; sessions of then stay read-only."""
    await outsider.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    await outsider.execute(f"{KILL} {OURS}")
    for number in (0, 1):
        await shop.waits(number, "read-only")
    await outsider.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    for number in (0, 1):
        await shop.works(number)


@pytest.mark.mounts
async def test_a_full_disk_of_the_database_stops_consumption_until_there_is_room(
    broker: str, topics: MakeTopic, tmp_path: Path
) -> None:
    """First the disk of its tables, then that of its log, which ends the server."""
    with own_postgres() as server, server.disk("data", 64) as data, server.disk("log", 48) as log:
        server.stop()
        server.move_log_to(log)
        server.start()
        servers = (broker, topics, await server.migrated(data))
        async with trial(servers, tmp_path) as shop, shop.load():
            await shop.at_work(0, 1)
            data.fill()
            for number in (0, 1):
                await shop.waits(number, "the disk of the database is full")
            data.make_room()
            for number in (0, 1):
                await shop.works(number)
            log.fill()
            await _switches_until_the_server_ends(server)
            for number in (0, 1):
                await shop.waits(number, "the database")
            log.make_room()
            server.stop()
            server.start()
            await shop.settles(20)


async def _switches_until_the_server_ends(server: OwnPostgres) -> None:
    async def has_ended() -> bool:
        try:
            connection = await asyncpg.connect(server.url, timeout=5)
        except (OSError, asyncpg.PostgresError):
            return not server.is_running
        try:
            await connection.execute("CREATE TEMP TABLE written (n int)")
            await connection.execute("SELECT pg_switch_wal()")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return not server.is_running
        finally:
            connection.terminate()
        return False

    await wait_for(has_ended)
