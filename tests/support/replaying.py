"""A database's journal, and its records read once more into an empty database by it.

The journal is what cannot be worked out from records: which framework counted from which offsets
on, when objectives were checked and at which offsets, what was decided about dead letters and
about opportunities. A replay reads to where each of these was and does the same again.
"""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from random import Random
from typing import NamedTuple, TypeAlias

import asyncpg
from prometheus_client import CollectorRegistry

from connectors.registry import connector_options
from service.applying import apply
from service.deciding import decide
from service.evaluate.checking import Terms
from service.evaluate.evaluator import SEAT, Checked, Evaluator, Outcome, Surroundings
from service.event import Record
from service.framework.loading import Accepted, load_files
from service.ingest.resettling.letters import discard
from service.ingest.resettling.postponed import Postponed
from service.opportunities.decisions import Said
from service.opportunities.models import Opportunity
from service.settings import Settings
from service.sources import kinds_of, loaded_revision
from service.store.connecting import make_engine
from service.store.dead_letters import Selection
from service.store.election import take_fence
from service.store.times import moment
from service.store.topics import FirstOffsets, open_ledger
from service.telemetry import make_metrics
from tests.support.comparing.stored import read_next_offsets
from tests.support.ingesting import GROUP, Ingesting, span
from tests.support.interleaving import Partitions, as_record
from tests.support.letters import retry

Offsets: TypeAlias = Mapping[tuple[str, int], int]


@dataclass
class Hands:
    """A clock that a test sets."""

    time: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def now(self) -> datetime:
        return self.time


@dataclass
class Watch:
    """An evaluator that holds the fence."""

    hands: Hands
    evaluator: Evaluator
    epoch: int

    async def look(self, at: datetime) -> Outcome:
        """Makes the checks that are due at this time, wherever ingestion is."""
        self.hands.time = at
        return await self.evaluator.step(self.epoch)


@asynccontextmanager
async def watching(settings: Settings) -> AsyncIterator[Watch]:
    """An evaluator of the database whose clock is set by hand."""

    async def anywhere(topics: Iterable[str]) -> Offsets:
        return {}

    engine = make_engine(settings.database_url.get_secret_value())
    hands, metrics = Hands(), make_metrics(CollectorRegistry())
    terms = Terms(GROUP, settings.signals_topic, settings.signals_max_age, kinds_of)
    around = Surroundings(hands, anywhere, loaded_revision, "test", poll_s=0.01, patience_s=0.05)
    try:
        async with engine.begin() as connection:
            epoch = await take_fence(connection, SEAT, "test")
        yield Watch(hands, Evaluator(engine, terms, around, metrics), epoch)
    finally:
        await engine.dispose()


class Applied(NamedTuple):
    """A framework was applied."""

    author: str
    files: Mapping[str, str]


class Looked(NamedTuple):
    """Objectives were checked."""

    at: datetime


class LetterName(NamedTuple):
    """A dead letter by its place; of an id conflict, whose copies are one letter, by its name."""

    topic: str
    partition: int
    offset: int
    item: int
    conflict: bytes | None


class Decided(NamedTuple):
    """In one transaction something was decided about dead letters."""

    author: str
    decision: str
    because: str
    letters: Sequence[LetterName]


class Spoken(NamedTuple):
    """What somebody said about an opportunity, which gave it this sequence."""

    opportunity: int
    sequence: int
    said: Said


class Step(NamedTuple):
    """What was done, and how far everything was read at the latest by then."""

    offsets: Offsets
    done: Applied | Looked | Decided


class Line(NamedTuple):
    """A line of the journal. `order` is the revision in force, the newest decision about letters,
    and of a check its time; `offsets` is None where they are not written down.
    """

    order: tuple[int, int, int]
    offsets: Offsets | None
    done: Applied | Looked | Decided


async def read_steps(connection: asyncpg.Connection) -> list[Step]:
    """All that was done, in an order in which it may be done again."""
    lines = [
        *await _revisions(connection),
        *await _checks(connection),
        *await _decisions(connection),
    ]
    steps = []
    offsets: Offsets = await read_next_offsets(connection, GROUP)
    for line in sorted(lines, key=lambda line: line.order, reverse=True):
        offsets = offsets if line.offsets is None else line.offsets
        steps.append(Step(offsets, line.done))
    return steps[::-1]


async def _revisions(connection: asyncpg.Connection) -> list[Line]:
    starts: dict[int, dict[tuple[str, int], int]] = defaultdict(dict)
    for number, topic, partition, offset in await connection.fetch(
        "SELECT revision, topic, partition, first_offset FROM revision_start"
    ):
        starts[number][topic, partition] = offset
    return [
        Line((number, -1, 0), starts[number], Applied(author, json.loads(files)))
        for number, author, files in await connection.fetch(
            "SELECT id, author, files FROM revision"
        )
    ]


