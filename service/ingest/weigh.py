"""Which items of a batch count, given what stands for their facts. Pure.

`weigh_batch` takes the items in the order of their delivery and folds each into what stands for
its fact so far, stored or earlier in the batch. What comes out is the same for every order.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from service.canonical import CanonicalEvent
from service.facts.weighing import Place, Statement, Verdict, weigh
from service.ingest.prepared import (
    DeadItem,
    IgnoredItem,
    PreparedEvent,
    PreparedItem,
    PreparedRetraction,
    Settled,
    place_of,
)


class Outcome(StrEnum):
    """What an item ended as. Every item has exactly one."""

    EVENT = "events"
    DUPLICATE = "duplicates"
    SUPERSEDED = "superseded"
    IGNORED = "ignored"
    DEAD_LETTER = "dead_letters"


class StoredEvent(NamedTuple):
    """An event row as it lies in the database."""

    id: int
    place: Place
    source: str
    customer: bytes
    revision: int
    settled: Settled
    event: CanonicalEvent


class StoredFact(NamedTuple):
    """A fact row; without `event_id` the fact was retracted."""

    version: int
    digest: bytes
    event_id: int | None
    record_time_us: int


Holder: TypeAlias = PreparedEvent | PreparedRetraction | StoredEvent | None
"""Who states what stands. None: stored, and its row was not needed (or is a retraction)."""


class Correction(NamedTuple):
    """The outcome of an item of an earlier batch changed; `cause` is the partition that did it."""

    cause: tuple[str, int]
    before: Outcome
    after: Outcome


@dataclass
class Weighed:
    """What a batch changes about facts, before anything is placed."""

    outcomes: list[tuple[PreparedItem, Outcome]] = field(default_factory=list)
    counted: dict[bytes, PreparedEvent] = field(default_factory=dict)
    """By fact: the events of this batch that stand at its end."""
    retired: list[StoredEvent] = field(default_factory=list)
    """Stored events that no longer stand."""
    inserts: dict[bytes, Statement] = field(default_factory=dict)
    updates: dict[bytes, Statement] = field(default_factory=dict)
    dead: dict[bytes, DeadItem] = field(default_factory=dict)
    """Conflicts of this batch, by conflict key."""
    displaced: dict[bytes, StoredEvent] = field(default_factory=dict)
    """Stored events that are now conflicts, by conflict key; their bytes are in the topic."""
    revived: list[bytes] = field(default_factory=list)
    """Conflict keys of stored dead letters whose content counts after all."""
    corrections: list[Correction] = field(default_factory=list)


def conflict_key(fact: bytes, content: bytes) -> bytes:
    """Names one content of one fact."""
    return hashlib.blake2b(fact + content, digest_size=16).digest()


def rows_needed(items: Iterable[PreparedItem], facts: Mapping[bytes, StoredFact]) -> dict[int, int]:
    """Which stored events `weigh_batch` must see: id -> record time in microseconds."""
    needed: dict[int, int] = {}
    for item in items:
        if isinstance(item, PreparedEvent | PreparedRetraction):
            stored = facts.get(item.fact)
            if stored is None or stored.event_id is None:
                continue
            if _row_needed(stored, item.statement):
                needed[stored.event_id] = stored.record_time_us
    return needed


def _row_needed(stored: StoredFact, incoming: Statement) -> bool:
    if incoming.version != stored.version:
        return incoming.version > stored.version
    if incoming.version != 0 and incoming.digest != stored.digest:
        return incoming.digest > stored.digest
    return incoming.place.record_time_us <= stored.record_time_us


def possible_conflicts(
    items: Iterable[PreparedItem], facts: Mapping[bytes, StoredFact]
) -> list[bytes]:
    """The conflict keys that may have a dead letter already, sorted."""
    first: dict[bytes, bytes] = {
        fact: stored.digest
        for fact, stored in facts.items()
        if stored.version == 0 and stored.digest
    }
    several: dict[bytes, set[bytes]] = {}
    for item in items:
        if isinstance(item, PreparedEvent) and item.statement.version == 0:
            content = item.statement.digest
            known = first.setdefault(item.fact, content)
            if known != content:
                several.setdefault(item.fact, {known}).add(content)
    return sorted(conflict_key(fact, content) for fact, seen in several.items() for content in seen)


def weigh_batch(
    items: Iterable[PreparedItem],
    facts: Mapping[bytes, StoredFact],
    events: Mapping[int, StoredEvent],
    conflicts: AbstractSet[bytes],
) -> Weighed:
    """Fold the items of a batch into what stands.

    `facts` holds every stored fact that an item names, `events` the rows of `rows_needed`, and
    `conflicts` those of `possible_conflicts` that have a dead letter.
    """
    scales = _Scales(facts, events, set(conflicts))
    for item in items:
        scales.put(item)
    return scales.result()


class _Standing(NamedTuple):
    statement: Statement
    holder: Holder


class _Scales:
    """The fold: what stands for each fact, and the outcome of each item so far."""

    def __init__(
        self,
        facts: Mapping[bytes, StoredFact],
        events: Mapping[int, StoredEvent],
        conflicts: set[bytes],
    ) -> None:
        self._facts = facts
        self._events = events
        self._stored_conflicts = conflicts
        self._standing: dict[bytes, _Standing] = {}
        self._outcomes: list[tuple[PreparedItem, Outcome]] = []
        self._index: dict[Place, int] = {}
        self._weighed = Weighed()

    def put(self, item: PreparedItem) -> None:
        if isinstance(item, IgnoredItem):
            self._outcomes.append((item, Outcome.IGNORED))
        elif isinstance(item, DeadItem):
            self._outcomes.append((item, Outcome.DEAD_LETTER))
        else:
            self._index[item.statement.place] = len(self._outcomes)
            self._outcomes.append((item, self._weigh(item)))

    def result(self) -> Weighed:
        for fact, (statement, holder) in self._standing.items():
            if isinstance(holder, PreparedEvent):
                self._weighed.counted[fact] = holder
            if isinstance(holder, PreparedEvent | PreparedRetraction):
                rows = self._weighed.updates if fact in self._facts else self._weighed.inserts
                rows[fact] = statement
        self._weighed.outcomes = self._outcomes
        return self._weighed

    def _weigh(self, item: PreparedEvent | PreparedRetraction) -> Outcome:
        standing = self._standing.get(item.fact) or self._stored(item.fact)
        if standing is None:
            self._standing[item.fact] = _Standing(item.statement, item)
            return Outcome.EVENT
        verdict = weigh(standing.statement, item.statement)
        if verdict in (Verdict.REPLACES, Verdict.DISPLACES, Verdict.EARLIER_COPY):
            self._standing[item.fact] = _Standing(item.statement, item)
            self._unseat(item, standing, verdict)
        elif verdict is Verdict.CONFLICT:
            return self._conflict(item)
        return _OUTCOMES[verdict]

    def _stored(self, fact: bytes) -> _Standing | None:
        stored = self._facts.get(fact)
        if stored is None:
            return None
        event = self._events.get(stored.event_id) if stored.event_id is not None else None
        place = event.place if event else Place(stored.record_time_us, "", -1, -1, -1)
        return _Standing(Statement(stored.version, stored.digest, place), event)

    def _unseat(
        self, item: PreparedEvent | PreparedRetraction, standing: _Standing, verdict: Verdict
    ) -> None:
        """The holder so far no longer counts."""
        holder = standing.holder
        if isinstance(holder, StoredEvent):
            self._weighed.retired.append(holder)
        after = _UNSEATED[verdict]
        key = conflict_key(item.fact, standing.statement.digest)
        if verdict is Verdict.DISPLACES:
            self._revive(item)
            if isinstance(holder, StoredEvent):
                self._weighed.displaced[key] = holder
            elif isinstance(holder, PreparedEvent):
                self._weighed.dead[key] = _conflict_item(holder)
        self._change(item, holder, after)

    def _change(
        self, item: PreparedEvent | PreparedRetraction, holder: Holder, after: Outcome
    ) -> None:
        """Note that the holder's outcome is another one now."""
        if isinstance(holder, PreparedEvent | PreparedRetraction):
            index = self._index[holder.statement.place]
            self._outcomes[index] = (holder, after)
        else:
            self._correct(item, Outcome.EVENT, after)

    def _correct(
        self, item: PreparedEvent | PreparedRetraction, before: Outcome, after: Outcome
    ) -> None:
        position = item.record.position
        cause = (position.topic, position.partition)
        self._weighed.corrections.append(Correction(cause, before, after))

    def _conflict(self, item: PreparedEvent | PreparedRetraction) -> Outcome:
        """It contradicts: a dead letter, unless one of the same content is there."""
        key = conflict_key(item.fact, item.statement.digest)
        known = key in self._weighed.dead or key in self._weighed.displaced
        if known or key in self._stored_conflicts or not isinstance(item, PreparedEvent):
            return Outcome.DUPLICATE
        self._weighed.dead[key] = _conflict_item(item)
        return Outcome.DEAD_LETTER

    def _revive(self, item: PreparedEvent | PreparedRetraction) -> None:
        """A content that was a conflict counts now: its dead letter goes."""
        key = conflict_key(item.fact, item.statement.digest)
        if key in self._stored_conflicts:
            self._stored_conflicts.discard(key)
            self._weighed.revived.append(key)
            self._correct(item, Outcome.DEAD_LETTER, Outcome.DUPLICATE)
        elif key in self._weighed.displaced:
            del self._weighed.displaced[key]
            self._correct(item, Outcome.DEAD_LETTER, Outcome.DUPLICATE)
        elif key in self._weighed.dead:
            copy = self._weighed.dead.pop(key)
            index = self._index[place_of(copy.record, copy.item)]
            self._outcomes[index] = (self._outcomes[index][0], Outcome.DUPLICATE)


_OUTCOMES = {
    Verdict.REPLACES: Outcome.EVENT,
    Verdict.DISPLACES: Outcome.EVENT,
    Verdict.EARLIER_COPY: Outcome.EVENT,
    Verdict.DUPLICATE: Outcome.DUPLICATE,
    Verdict.SUPERSEDED: Outcome.SUPERSEDED,
}
_UNSEATED = {
    Verdict.REPLACES: Outcome.SUPERSEDED,
    Verdict.DISPLACES: Outcome.DEAD_LETTER,
    Verdict.EARLIER_COPY: Outcome.DUPLICATE,
}


def _conflict_item(item: PreparedEvent) -> DeadItem:
    return DeadItem(
        item.record,
        item.item,
        item.source,
        "id_conflict",
        "another content was read earlier under the same id",
    )


def tally(outcomes: Iterable[tuple[PreparedItem, Outcome]]) -> dict[tuple[str, int], Counter[str]]:
    """How many items of each partition ended as what."""
    counts: dict[tuple[str, int], Counter[str]] = {}
    for item, outcome in outcomes:
        position = item.record.position
        counts.setdefault((position.topic, position.partition), Counter())[outcome] += 1
    return counts
