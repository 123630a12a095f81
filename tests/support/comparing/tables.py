"""What differs between the tables as they are and as they must be, row for row.

`differences` gives one line for each difference, at most `SHOWN` of a kind; an empty list means
equal. Customers are stored as keyed hashes: the comparison holds if keys and customers correspond
one to one.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from tests.support.comparing.stored import Stored, StoredEvent
from tests.support.oracle.tables import (
    BucketRow,
    Choose,
    DeadRow,
    EventRow,
    FactName,
    Statement,
    Tables,
)
from tests.support.truth import Place, Stated, Subject

SHOWN = 10
Row: TypeAlias = tuple[Hashable, ...]


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


def differences(expected: Tables, stored: Stored) -> list[str]:
    """How the tables differ from what they must hold."""
    customers = Customers()
    return [
        *first("event twice", map(str, stored.repeated_facts)),
        *first("event", _event_differences(expected, stored, customers)),
        *first("fact", _fact_differences(expected, stored)),
        *first("mark", counted_differences(Counter(expected.marked), Counter(stored.marked))),
        *first("postponed", [f"{stored.postponed} events"] if stored.postponed else []),
        *first("source", _source_differences(stored)),
        *first("identifier", _identifier_differences(expected, stored, customers)),
        *first("link", _link_differences(expected, stored, customers)),
        *first("customer", customers.faults),
        *first("history", _history_differences(expected, stored, customers)),
        *first("bucket", _bucket_differences(expected, stored)),
        *first("dead letter", _dead_letter_differences(expected, stored)),
        *first("log", _log_differences(expected, stored)),
    ]


def first(kind: str, lines: Iterable[str]) -> Iterator[str]:
    shown = list(lines)
    for line in shown[:SHOWN]:
        yield f"{kind}: {line}"
    if len(shown) > SHOWN:
        yield f"{kind}: and {len(shown) - SHOWN} more"


def counted_differences(wanted: Counter[Row], got: Counter[Row]) -> Iterator[str]:
    """What is missing and what is too many."""
    yield from (f"missing {row}" for row in wanted - got)
    yield from (f"too many of {row}" for row in got - wanted)


class Customers:
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

    def name_of(self, key: bytes, namespace: str) -> Subject | str:
        """The identifier behind a key; its namespace alone where nothing else is known of it."""
        return self.by_key.get(key, namespace)

    def known(self, subject: Subject) -> Subject | str:
        """As `name_of` says of its key."""
        return subject if subject in self.by_subject else subject[0]


def _event_differences(expected: Tables, stored: Stored, customers: Customers) -> Iterator[str]:
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
    if row.revision != event.revision:
        yield f"revision {event.revision}, expected {row.revision}"
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


def _fact_differences(expected: Tables, stored: Stored) -> Iterator[str]:
    """Facts are stored by their hash, so of those without an event only the versions are known."""
    standing = {name: expected.versions[name] for name in expected.events}
    for name in standing.keys() | stored.versions.keys():
        if standing.get(name) != stored.versions.get(name):
            yield f"{name} {stored.versions.get(name)}, expected {standing.get(name)}"
    withdrawn = Counter(v for name, v in expected.versions.items() if name not in standing)
    if withdrawn != stored.withdrawn:
        yield f"withdrawn {stored.withdrawn - withdrawn}, expected {withdrawn - stored.withdrawn}"


def _source_differences(stored: Stored) -> Iterator[str]:
    """Topics and sources correspond one to one."""
    for column in (0, 1):
        for name, times in Counter(pair[column] for pair in stored.sources).items():
            if times > 1:
                yield f"{name} is one with {times} others"


def _identifier_differences(
    expected: Tables, stored: Stored, customers: Customers
) -> Iterator[str]:
    """Those that are kept in the clear by themselves, the others as far as events name them."""
    for row in stored.identifiers:
        if row.value is not None:
            customers.note(row.key, (row.namespace, row.value))
    got: Counter[Row] = Counter(
        (customers.name_of(row.key, row.namespace), row.value is not None)
        for row in stored.identifiers
    )
    wanted: Counter[Row] = Counter(
        (customers.known(name), clear) for name, clear in expected.identifiers.items()
    )
    yield from counted_differences(wanted, got)


def _link_differences(expected: Tables, stored: Stored, customers: Customers) -> Iterator[str]:
    namespaces = {row.key: row.namespace for row in stored.identifiers}

    def ends(*names: Subject | str) -> tuple[str, ...]:
        return tuple(sorted(map(str, names)))

    got: Counter[Row] = Counter(
        (
            ends(*(customers.name_of(key, namespaces.get(key, "?")) for key in (row[0], row[1]))),
            row.strength == "strong",
        )
        for row in stored.links
    )
    wanted: Counter[Row] = Counter(
        (ends(*map(customers.known, pair)), s) for pair, s in expected.links.items()
    )
    yield from counted_differences(wanted, got)


def _history_differences(expected: Tables, stored: Stored, customers: Customers) -> Iterator[str]:
    rows: Counter[Row] = Counter(
        (customers.by_key.get(row.customer, ("unknown key", row.customer.hex())), *row[1:])
        for row in stored.histories
    )
    wanted: Counter[Row] = Counter(tuple(row) for row in expected.histories)
    yield from counted_differences(wanted, rows)


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
