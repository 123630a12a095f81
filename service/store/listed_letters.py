"""Dead letters, listed: which of them, what they say, how many say the same, one of them whole."""

from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.dead_letters import Selection
from service.store.tables import dead_letter, lookup, told
from service.store.times import moment


class DeadLetterRow(NamedTuple):
    """A dead letter without its bytes."""

    id: int
    source: str
    topic: str
    partition: int
    offset: int
    item: int
    record_time: datetime
    reason: str
    detail: str


class DeadLetterGroup(NamedTuple):
    """Dead letters of one source that say the same, and how many there are."""

    source: str
    reason: str
    detail: str
    letters: int


class DeadLetterContent(NamedTuple):
    """What the topic held, whole. `headers` is JSON, a list of [name, base64]."""

    row: DeadLetterRow
    key: bytes | None
    headers: bytes
    value: bytes | None


async def dead_letters(
    connection: AsyncConnection, selection: Selection, limit: int
) -> list[DeadLetterRow]:
    """The newest of the selected dead letters."""
    query = select(*_DEAD_LETTER_COLUMNS).where(*_selected(selection))
    newest = query.order_by(dead_letter.c.id.desc()).limit(limit)
    return [DeadLetterRow(*row) for row in await connection.execute(newest)]


async def dead_letter_groups(
    connection: AsyncConnection, selection: Selection
) -> list[DeadLetterGroup]:
    """The selected dead letters by what they say, the greatest group first."""
    columns = (dead_letter.c.source, dead_letter.c.reason, _DETAIL)
    said = select(*columns).where(*_selected(selection)).subquery()
    number = func.count()
    query = select(*said.c, number).group_by(*said.c).order_by(number.desc(), *said.c)
    rows = await connection.execute(query)
    return [DeadLetterGroup._make(row) for row in rows]


async def dead_letter_content(connection: AsyncConnection, id: int) -> DeadLetterContent | None:
    """One dead letter, whole."""
    columns = (dead_letter.c.key, dead_letter.c.headers, dead_letter.c.value)
    query = select(*_DEAD_LETTER_COLUMNS, *columns).where(dead_letter.c.id == id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    fields = tuple(row)
    return DeadLetterContent(DeadLetterRow(*fields[:-3]), *fields[-3:])


_SAID: Final = (
    select(lookup.c.said)
    .where(
        lookup.c.key == dead_letter.c.awaits,
        lookup.c.version >= dead_letter.c.awaits_version,
        lookup.c.said != "",
    )
    .scalar_subquery()
)
_DETAIL: Final = func.coalesce(_SAID, dead_letter.c.detail).label("detail")
"""What is wrong, or what the tool said when it was asked for the whole."""

_DEAD_LETTER_COLUMNS: Final = [
    _DETAIL if name == "detail" else dead_letter.c[name] for name in DeadLetterRow._fields
]


def _selected(selection: Selection) -> list[ColumnElement[bool]]:
    numbers, source, reason, since_us, until_us = selection
    awaited = (dead_letter.c.awaits, dead_letter.c.awaits_version)
    resolved = exists().where(told.c.key == awaited[0], told.c.version >= awaited[1])
    conditions = [~dead_letter.c.discarded, ~resolved]
    if numbers is not None:
        conditions.append(dead_letter.c.id.in_(numbers))
    if source is not None:
        conditions.append(dead_letter.c.source == source)
    if reason is not None:
        conditions.append(dead_letter.c.reason == reason)
    if since_us is not None:
        conditions.append(dead_letter.c.record_time >= moment(since_us))
    if until_us is not None:
        conditions.append(dead_letter.c.record_time < moment(until_us))
    return conditions
