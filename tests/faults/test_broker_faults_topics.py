"""Topics that are not there yet, or not what they were: made anew, wider, expired, compacted, with
records that were never published.

Two processes of `signalbox run` on Apache Kafka. Afterwards every record that the topics hold has
exactly one outcome, and what could not be read is told.
"""

import json
import signal
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from service.embedded import create_topics
from tests.support.fleet import Fleet, fleet, signalbox
from tests.support.ingesting import MIDNIGHT_MS, START_US, differences
from tests.support.order_service import CHECKED, Service, serving
from tests.support.records import read_all
from tests.support.servers import MakeTopic
from tests.support.small_shop import framework_on, ordered
from tests.support.topic_faults import add_partitions, create_compacted, expire, make_anew
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.kafka, pytest.mark.durable, pytest.mark.slow]

BROKEN = b'{"id": '
SOON = {"stalled_after_s": 20}
"""Topics are looked at every five seconds."""


async def records(service: Service) -> int:
    return (await service.here.outcomes())["records"]


async def read_in_all(service: Service, wanted: int) -> None:
    async def all_are_settled() -> bool:
        return await records(service) == wanted

    await wait_for(all_are_settled)


async def is_held(service: Service) -> bool:
    found = "SELECT bool_and(made_anew_at IS NOT NULL) FROM ledger WHERE topic = $1"
    return bool(await service.here.value(found, service.topic))


async def test_a_topic_that_was_made_anew_is_read_from_its_first_record_once_that_is_accepted(
    database_url: str, broker: str, topics: MakeTopic, tmp_path: Path
) -> None:
    """Until then nothing of it is read, and other topics are; nothing is taken for a duplicate.

    Once while it is read, and once while nobody reads, when it has grown past the one before.
    """
    other = await topics("other")
    async with serving(database_url, broker, topics, partitions=2) as service:
        settings = {**service.settings, **SOON}
        await service.here.apply(framework_on(service.topic, other, also=CHECKED))
        await service.put(BROKEN, partition=1)
        await service.order(0, 100, partitions=2)
        with fleet(settings, 2, tmp_path) as workers:
            await read_in_all(service, 101)
            await _made_anew(service, broker, 100, 20)
            await _held_until_accepted(service, workers, other, 101, 21)
            await workers.stop()
        again = signalbox(service.settings, "doctor", "--accept-reset", service.topic, ends_with=2)
        assert "nothing to accept" in again
        await _made_anew(service, broker, 120, 200)
        said = signalbox(service.settings, "doctor", ends_with=1)
        assert f"{service.topic} was made anew" in said
        assert f"signalbox doctor --accept-reset {service.topic}" in said
        with fleet(settings, 2, tmp_path) as workers:
            await _held_until_accepted(service, workers, other, 123, 201)
            await workers.stop()
        outcomes = await service.here.outcomes()
        assert outcomes["duplicates"] == 320 // 10 + 1
        assert outcomes["events"] == 320 - 320 // 10 + 1
        assert len(await service.here.dead_letters()) == 3
        assert await differences(database_url) == []
        status = json.loads(signalbox(service.settings, "status", "--json"))
        assert [source["lag"] for source in status["sources"]] == [0, 0]


async def _made_anew(service: Service, broker: str, first: int, more: int) -> None:
    await make_anew(broker, service.topic, 2)
    await service.put(BROKEN, partition=1)
    await service.order(first, more, partitions=2)


async def _held_until_accepted(
    service: Service, workers: Fleet, other: str, before: int, more: int
) -> None:
    async def held() -> bool:
        return await is_held(service) and "made anew" in (await workers.reasons(0)).get(
            "progress", ""
        )

    await wait_for(held)
    await service.put(ordered("elsewhere", START_US), other)
    await read_in_all(service, before + 1)
    signalbox(service.settings, "doctor", "--accept-reset", service.topic)
    await read_in_all(service, before + 1 + more)


async def test_topics_and_partitions_that_come_later_are_read_from_their_first_record(
    database_url: str, broker: str, topics: MakeTopic, tmp_path: Path
) -> None:
    """By processes that found no topic at all; of two that come, the first waits for no other.
    A third is applied while they end, and take their places again under their names. Then one gets
    more partitions, while records are sent.
    """
    async with serving(database_url, broker, topics, partitions=4) as service:
        later = f"{service.topic}-later"
        await service.here.apply(framework_on(later, also=CHECKED))
        with fleet(service.settings | SOON, 2, tmp_path) as workers:
            await _is_missed(workers, f"{later} (source source-0)")
            await service.here.apply(framework_on(service.topic, later, also=CHECKED))
            await service.order(0, 200, partitions=4)
            await service.read_to(200)
            await _is_missed(workers, f"{later} (source source-1)")
            await create_topics(broker, {later: 1})
            await service.put(ordered("later", START_US), later)
            await service.read_to(201)
            await _is_missed(workers, None)
            third = await topics("third")
            await service.put(ordered("third", START_US), third)
            await service.here.apply(framework_on(service.topic, later, third, also=CHECKED))
            for number in (0, 1):
                workers.kill(number)
            await service.read_to(202)
            await add_partitions(broker, service.topic, 8)
            async with AIOKafkaProducer(bootstrap_servers=broker) as wider:
                more = service._replace(producer=wider)
                await more.order(200, 200, partitions=8)
                await more.order(400, 200, partitions=8)
            await service.read_to(602)
            for number in (0, 1):
                told = [len(workers.said(number, f"topics {what}")) for what in ("wait", "go on")]
                assert told == [2, 1], workers.log(number)
            await workers.stop()
        outcomes = await service.here.outcomes()
        assert (outcomes["records"], outcomes["duplicates"]) == (602, 60)
        assert await differences(database_url) == []
        read = "SELECT count(*) FROM ledger WHERE first_offset = 0 AND next_offset > 0"
        assert await service.here.value(read) == 10


