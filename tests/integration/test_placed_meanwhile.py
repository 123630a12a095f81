"""An event that one writer places again while another one retires it."""

import asyncio

import asyncpg

from tests.support.ingesting import DAY_US, START_US, differences, ingesting, record, span
from tests.support.small_shop import CONTACT, THIRD, said
from tests.support.waiting import wait_for


async def test_what_a_retired_event_contributed_is_read_behind_the_lock_of_its_customer(
    database_url: str,
) -> None:
    """A late contact takes the third place from the event that the other writer has just read."""
    contacts = [said(f"c{n}", CONTACT, START_US + n * DAY_US, version=1) for n in (1, 2, 3)]
    async with ingesting(database_url) as one, ingesting(database_url, text=None) as other:
        await one.committed(span([record(n, value) for n, value in enumerate(contacts)]))
        assert await one.totals("thirds", THIRD) == (1, 0)

        late = span([record(3, said("c0", CONTACT, START_US))])
        newer = said("c3", CONTACT, START_US + 3 * DAY_US, version=2, text="once more")
        watching = await asyncpg.connect(database_url)
        holder = await asyncpg.connect(database_url)
        async with holder.transaction():
            await holder.execute("SELECT * FROM customer FOR UPDATE")
            placing = asyncio.create_task(one.committed(late))
            await waiting_for_locks(watching, 1)
            retiring = asyncio.create_task(other.committed(span([record(0, newer, topic="two")])))
            await waiting_for_locks(watching, 2)
        await asyncio.gather(placing, retiring)
        await asyncio.gather(holder.close(), watching.close())

        assert await one.totals("thirds", THIRD) == (1, 0)
        assert (await one.placed())["c2"] == {"shop/ask/contact", THIRD}
    assert await differences(database_url) == []


async def waiting_for_locks(watching: asyncpg.Connection, wanted: int) -> None:
    """Returns when so many of the database's connections wait for a row."""
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    async def so_many_wait() -> bool:
        return bool(await watching.fetchval(query) == wanted)

    await wait_for(so_many_wait)
