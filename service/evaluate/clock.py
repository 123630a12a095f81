"""What time it is for checks: one clock for all processes, never the machine's own."""

from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from service.store.reading import database_time_us
from service.store.times import moment


class Clock(Protocol):
    """Tells the time in UTC. It may stand still, and a late answer is only a late check."""

    async def now(self) -> datetime: ...


class DatabaseClock:
    """The database's clock."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def now(self) -> datetime:
        async with self._engine.connect() as connection:
            return moment(await database_time_us(connection))
