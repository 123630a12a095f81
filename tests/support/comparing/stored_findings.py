"""What the database holds of checks and of what they found, in the oracle's words."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import asyncpg

from tests.support.oracle.checks import Found, Looked
from tests.support.oracle.signals import Told

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def in_us(time: datetime) -> int:
    """Microseconds since 1970 UTC, exactly."""
    return (time - EPOCH) // timedelta(microseconds=1)


class Signal(NamedTuple):
    """A signal as it lies in the outbox."""

    key: bytes
    headers: bytes
    value: bytes
    kind: str
    state: str


class StoredOpportunity(NamedTuple):
    """An opportunity as of its newest signal."""

    id: int
    detector: str
    stage: str
    state: str
    sequence: int
    opened_at_us: int
    changed_at_us: int
    recovered_at_us: int | None
    document: dict[str, Any]


class StoredMilestone(NamedTuple):
    detector: str
    customer: bytes
    touchpoint: str
    event: str
    occurred_at_us: int
    checked_at_us: int


async def read_journal(connection: asyncpg.Connection) -> list[Looked]:
    """When each objective was checked, and how far ingestion was then."""
    return [looked for looked, _ in await read_checks(connection)]


async def read_told(connection: asyncpg.Connection) -> list[Told]:
    rows = await connection.fetch("SELECT * FROM decision WHERE action = 'effort'")
    return [
        Told(row["opportunity"], row["sequence"], in_us(row["decided_at"]), row["effort"])
        for row in rows
    ]


async def read_checks(connection: asyncpg.Connection) -> list[tuple[Looked, Found]]:
    rows = await connection.fetch("SELECT * FROM objective_check ORDER BY checked_at, objective")
    return [
        (
            Looked(
                r["objective"], in_us(r["checked_at"]), _offsets(json.loads(r["offsets"])),
                r["revision"],
            ),
            Found(
                r["objective"], in_us(r["checked_at"]), r["n"], r["customers"], r["value"],
                r["low"], r["high"], r["health"],
            ),
        )
        for r in rows
    ]  # fmt: skip


def _offsets(stored: Any) -> dict[tuple[str, int], int]:
    return {
        (topic, int(partition)): offset
        for topic, partitions in stored.items()
        for partition, offset in partitions.items()
    }


async def read_opportunities(connection: asyncpg.Connection) -> list[StoredOpportunity]:
    rows = await connection.fetch(
        "SELECT id, detector, stage, state, sequence, opened_at, changed_at, recovered_at,"
        " document FROM opportunity ORDER BY id"
    )
    return [
        StoredOpportunity(
            row["id"], row["detector"], row["stage"], row["state"], row["sequence"],
            in_us(row["opened_at"]), in_us(row["changed_at"]),
            row["recovered_at"] and in_us(row["recovered_at"]), json.loads(row["document"]),
        )
        for row in rows
    ]  # fmt: skip


async def read_milestones(connection: asyncpg.Connection) -> list[StoredMilestone]:
    rows = await connection.fetch(
        "SELECT detector, customer, touchpoint, event, occurred_at, checked_at FROM milestone"
    )
    return [
        StoredMilestone(
            row["detector"],
            row["customer"],
            row["touchpoint"],
            row["event"],
            in_us(row["occurred_at"]),
            in_us(row["checked_at"]),
        )
        for row in rows
    ]


async def read_signals(connection: asyncpg.Connection) -> list[Signal]:
    rows = await connection.fetch(
        "SELECT key, headers, value, signal, state FROM outbox ORDER BY id"
    )
    return [Signal(*row) for row in rows]
