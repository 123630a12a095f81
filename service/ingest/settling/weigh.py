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
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias

from service.canonical import CanonicalEvent
from service.facts.weighing import Place, Statement, Verdict, weigh
from service.ingest.preparing.prepared import (
    STATING,
    DeadItem,
    IgnoredItem,
    PreparedEvent,
    PreparedItem,
    Settled,
    Stating,
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


Holder: TypeAlias = Stating | StoredEvent | None
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
    inserts: dict[bytes, Stating] = field(default_factory=dict)
    """By fact that is not stored yet: what stands at the end of this batch."""
    updates: dict[bytes, Stating] = field(default_factory=dict)
    """By fact that is stored: what of this batch stands instead."""
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
    if not facts:
        return {}
    needed: dict[int, int] = {}
    for item in items:
        if isinstance(item, STATING):
            stored = facts.get(item.fact)
            if stored is None or stored.event_id is None:
                continue
            if _row_needed(stored, item):
                needed[stored.event_id] = stored.record_time_us
    return needed


def _row_needed(stored: StoredFact, incoming: Stating) -> bool:
    if incoming.version != stored.version:
        return incoming.version > stored.version
    if incoming.version != 0 and incoming.digest != stored.digest:
        return incoming.digest > stored.digest
    return incoming.record.time_us <= stored.record_time_us


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
        if type(item) is PreparedEvent and item.version == 0:
            known = first.setdefault(item.fact, item.digest)
            if known != item.digest:
                several.setdefault(item.fact, {known}).add(item.digest)
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
    """What stands for a fact; of an item of this batch, at which place its outcome is."""

    statement: Statement
    holder: Holder
    at: int


class _Scales:
    """The fold: what stands for each fact, and the outcome of each item so far.

    Most facts are stated once: of these nothing but the item and the place of its outcome is
    noted, and only a second statement makes a `_Standing` of it.
    """

    def __init__(
        self,
        facts: Mapping[bytes, StoredFact],
        events: Mapping[int, StoredEvent],
        conflicts: set[bytes],
    ) -> None:
        self._facts = facts
        self._events = events
        self._stored_conflicts = conflicts
        self._standing: dict[bytes, tuple[Stating, int]] = {}
        self._dead_at: dict[bytes, int] = {}
        self._outcomes: list[tuple[PreparedItem, Outcome]] = []
        self._weighed = Weighed()

    def put(self, item: PreparedItem) -> None:
        if isinstance(item, STATING):
            outcome = self._weigh(item)
        else:
            outcome = Outcome.IGNORED if type(item) is IgnoredItem else Outcome.DEAD_LETTER
        self._outcomes.append((item, outcome))

    def result(self) -> Weighed:
        weighed, facts = self._weighed, self._facts
        for fact, (item, _) in self._standing.items():
            if type(item) is PreparedEvent:
                weighed.counted[fact] = item
            (weighed.updates if fact in facts else weighed.inserts)[fact] = item
        weighed.outcomes = self._outcomes
        return weighed

    def _weigh(self, item: Stating) -> Outcome:
        standing = self._stands(item.fact)
        if standing is None:
            self._seat(item)
            return Outcome.EVENT
        verdict = weigh(standing.statement, item.statement)
        if verdict in (Verdict.REPLACES, Verdict.DISPLACES, Verdict.EARLIER_COPY):
            self._seat(item)
            self._unseat(item, standing, verdict)
        elif verdict is Verdict.CONFLICT:
            return self._conflict(item)
        return _OUTCOMES[verdict]

    def _seat(self, item: Stating) -> None:
        self._standing[item.fact] = (item, len(self._outcomes))

    def _stands(self, fact: bytes) -> _Standing | None:
        seated = self._standing.get(fact)
        if seated is not None:
            return _Standing(seated[0].statement, *seated)
        stored = self._facts.get(fact)
        if stored is None:
            return None
        event = self._events.get(stored.event_id) if stored.event_id is not None else None
        place = event.place if event else Place(stored.record_time_us, "", -1, -1, -1)
        return _Standing(Statement(stored.version, stored.digest, place), event, -1)

    def _unseat(self, item: Stating, standing: _Standing, verdict: Verdict) -> None:
        """The holder so far no longer counts."""
        holder = standing.holder
        if isinstance(holder, StoredEvent):
            self._weighed.retired.append(holder)
        if verdict is Verdict.DISPLACES:
            self._revive(item)
            key = conflict_key(item.fact, standing.statement.digest)
            if isinstance(holder, StoredEvent):
                self._weighed.displaced[key] = holder
            elif isinstance(holder, PreparedEvent):
                self._weighed.dead[key] = _conflict_item(holder)
                self._dead_at[key] = standing.at
        self._change(item, standing, _UNSEATED[verdict])

    def _change(self, item: Stating, standing: _Standing, after: Outcome) -> None:
        """Note that the holder's outcome is another one now."""
        if isinstance(standing.holder, STATING):
            self._outcomes[standing.at] = (standing.holder, after)
        else:
            self._correct(item, Outcome.EVENT, after)

    def _correct(self, item: Stating, before: Outcome, after: Outcome) -> None:
        self._weighed.corrections.append(
            Correction(item.record.position.topic_partition, before, after)
        )

    def _conflict(self, item: Stating) -> Outcome:
        """It contradicts: a dead letter, unless one of the same content is there."""
        key = conflict_key(item.fact, item.digest)
        known = key in self._weighed.dead or key in self._weighed.displaced
        if known or key in self._stored_conflicts or not isinstance(item, PreparedEvent):
            return Outcome.DUPLICATE
        self._weighed.dead[key] = _conflict_item(item)
        self._dead_at[key] = len(self._outcomes)
        return Outcome.DEAD_LETTER

    def _revive(self, item: Stating) -> None:
        """A content that was a conflict counts now: its dead letter goes."""
        key = conflict_key(item.fact, item.digest)
        if key in self._stored_conflicts:
            self._stored_conflicts.discard(key)
            self._weighed.revived.append(key)
            self._correct(item, Outcome.DEAD_LETTER, Outcome.DUPLICATE)
        elif key in self._weighed.displaced:
            del self._weighed.displaced[key]
            self._correct(item, Outcome.DEAD_LETTER, Outcome.DUPLICATE)
        elif key in self._weighed.dead:
            del self._weighed.dead[key]
            index = self._dead_at.pop(key)
            self._outcomes[index] = (self._outcomes[index][0], Outcome.DUPLICATE)


_OUTCOMES: Final = {
    Verdict.REPLACES: Outcome.EVENT,
    Verdict.DISPLACES: Outcome.EVENT,
    Verdict.EARLIER_COPY: Outcome.EVENT,
    Verdict.DUPLICATE: Outcome.DUPLICATE,
    Verdict.SUPERSEDED: Outcome.SUPERSEDED,
}
_UNSEATED: Final = {
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
    for partition, ended in groupby(outcomes, _partition):
        # Comparing is cheaper than hashing, and there are five.
        those = [outcome for _, outcome in ended]
        counts.setdefault(partition, Counter()).update({o: those.count(o) for o in Outcome})
    return counts


def _partition(ended: tuple[PreparedItem, Outcome]) -> tuple[str, int]:
    return ended[0].record.position.topic_partition
