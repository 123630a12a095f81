"""Events in force, listed: which of them, where they are placed, how many there are by kind."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Integer, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.canonical import CanonicalEvent, decode
from service.routing import Placement
from service.store.tables import event, placing


class Wanted(NamedTuple):
    """Which events: each condition that is given holds for them.

    `at` is the path of a touchpoint, stage or journey. `since` and `until` bound the record time.
    """

    unplaced: bool = False
    source: str | None = None
    kind: str | None = None
    at: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Listed(NamedTuple):
    """An event with where it came from and where it is placed."""

    event: CanonicalEvent
    source: str
    record_time: datetime
    placements: tuple[Placement, ...]


async def newest_events(connection: AsyncConnection, wanted: Wanted, limit: int) -> list[Listed]:
    """At most `limit` of the events, the newest records first."""
    columns = (event.c.document, event.c.source, event.c.record_time, event.c.placements)
    query = select(*columns).where(*await _conditions(connection, wanted))
    query = query.order_by(event.c.record_time.desc(), event.c.id.desc()).limit(limit)
    rows = (await connection.execute(query)).all()
    names = await _placings(connection, {number for row in rows for number in row.placements})
    return [
        Listed(
            decode(row.document),
            row.source,
            row.record_time,
            tuple(names[number] for number in row.placements),
        )
        for row in rows
    ]


async def kinds_of_events(connection: AsyncConnection, wanted: Wanted) -> dict[str, int]:
    """How many of the events there are of each kind, the most first."""
    count = func.count()
    query = select(event.c.kind, count).where(*await _conditions(connection, wanted))
    query = query.group_by(event.c.kind).order_by(count.desc(), event.c.kind)
    return dict((await connection.execute(query)).tuples().all())


async def _conditions(connection: AsyncConnection, wanted: Wanted) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.unplaced:
        found.append(func.cardinality(event.c.placements) == 0)
    if wanted.source is not None:
        found.append(event.c.source == wanted.source)
    if wanted.kind is not None:
        found.append(event.c.kind == wanted.kind)
    if wanted.at is not None:
        numbers = literal(await _numbers_at(connection, wanted.at), ARRAY(Integer))
        found.append(event.c.placements.bool_op("&&")(numbers))
    if wanted.since is not None:
        found.append(event.c.record_time >= wanted.since)
    if wanted.until is not None:
        found.append(event.c.record_time < wanted.until)
    return found


async def _numbers_at(connection: AsyncConnection, path: str) -> list[int]:
    below = placing.c.touchpoint.startswith(f"{path}/", autoescape=True)
    query = select(placing.c.id).where(or_(placing.c.touchpoint == path, below))
    return list((await connection.execute(query)).scalars())


async def _placings(connection: AsyncConnection, numbers: set[int]) -> Mapping[int, Placement]:
    if not numbers:
        return {}
    query = select(placing.c.id, placing.c.touchpoint, placing.c.rule)
    rows = await connection.execute(query.where(placing.c.id.in_(sorted(numbers))))
    return {row.id: Placement(row.touchpoint, row.rule) for row in rows}
