"""The service's tables in the oracle's words, and what differs, row for row.

`read_stored` reads the tables with plain SQL. `differences` and `finding_differences` give one line
for each difference, at most `SHOWN` of a kind; an empty list means equal. Customers are stored as
keyed hashes: the comparison holds if keys and customers correspond one to one.
"""

import base64
import json
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeAlias

import asyncpg

from tests.support.oracle import (
    BucketName,
    BucketRow,
    Choose,
    DeadRow,
    EventRow,
    FactName,
    Placement,
    Statement,
    Subject,
    Tables,
)
from tests.support.oracle_checks import Findings, Found, Looked
from tests.support.truth import Place, Stated

SHOWN = 10
Row: TypeAlias = tuple[Hashable, ...]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def in_us(time: datetime) -> int:
    """Microseconds since 1970 UTC, exactly."""
    return (time - EPOCH) // timedelta(microseconds=1)


class StoredEvent(NamedTuple):
    """An event row; `customer` is the key, `document` the canonical event as JSON."""

    place: Place
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


class Signal(NamedTuple):
    """A signal as it lies in the outbox."""

    key: bytes
    headers: bytes
    value: bytes
    kind: str
    state: str


@dataclass(frozen=True)
class Stored:
    """What the database holds."""

    events: dict[FactName, StoredEvent]
    repeated_facts: list[FactName]
    histories: list[StoredHistory]
    buckets: dict[BucketName, BucketRow]
    dead_letters: dict[Place, DeadRow]
    log: list[LogRow]
    ledger: dict[tuple[str, int], tuple[int, int]]
    """First and next offset of each partition."""
    journal: list[Looked]
    checks: list[Found]
    signals: list[Signal]

    def next_offsets(self) -> dict[tuple[str, int], int]:
        return {partition: offsets[1] for partition, offsets in self.ledger.items()}


# --- reading -----------------------------------------------------------------------------------


