"""Transactions of any size, in any interleaving, by several at once: the oracle agrees.

What the fault tests show through brokers and processes is shown here for the transaction alone:
batches are cut at random from mixed records, some are delivered twice, three workers who do not
know of each other take them at the same time, and a new revision is applied while they do.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from random import Random

import asyncpg
import pytest

from connectors.registry import connector_options
from service.applying import new_revision, rebuild
from service.configuring import database_line
from service.framework.loading import Accepted, load_directory
from service.ingest.resettling import postponed
from service.ingest.settling import settlement
from service.settings import Settings
from service.store import migrating
from service.store.connecting import connect_for_ingest
from service.store.revisions import apply_revision
from tests.simulation.shop import AT_FIRST, LATER, Message, Truth, meant, written
from tests.support.comparing.stored import Stored, read_next_offsets, read_stored
from tests.support.comparing.tables import as_stored, differences
from tests.support.ingesting import DAY_US, GROUP, START_US
from tests.support.interleaving import Partitions, Worker, applied, deliveries
from tests.support.oracle.shop import SECOND, framework, revisions
from tests.support.oracle.tables import Revision, Tables, work_out
from tests.support.small_shop import CONTACT, ORDER, RATING, accepted
from tests.support.traffic.mixed import PARTITIONS
from tests.support.truth import Delivery
from tests.support.waiting import wait_for

RECORDS = 4_000
WORKERS = 3
HOT_RECORDS = 2_000
HOT_SHARE = 0.9


def of_one_customer(seed: int) -> Partitions:
    """Nine of ten events are one customer's, in any order of time; the rest have one each."""
    dice = Random(seed)
    lying: Partitions = {("one", 0): [], ("two", 0): []}
    for number in range(HOT_RECORDS):
        customer = "hot" if dice.random() < HOT_SHARE else f"c{number}"
        kind = dice.choice((ORDER, ORDER, CONTACT, RATING))
        what = Message(kind, f"u{number}", 0, customer, dice.randrange(300), dice.randint(1, 5), "")
        (topic, _), partition = dice.choice(list(lying.items()))
        time_us = START_US + 310 * DAY_US + dice.randrange(DAY_US)
        partition.append(
            Delivery(
                time_us, topic, 0, len(partition), b"k", (), written(what), (meant(what),)
            )
        )  # fmt: skip
    return lying


def shop(directory: Path, revision: int = 1) -> Accepted:
    """The framework of the tests, loaded and checked."""
    text = framework({name: name for name in PARTITIONS}, revision)
    (directory / "shop.yaml").write_text(text, encoding="utf-8")
    accepted = load_directory(directory, connector_options())
    assert isinstance(accepted, Accepted)
    return accepted


async def applied_in_the_middle(
    connection: asyncpg.Connection, accepted: Accepted, lying: Partitions
) -> None:
    """Makes a framework the one in force when about a third of the records is settled."""

    async def a_third() -> bool:
        offsets = await read_next_offsets(connection, GROUP)
        done = sum(d.offset < offsets[p] for p, there in lying.items() for d in there)
        return 3 * done >= sum(map(len, lying.values()))

    await wait_for(a_third, 60)
    await apply_revision(connection, new_revision(accepted, None, "test"))


async def settled(settings: Settings, lying: Partitions, after: Accepted, seed: int) -> Stored:
    """What is stored after three workers took everything, the last of it under another revision."""
    workers = [Worker(Random(seed + n), lying, settings) for n in range(WORKERS)]
    connection = await connect_for_ingest(database_line(settings))
    try:
        await asyncio.gather(
            applied_in_the_middle(connection, after, lying), *(worker.run() for worker in workers)
        )
        await workers[0].place_postponed(connection)
    finally:
        await connection.close()
    assert sum(worker.repeated for worker in workers) > 0
    assert sum(worker.outdated for worker in workers) > 0
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        return await read_stored(connection, GROUP)
    finally:
        await connection.close()


def judged(lying: Partitions, stored: Stored, told: Sequence[Revision] | None = None) -> Tables:
    """What should be stored, after it was found to be; `told` are revisions of another shop."""
    read = chain.from_iterable(lying.values())
    expected = work_out(read, told or revisions(stored.revisions), as_stored(stored))
    found = differences(expected, stored)
    assert not found, "\n".join(found)
    return expected


async def rebuilt(settings: Settings) -> Stored:
    """What is stored after everything was placed anew under the revision in force."""
    await rebuild(settings, "test", lambda _: None, lambda _: None)
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        return await read_stored(connection, GROUP)
    finally:
        await connection.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_any_batches_in_any_interleaving_leave_what_the_oracle_says(
    seed: int, database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    """Twice in different ways, with the same facts and the same winners of ties."""
    lying = deliveries(seed, RECORDS)
    second = shop(tmp_path, revision=2)
    settings = await applied(database_url, shop(tmp_path), lying)
    one = judged(lying, await settled(settings, lying, second, seed=10))

    await migrating.upgrade(empty_database_url)
    settings = await applied(empty_database_url, shop(tmp_path), lying)
    other = judged(lying, await settled(settings, lying, second, seed=20))

    assert one.ties == other.ties
    assert one.conflicts == other.conflicts
    assert one.counts == other.counts
    assert one.identifiers == other.identifiers
    assert one.ties
    assert one.conflicts
    assert {row.revision for row in one.events.values()} == {1, 2}

    judged(lying, await rebuilt(settings), [Revision(2, {}, SECOND)])


@pytest.mark.slow
async def test_a_customer_with_nine_of_ten_events_is_counted_as_exactly(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is locked by everybody all the time, and whose late events move many others, of which
    most are put off.
    """
    for module in (settlement, postponed):
        monkeypatch.setattr(module, "AGAIN_AT_ONCE", 50)
    lying = of_one_customer(seed=3)
    settings = await applied(database_url, accepted(AT_FIRST), lying)
    stored = await settled(settings, lying, accepted(LATER), seed=30)
    told = [Revision(n, stored.revisions[n], Truth(later=n == 2)) for n in (1, 2)]
    expected = judged(lying, stored, told)
    whose = Counter(row.subject for row in expected.events.values())
    assert whose["crm:user", "hot"] > 0.8 * HOT_RECORDS
