"""The same records read once more into an empty database, by the journal: the same tables.

The first time much goes on at once: three workers take batches in any order, two frameworks are
applied, a survey's source is wrong twice before it is right, dead letters are retried and
discarded, objectives are checked all the while, and people speak about what that found. The
second time one worker reads to where each thing was done, and does it again.
"""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import asyncpg
import pytest

from connectors.registry import connector_options
from service import deciding
from service.applying import apply
from service.configuring import database_line
from service.framework.loading import Accepted, load_files
from service.ingest.resettling import postponed
from service.ingest.resettling.letters import discard
from service.ingest.settling import settlement
from service.opportunities.decisions import Said
from service.opportunities.models import Opportunity
from service.settings import Settings
from service.store import migrating
from service.store.connecting import connect_for_ingest
from service.store.dead_letters import Selection
from service.store.topics import FirstOffsets, open_ledger
from tests.support.comparing.rows import Rows, different_rows, rows_in
from tests.support.comparing.stored import read_next_offsets
from tests.support.ingesting import GROUP, Ingesting, differences, ingesting, settings_for
from tests.support.interleaving import Partitions, Worker, as_record, deliveries
from tests.support.letters import retry
from tests.support.oracle.shop import framework, survey_half_right, survey_not_opened
from tests.support.replaying import Applied, Decided, Replay, read_spoken, read_steps, watching
from tests.support.traffic.mixed import PARTITIONS
from tests.support.waiting import wait_for

RECORDS = 2_000
WORKERS = 3
CHECKS_EVERY = 60
"""Records from one look to the next."""

SAID = (
    Said("start", "jo", "Another carrier is asked."),
    Said("effort", "jo", "Two contracts.", 3),
    Said("solve", "jo", "The other one drives."),
)
"""What people say of the first opportunity, a thing at a time."""

TOPICS = {name: name for name in PARTITIONS}
WRONG = survey_not_opened(framework(TOPICS))
HALF_RIGHT = survey_half_right(framework(TOPICS))
RIGHT = framework(TOPICS, revision=2)


def accepted(text: str) -> Accepted:
    loaded = load_files({"shop.yaml": text}, connector_options())
    assert isinstance(loaded, Accepted)
    return loaded


async def part(connection: asyncpg.Connection, lying: Partitions, records: int) -> None:
    """Waits until so many records are settled."""

    async def came() -> bool:
        ledger = await read_next_offsets(connection, GROUP)
        done = sum(d.offset < ledger[p] for p, there in lying.items() for d in there)
        return done >= records

    await wait_for(came, 120)


