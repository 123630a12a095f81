"""The statements of a batch, held to the model row for row.

Random batches are settled by `commit_batch` on a real database and by the model; after each, every
table must have the same rows. Several writers at once are for `test_batches_against_oracle.py`.
"""

import asyncio
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.applying import new_revision
from service.configuring import database_line
from service.event import Position, Record
from service.framework.loading import Accepted
from service.ingest.committing.model import Changes, State, applied, apply, settle
from service.ingest.preparing.prepared import Span
from service.ingest.preparing.revision import Revision
from service.ingest.settling.results import Behind, Committed, NeedsRecords
from service.ingest.settling.rulebook import Rulebook
from service.store.connecting import connect_for_ingest
from service.store.revisions import StoredRevision, apply_revision
from tests.simulation.shop import AT_FIRST, LATER, Message, compiled, messages, written
from tests.support.comparing.rows import different_rows, empty, rows_in, rows_of
from tests.support.ingesting import START_US, Ingesting, settings_for
from tests.support.small_shop import accepted

EXAMPLES = 150
PARTITIONS = (("one", 0), ("two", 0))


class Told(NamedTuple):
    """A record of one of the partitions, with its time out of order: a message, or one of those
    that were told before once more.
    """

    partition: int
    minute: int
    what: dict[str, Any] | int


told = st.builds(
    Told, st.integers(0, 1), st.integers(0, 9), st.one_of(messages(), st.integers(0, 9))
)
batches = st.lists(
    st.one_of(
        st.lists(told, min_size=1, max_size=8),
        st.lists(told, min_size=1, max_size=8),
        st.lists(told, min_size=1, max_size=8),
        st.sampled_from(["first", "later", "beyond", "again"]),
    ),
    min_size=1,
    max_size=7,
)
TEXTS = {"first": AT_FIRST, "later": LATER}


@cache
def accepted_once(name: str) -> Accepted:
    return accepted(TEXTS[name])


def compile_quickly(stored: StoredRevision) -> Revision:
    """The two frameworks are compiled already."""
    [text] = stored.files.values()
    [name] = [name for name, known in TEXTS.items() if known == text]
    return compiled(name, stored.id)


class Both:
    """A database and the model, to which the same is done."""

    def __init__(self, here: Ingesting) -> None:
        self.here = here
        self.state = State()
        self.in_force = ""
        self.ends = dict.fromkeys(PARTITIONS, 0)
        self.values: list[bytes] = []

    @classmethod
    async def emptied(cls, connection: asyncpg.Connection, here: Ingesting) -> "Both":
        await empty(connection)
        both = cls(here)
        await both.revise("first")
        await here.open("one", "two")
        both.state = State(both.state.revision, both.state.needs, ledger=dict(both.ends))
        return both

    async def do(self, step: str | list[Told]) -> None:
        if not isinstance(step, str):
            await self.settle(list(self._spans(step)))
        elif step == "beyond":
            await self.settle([self._span(p, self.ends[p] + 1, []) for p in PARTITIONS])
        elif step == "again":
            await self.settle(self._everything())
        else:
            await self.revise(step)
        assert not different_rows(rows_of(self.state), await rows_in(self.here.connection))

    async def revise(self, name: str) -> None:
        if name == self.in_force:
            return
        self.in_force = name
        here = self.here
        await apply_revision(here.connection, new_revision(accepted_once(name), None, "test"))
        await here.rulebook.load_current(here.connection)
        self.state = applied(self.state, here.rulebook.in_force, here.rulebook.rules.needs)

    async def settle(self, spans: list[Span]) -> None:
        if not spans:
            return
        prepared = self.here.prepare(*spans)
        result = await self.here.settle(prepared)
        batch = self.here.batch(prepared)
        changes = settle(self.state, batch)
        if isinstance(changes, NeedsRecords):
            again = {p: self.here.topic.get(p) for p in changes.positions}
            changes = settle(self.state, batch._replace(refetched=again))
        if isinstance(changes, Behind):
            assert result == changes
            return
        assert isinstance(changes, Changes)
        assert isinstance(result, Committed)
        self.state = apply(self.state, changes)

    def _everything(self) -> list[Span]:
        lying = [record for _, record in sorted(self.here.topic.items())]
        found = {p: [r for r in lying if r.position.topic_partition == p] for p in PARTITIONS}
        return [self._span(p, 0, records) for p, records in found.items() if records]

    def _spans(self, batch: list[Told]) -> Iterator[Span]:
        for number, partition in enumerate(PARTITIONS):
            records = []
            for offset, one in enumerate(told for told in batch if told.partition == number):
                position = Position(*partition, self.ends[partition] + offset)
                time_us = START_US + 365 * 86_400_000_000 + one.minute * 60_000_000
                value = self._value(one.what)
                records.append(Record(position, time_us, b"k", (("h", b"\xff"),), value))
            if records:
                yield self._span(partition, self.ends[partition], records)
                self.ends[partition] += len(records)

    def _value(self, what: dict[str, Any] | int) -> bytes:
        if isinstance(what, int):
            return self.values[what % len(self.values)] if self.values else b""
        self.values.append(written(Message.of(what)))
        return self.values[-1]

    def _span(self, partition: tuple[str, int], first: int, records: list[Record]) -> Span:
        end = records[-1].position.offset + 1 if records else first
        return Span(*partition, first, end, tuple(records))


@pytest.mark.slow
def test_any_batches_leave_the_rows_of_the_model(database_url: str) -> None:
    """With revisions in between, batches that come again, and some that lie beyond the ledger."""
    process = settings_for(database_url)
    with asyncio.Runner() as runner:
        connection = runner.run(connect_for_ingest(database_line(process)))

        async def settle_all(steps: list[str | list[Told]]) -> None:
            here = Ingesting(process, connection, Rulebook(compile_quickly))
            both = await Both.emptied(connection, here)
            for step in steps:
                await both.do(step)

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(batches)
        def settle_and_compare(steps: list[str | list[Told]]) -> None:
            runner.run(settle_all(steps))

        try:
            settle_and_compare()
        finally:
            runner.run(connection.close())
