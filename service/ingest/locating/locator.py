"""Where each partition is to be read on, by the ledger and by what lies on the broker.

Done whenever partitions were assigned, a batch went back, or a record was out of range. What is
missing becomes an incident before it is passed; a topic that was made anew is held, all of it,
while the others go on.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

import asyncpg
import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from service.event import Position, Record
from service.framework.models import Source
from service.ingest.committing.committer import Committer
from service.ingest.locating.standing import (
    NOTHING_KNOWN,
    Gone,
    GoOn,
    Known,
    MadeAnew,
    Standing,
    standing,
)
from service.ingest.locating.starts import start_offsets
from service.ingest.reading.consumer import LedgerConsumer
from service.ingest.reading.extent import Extent
from service.ingest.reading.kafka import Incarnation, KafkaLines, extents_of, refetch
from service.offsets import incarnation
from service.store import topics as store
from service.store.topics import KnownPartition, Missing
from service.telemetry import Metrics

log = structlog.get_logger(__name__)

TRIES: Final = 2
"""How often the database is asked before the answer is `Away`."""


class Located(NamedTuple):
    """Where to go on. Partitions without an offset are not to be read now.

    `held` says by topic why nothing of it is read.
    """

    offsets: Mapping[TopicPartition, int]
    held: Mapping[str, str]


class Away(NamedTuple):
    """The database, or the broker, could not be asked."""


Rows: TypeAlias = dict[TopicPartition, KnownPartition]


def incarnations(rows: Iterable[KnownPartition]) -> dict[str, Incarnation]:
    """In which incarnation of each topic its ledger rows count."""
    return {row.topic: Incarnation(incarnation(row.next_offset), row.topic_id) for row in rows}


async def read_again(
    connection: asyncpg.Connection, group: str, lines: KafkaLines, positions: Sequence[Position]
) -> dict[Position, Record | None]:
    """Records by their positions, None for one that its topic no longer holds.

    The ledger says in which incarnation of its topic each lies: they may lie in topics of which
    this process reads nothing. Raises KafkaError, and asyncpg and OS errors as they come.
    """
    topics = {position.topic for position in positions}
    rows = await store.read_ledger(connection, group, topics)
    return await refetch(lines, incarnations(rows), positions)


class Locator:
    """Holds what the ledger and the broker say of partitions against each other.

    `incarnations` is what the ledger said last of each topic.
    """

    def __init__(self, committer: Committer, group: str, metrics: Metrics) -> None:
        self._committer = committer
        self._group = group
        self._metrics = metrics
        self.incarnations: dict[str, Incarnation] = {}

    async def locate(
        self,
        consumer: LedgerConsumer,
        wanted: AbstractSet[TopicPartition],
        sources: Iterable[Source],
    ) -> Located | Away:
        """Where to go on with each of the partitions; ledger rows are opened where absent."""
        topics = {partition.topic for partition in wanted}
        try:
            # The ledger first: it never leads the broker, unless the topic was made anew.
            rows = await self._rows(topics)
            extents = await extents_of(consumer, wanted)
            standings = _standings(rows, extents)
            held = await self._hold(standings)
            await self._learn(rows, extents)
            await self._pass_missing(standings)
            fresh = {p for p in wanted - rows.keys() if p.topic not in held}
            if fresh:
                await self._open(consumer, fresh, sources, extents)
                rows = await self._rows(topics)
        except (KafkaError, _DatabaseAwayError):
            return Away()
        offsets = {p: rows[p].next_offset for p in fresh & rows.keys()}
        for partition in wanted - fresh:
            match standings[partition]:
                case GoOn(offset) | Gone(_, offset) if partition.topic not in held:
                    offsets[partition] = offset
        return Located(offsets, held)

    async def _open(
        self,
        consumer: LedgerConsumer,
        fresh: Collection[TopicPartition],
        sources: Iterable[Source],
        extents: Mapping[TopicPartition, Extent],
    ) -> None:
        topics = {partition.topic for partition in fresh}
        ids = {p.topic: one.topic_id for p, one in extents.items() if one.topic_id}
        of_topics = [source for source in sources if source.topic in topics]
        await self._run(store.open_ledger, offsets=await start_offsets(consumer, of_topics, ids))

    async def _rows(self, topics: Collection[str]) -> Rows:
        found: list[KnownPartition] = await self._run(store.read_ledger, topics=topics)
        self.incarnations |= incarnations(found)
        return {TopicPartition(row.topic, row.partition): row for row in found}

    async def _hold(self, standings: Mapping[TopicPartition, Standing]) -> dict[str, str]:
        held = {p.topic: s.reason for p, s in standings.items() if isinstance(s, MadeAnew)}
        for topic in held:
            known_id = self.incarnations[topic].topic_id
            await self._run(store.hold_topic, topic=topic, known_id=known_id)
        return held

    async def _learn(self, rows: Rows, extents: Mapping[TopicPartition, Extent]) -> None:
        ids = {
            row.topic: extents[p].topic_id
            for p, row in rows.items()
            if row.topic_id is None and p in extents and extents[p].topic_id
        }
        if ids:
            await self._run(store.learn_topic_ids, ids=ids)

    async def _pass_missing(self, standings: Mapping[TopicPartition, Standing]) -> None:
        found = [
            Missing(p.topic, p.partition, *s) for p, s in standings.items() if isinstance(s, Gone)
        ]
        passed = await self._run(store.pass_missing, found=found) if found else []
        for one in passed:
            log.error("records were gone before they were read", **one._asdict())
            lost = one.next_offset - one.first_offset
            self._metrics.missed_offsets.labels(one.topic, one.partition).inc(lost)

    async def _run(self, work: Callable[..., Awaitable[Any]], **arguments: Any) -> Any:
        """Do this on the committer's connection."""
        done = await self._committer.run(
            partial(_answered, work, group=self._group, **arguments), tries=TRIES
        )
        if done is None:
            raise _DatabaseAwayError
        return done.answer


