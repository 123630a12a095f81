"""A database that is older than its topics, as it is after a backup was restored."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

import asyncpg
import pytest

from tests.docs.guides import Guide
from tests.support.fleet import fleet
from tests.support.ingesting import differences
from tests.support.order_service import serving
from tests.support.servers import MakeTopic
from tests.support.waiting import wait_for

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.durable,
    pytest.mark.skipif(not shutil.which("pg_dump"), reason="there is no pg_dump"),
]

BACKUP, RESTORE = (
    next(line for line in Guide("operations.md").lines() if line[0] == program)
    for program in ("pg_dump", "pg_restore")
)
"""As the guide says it."""


async def run_in(directory: Path, command: Sequence[str], database_url: str) -> None:
    words = [word.replace("$SIGNALBOX_DATABASE_URL", database_url) for word in command]
    process = await asyncio.create_subprocess_exec(*words, cwd=directory)
    assert await process.wait() == 0


async def test_what_came_since_a_backup_is_read_again_and_counts_once(
    database_url: str, empty_database_url: str, broker: str, topics: MakeTopic, tmp_path: Path
) -> None:
    """The offsets that Kafka has are those of the newer database, and nobody minds them."""
    async with serving(database_url, broker, topics) as service:
        with fleet(service.settings, 1, tmp_path) as workers:
            await service.order(0, 200)
            await service.read_to(200)
            await run_in(tmp_path, BACKUP, database_url)
            await service.order(200, 300)
            await service.read_to(500)
            await workers.stop()
        await run_in(tmp_path, RESTORE, empty_database_url)
        restored = await asyncpg.connect(empty_database_url)
        settings = service.settings | {"database_url": empty_database_url}
        with fleet(settings, 1, tmp_path) as workers:

            async def all_are_settled() -> bool:
                found = await restored.fetchval("SELECT sum(next_offset) FROM ledger")
                return bool(found == 500)

            assert not await all_are_settled()
            await wait_for(all_are_settled)
            await workers.stop()
        counted = "SELECT count(*) FROM event"
        assert await restored.fetchval(counted) == await service.here.value(counted) == 450
        await restored.close()
    assert await differences(empty_database_url) == []
