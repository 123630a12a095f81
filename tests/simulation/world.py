"""A world of topics, workers and one table space, in which a story is played step by step.

Everything that a step does is a method with arguments in plain JSON, so that a story that failed
can be kept as a file. Transactions are whole: each commits, rolls back, or is in doubt, which means
that it did one of both and its worker does not know which. What the workers do between is what
`service.ingest.working.worker` does, and everything that decides goes through the service's pure
functions.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeAlias

from service.event import Position, Record
from service.ingest.committing.model import Changes, State, applied, apply, settle
from service.ingest.preparing.prepare import Limits, prepare
from service.ingest.preparing.prepared import STATING, Prepared, Span
from service.ingest.preparing.revision import Revision
from service.ingest.settling.results import Behind, NeedsRecords, OtherRevision
from service.ingest.settling.settlement import Batch, Rules
from tests.simulation.shop import TOPICS, Message, compiled, meant, needs_of, written
from tests.support.ingesting import START_US
from tests.support.truth import Delivery, Meaning

Partition: TypeAlias = tuple[str, int]
Outcome: TypeAlias = Literal["commit", "roll back", "in doubt: done", "in doubt: not done"]

GROUP: Final = "signalbox"
PARTITIONS: Final[tuple[Partition, ...]] = tuple((topic, p) for topic in TOPICS for p in (0, 1))
WORKERS: Final = 3
AHEAD: Final = 2
"""How many batches a worker holds: one that is being committed and one that is prepared."""
YEAR_US: Final = 365 * 86_400_000_000
LIMITS: Final = Limits()


@dataclass
class Worker:
    """One process: what it believes to own, from where it reads on, what it holds in memory."""

    revision: int
    owns: set[Partition] = field(default_factory=set)
    positions: dict[Partition, int] = field(default_factory=dict)
    batches: deque[Prepared] = field(default_factory=deque)


class World:
    """The topics, the workers, and what is stored. `seen` counts what happened."""

    def __init__(self) -> None:
        self.topics: dict[Partition, list[Delivery]] = {p: [] for p in PARTITIONS}
        self.ends = dict.fromkeys(PARTITIONS, 0)
        self.revisions: list[Revision] = []
        self.names: dict[int, str] = {}
        self.first_offsets: dict[int, dict[Partition, int]] = {}
        self.state = State()
        self.digests: dict[str, bytes] = {}
        self.seen: Counter[str] = Counter()
        self.revise("first")
        self.state = replace(self.state, ledger=dict.fromkeys(PARTITIONS, 0))
        self.workers = [Worker(1) for _ in range(WORKERS)]
        for number, partition in enumerate(PARTITIONS):
            self._assign(partition, self.workers[number % WORKERS])

    # --- topics ----------------------------------------------------------------------------

    def produce(self, partition: int, minute: int, message: dict[str, Any]) -> None:
        """A record; its time may lie before that of earlier ones."""
        told = Message.of(message)
        value, meaning = written(told), meant(told)
        self._append(PARTITIONS[partition], minute, value, meaning)
        self._note_digest(value, meaning)

    def copy(self, record: int, partition: int, minute: int) -> None:
        """A record once more, perhaps in another topic of the system."""
        lying = [delivery for records in self.topics.values() for delivery in records]
        if lying:
            one = lying[record % len(lying)]
            assert one.value is not None
            self._append(PARTITIONS[partition], minute, one.value, one.meanings[0])
            self.seen["copied"] += 1

    def skip(self, partition: int, offsets: int) -> None:
        """Offsets without records: what an aborted transaction or compaction leaves."""
        self.ends[PARTITIONS[partition]] += offsets

    def _append(self, partition: Partition, minute: int, value: bytes, meaning: Meaning) -> None:
        time_us = START_US + YEAR_US + minute * 60_000_000
        offset = self.ends[partition]
        delivery = Delivery(time_us, *partition, offset, b"k", (), value, (meaning,))
        self.topics[partition].append(delivery)
        self.ends[partition] = offset + 1

    def _note_digest(self, value: bytes, meaning: Meaning) -> None:
        """So that the oracle can be told which of two contents has the greater digest."""
        record = Record(Position("one", 0, 0), START_US + YEAR_US, None, (), value)
        [item] = prepare([Span("one", 0, 0, 1, (record,))], self.revisions[0], LIMITS).items
        if isinstance(item, STATING):
            self.digests[repr(meaning)] = item.statement.digest

    # --- workers ---------------------------------------------------------------------------

    def fetch(self, worker: int, most: int) -> None:
        """Up to so many records of each partition that the worker believes to own."""
        here = self.workers[worker]
        if len(here.batches) < AHEAD:
            spans = [span for p in sorted(here.owns) if (span := self._span(here, p, most))]
            if spans:
                here.batches.append(self._prepared(here, spans))

    def commit(self, worker: int, outcome: Outcome) -> None:
        """The transaction over the batch in front."""
        here = self.workers[worker]
        if not here.batches:
            return
        result = settle(self.state, self._batch(here.batches[0]))
        if isinstance(result, NeedsRecords):
            self.seen["records read again"] += 1
            result = settle(self.state, self._batch(here.batches[0], result))
        if isinstance(result, Behind):
            self.seen["behind"] += 1
            here.batches.popleft()
            here.positions |= {p: o for p, o in result.next_offsets.items() if p in here.owns}
        elif isinstance(result, OtherRevision):
            self.seen["other revision"] += 1
            here.revision = result.revision
            here.batches.append(self._prepared(here, here.batches.popleft().spans))
            here.batches.rotate(1)
        else:
            assert isinstance(result, Changes), result
            self._end(here, result, outcome)

    def lose(self, worker: int) -> None:
        """The batch in front is dropped by mistake and the worker goes on behind it."""
        if self.workers[worker].batches:
            self.workers[worker].batches.popleft()
            self.seen["lost"] += 1

    def crash(self, worker: int) -> None:
        """All that it held is gone; it comes back where the ledger is, under what is in force."""
        here = self.workers[worker]
        here.batches.clear()
        here.revision = self.revisions[-1].id
        for partition in here.owns:
            here.positions[partition] = self.state.ledger[partition]
        self.seen["crashed"] += 1

    def assign(self, partition: int, worker: int, known: bool) -> None:  # noqa: FBT001 - JSON
        """A partition moves. Unless it is `known`, whoever had it goes on as if nothing was."""
        moved, there = PARTITIONS[partition], self.workers[worker]
        for other in self.workers:
            if known and other is not there:
                other.owns.discard(moved)
        self._assign(moved, there)

    def _assign(self, partition: Partition, worker: Worker) -> None:
        if partition not in worker.owns:
            worker.owns.add(partition)
            worker.positions[partition] = self.state.ledger[partition]

    def _span(self, worker: Worker, partition: Partition, most: int) -> Span | None:
        position = worker.positions[partition]
        there = [d for d in self.topics[partition] if d.offset >= position][:most]
        end = there[-1].offset + 1 if len(there) == most else self.ends[partition]
        if end == position:
            return None
        worker.positions[partition] = end
        return Span(*partition, position, end, tuple(map(as_record, there)))

    def _prepared(self, worker: Worker, spans: Sequence[Span]) -> Prepared:
        return prepare(spans, self.revisions[worker.revision - 1], LIMITS)

    def _batch(self, prepared: Prepared, needed: NeedsRecords | None = None) -> Batch:
        rules = Rules({one.id: one for one in self.revisions}, self.state.needs)
        positions = needed.positions if needed else ()
        return Batch(GROUP, prepared, rules, {p: self._read_again(p) for p in positions})

    def _read_again(self, position: Position) -> Record:
        there = self.topics[position.topic, position.partition]
        return next(as_record(d) for d in there if d.offset == position.offset)

    def _end(self, worker: Worker, changes: Changes, outcome: Outcome) -> None:
        if outcome in ("commit", "in doubt: done"):
            self._note(changes)
            self.state = apply(self.state, changes)
        if outcome == "commit":
            worker.batches.popleft()
        self.seen[outcome] += 1

    def _note(self, changes: Changes) -> None:
        plan, weighed = changes.plan, changes.weighed
        self.seen["placed again"] += len(plan.replaced)
        self.seen["displaced"] += len(weighed.displaced)
        self.seen["revived"] += len(weighed.revived)
        self.seen["retired"] += len(plan.retired)
        self.seen["below the ledger"] += not changes.opened.spans
        under = {stored.revision for stored, _ in plan.replaced}
        self.seen["placed again under an older revision"] += any(
            revision < changes.batch.prepared.revision for revision in under
        )
        for _, outcome in weighed.outcomes:
            self.seen[f"outcome: {outcome}"] += 1

    # --- revisions -------------------------------------------------------------------------

    def revise(self, name: str) -> None:
        """Another framework counts, from where the ledger is."""
        revision = compiled(name, len(self.revisions) + 1)
        self.revisions.append(revision)
        self.names[revision.id] = name
        self.first_offsets[revision.id] = dict(self.state.ledger)
        needs = self.state.needs.with_those_of(needs_of(revision))
        self.state = applied(self.state, revision, needs)

    # --- in the end ------------------------------------------------------------------------

    def heal(self) -> None:
        """Faults stop: what is in hand is committed, who stands still is started again.

        Fails unless everything is read then.
        """
        for worker in range(WORKERS):
            for _ in range(3 * AHEAD):
                self.commit(worker, "commit")
        for number in range(len(PARTITIONS)):
            self.assign(number, number % WORKERS, known=True)
        for worker in range(WORKERS):
            self.crash(worker)
            while self.workers[worker].batches or self._reads(worker):
                self.commit(worker, "commit")
        assert self.state.ledger == self.ends, f"{self.state.ledger} is not {self.ends}"

    def _reads(self, worker: int) -> bool:
        self.fetch(worker, 50)
        return bool(self.workers[worker].batches)

    def replayed(self, most: int) -> State:
        """Everything once more from the beginning, in other batches, with the same journal."""
        again = World()
        again.topics, again.ends, again.digests = self.topics, self.ends, self.digests
        for number in range(2, len(self.revisions) + 1):
            again._read_until(self.first_offsets[number], most)
            again.revise(self.names[number])
        again._read_until(self.ends, most)
        return again.state

    def _read_until(self, goal: dict[Partition, int], most: int) -> None:
        """Partition by partition, the last one first."""
        here = Worker(self.revisions[-1].id)
        for partition in reversed(PARTITIONS):
            while (position := self.state.ledger[partition]) < goal[partition]:
                lying = self.topics[partition]
                there = [d for d in lying if position <= d.offset < goal[partition]][:most]
                end = there[-1].offset + 1 if len(there) == most else goal[partition]
                span = Span(*partition, position, end, tuple(map(as_record, there)))
                here.batches.append(self._prepared(here, [span]))
                self.workers[0] = here
                self.commit(0, "commit")


def as_record(delivery: Delivery) -> Record:
    position = Position(delivery.topic, delivery.partition, delivery.offset)
    return Record(position, delivery.time_us, delivery.key, delivery.headers, delivery.value)
