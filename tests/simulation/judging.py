"""What a world has stored, held to the promises and to the oracle."""

import json
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from msgspec.structs import astuple

from service import canonical
from service.ingest.committing.model import State
from service.metrics.buckets import bucket_start_us
from service.metrics.statistics import Series
from tests.simulation.shop import Truth
from tests.simulation.world import World
from tests.support.comparing.stored import (
    LogRow,
    Stored,
    StoredEvent,
    StoredHistory,
    StoredIdentifier,
    StoredLink,
)
from tests.support.comparing.tables import differences
from tests.support.oracle.checks import settled_by
from tests.support.oracle.tables import (
    BucketName,
    BucketRow,
    DeadRow,
    FactName,
    Revision,
    Statement,
    Tables,
    work_out,
)
from tests.support.truth import Place


def faults_of(world: World) -> list[str]:
    """What is stored and should not be, and the other way round; empty if every promise holds."""
    return [*_sums_differ(world.state), *differences(expected(world), stored_of(world.state))]


def expected(world: World) -> Tables:
    """What the oracle says of all records below the ledger."""
    lying = [delivery for there in world.topics.values() for delivery in there]
    revisions = [
        Revision(number, world.first_offsets[number], Truth(later=name == "later"))
        for number, name in world.names.items()
    ]

    def greatest(_: FactName, statements: Sequence[Statement]) -> Statement:
        return max(statements, key=lambda statement: world.digests[repr(statement)])

    return work_out(settled_by(lying, world.state.ledger), revisions, greatest)


def _sums_differ(state: State) -> Iterator[str]:
    """A number that is not the sum of what the stored events contribute to it."""
    sums: dict[tuple[Series, int], list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
    for stored in state.events.values():
        start_us = bucket_start_us(stored.event.occurred_at_us)
        for one in stored.settled.contributions:
            numbers = sums[one.series, start_us]
            added = (one.counted, one.hit, one.low, one.value, one.value * one.value)
            for index, number in enumerate(added):
                numbers[index] += number
    kept = {key: list(numbers) for key, numbers in state.buckets.items()}
    if kept != {key: numbers for key, numbers in sums.items() if any(numbers)}:
        yield "the buckets are not the sums of the contributions"


def stored_of(state: State) -> Stored:
    """The state in the words in which a database is compared."""
    names: Counter[FactName] = Counter()
    events = {}
    for stored in state.events.values():
        document = json.loads(canonical.encode(stored.event))
        name = (stored.event.system, stored.event.fact_id)
        names[name] += 1
        events[name] = StoredEvent(
            Place(*stored.place), stored.revision, stored.event.kind, stored.event.occurred_at_us,
            stored.customer, document,
            frozenset((p.touchpoint, p.rule) for p in stored.settled.placements),
        )  # fmt: skip
    first = dict.fromkeys(state.ledger, 0)
    places = {stored.id: stored.place for stored in state.events.values()}
    return Stored(
        events=events,
        repeated_facts=[name for name, times in names.items() if times > 1],
        versions=_versions(state),
        withdrawn=Counter(fact.version for fact in state.facts.values() if not fact.event_id),
        marked=[(touchpoint, Place(*places[event])) for touchpoint, event in state.moments],
        postponed=0,
        sources={(e.place.topic, e.source) for e in state.events.values()},
        histories=[
            StoredHistory(customer, rank.occurred_at_us, rank.system, rank.event, entry.kind)
            for customer, rows in state.histories.items()
            for rank, entry in rows.items()
        ],
        identifiers=[StoredIdentifier(*astuple(row)) for row in state.identifiers.values()],
        links=[StoredLink(*ends, strength) for ends, strength in state.links.items()],
        buckets={
            BucketName(series.metric, series.scope, series.segment, start): BucketRow(*numbers)
            for (series, start), numbers in state.buckets.items()
        },
        dead_letters={
            Place(*place): DeadRow(
                Place(*place), letter.item.reason, letter.item.record.key,
                letter.item.record.headers, letter.item.record.value,
            )
            for place, letter in state.dead_letters.items()
        },
        log=[_logged(*row) for row in sorted(state.log, key=lambda row: row[:3])],
        ledger={partition: (first[partition], end) for partition, end in state.ledger.items()},
        revisions={}, journal=[], checks=[], opportunities=[], milestones=[], signals=[],
    )  # fmt: skip


def _versions(state: State) -> dict[FactName, int]:
    named = {stored.id: stored.event for stored in state.events.values()}
    return {
        (named[fact.event_id].system, named[fact.event_id].fact_id): fact.version
        for fact in state.facts.values()
        if fact.event_id
    }


def _logged(*row: Any) -> LogRow:
    """Corrections added."""
    topic, partition, first, end, _, records, items, *outcomes = row
    events, duplicates, superseded, ignored, dead, *corrected = outcomes
    return LogRow(
        topic, partition, first, end, records, items, events + corrected[0],
        duplicates + corrected[1], superseded + corrected[2], ignored, dead + corrected[3],
    )  # fmt: skip


def same_rows(one: State, other: State) -> list[str]:
    """The tables in which two states differ, numbers of rows aside."""
    mine, others = rows_of(one), rows_of(other)
    return [table for table, rows in mine.items() if rows != others[table]]


def rows_of(state: State) -> dict[str, Counter[Hashable]]:
    """Every table that is a function of the set of records, without the numbers of its rows.

    Which copy of a content that conflicts is kept is not part of that.
    """
    places = {stored.id: stored.place for stored in state.events.values()}
    return {
        "fact": Counter(
            (key, fact.version, fact.digest, fact.event_id and places[fact.event_id])
            for key, fact in state.facts.items()
        ),
        "event": Counter(
            (stored.place, stored.customer, stored.revision, frozenset(stored.settled.placements),
             frozenset(stored.settled.contributions), canonical.encode(stored.event))
            for stored in state.events.values()
        ),
        "history": Counter(
            (customer, rank, entry.kind, places[entry.event_id])
            for customer, rows in state.histories.items()
            for rank, entry in rows.items()
        ),
        "bucket": Counter((*key, numbers) for key, numbers in state.buckets.items()),
        "moment": Counter((touchpoint, places[event]) for touchpoint, event in state.moments),
        "dead_letter": Counter(
            (letter.item.reason, letter.conflict or (place, letter.item.record.value))
            for place, letter in state.dead_letters.items()
        ),
        "identifier": Counter(state.identifiers.values()),
        "link": Counter(state.links.items()),
    }  # fmt: skip
