"""Stored events placed anew under the revision in force: the past as today's rules see it.

Each step takes the next events that are under another revision, locks their facts and customers as
every writer does, and writes where they belong now and what they add to which metric. So a
rebuild may be ended and begun again at any time, it does not matter who else writes, and every
number is the sum of what is stored all the while. Until the last event is done no check is made,
because numbers of two revisions would be compared.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import asyncpg

from service import canonical
from service.ingest.preparing.revision import Revision
from service.ingest.settling.memory import Memory
from service.ingest.settling.placing import Placing, Plan
from service.ingest.settling.rulebook import Rulebook
from service.ingest.settling.stored import StoredRows
from service.ingest.settling.weigh import StoredEvent
from service.ingest.settling.writing import write_plan
from service.store import ingest as store
from service.store import rebuilding
from service.store.names import Made

EVENTS_A_STEP: Final = 1_000


class Step(NamedTuple):
    """What a step did. Without events nothing is left."""

    events: int
    """How many were placed anew."""
    moved: int
    """How many of them are at other touchpoints now."""


class Rebuild:
    """Places events anew, a step at a time. `begin`, then `step` until one has no events."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._memory = Memory()
        self._after = rebuilding.FIRST

    async def begin(self, connection: asyncpg.Connection, author: str) -> int:
        """Journal that it begins, unless one is under way: how many events are to be done.

        Raises LookupError if no revision was applied.
        """
        revision = await self._in_force(connection)
        await rebuilding.begin(connection, revision.id, author)
        return await rebuilding.count_left(connection, revision.id)

    async def step(self, connection: asyncpg.Connection) -> Step:
        """Place the next events anew; when none is left, journal the end.

        Raises asyncpg and OS errors as they come. Calling again is safe in every case.
        """
        async with connection.transaction():
            await store.hold_revision(connection)
            revision = await self._in_force(connection)
            found = await self._next(connection, revision.id)
            if not found:
                await rebuilding.end(connection)
                return Step(0, 0)
            plan, made = await self._place(connection, revision, found)
        self._memory.keep(made)
        self._after = found[-1].id
        moved = sum(now.placements != was.settled.placements for was, now in plan.replaced)
        return Step(len(found), moved)

    async def _next(self, connection: asyncpg.Connection, revision: int) -> list[rebuilding.Found]:
        """The next events; behind the last one, once more from the first."""
        after, self._after = self._after, rebuilding.FIRST
        return await rebuilding.next_events(
            connection, revision, after, EVENTS_A_STEP
        ) or await rebuilding.next_events(connection, revision, rebuilding.FIRST, EVENTS_A_STEP)

    async def _in_force(self, connection: asyncpg.Connection) -> Revision:
        revision = await self._rulebook.load_current(connection)
        if revision is None:
            raise LookupError("no revision was applied")
        return revision

    async def _place(
        self, connection: asyncpg.Connection, revision: Revision, found: list[rebuilding.Found]
    ) -> tuple[Plan, Made | None]:
        standing = await _standing(connection, found)
        needs = self._rulebook.rules.needs
        asking = sorted({one.customer for one in standing if needs.asks(one.kind)})
        if asking:
            await store.lock_customers(connection, asking)
        rows = StoredRows(connection, self._memory.names, needs)
        stored = await rows.events((one.id, one.record_time_us) for one in standing)
        histories = await rows.histories_at(_of(stored, set(asking)))
        placing = Placing(self._rulebook.rules.revisions, revision.id)
        placing.place_anew(stored, histories)
        made = await write_plan(connection, placing.plan, revision, self._memory.names)
        return placing.plan, made


def _of(stored: Iterable[StoredEvent], customers: set[bytes]) -> list[StoredEvent]:
    return [event for event in stored if event.customer in customers]


async def _standing(
    connection: asyncpg.Connection, found: Iterable[rebuilding.Found]
) -> list[rebuilding.Found]:
    """Those that still stand for their fact, now that nobody else can change that."""
    by_fact: dict[bytes, rebuilding.Found] = {}
    for one in found:
        event = canonical.decode(one.document)
        by_fact[canonical.fact_key(event.system, event.fact_id)] = one
    facts = await store.lock_facts(connection, sorted(by_fact))
    return [by_fact[row["key"]] for row in facts if row["event_id"] == by_fact[row["key"]].id]
