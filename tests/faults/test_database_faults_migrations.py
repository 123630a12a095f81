"""Migrations that are killed, that run twice at once, and that are not where the code is."""

import asyncio
import signal
from pathlib import Path

import asyncpg

from service.store import migrating
from tests.support.command import settings as variables
from tests.support.command import signalbox, started
from tests.support.fleet import fleet
from tests.support.fleet import signalbox as done
from tests.support.ingesting import START_US, differences, ingesting, record, span
from tests.support.small_shop import ordered
from tests.support.waiting import wait_for

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


async def test_a_migration_that_is_killed_changed_nothing_and_two_at_once_do_it_once(
    empty_database_url: str,
) -> None:
    outsider = await asyncpg.connect(empty_database_url)
    in_the_way = outsider.transaction()
    await in_the_way.start()
    await outsider.execute("CREATE TABLE ledger (in_the_way int)")
    known = variables(empty_database_url, "127.0.0.1:1")
    process = await started("migrate", variables=known)

    async def waits_in_the_middle() -> bool:
        waiting = f"SELECT count(*) {OTHERS} AND wait_event_type = 'Lock'"
        await outsider.execute("SELECT pg_stat_clear_snapshot()")
        return bool(await outsider.fetchval(waiting))

    await wait_for(waits_in_the_middle)
    process.kill()
    assert await process.wait() == -signal.SIGKILL
    await in_the_way.rollback()

    async def is_gone() -> bool:
        return int(await outsider.fetchval(f"SELECT count(*) {OTHERS}")) == 0

    await wait_for(is_gone)
    assert await outsider.fetch(TABLES) == []
    both = await asyncio.gather(*(signalbox("migrate", variables=known) for _ in range(2)))
    assert [ended.status for ended in both] == [0, 0], both
    assert await migrating.pending(empty_database_url) == ()
    await outsider.close()


async def test_a_process_waits_for_a_database_that_is_not_migrated_yet(
    empty_database_url: str, tmp_path: Path
) -> None:
    settings: dict[str, object] = {
        "database_url": empty_database_url,
        "kafka_bootstrap": "127.0.0.1:1",
        "subject_key": "a key for tests alone",
        "retry_max_s": 0.2,
    }
    with fleet(settings, 1, tmp_path) as workers:

        async def says_what_to_do() -> bool:
            workers.check()
            return "signalbox migrate" in (await workers.reasons(0)).get("database", "")

        async def goes_on() -> bool:
            workers.check()
            return "database" not in await workers.reasons(0)

        await wait_for(says_what_to_do)
        assert len(workers.said(0, "batches wait")) == 1
        await asyncio.to_thread(done, settings, "migrate")
        await wait_for(goes_on)
        await workers.stop()


async def test_the_code_of_today_works_on_the_tables_of_tomorrow(database_url: str) -> None:
    """A version that was rolled back meets columns and tables that it does not know."""
    async with ingesting(database_url) as here:
        for row in await here.rows(TABLES):
            inherits = "SELECT count(*) FROM pg_inherits WHERE inhrelid = $1::text::regclass"
            if not await here.value(inherits, f'"{row["tablename"]}"'):
                await here.connection.execute(
                    f"ALTER TABLE \"{row['tablename']}\" ADD COLUMN tomorrow text DEFAULT 'new'"
                )
        await here.connection.execute("CREATE TABLE tomorrow (id int)")
        await here.connection.execute("UPDATE alembic_version SET version_num = '9999'")
        for first in (0, 5):
            values = [ordered(f"o{n // 2}", START_US + n // 2) for n in range(first, first + 5)]
            await here.committed(span([record(first + n, v) for n, v in enumerate(values)]))
        outcomes = await here.outcomes()
        assert (outcomes["events"], outcomes["duplicates"]) == (5, 5)
    assert await migrating.pending(database_url) == ()
    assert await differences(database_url) == []
