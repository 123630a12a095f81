"""Who may do what only one process may do at a time.

A seat is a session lock of the database: it is held by a connection and free when that ends. A
holder that was cut off does not know it, so one that writes takes the fence as well: taking it
raises its epoch, and a transaction that finds another epoch than its own writes nothing.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from service.store.tables import fence


@asynccontextmanager
async def session(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection to hold a seat with. It is closed at the end, and the seat is free with it."""
    async with engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
        try:
            yield connection
        finally:
            await connection.invalidate()


async def take_seat(connection: AsyncConnection, name: str) -> bool:
    """Whether this connection now holds the seat. Never waits."""
    return bool(await connection.scalar(select(func.pg_try_advisory_lock(_lock_of(name)))))


async def wait_for_seat(connection: AsyncConnection, name: str, poll_s: float) -> None:
    """Returns when this connection holds the seat; asks for it every `poll_s`."""
    while not await take_seat(connection, name):  # noqa: ASYNC110 - other processes hold it
        await asyncio.sleep(poll_s)


async def take_fence(connection: AsyncConnection, name: str, holder: str) -> int:
    """The epoch of a new holder; from now on every earlier one is refused."""
    taken = insert(fence).values(name=name, epoch=1, holder=holder)
    taken = taken.on_conflict_do_update(
        index_elements=[fence.c.name], set_={"epoch": fence.c.epoch + 1, "holder": holder}
    )
    epoch: int = (await connection.execute(taken.returning(fence.c.epoch))).scalar_one()
    return epoch


async def holds_fence(connection: AsyncConnection, name: str, epoch: int) -> bool:
    """Whether `epoch` is still the newest; if so, it stays so until this transaction ends."""
    row = select(fence.c.epoch).where(fence.c.name == name).with_for_update(read=True)
    return await connection.scalar(row) == epoch


def _lock_of(name: str) -> int:
    digest = hashlib.blake2b(f"signalbox:{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
