"""`signalbox run` as a process: ended, and killed beside another.

Whatever happens to it, the numbers are exact afterwards.
"""

from pathlib import Path

import pytest

from tests.support.fleet import fleet
from tests.support.order_service import serving
from tests.support.servers import MakeTopic
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.durable, pytest.mark.slow]


async def test_two_processes_of_which_one_is_killed_read_everything_once(
    database_url: str, broker: str, topics: MakeTopic, tmp_path: Path
) -> None:
    """Then both end by SIGTERM with records waiting, and the next start repeats nothing."""
    async with serving(database_url, broker, topics, partitions=2) as service:
        with fleet(service.settings, 2, tmp_path) as workers:
            await service.order(0, 1_000, partitions=2)

            async def some_are_settled() -> bool:
                return await service.settled() > 0

            await wait_for(some_are_settled)
            workers.kill(0)
            await service.read_to(1_000)
            await service.connected(2)
            before = await service.settled()
            await service.order(1_000, 3_000, partitions=2)

            async def more_are_settled() -> bool:
                return await service.settled() > before

            await wait_for(more_are_settled)
            await workers.stop()
        with fleet(service.settings, 2, tmp_path) as workers:
            await service.read_to(4_000)
            await service.connected(2)
            await workers.stop()
        await service.assert_exact(4_000)
