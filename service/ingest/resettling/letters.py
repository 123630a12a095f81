"""Many dead letters, a handful at a time: retried or discarded while traffic flows.

Each handful is a transaction of its own, so that nobody waits long for its locks. A run that is
cut off has done some of them and nothing by halves; run again, it does the rest. Letters that
appear after it began are not touched.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, NamedTuple

import asyncpg
import structlog

from service.ingest.committing.committer import Refetch
from service.ingest.committing.refused import REFUSED_FOR_DATA
from service.ingest.preparing.learning import Learn, nothing_to_learn
from service.ingest.preparing.prepare import Limits
from service.ingest.resettling.retry import (
    Retried,
    Retry,
    prepare_again,
    rehearse_retry,
    retry_letters,
    still_dead,
    untried,
)
from service.ingest.settling.memory import Memory
from service.ingest.settling.results import NeedsRecords, NeedsRevisions, OtherRevision
from service.ingest.settling.rulebook import Rulebook
from service.ingest.settling.settlement import Batch
from service.ingest.settling.weigh import Outcome
from service.store import dead_letters as store
from service.store.dead_letters import Decided, Letter, Selection
from service.store.revisions import current_revision

LETTERS_A_TIME: Final = 1_000
BYTES_A_TIME: Final = 16 * 1_048_576

log = structlog.get_logger(__name__)


class NothingAppliedError(Exception):
    """No revision is in force under which letters could be decided about."""


@dataclass
class Told:
    """What a run of retries did, or would do."""

    letters: int = 0
    """How many were tried."""
    gone: int = 0
    """How many somebody else had settled meanwhile."""
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    """Of the items that the letters have become."""
    still_dead: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By source and reason."""
    untried: Counter[str] = field(default_factory=Counter)
    """How many were left as they are, by why."""


class Surroundings(NamedTuple):
    """What retries need beside the letters."""

    group: str
    rulebook: Rulebook
    refetch: Refetch
    limits: Limits
    author: str
    learn: Learn = nothing_to_learn


class Retries:
    """Retries letters on one connection.

    `rehearsing` changes nothing and says what would happen. Each handful is judged by itself then,
    so that of two copies in two of them both would count.
    """

    def __init__(
        self, connection: asyncpg.Connection, around: Surroundings, *, rehearsing: bool = False
    ) -> None:
        self._connection = connection
        self._around = around
        self._settle = rehearse_retry if rehearsing else retry_letters
        self._memory = Memory()
        self._told = Told()

    async def run(self, selection: Selection) -> Told:
        """Retry the selected letters: what became of them.

        Raises `NothingAppliedError`, `NeverReadError`, and what database and broker raise. Running
        again is safe then.
        """
        if await self._around.rulebook.load_current(self._connection) is None:
            raise NothingAppliedError
        async for numbers in _handfuls(self._connection, selection):
            await self._retry(await store.read_letters(self._connection, numbers))
        return self._told

    async def _retry(self, letters: list[Letter]) -> None:
        """See letters through, under whichever revision is in force by then."""
        wanted = self._wanted(letters)
        if not wanted:
            return
        await self._around.learn(letter.record for letter in wanted)
        try:
            result = await self._settled(self._prepared(wanted))
        except REFUSED_FOR_DATA as error:
            await self._retry_refused(wanted, error)
        else:
            if isinstance(result, Retried):
                self._add(wanted, result)
            else:
                await self._around.rulebook.load_current(self._connection)
                await self._retry(wanted)

    def _wanted(self, letters: list[Letter]) -> list[Letter]:
        wanted = []
        for letter in letters:
            why_not = untried(letter, self._around.rulebook.in_force)
            if why_not is None:
                wanted.append(letter)
            else:
                self._told.untried[why_not] += 1
        return wanted

    def _prepared(self, letters: list[Letter]) -> Retry:
        around = self._around
        prepared, items = prepare_again(letters, around.rulebook.in_force, around.limits)
        batch = Batch(around.group, prepared, around.rulebook.rules)
        return Retry(tuple(letters), items, batch, around.author)

    async def _settled(self, retry: Retry) -> Retried | OtherRevision:
        """Try until nothing is lacking."""
        while True:
            result = await self._settle(self._connection, retry, self._memory)
            if isinstance(result, NeedsRecords):
                read = await self._around.refetch(result.positions)
                refetched = {**retry.batch.refetched, **read}
                retry = retry._replace(batch=retry.batch._replace(refetched=refetched))
            elif isinstance(result, NeedsRevisions):
                rules = await self._around.rulebook.load(self._connection, result.revisions)
                retry = retry._replace(batch=retry.batch._replace(rules=rules))
            else:
                return result

    async def _retry_refused(self, letters: list[Letter], error: Exception) -> None:
        """Half by half, until the one that the database refuses for its data stays alone."""
        if len(letters) > 1:
            middle = len(letters) // 2
            await self._retry(letters[:middle])
            await self._retry(letters[middle:])
            return
        log.warning("a letter was refused by the database", error=type(error).__name__)
        result = await self._settled(still_dead(self._prepared(letters), error))
        if isinstance(result, Retried):
            self._add(letters, result)

    def _add(self, letters: list[Letter], retried: Retried) -> None:
        self._told.letters += retried.letters
        self._told.gone += len(letters) - retried.letters
        self._told.outcomes += retried.outcomes
        self._told.still_dead += retried.still_dead


async def discard(
    connection: asyncpg.Connection, selection: Selection, author: str, because: str
) -> int:
    """Discard the selected letters: how many. Raises `NothingAppliedError` and what the database
    raises.
    """
    revision = await current_revision(connection)
    if revision is None:
        raise NothingAppliedError
    decided = Decided(author, "discard", because, revision)
    discarded = 0
    async for numbers in _handfuls(connection, selection):
        async with connection.transaction():
            await store.lock_journal(connection)
            discarded += await store.discard_letters(connection, decided, numbers)
    return discarded


async def _handfuls(
    connection: asyncpg.Connection, selection: Selection
) -> AsyncIterator[list[int]]:
    """The selected letters by number, few enough at a time to be held in memory."""
    after, last = 0, await store.newest_letter(connection)
    while found := await store.find_letters(connection, selection, after, last, LETTERS_A_TIME):
        sums = accumulate(letter.stored_bytes for letter in found)
        fitting = sum(1 for total in sums if total <= BYTES_A_TIME)
        numbers = [letter.id for letter in found[: max(fitting, 1)]]
        yield numbers
        after = numbers[-1]