async def _checks(connection: asyncpg.Connection) -> list[Line]:
    rows = await connection.fetch(
        "SELECT DISTINCT revision, decided_letters, checked_at, offsets::text FROM objective_check"
    )
    return [
        Line((revision, decided, at_us), _offsets(offsets), Looked(moment(at_us)))
        for revision, decided, at_us, offsets in rows
    ]


async def _decisions(connection: asyncpg.Connection) -> list[Line]:
    """Those of one transaction, which have the same time, together."""
    rows = await connection.fetch(
        "SELECT id, decided_at, revision, author, decision, because,"
        ' topic, partition, "offset", item, conflict FROM letter_journal ORDER BY id'
    )
    lines = []
    for _, same in groupby(map(tuple, rows), key=itemgetter(1)):
        together = list(same)
        newest, _, revision, author, decision, because = together[-1][:6]
        names = [LetterName(*row[6:]) for row in together]
        decided = Decided(author, decision, because, names)
        lines.append(Line((revision, newest, 0), None, decided))
    return lines


async def read_spoken(connection: asyncpg.Connection) -> list[Spoken]:
    """What was decided about opportunities, in each one's order."""
    rows = await connection.fetch(
        "SELECT opportunity, sequence, action, author, because, effort FROM decision"
        " ORDER BY sequence, opportunity"
    )
    return [Spoken(number, sequence, Said(*said)) for number, sequence, *said in map(tuple, rows)]


def _offsets(stored: str) -> Offsets:
    return {
        (topic, int(partition)): offset
        for topic, partitions in json.loads(stored).items()
        for partition, offset in partitions.items()
    }


class Replay:
    """Reads the records once more, and does what was done where it was done."""

    def __init__(self, here: Ingesting, watch: Watch, lying: Partitions, dice: Random) -> None:
        self._here = here
        self._watch = watch
        self._lying = lying
        self._dice = dice
        self._postponed = Postponed(here.rulebook)

    async def play(self, steps: Iterable[Step], spoken: Sequence[Spoken], ends: Offsets) -> None:
        """Everything that was done, and then what is left to be read. What was said about an
        opportunity is said right behind the check that left it at the sequence before.
        """
        for step in steps:
            await self._read_to(step.offsets)
            match step.done:
                case Applied(author, files):
                    await self._apply(author, files)
                case Looked(at):
                    assert isinstance(await self._watch.look(at), Checked)
                    await self._say(spoken)
                case Decided():
                    await self._decide(step.done)
        await self._read_to(ends)

    async def _read_to(self, ends: Offsets) -> None:
        """In batches of any size, from any partitions at once."""
        while waiting := await self._waiting(ends):
            chosen = self._dice.sample(sorted(waiting), self._dice.randint(1, len(waiting)))
            spans = []
            for partition in chosen:
                fetched_from, records = waiting[partition]
                taken = records[: self._dice.choice((1, 40, 300))]
                spans.append(span(taken, fetched_from))
            await self._here.committed(*spans)
        while await self._postponed.place_some(self._here.connection):
            pass

    async def _waiting(self, ends: Offsets) -> dict[tuple[str, int], tuple[int, list[Record]]]:
        """What is not read yet: by partition from where on, and the records."""
        ledger = await read_next_offsets(self._here.connection, GROUP)
        found = {}
        for partition, end in ends.items():
            start = ledger[partition]
            there = [d for d in self._lying[partition] if start <= d.offset < end]
            if there:
                found[partition] = start, list(map(as_record, there))
        return found

    async def _apply(self, author: str, files: Mapping[str, str]) -> None:
        accepted = load_files(files, connector_options())
        assert isinstance(accepted, Accepted)
        await apply(self._here.settings, accepted, author)
        firsts = [FirstOffsets(*partition, 0, 0) for partition in self._lying]
        await open_ledger(self._here.connection, GROUP, firsts)
        await self._here.rulebook.load_current(self._here.connection)

    async def _decide(self, decided: Decided) -> None:
        numbers = await self._numbers(decided.letters)
        if decided.decision == "retry":
            await retry(self._here, numbers=numbers)
        else:
            selection = Selection(numbers=numbers)
            await discard(self._here.connection, selection, decided.author, decided.because)

    async def _say(self, spoken: Iterable[Spoken]) -> None:
        rows = await self._here.rows("SELECT id, sequence FROM opportunity")
        reached = {(number, sequence) for number, sequence in map(tuple, rows)}
        for number, sequence, said in spoken:
            if (number, sequence - 1) in reached:
                assert isinstance(await decide(self._here.settings, number, said), Opportunity)
                reached.add((number, sequence))

    async def _numbers(self, names: Iterable[LetterName]) -> tuple[int, ...]:
        rows = await self._here.rows(
            'SELECT id, topic, partition, "offset", item, conflict FROM dead_letter'
        )
        letters = {_key(LetterName(*name)): number for number, *name in map(tuple, rows)}
        return tuple(letters[_key(name)] for name in names if _key(name) in letters)


def _key(name: LetterName) -> tuple[object, ...]:
    return (name.conflict,) if name.conflict is not None else tuple(name)
