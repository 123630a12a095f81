"""The worker on a real broker: bytes as they are, starts, revisions, outages."""

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from sqlalchemy.engine import make_url

from service.ingest.reading import watching
from service.ingest.resettling import postponed
from service.ingest.settling import settlement
from tests.support.ingesting import MIDNIGHT_MS, SECOND_US, START_US, differences, ingesting
from tests.support.servers import MakeTopic
from tests.support.small_shop import CONTACT, THIRD, framework_on, iso, rated, said
from tests.support.tcp_proxy import line_to
from tests.support.waiting import wait_for
from tests.support.working import TOO_LARGE, exact, orders, read_to, working, writing

pytestmark = pytest.mark.kafka


async def test_records_are_taken_as_the_bytes_that_they_are(
    database_url: str, broker: str, topics: MakeTopic
) -> None:
    """A header that is no UTF-8, a tombstone, nothing at all, one byte too many."""
    name = await topics()
    large = orders([0])[0].ljust(TOO_LARGE)
    async with ingesting(database_url, framework_on(name), []) as here, writing(broker, name) as t:
        await t.put(*orders([1]), headers=[("h", b"\xff\xfe")])
        await t.put(None, key=b"gone")
        await t.put(b"", headers=[("twice", b"1"), ("twice", b"\x80")])
        await t.put(large, key=b"\xff")
        await t.put(*orders([2]))
        async with working(here, broker):
            await read_to(here, 5)
        rows = await here.dead_letters()
        kept = [(row["offset"], row["key"], row["value"]) for row in rows]
        assert kept == [(1, b"gone", None), (2, None, b""), (3, b"\xff", large)]
        assert rows[1]["headers"] == b'[["twice", "MQ=="], ["twice", "gA=="]]'
        assert rows[2]["reason"] == "too_large"
        assert sorted(await here.placed()) == ["o1", "o2"]
        await exact(here, events=2, dead_letters=3)


@pytest.mark.durable
@pytest.mark.parametrize(
    ("start", "read"),
    [
        ("earliest", {"o1", "o2", "o3", "o4", "o5"}),
        ("latest", {"o5"}),
        (iso(MIDNIGHT_MS * 1_000)[:10], {"o2", "o4", "o5"}),
    ],
)
async def test_a_source_starts_where_it_says_in_every_partition(
    start: str, read: set[str], database_url: str, broker: str, topics: MakeTopic
) -> None:
    """And it says so once: what comes while nobody reads is read later."""
    name = await topics(partitions=2)
    text = framework_on(name, start=f'"{start}"')
    async with ingesting(database_url, text, []) as here, writing(broker, name) as topic:
        for partition, (before, after) in enumerate([(1, 2), (3, 4)]):
            await topic.put(*orders([before]), partition=partition, at_ms=MIDNIGHT_MS - 1_000)
            await topic.put(*orders([after]), partition=partition, at_ms=MIDNIGHT_MS)
        async with working(here, broker):
            found = "SELECT count(*) = 2 FROM ledger"

            async def ledger_is_open() -> bool:
                return bool(await here.value(found))

            await wait_for(ledger_is_open)
        await topic.put(*orders([5]))
        async with working(here, broker):
            await read_to(here, 3, 2)
        assert set(await here.placed()) == read
        await exact(here, events=len(read))