async def read_stored(connection: asyncpg.Connection, group: str) -> Stored:
    """All tables, in one snapshot."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        events, repeated = await _events(connection)
        checks = await _checks(connection)
        return Stored(
            events=events,
            repeated_facts=repeated,
            histories=await _histories(connection),
            buckets=await _buckets(connection),
            dead_letters=await _dead_letters(connection),
            log=await _log(connection, group),
            ledger=await _ledger(connection, group),
            journal=[looked for looked, _ in checks],
            checks=[found for _, found in checks],
            signals=await _signals(connection),
        )


async def read_next_offsets(
    connection: asyncpg.Connection, group: str
) -> dict[tuple[str, int], int]:
    """The ledger alone: the first offset of each partition that is not settled."""
    return {p: offsets[1] for p, offsets in (await _ledger(connection, group)).items()}


async def read_journal(connection: asyncpg.Connection) -> list[Looked]:
    """When each objective was checked, and how far ingestion was then."""
    return [looked for looked, _ in await _checks(connection)]


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
        'SELECT record_time, topic, partition, "offset", item, kind, occurred_at, customer,'
        " placements, document FROM event"
    ):
        document = json.loads(row["document"])
        name = (document["system"], document["fact_id"])
        if name in events:
            repeated.append(name)
        events[name] = StoredEvent(
            _place(row), row["kind"], in_us(row["occurred_at"]), row["customer"], document,
            frozenset(placing[number] for number in row["placements"]),
        )  # fmt: skip
    return events, repeated


def _place(row: Mapping[str, Any]) -> Place:
    time_us = in_us(row["record_time"])
    return Place(time_us, row["topic"], row["partition"], row["offset"], row["item"])


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
        "SELECT topic, partition, first_offset, next_offset, records, items,"
        " events + corrected_events AS events, duplicates + corrected_duplicates AS duplicates,"
        " superseded + corrected_superseded AS superseded, ignored,"
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


async def _checks(connection: asyncpg.Connection) -> list[tuple[Looked, Found]]:
    rows = await connection.fetch("SELECT * FROM objective_check ORDER BY checked_at, objective")
    return [
        (
            Looked(r["objective"], in_us(r["checked_at"]), _offsets(json.loads(r["offsets"]))),
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


async def _signals(connection: asyncpg.Connection) -> list[Signal]:
    rows = await connection.fetch(
        "SELECT key, headers, value, signal, state FROM outbox ORDER BY id"
    )
    return [Signal(*row) for row in rows]


# --- choosing where versions tie ---------------------------------------------------------------


def as_stored(stored: Stored) -> Choose:
    """Chooses the statement that the database holds; the first if it holds none of them."""

    def choose(name: FactName, statements: Sequence[Statement]) -> Statement:
        event = stored.events.get(name)
        for statement in statements:
            if isinstance(statement, Stated):
                if event is not None and not _content_differences(statement, event):
                    return statement
            elif event is None:
                return statement
        return statements[0]

    return choose


# --- comparing ---------------------------------------------------------------------------------


def differences(expected: Tables, stored: Stored) -> list[str]:
    """How the tables differ from what they must hold."""
    customers = _Customers()
    return [
        *_first("event twice", map(str, stored.repeated_facts)),
        *_first("event", _event_differences(expected, stored, customers)),
        *_first("customer", customers.faults),
        *_first("history", _history_differences(expected, stored, customers)),
        *_first("bucket", _bucket_differences(expected, stored)),
        *_first("dead letter", _dead_letter_differences(expected, stored)),
        *_first("log", _log_differences(expected, stored)),
    ]


def _first(kind: str, lines: Iterable[str]) -> Iterator[str]:
    shown = list(lines)
    for line in shown[:SHOWN]:
        yield f"{kind}: {line}"
    if len(shown) > SHOWN:
        yield f"{kind}: and {len(shown) - SHOWN} more"


class _Customers:
    """Which key stands for which customer."""

    def __init__(self) -> None:
        self.by_key: dict[bytes, Subject] = {}
        self.by_subject: dict[Subject, bytes] = {}
        self.faults: list[str] = []

    def note(self, key: bytes, subject: Subject) -> None:
        if self.by_key.setdefault(key, subject) != subject:
            self.faults.append(f"{key.hex()} stands for {self.by_key[key]} and for {subject}")
        if self.by_subject.setdefault(subject, key) != key:
            self.faults.append(f"{subject} has two keys")


def _event_differences(expected: Tables, stored: Stored, customers: _Customers) -> Iterator[str]:
    for name, row in expected.events.items():
        event = stored.events.get(name)
        if event is None:
            yield f"{name} is missing, expected {row}"
            continue
        customers.note(event.customer, row.subject)
        lines = [*_row_differences(row, event), *_content_differences(row, event)]
        if lines:
            yield f"{name}: " + "; ".join(lines)
    for name in stored.events.keys() - expected.events.keys():
        yield f"{name} should not be there: {stored.events[name]}"


def _row_differences(row: EventRow, event: StoredEvent) -> Iterator[str]:
    if row.place != event.place:
        yield f"place {event.place}, expected {row.place}"
    if row.placements != event.placements:
        yield f"placements {set(event.placements)}, expected {set(row.placements)}"


def _content_differences(row: EventRow | Stated, event: StoredEvent) -> list[str]:
    document = event.document
    subject = document["subject"]
    pairs: list[tuple[str, Any, Any]] = [
        ("id", document["id"], row.id),
        ("kind", event.kind, row.kind),
        ("kind in the document", document["kind"], row.kind),
        ("occurred_at", event.occurred_at_us, row.occurred_at_us),
        ("namespace", subject["namespace"], row.subject[0]),
        ("customer", subject.get("value", row.subject[1]), row.subject[1]),
        ("key", subject["key"], event.customer.hex()),
    ]
    pairs += [(name, _field(document, name), value) for name, value in row.content.items()]
    return [f"{name} {got!r}, expected {want!r}" for name, got, want in pairs if got != want]


def _field(document: Mapping[str, Any], name: str) -> Any:
    if name.startswith("attributes."):
        return document.get("attributes", {}).get(name.removeprefix("attributes."))
    if name == "tags":
        return tuple(document.get("tags", ()))
    if name == "score":
        score = document.get("score")
        return score and (score["value"], score["low"], score["high"], score["best"])
    if name == "money":
        money = document.get("money")
        return money and (money["minor"], money["currency"], money.get("exponent", 2))
    return document.get(name, "")


def _history_differences(expected: Tables, stored: Stored, customers: _Customers) -> Iterator[str]:
    rows: Counter[Row] = Counter(
        (customers.by_key.get(row.customer, ("unknown key", row.customer.hex())), *row[1:])
        for row in stored.histories
    )
    wanted: Counter[Row] = Counter(tuple(row) for row in expected.histories)
    yield from (f"missing {row}" for row in (wanted - rows))
    yield from (f"too many of {row}" for row in (rows - wanted))


def _bucket_differences(expected: Tables, stored: Stored) -> Iterator[str]:
    nothing = BucketRow(0, 0, 0, 0, 0)
    for name in sorted(expected.buckets.keys() | stored.buckets.keys()):
        want = expected.buckets.get(name, nothing)
        got = stored.buckets.get(name, nothing)
        if want != got:
            yield f"{name}: {tuple(got)}, expected {tuple(want)}"


def _dead_letter_differences(expected: Tables, stored: Stored) -> Iterator[str]:
    rest = dict(stored.dead_letters)
    for place, row in expected.dead_letters.items():
        yield from _pair(place, row, rest.pop(place, None))
    for copies in expected.conflicts:
        kept = [rest.pop(copy.place) for copy in copies if copy.place in rest]
        if len(kept) != 1:
            yield f"{len(kept)} of the conflict at {[tuple(copy.place) for copy in copies]}"
            continue
        want = next(copy for copy in copies if copy.place == kept[0].place)
        yield from _pair(want.place, want, kept[0])
    for place, row in rest.items():
        yield f"{tuple(place)} should not be there: {row.reason}"


def _pair(place: Place, want: DeadRow, got: DeadRow | None) -> Iterator[str]:
    if got is None:
        yield f"{tuple(place)} is missing: {want.reason} {_shortly(want.value)}"
        return
    for name, one, other in zip(DeadRow._fields, got, want, strict=True):
        if one != other:
            yield f"{tuple(place)}: {name} {_shortly(one)}, expected {_shortly(other)}"


def _shortly(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 200 else f"{shown[:200]}... ({len(shown)} characters)"


def _log_differences(expected: Tables, stored: Stored) -> Iterator[str]:
    counts = expected.counts
    sums = [sum(column) for column in zip(*(row[4:] for row in stored.log), strict=True)]
    records, items, events, duplicates, superseded, ignored, dead = sums or [0] * 7
    pairs = (
        ("records", records, counts.records),
        ("items", items, counts.items),
        ("events", events, counts.events),
        ("duplicates and superseded", duplicates + superseded, counts.set_aside),
        ("ignored", ignored, counts.ignored),
        ("dead letters", dead, counts.dead_letters),
    )
    yield from (f"{got} {name}, expected {want}" for name, got, want in pairs if got != want)
    yield from _gaps(stored)


def _gaps(stored: Stored) -> Iterator[str]:
    """The ranges of a partition must join without gap or overlap, up to the ledger."""
    ends = {partition: offsets[0] for partition, offsets in stored.ledger.items()}
    for row in stored.log:
        partition = (row.topic, row.partition)
        if ends.get(partition) != row.first_offset:
            yield f"{partition} begins at {row.first_offset} behind {ends.get(partition)}"
        ends[partition] = row.next_offset
    for partition, (_, next_offset) in stored.ledger.items():
        if ends[partition] != next_offset:
            yield f"{partition} ends at {ends[partition]}, the ledger at {next_offset}"


# --- checks and signals ------------------------------------------------------------------------


def finding_differences(
    expected: Findings, stored: Stored, milestone_detector: str, names: Mapping[bytes, Subject]
) -> list[str]:
    """How checks, signals and milestones differ. `names` says which key stands for whom."""
    return [
        *_first("check", _check_differences(expected.checks, stored.checks)),
        *_first("signal", _signal_differences(expected, stored)),
        *_first("milestone", _milestone_differences(expected, stored, milestone_detector, names)),
    ]


def customers_of(stored: Stored, expected: Tables) -> dict[bytes, Subject]:
    """Which key stands for which customer, by the events that both have."""
    return {
        event.customer: expected.events[name].subject
        for name, event in stored.events.items()
        if name in expected.events
    }


def _check_differences(expected: Sequence[Found], found: Sequence[Found]) -> Iterator[str]:
    wanted = {(row.metric, row.at_us): row for row in expected}
    for row in found:
        want = wanted.pop((row.metric, row.at_us))
        if not all(map(_close, row, want)):
            yield f"{tuple(row)}, expected {tuple(want)}"
    yield from (f"missing {tuple(want)}" for want in wanted.values())


def _close(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-6
    return one == other


def _signal_differences(expected: Findings, stored: Stored) -> Iterator[str]:
    wanted: Counter[Row] = Counter(
        (f"opportunity-{sent.number}-{sent.sequence}", sent.detector, sent.signal, sent.at_us)
        for sent in expected.signals
    )
    got: Counter[Row] = Counter()
    for signal in stored.signals:
        if signal.kind != "reached":
            message = json.loads(signal.value)
            at_us = in_us(datetime.fromisoformat(message["time"]))
            got[message["id"], message["data"]["detector"], signal.kind, at_us] += 1
    yield from (f"missing {row}" for row in wanted - got)
    yield from (f"too many of {row}" for row in got - wanted)


def _milestone_differences(
    expected: Findings, stored: Stored, detector: str, names: Mapping[bytes, Subject]
) -> Iterator[str]:
    wanted: Counter[Row] = Counter(
        (reach.subject, f"{reach.event[0]}:{reach.event[1]}") for reach in expected.milestones
    )
    got: Counter[Row] = Counter()
    for signal in stored.signals:
        if signal.kind == "reached":
            data = json.loads(signal.value)["data"]
            subject = names.get(bytes.fromhex(data["customer"]))
            if data["detector"] == detector:
                got[subject, data["event"]] += 1
    yield from (f"missing {row}" for row in wanted - got)
    yield from (f"too many of {row}" for row in got - wanted)


def repeats(messages: Iterable[tuple[bytes | None, bytes]]) -> dict[str, set[bytes]]:
    """The different bytes under each signal id on the topic."""
    seen: dict[str, set[bytes]] = defaultdict(set)
    for _, value in messages:
        seen[json.loads(value)["id"]].add(value)
    return seen
