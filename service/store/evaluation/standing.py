"""Where everybody is: what was read, what still waits to be placed, who was heard of."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.offsets import own_offset
from service.store.tables import event, ledger, postponed, rebuild


async def ledger_offsets(connection: AsyncConnection, group: str) -> dict[tuple[str, int], int]:
    """The next offset of every partition that the group knows."""
    columns = (ledger.c.topic, ledger.c.partition, ledger.c.next_offset)
    rows = await connection.execute(select(*columns).where(ledger.c.consumer_group == group))
    return {(topic, partition): offset for topic, partition, offset in rows}


async def read_to(connection: AsyncConnection, group: str) -> dict[tuple[str, int], int]:
    """How far each partition was read, as its topic counts; one that was made anew not at all."""
    columns = (ledger.c.topic, ledger.c.partition, ledger.c.next_offset)
    rows = await connection.execute(
        select(*columns).where(ledger.c.consumer_group == group, ledger.c.made_anew_at.is_(None))
    )
    return {(topic, partition): own_offset(offset) for topic, partition, offset in rows}


async def postponed_events(connection: AsyncConnection) -> int:
    """How many stored events wait to be placed again."""
    return int(await connection.scalar(select(func.count()).select_from(postponed)) or 0)


async def is_rebuilding(connection: AsyncConnection) -> bool:
    """Whether a rebuild is under way, or was cut off."""
    return bool(await connection.scalar(select(exists().where(rebuild.c.ended_at.is_(None)))))


async def heard_of(connection: AsyncConnection, sources: Sequence[str], since: datetime) -> bool:
    """Whether there is an event of one of the sources whose record is from `since` or later."""
    heard = exists().where(event.c.source.in_(sources), event.c.record_time >= since)
    return bool(await connection.scalar(select(heard)))