@pytest.mark.durable
async def test_partitions_that_are_added_later_begin_at_their_first_record(
    database_url: str, broker: str, topics: MakeTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although the source began at the latest."""
    monkeypatch.setattr(watching, "MOST_BETWEEN_LOOKS_S", 0.3)
    name = await topics()
    text = framework_on(name, start="latest")
    async with ingesting(database_url, text, []) as here, writing(broker, name) as topic:
        await topic.put(*orders([0]))
        async with working(here, broker):
            await read_to(here, 1)
            admin = AIOKafkaAdminClient(bootstrap_servers=broker)
            await admin.start()
            await admin.create_partitions({name: NewPartitions(2)})
            await admin.close()
            async with writing(broker, name) as wider:

                async def is_written() -> bool:
                    try:
                        await wider.put(*orders([1]), partition=1)
                    except AssertionError:
                        return False
                    return True

                await wait_for(is_written)
            await read_to(here, 1, 1)
        assert set(await here.placed()) == {"o1"}


async def test_a_new_revision_counts_from_the_offset_that_is_journaled(
    database_url: str, broker: str, topics: MakeTopic
) -> None:
    """Records flow while it is applied; each event is placed by the revision at its offset."""
    name = await topics()
    first = framework_on(name)
    second = first.replace("place: shop/buy/order}", "place: shop/ask/contact}")
    async with ingesting(database_url, first, []) as here, writing(broker, name) as topic:
        await topic.put(*orders(range(300)))
        async with (
            working(here, broker, batch_max_records=20) as worker,
            ingesting(database_url, None) as applying,
        ):

            async def some_are_settled() -> bool:
                return int(await here.value("SELECT coalesce(max(next_offset), 0) FROM ledger")) > 0

            await wait_for(some_are_settled)
            applied = await applying.apply(second)
            await topic.put(*orders(range(300, 400)))
            await read_to(here, 400)
            metrics = worker._metrics
            await wait_for(
                lambda: 2 in (s.value for m in metrics.revision.collect() for s in m.samples)
            )
            assert any(s.value for m in metrics.latency_seconds.collect() for s in m.samples)
        [(topic_name, partition, offset)] = applied.first_offsets
        assert (topic_name, partition) == (name, 0)
        assert 0 < offset < 400
        rows = await here.rows('SELECT "offset", revision FROM event ORDER BY 1')
        assert [row["revision"] for row in rows] == [1] * offset + [2] * (400 - offset)
        placed = await here.placed()
        moved = [name for name, at in placed.items() if "shop/ask/contact" in at]
        assert len(moved) == 400 - offset - (offset < 100)
        await exact(here, events=400)


async def test_the_last_records_before_silence_are_read_whatever_made_their_batch_go_back(
    database_url: str, broker: str, topics: MakeTopic
) -> None:
    """A new revision, or a database that was away for longer than a batch waits for it."""
    name = await topics()
    url = make_url(database_url)
    async with (
        ingesting(database_url, framework_on(name), []) as here,
        writing(broker, name) as topic,
        line_to(str(url.host), url.port or 5432) as line,
    ):
        near = url.set(host="127.0.0.1", port=line.port).render_as_string(hide_password=False)
        async with working(here, broker, database_url=near) as worker:
            await topic.put(*orders([0]))
            await read_to(here, 1)
            await here.apply(framework_on(name).replace("title: Shop", "title: The shop"))
            await topic.put(*orders([1]))
            await read_to(here, 2)
            line.cut()
            await topic.put(*orders([2]))
            await wait_for(lambda: worker.waits_because is not None)
            worker._committer.abandon()
            await wait_for(lambda: worker._in_flight is None)
            line.mend()
            await read_to(here, 3)
        await exact(here, events=3)


@pytest.mark.durable
async def test_a_revision_with_another_topic_reads_it_from_then_on(
    database_url: str, broker: str, topics: MakeTopic
) -> None:
    name, other = await topics("a"), await topics("b")
    async with ingesting(database_url, framework_on(name), []) as here:
        async with (
            writing(broker, name) as topic,
            writing(broker, other) as new,
            working(here, broker),
        ):
            await topic.put(*orders([0]))
            await new.put(*orders([1]))
            await read_to(here, 1)
            await here.apply(framework_on(name, other))
            await topic.put(*orders([2]))
            await read_to(here, 2, 1)
        await exact(here, events=3)


async def test_a_displaced_record_is_read_again_from_its_topic(
    database_url: str, broker: str, topics: MakeTopic
) -> None:
    """Also where another process reads that topic, and this one knows nothing of it."""
    name = await topics(partitions=2)
    kept, earlier = rated("r", START_US, 5), rated("r", START_US, 1)
    async with ingesting(database_url, framework_on(name), []) as here, writing(broker, name) as t:
        async with working(here, broker) as worker:
            await t.put(kept, key=b"key", headers=[("h", b"\xff")])
            await read_to(here, 1, 0)
            worker.assignment._locator.incarnations.clear()
            await t.put(earlier, partition=1, at_ms=MIDNIGHT_MS - 60_000)
            await read_to(here, 1, 1)
        [letter] = await here.dead_letters()
        assert (letter["key"], letter["value"]) == (b"key", kept)
        assert letter["headers"] == b'[["h", "/w=="]]'
        await exact(here, events=1, dead_letters=1)


async def test_a_database_that_was_away_is_caught_up_with(
    database_url: str, broker: str, topics: MakeTopic
) -> None:
    """Nothing is lost and nothing counts twice; meanwhile the worker says that it waits."""
    name = await topics()
    url = make_url(database_url)
    async with (
        ingesting(database_url, framework_on(name), []) as here,
        writing(broker, name) as topic,
        line_to(str(url.host), url.port or 5432) as line,
    ):
        near = url.set(host="127.0.0.1", port=line.port).render_as_string(hide_password=False)
        async with working(here, broker, database_url=near, batch_max_records=10) as worker:
            await topic.put(*orders(range(50)))
            await read_to(here, 50)
            line.cut()
            await topic.put(*orders(range(50, 100)))
            retries = worker._metrics.database_retries
            await wait_for(lambda: any(m.samples for m in retries.collect()))
            worker._committer.abandon()
            await wait_for(lambda: worker.waits_because is not None)
            line.mend()
            await read_to(here, 100)
            assert worker.waits_because is None
        await exact(here, events=100)


@pytest.mark.durable
async def test_aborted_transactions_count_nothing_and_the_ledger_passes_them(
    database_url: str, broker: str, topics: MakeTopic
) -> None:
    """A topic that ends in control records is read to its end."""
    name = await topics()
    async with ingesting(database_url, framework_on(name), []) as here:
        producer = AIOKafkaProducer(bootstrap_servers=broker, transactional_id=name)
        await producer.start()
        for numbers, commits in (((0, 1), True), ((2, 3), False), ((4,), True), ((5,), False)):
            await producer.begin_transaction()
            for value in orders(numbers):
                await producer.send_and_wait(name, value, partition=0, timestamp_ms=MIDNIGHT_MS)
            await (producer.commit_transaction() if commits else producer.abort_transaction())
        await producer.stop()
        async with working(here, broker):
            await read_to(here, 10)
        assert set(await here.placed()) == {"o0", "o1", "o4"}
        await exact(here, events=3)


@pytest.mark.durable
async def test_what_kafka_is_told_is_never_beyond_the_ledger(
    database_url: str, broker: str, topics: MakeTopic
) -> None:
    name = await topics()
    async with ingesting(database_url, framework_on(name), []) as here, writing(broker, name) as t:
        await t.put(*orders(range(5)))
        async with working(here, broker, consumer_group=name):
            await read_to(here, 5)
        admin = AIOKafkaAdminClient(bootstrap_servers=broker)
        await admin.start()
        told = await admin.list_consumer_group_offsets(name)
        await admin.close()
        assert [offset.offset for offset in told.values()] == [5]


async def test_what_batches_put_off_is_placed_between_them(
    database_url: str, broker: str, topics: MakeTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (settlement, postponed):
        monkeypatch.setattr(module, "AGAIN_AT_ONCE", 10)
    topic = await topics()
    rule = 'history.count("support.contact", days(30)) == 3'
    text = framework_on(topic).replace(rule, 'history.count("support.contact") % 2 == 0')
    contacts = [said(f"c{n:02}", CONTACT, START_US + n * SECOND_US) for n in range(40)]
    async with (
        ingesting(database_url, text, topics=()) as here,
        working(here, broker),
        writing(broker, topic) as to,
    ):
        await to.put(*contacts[1:])
        await read_to(here, 39)
        await to.put(contacts[0])
        await read_to(here, 40)

        async def none_waits() -> bool:
            return bool(await here.value("SELECT NOT EXISTS (SELECT FROM postponed)"))

        await wait_for(none_waits)
        second = {name for name, at in (await here.placed()).items() if THIRD in at}
        assert second == {f"c{n:02}" for n in range(1, 40, 2)}
    assert await differences(database_url) == []
