"""Signals on their way: stored as bytes in the transaction that decided them, sent in order.

Rows are found by state, never by an id seen last, so that none is passed over whatever the order
of commits. Only one writer (the evaluator) and one reader (the relay) work on them at a time.
"""

import base64
from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.store.tables import outbox

Headers: TypeAlias = tuple[tuple[str, bytes], ...]
Delivery: TypeAlias = Literal["pending", "not_sent: too_old"]


class Outgoing(NamedTuple):
    """A signal to be stored, and whether it is to be sent."""

    topic: str
    key: bytes
    headers: Headers
    value: bytes
    signal: str
    state: Delivery


class Pending(NamedTuple):
    """A stored signal that is still to be sent."""

    id: int
    topic: str
    key: bytes
    headers: Headers
    value: bytes


async def append(connection: AsyncConnection, signals: Sequence[Outgoing]) -> None:
    """Stores the signals in this order."""
    if signals:
        rows = [{**one._asdict(), "headers": encode_headers(one.headers)} for one in signals]
        await connection.execute(insert(outbox), rows)


async def oldest_pending(connection: AsyncConnection, limit: int) -> list[Pending]:
    """At most `limit` signals that are still to be sent, oldest first."""
    columns = (outbox.c.id, outbox.c.topic, outbox.c.key, outbox.c.headers, outbox.c.value)
    query = select(*columns).where(outbox.c.state == "pending").order_by(outbox.c.id).limit(limit)
    rows = await connection.execute(query)
    return [
        Pending(row.id, row.topic, row.key, decode_headers(row.headers), row.value) for row in rows
    ]


async def mark_sent(connection: AsyncConnection, signal_id: int) -> None:
    """The broker has confirmed this signal."""
    sent = {"state": "sent", "sent_at": func.now()}
    await connection.execute(update(outbox).where(outbox.c.id == signal_id).values(sent))


async def counts(connection: AsyncConnection) -> dict[str, int]:
    """How many signals there are in each state."""
    rows = await connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
    return dict(rows.all())


def encode_headers(headers: Headers) -> bytes:
    """A JSON list of [name, base64]."""
    return msgspec.json.encode([[n, base64.b64encode(v).decode()] for n, v in headers])


def decode_headers(stored: bytes) -> Headers:
    """Inverse of `encode_headers`."""
    pairs = msgspec.json.decode(stored, type=list[tuple[str, str]])
    return tuple((name, base64.b64decode(value)) for name, value in pairs)