async def decide(here: Ingesting, lying: Partitions) -> None:
    """What people do while records are read: mend the survey's source in two steps, try dead
    letters again, and throw some away.
    """

    async def mend(text: str) -> None:
        await apply(here.settings, accepted(text), "jo")
        await here.rulebook.load_current(here.connection)

    await part(here.connection, lying, RECORDS * 3 // 10)
    await retry(here)
    await discard(here.connection, Selection(reason="invalid_json"), "jo", "a crawler")
    await mend(HALF_RIGHT)
    await part(here.connection, lying, RECORDS * 4 // 10)
    await retry(here, source="delivery-survey")
    await part(here.connection, lying, RECORDS * 6 // 10)
    await mend(RIGHT)
    await retry(here)
    await part(here.connection, lying, RECORDS * 8 // 10)
    await discard(here.connection, Selection(reason="id_conflict"), "jo", "nobody knows")
    await retry(here)


async def look_on(settings: Settings, lying: Partitions, placing: Worker) -> None:
    """Checks, each when some more records are settled and what was put off is placed.

    They are ahead of the database's clock, which says when people decided: in the replay, too, all
    checks are later than that.
    """
    at = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=10)
    connection = await connect_for_ingest(database_line(settings))
    async with watching(settings) as watch:
        for goal in range(CHECKS_EVERY, RECORDS, CHECKS_EVERY):
            await part(connection, lying, goal)
            await placing.place_postponed(connection)
            at += timedelta(seconds=1)
            await watch.look(at)
            await say_next(connection, settings)
    await connection.close()


async def say_next(connection: asyncpg.Connection, settings: Settings) -> None:
    """The next of what people say of the first opportunity, once it is there."""
    done = await connection.fetchval("SELECT count(*) FROM decision")
    found = await connection.fetchval("SELECT count(*) FROM opportunity")
    if found and done < len(SAID):
        assert isinstance(await deciding.decide(settings, 1, SAID[done]), Opportunity)


async def live(settings: Settings, lying: Partitions) -> None:
    """All of it at once, to the end."""
    workers = [Worker(Random(n), lying, settings) for n in range(WORKERS)]
    async with ingesting(settings.database_url.get_secret_value(), text=None) as here:
        here.topic |= {r.position: r for there in lying.values() for r in map(as_record, there)}
        await asyncio.gather(
            decide(here, lying),
            look_on(settings, lying, workers[0]),
            *(worker.run() for worker in workers),
        )
        await workers[0].place_postponed(here.connection)


MORE = {
    "revision": "SELECT id, author, digest, files, changes, history FROM revision",
    "revision_start": "SELECT revision, topic, partition, first_offset FROM revision_start",
    "letter_journal": """
        SELECT author, decision, because, revision, topic, partition, "offset", item, reason
        FROM letter_journal WHERE conflict IS NULL
        """,
    "objective_check": """
        SELECT objective, checked_at, revision, offsets, n, customers, value, low, high, health
        FROM objective_check
        """,
    "opportunity": """
        SELECT id, detector, stage, state, sequence, opened_at, recovered_at,
               document #- '{decision,at}' #- '{estimate,at}' FROM opportunity
        """,
    "decision": "SELECT opportunity, sequence, author, action, because, effort FROM decision",
    "milestone": "SELECT * FROM milestone",
    "outbox": """
        SELECT row_number() OVER (PARTITION BY key ORDER BY id), topic, key, headers, signal, state,
               regexp_replace(convert_from(value, 'UTF8'), CASE WHEN value LIKE '%"author":%'
                   THEN '"(at|time)":"[^"]*"' ELSE '' END, '', 'g') FROM outbox
        """,
    "told": "SELECT * FROM told",
    "dead_letter": """
        SELECT reason, detail, conflict, record_items, discarded, awaits,
               CASE WHEN conflict IS NULL THEN (source, topic, partition, "offset", item,
                                                record_time, key, headers, value)::text END
        FROM dead_letter
        """,
    "batch": """
        SELECT sum(records), sum(items + corrected_items), sum(events + corrected_events),
               sum(duplicates + corrected_duplicates + superseded + corrected_superseded),
               sum(ignored + corrected_ignored), sum(dead_letters + corrected_dead_letters)
        FROM batch
        """,
    "postponed": "SELECT * FROM postponed",
}
"""What was decided and found, what is dead, and the sums of the log.

Left out is when people said something, which is the database's time, and what depends on when each
copy came: which copy of a conflict is kept (so a retry may meet none where another met one that was
settled later), and whether the others are duplicates or superseded, which a batch says of them.
"""


async def everything(connection: asyncpg.Connection) -> Rows:
    """All rows that are a function of records and journal."""
    rows = await rows_in(connection)
    for table, statement in MORE.items():
        rows[table] = Counter(map(tuple, await connection.fetch(statement)))
    return rows


async def opened(settings: Settings, lying: Partitions) -> asyncpg.Connection:
    connection = await connect_for_ingest(database_line(settings))
    await open_ledger(connection, GROUP, [FirstOffsets(*p, 0, 0) for p in lying])
    return connection


@pytest.mark.slow
async def test_a_replay_by_the_journal_gives_the_same_tables(
    database_url: str, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (settlement, postponed):
        monkeypatch.setattr(module, "AGAIN_AT_ONCE", 50)
    lying = deliveries(seed=5, records=RECORDS)
    settings = settings_for(database_url)
    await apply(settings, accepted(WRONG), "jo")
    connection = await opened(settings, lying)
    await live(settings, lying)
    steps = await read_steps(connection)
    spoken = await read_spoken(connection)
    ends = await read_next_offsets(connection, GROUP)
    first = await everything(connection)
    await connection.close()

    await migrating.upgrade(empty_database_url)
    settings = settings_for(empty_database_url)
    connection = await connect_for_ingest(database_line(settings))
    async with (
        ingesting(empty_database_url, text=None) as here,
        watching(settings) as watch,
    ):
        await Replay(here, watch, lying, Random(8)).play(steps, spoken, ends)
    second = await everything(connection)
    await connection.close()
    found = different_rows(first, second)
    assert not found, "\n".join(found)
    assert different_rows(second, first) == []
    assert await differences(empty_database_url) == []

    kinds = Counter(type(step.done) for step in steps)
    assert kinds[Applied] == 3
    assert kinds[Decided] >= 5
    assert len(spoken) == len(SAID)
    assert {step.done.decision for step in steps if isinstance(step.done, Decided)} == {
        "retry",
        "discard",
    }
    assert all(first[table] for table in ("opportunity", "milestone", "history", "moment"))