class HeldTopics:
    """Of which topics nothing is read here, and why: `reasons`, by topic."""

    def __init__(self, reasons: dict[str, str], metrics: Metrics) -> None:
        self._reasons = reasons
        self._metrics = metrics

    def keep(self, topics: AbstractSet[str]) -> None:
        """Others than these are not ours any more."""
        self.tell(self._reasons.keys() - topics, {})

    def tell(self, located: AbstractSet[str], held: Mapping[str, str]) -> None:
        """These topics were located, and some are held. Logged once for each."""
        for topic in located - held.keys():
            self._reasons.pop(topic, None)
        for topic, reason in held.items():
            if topic not in self._reasons:
                log.error("topic was made anew and is not read", topic=topic, reason=reason)
            self._reasons[topic] = reason
        self._metrics.topics_made_anew.set(len(self._reasons))


class _Done(NamedTuple):
    answer: Any


async def _answered(
    work: Callable[..., Awaitable[Any]], connection: Any, **arguments: Any
) -> _Done:
    return _Done(await work(connection, **arguments))


class _DatabaseAwayError(Exception):
    """The database was asked as often as it makes sense."""


def _standings(
    rows: Rows, extents: Mapping[TopicPartition, Extent]
) -> dict[TopicPartition, Standing]:
    """Of all that lie there. A partition without a row stands as its topic does."""
    known = {partition: _known(row) for partition, row in rows.items()}
    topics = {partition.topic: one for partition, one in known.items()}
    standings: dict[TopicPartition, Standing] = {}
    for partition, there in extents.items():
        of_topic = topics.get(partition.topic, NOTHING_KNOWN)
        unread = of_topic._replace(next_offset=there.beginning)
        standings[partition] = standing(known.get(partition, unread), there)
    return standings


def _known(row: KnownPartition) -> Known:
    return Known(row.next_offset, row.topic_id, row.made_anew_at is not None)
