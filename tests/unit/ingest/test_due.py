"""Partitions are located once for all that wait, when the first of them is due."""

import asyncio

from aiokafka import TopicPartition

from service.ingest.locating.due import Due

ONE, OTHER, THIRD = (TopicPartition("orders", number) for number in range(3))
LONG_S = 3_600.0


async def test_all_that_wait_come_when_the_first_is_due() -> None:
    came: asyncio.Queue[set[TopicPartition]] = asyncio.Queue()
    due = Due(came.put_nowait)
    due.add({ONE}, in_s=LONG_S)
    due.add({OTHER}, in_s=0.0)
    assert await came.get() == {ONE, OTHER}


async def test_who_is_due_later_delays_nobody_and_what_came_waits_no_more() -> None:
    came: asyncio.Queue[set[TopicPartition]] = asyncio.Queue()
    due = Due(came.put_nowait)
    due.add({ONE}, in_s=0.0)
    due.add({OTHER}, in_s=LONG_S)
    assert await came.get() == {ONE, OTHER}
    due.add({THIRD}, in_s=0.0)
    assert await came.get() == {THIRD}