async def _is_missed(workers: Fleet, topic: str | None) -> None:
    """Waits until both processes say that they miss this topic alone, or none."""
    wanted = f"the broker has no topic {topic}: create it" if topic else ""

    async def both_say_so() -> bool:
        workers.check()
        said = [(await workers.reasons(n)).get("progress", "") for n in (0, 1)]
        return all(reason.startswith(wanted) if topic else not reason for reason in said)

    await wait_for(both_say_so)


async def test_records_that_expired_before_they_were_read_are_an_incident_with_its_range(
    database_url: str, broker: str, topics: MakeTopic, tmp_path: Path
) -> None:
    """While nobody reads, and while whoever reads stands still."""
    async with serving(database_url, broker, topics, partitions=2) as service:
        await service.order(0, 100, partitions=2)
        with fleet(service.settings, 2, tmp_path) as workers:
            await service.read_to(100)
            await workers.stop()
        await service.order(100, 100, partitions=2)
        await expire(broker, service.topic, {0: 70, 1: 30})
        with fleet(service.settings, 2, tmp_path) as workers:
            await service.read_to(200)
            for number in (0, 1):
                workers.send_signal(number, signal.SIGSTOP)
                await workers.stopped(number)
            await service.order(200, 20, partitions=2)  # up to 110, which may be on the way
            await service.order(220, 80, partitions=2)
            await expire(broker, service.topic, {1: 140})
            for number in (0, 1):
                workers.send_signal(number, signal.SIGCONT)
            await service.read_to(300)
            missed = [await workers.metric(n, "signalbox_missed_offsets_total") for n in (0, 1)]
            await workers.stop()
        found = await service.here.rows(
            "SELECT topic, partition, first_offset, next_offset FROM incident ORDER BY id"
        )
        came_to = found[-1]["first_offset"]
        ranges = [(service.topic, 0, 50, 70), (service.topic, 1, came_to, 140)]
        assert [tuple(row) for row in found] == ranges
        assert 100 <= came_to <= 110
        assert sum(missed) == 20 + 140 - came_to
        assert await records(service) == 300 - 20 - (140 - came_to)
        assert await differences(database_url) == []
        status = json.loads(signalbox(service.settings, "status", "--json"))
        assert [one["next_offset"] for one in status["incidents"]] == [140, 70]
        assert f"20 offsets from {service.topic}/0@50 on" in signalbox(service.settings, "status")
        assert f"from {service.topic}/1@{came_to} on" in signalbox(service.settings, "doctor")


async def test_a_topic_full_of_gaps_is_read_to_its_end(
    database_url: str, broker: str, topics: MakeTopic, tmp_path: Path
) -> None:
    """Compacted records, aborted transactions, markers of transactions, and batches left empty."""
    async with serving(database_url, broker, topics) as service:
        gaps = f"{service.topic}-compacted"
        await create_compacted(broker, gaps)
        await service.here.apply(framework_on(service.topic, gaps, also=CHECKED))
        await _transactions(broker, gaps, first=0)

        async def is_compacted() -> bool:
            await service.put(ordered("roll", START_US), gaps, key=b"roll")
            lying = (await read_all(broker, {gaps: 1}))[gaps, 0]
            return not any(b"committed0" in (delivery.value or b"") for delivery in lying)

        await wait_for(is_compacted)
        with fleet(service.settings, 2, tmp_path) as workers:
            await _transactions(broker, gaps, first=100)
            await service.order(0, 10)
            status = {}

            async def nothing_is_left() -> bool:
                status.update(json.loads(signalbox(service.settings, "status", "--json")))
                return [source["lag"] for source in status["sources"]] == [0, 0]

            await wait_for(nothing_is_left)
            await _transactions(broker, gaps, first=200, commits=(False,))
            await wait_for(nothing_is_left)
            await workers.stop()
        placed = await service.here.placed()
        assert not {name for name in placed if name.startswith("aborted")}
        assert {"o0", "roll", "committed9", "committed109"} <= placed.keys()
        passed = await service.here.value("SELECT sum(next_offset - first_offset) FROM ledger")
        assert passed > await records(service), "there was no gap"
        assert await service.here.value("SELECT count(*) FROM batch WHERE records = 0") > 0
        assert await service.here.value("SELECT count(*) FROM incident") == 0
        assert await differences(database_url) == []


async def _transactions(
    broker: str, topic: str, first: int, commits: tuple[bool, ...] = (True, False)
) -> None:
    """Ten of each sort, all of five keys, the last one aborted."""
    producer = AIOKafkaProducer(bootstrap_servers=broker, transactional_id=topic)
    await producer.start()
    for n in range(first, first + 10):
        for commit in commits:
            await producer.begin_transaction()
            value = ordered(f"{'committed' if commit else 'aborted'}{n}", START_US + n)
            await producer.send_and_wait(
                topic, value, key=b"%d %d" % (first, n % 5), partition=0, timestamp_ms=MIDNIGHT_MS
            )
            await (producer.commit_transaction() if commit else producer.abort_transaction())
    await producer.stop()
