"""What the database holds, in the oracle's words, read with plain SQL.

Customers and identifiers are stored as keyed hashes, which is all that is known of them here.
"""

import base64
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import asyncpg

from tests.support.comparing.stored_findings import (
    Signal,
    StoredMilestone,
    StoredOpportunity,
    in_us,
    read_checks,
    read_milestones,
    read_opportunities,
    read_signals,
    read_told,
)
from tests.support.oracle.checks import Found, Looked
from tests.support.oracle.signals import Told
from tests.support.oracle.tables import (
    BucketName,
    BucketRow,
    DeadRow,
    FactName,
    Offsets,
    Placement,
)
from tests.support.truth import Place


class StoredEvent(NamedTuple):
    """An event row; `customer` is the key, `document` the canonical event as JSON."""

    place: Place
    revision: int
    kind: str
    occurred_at_us: int
    customer: bytes
    document: dict[str, Any]
    placements: frozenset[Placement]


class StoredHistory(NamedTuple):
    customer: bytes
    occurred_at_us: int
    system: str
    id: str
    kind: str


class StoredIdentifier(NamedTuple):
    """`value` is None where it is not kept in the clear."""

    key: bytes
    namespace: str
    value: str | None


class StoredLink(NamedTuple):
    one: bytes
    other: bytes
    strength: str


class LogRow(NamedTuple):
    """One partition's part of a batch, corrections added."""

    topic: str
    partition: int
    first_offset: int
    next_offset: int
    records: int
    items: int
    events: int
    duplicates: int
    superseded: int
    ignored: int
    dead_letters: int


@dataclass(frozen=True)
class Stored:
    """What the database holds."""

    events: dict[FactName, StoredEvent]
    repeated_facts: list[FactName]
    versions: dict[FactName, int]
    """Of the facts that have an event."""
    withdrawn: Counter[int]
    """The versions of the facts that have none."""
    marked: list[tuple[str, Place]]
    """Touchpoints that are watched, with events that are there."""
    postponed: int
    """How many events wait to be placed again."""
    sources: set[tuple[str, str]]
    """Topics, and the sources under which their events and dead letters are stored."""
    histories: list[StoredHistory]
    identifiers: list[StoredIdentifier]
    links: list[StoredLink]
    buckets: dict[BucketName, BucketRow]
    dead_letters: dict[Place, DeadRow]
    log: list[LogRow]
    ledger: dict[tuple[str, int], tuple[int, int]]
    """First and next offset of each partition."""
    revisions: dict[int, Offsets]
    """The first offsets of each, as they are journaled."""
    journal: list[Looked]
    checks: list[Found]
    opportunities: list[StoredOpportunity]
    milestones: list[StoredMilestone]
    signals: list[Signal]
    told: list[Told] = field(default_factory=list)
    """The efforts that people told."""

    def next_offsets(self) -> dict[tuple[str, int], int]:
        return {partition: offsets[1] for partition, offsets in self.ledger.items()}


