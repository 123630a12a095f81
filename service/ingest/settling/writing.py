"""Writes what a settlement planned, in the order in which locks are taken.

Names, events, histories, moments at watched touchpoints, what is put off, buckets. What was made
in the transaction is given back: it may be remembered when that has committed.
"""

from itertools import chain

import asyncpg
from msgspec.structs import astuple

from service.faults import crash_point
from service.ingest.preparing.revision import Revision
from service.ingest.settling.placing import Plan
from service.ingest.settling.rows import (
    Numbers,
    bucket_rows,
    event_rows,
    moment_rows,
    settled_arrays,
)
from service.store import ingest as store
from service.store.names import Made, Names


async def write_plan(
    connection: asyncpg.Connection, plan: Plan, revision: Revision, names: Names
) -> Made | None:
    """Write all rows of `plan` under `revision`: the names that had to be numbered, if any."""
    series = {contribution.series for contribution, _ in plan.contributed}
    settled = chain((row[2] for row in plan.events), (row[1] for row in plan.replaced))
    placings = set(chain.from_iterable(each.placements for each in settled))
    made = None
    numbers = Numbers(names.series, names.placings)
    if not (series <= names.series.keys() and placings <= names.placings.keys()):
        made = await names.number(connection, series, placings)
        numbers = Numbers(names.series | made.series, names.placings | made.placings)
    await _write_events(connection, plan, revision.id, numbers)
    await _write_histories(connection, plan)
    await _write_moments(connection, plan, revision.watched)
    if plan.postponed:
        await store.postpone(connection, sorted(plan.postponed))
    await _write_buckets(connection, plan, numbers)
    return made


async def _write_events(
    connection: asyncpg.Connection, plan: Plan, revision: int, numbers: Numbers
) -> None:
    if plan.retired:
        await store.delete_events(
            connection, [(s.id, s.place.record_time_us) for s in plan.retired]
        )
    if plan.events:
        await store.copy_events(connection, event_rows(plan.events, revision, numbers))
    crash_point("after_events")
    if plan.replaced:
        await store.place_events(
            connection,
            [
                (s.id, s.place.record_time_us, s.revision, *settled_arrays(settled, numbers))
                for s, settled in plan.replaced
            ],
        )


async def _write_histories(connection: asyncpg.Connection, plan: Plan) -> None:
    if plan.history_removed:
        await store.delete_history(
            connection, [(customer, *astuple(rank)) for customer, rank in plan.history_removed]
        )
    if plan.history_added:
        await store.copy_history(
            connection,
            [
                (customer, *astuple(e.rank), e.kind, e.event_id, e.record_time_us)
                for customer, e in plan.history_added
            ],
        )


async def _write_moments(
    connection: asyncpg.Connection, plan: Plan, watched: frozenset[str]
) -> None:
    if not watched:
        return
    if plan.replaced:
        await store.delete_moments(connection, [s.id for s, _ in plan.replaced])
    rows = moment_rows(plan, watched)
    if rows:
        await store.add_moments(connection, rows)


async def _write_buckets(connection: asyncpg.Connection, plan: Plan, numbers: Numbers) -> None:
    rows = bucket_rows(plan, numbers)
    if rows:
        await store.add_to_buckets(connection, rows)
    lessened = [(row.series, row.start) for row in rows if min(row[2:]) < 0]
    if lessened:
        await store.drop_empty_buckets(connection, lessened)