async def read_stored(connection: asyncpg.Connection, group: str) -> Stored:
    """All tables, in one snapshot."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        events, repeated = await _events(connection)
        checks = await read_checks(connection)
        return Stored(
            events=events,
            repeated_facts=repeated,
            versions=await _versions(connection),
            withdrawn=await _withdrawn(connection),
            marked=await _marked(connection),
            postponed=await connection.fetchval("SELECT count(*) FROM postponed"),
            sources=await _sources(connection),
            histories=await _histories(connection),
            identifiers=[
                StoredIdentifier(*row)
                for row in await connection.fetch("SELECT key, namespace, value FROM identifier")
            ],
            links=[
                StoredLink(*row)
                for row in await connection.fetch("SELECT one, other, strength FROM link")
            ],
            buckets=await _buckets(connection),
            dead_letters=await _dead_letters(connection),
            log=await _log(connection, group),
            ledger=await _ledger(connection, group),
            revisions=await _revisions(connection),
            journal=[looked for looked, _ in checks],
            checks=[found for _, found in checks],
            opportunities=await read_opportunities(connection),
            milestones=await read_milestones(connection),
            signals=await read_signals(connection),
            told=await read_told(connection),
        )


async def read_next_offsets(
    connection: asyncpg.Connection, group: str
) -> dict[tuple[str, int], int]:
    """The ledger alone: the first offset of each partition that is not settled."""
    return {p: offsets[1] for p, offsets in (await _ledger(connection, group)).items()}


async def _events(
    connection: asyncpg.Connection,
) -> tuple[dict[FactName, StoredEvent], list[FactName]]:
    placing = {
        row["id"]: (row["touchpoint"], row["rule"])
        for row in await connection.fetch('SELECT id, touchpoint, rule FROM "placing"')
    }
    events: dict[FactName, StoredEvent] = {}
    repeated = []
    for row in await connection.fetch(
        'SELECT record_time, topic, partition, "offset", item, revision, kind, occurred_at,'
        " customer, placements, document FROM event"
    ):
        document = json.loads(row["document"])
        name = (document["system"], document["fact_id"])
        if name in events:
            repeated.append(name)
        events[name] = StoredEvent(
            _place(row), row["revision"], row["kind"], in_us(row["occurred_at"]), row["customer"],
            document, frozenset(placing[number] for number in row["placements"]),
        )  # fmt: skip
    return events, repeated


def _place(row: Mapping[str, Any]) -> Place:
    time_us = in_us(row["record_time"])
    return Place(time_us, row["topic"], row["partition"], row["offset"], row["item"])


async def _versions(connection: asyncpg.Connection) -> dict[FactName, int]:
    rows = await connection.fetch(
        "SELECT document, version FROM fact JOIN event"
        " ON event.id = fact.event_id AND event.record_time = fact.record_time"
    )
    documents = ((json.loads(document), version) for document, version in rows)
    return {(one["system"], one["fact_id"]): version for one, version in documents}


async def _withdrawn(connection: asyncpg.Connection) -> Counter[int]:
    """A fact without a digest was made by a batch that was rolled back, and states nothing."""
    rows = await connection.fetch(
        "SELECT version, count(*) FROM fact WHERE event_id IS NULL AND digest <> ''::bytea"
        " GROUP BY version"
    )
    return Counter(dict(map(tuple, rows)))


async def _marked(connection: asyncpg.Connection) -> list[tuple[str, Place]]:
    rows = await connection.fetch(
        'SELECT touchpoint, event.record_time, topic, partition, "offset", item FROM moment'
        " LEFT JOIN event ON event.id = event_id AND event.record_time = moment.record_time"
    )
    return [(row["touchpoint"], _place(row)) for row in rows]


async def _sources(connection: asyncpg.Connection) -> set[tuple[str, str]]:
    rows = await connection.fetch(
        "SELECT topic, source FROM event UNION SELECT topic, source FROM dead_letter"
    )
    return {(topic, source) for topic, source in rows}


async def _histories(connection: asyncpg.Connection) -> list[StoredHistory]:
    rows = await connection.fetch("SELECT customer, occurred_at, system, event, kind FROM history")
    return [
        StoredHistory(r["customer"], in_us(r["occurred_at"]), r["system"], r["event"], r["kind"])
        for r in rows
    ]


async def _buckets(connection: asyncpg.Connection) -> dict[BucketName, BucketRow]:
    rows = await connection.fetch(
        "SELECT metric, scope, segment, start, sum(n) AS n, sum(hits) AS hits, sum(low) AS low,"
        " sum(total) AS total, sum(squares) AS squares FROM bucket JOIN series"
        " ON series.id = bucket.series GROUP BY metric, scope, segment, start"
    )
    return {
        BucketName(r["metric"], r["scope"], r["segment"], in_us(r["start"])): BucketRow(
            *(int(r[name]) for name in BucketRow._fields)
        )
        for r in rows
    }


async def _dead_letters(connection: asyncpg.Connection) -> dict[Place, DeadRow]:
    rows = await connection.fetch(
        'SELECT record_time, topic, partition, "offset", item, reason, key, headers, value'
        " FROM dead_letter"
    )
    return {
        _place(r): DeadRow(_place(r), r["reason"], r["key"], _headers(r["headers"]), r["value"])
        for r in rows
    }


def _headers(stored: bytes) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, base64.b64decode(value)) for name, value in json.loads(stored))


async def _log(connection: asyncpg.Connection, group: str) -> list[LogRow]:
    rows = await connection.fetch(
        "SELECT topic, partition, first_offset, next_offset, records,"
        " items + corrected_items AS items,"
        " events + corrected_events AS events, duplicates + corrected_duplicates AS duplicates,"
        " superseded + corrected_superseded AS superseded,"
        " ignored + corrected_ignored AS ignored,"
        " dead_letters + corrected_dead_letters AS dead_letters"
        " FROM batch WHERE consumer_group = $1 ORDER BY topic, partition, first_offset, id",
        group,
    )
    return [LogRow(*row) for row in rows]


async def _ledger(
    connection: asyncpg.Connection, group: str
) -> dict[tuple[str, int], tuple[int, int]]:
    rows = await connection.fetch(
        "SELECT topic, partition, first_offset, next_offset FROM ledger WHERE consumer_group = $1",
        group,
    )
    return {(r["topic"], r["partition"]): (r["first_offset"], r["next_offset"]) for r in rows}


async def _revisions(connection: asyncpg.Connection) -> dict[int, Offsets]:
    found: dict[int, dict[tuple[str, int], int]] = {
        row["id"]: {} for row in await connection.fetch("SELECT id FROM revision")
    }
    for number, topic, partition, offset in await connection.fetch(
        "SELECT revision, topic, partition, first_offset FROM revision_start"
    ):
        found[number][topic, partition] = offset
    return dict(found)
