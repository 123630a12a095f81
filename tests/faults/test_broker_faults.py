"""A broker that dies, is out of reach, or whose replies are lost, while two processes work.

On an Apache Kafka of the test's own. After each fault the processes go on by themselves; in the
end everything is what the oracle says, row for row.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from service.embedded import create_topics
from tests.support.fleet import fleet
from tests.support.kafka import FETCH, OFFSET_COMMIT, PRODUCE, OwnKafka, asks, own_kafka
from tests.support.order_service import serving
from tests.support.servers import MakeTopic
from tests.support.topic_faults import add_partitions
from tests.support.trial import ROUNDS, Trial, trial
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.durable, pytest.mark.slow, pytest.mark.patient]

SHORT = {"max_poll_interval_ms": 10_000, "stalled_after_s": 600}
AWAY_S = 12
"""Longer than `max_poll_interval_ms`, and than the session."""
MOST_LINES = 40
"""What a process says while the broker is away, however long that is."""


@pytest.fixture
async def own() -> AsyncIterator[OwnKafka]:
    async with own_kafka() as broker:
        yield broker


def topics_of(own: OwnKafka) -> MakeTopic:
    async def make(name: str = "events", partitions: int = 1) -> str:
        topic = f"{name}-{secrets.token_hex(4)}"
        await create_topics(own.direct, {topic: partitions})
        return topic

    return make


async def test_whatever_becomes_of_the_broker_everything_is_read_once_and_sent_as_stored(
    own: OwnKafka, database_url: str, tmp_path: Path
) -> None:
    """Killed and started again; out of reach for longer than a member may be silent; deaf."""
    servers = (own.direct, topics_of(own), database_url)
    async with trial(servers, tmp_path, kafka_bootstrap=own.near, **SHORT) as shop:
        for _ in range(ROUNDS):
            async with shop.load():
                await _both_read(shop)
                await _goes_on_after(shop, _killed, own)
                await _goes_on_after(shop, _out_of_reach, own)
                await _goes_on_after(shop, _deaf, own)
                await _loses_acknowledgements(shop, own)
        assert own.kills == ROUNDS


async def test_a_client_that_is_stuck_ends_its_process_which_then_goes_on(
    own: OwnKafka, database_url: str, tmp_path: Path
) -> None:
    """Records wait and none comes, although the broker answers: exit status 1 and a clear line."""
    async with serving(database_url, own.direct, topics_of(own), partitions=2) as service:
        near = {**service.settings, "kafka_bootstrap": own.near, "stalled_after_s": 5}
        with fleet(near, 2, tmp_path) as workers:
            await service.order(0, 100, partitions=2)
            await service.read_to(100)
            own.line.silence_after(asks(FETCH))
            await wait_for(lambda: own.line.silenced >= 2)
            await service.order(100, 100, partitions=2)
            for number in (0, 1):
                assert await workers.gives_up(number) == 1, workers.log(number)
                assert len(workers.said(number, "consumption stalls")) == 1
            own.line.mend()
            for number in (0, 1):
                workers.replace(number)
            await service.read_to(200)
            await workers.stop()
        await service.assert_exact(200)


async def test_partitions_that_are_added_are_read_from_their_first_record(
    own: OwnKafka, database_url: str, tmp_path: Path
) -> None:
    """While records are sent, and two processes read."""
    async with serving(database_url, own.direct, topics_of(own), partitions=4) as service:
        with fleet({**service.settings, "kafka_bootstrap": own.near}, 2, tmp_path) as workers:
            await service.order(0, 200, partitions=4)
            await service.read_to(200)
            await add_partitions(own.direct, service.topic, 8)
            async with AIOKafkaProducer(bootstrap_servers=own.direct) as wider:
                more = service._replace(producer=wider)
                await more.order(200, 200, partitions=8)
                own.line.cut()  # whoever connects again asks for metadata
                own.line.mend()
                await more.order(400, 200, partitions=8)
            await service.read_to(600, within_s=90)  # metadata may be 30 s old
            await workers.stop()
        await service.assert_exact(600)
        read = "SELECT count(*) FROM ledger WHERE first_offset = 0 AND next_offset > 0"
        assert await service.here.value(read) == 8


async def _both_read(shop: Trial) -> None:
    """A process that has never reached a broker would end instead of waiting."""

    async def have_settled() -> bool:
        workers = shop.workers
        workers.check()
        if any([await workers.reasons(number) for number in (0, 1)]):
            return False
        return all([await workers.metric(n, "signalbox_records_total") > 0 for n in (0, 1)])

    await wait_for(have_settled, 60)


async def _goes_on_after(
    shop: Trial, fault: Callable[[Trial, OwnKafka], Awaitable[None]], own: OwnKafka
) -> None:
    await shop.settles(50)
    await fault(shop, own)
    await shop.settles(50)


async def _killed(shop: Trial, own: OwnKafka) -> None:
    said = len(shop.workers.said(0))
    await own.kill()
    try:
        await _is_missed(shop)
    finally:
        await own.start()
    assert len(shop.workers.said(0)) - said <= MOST_LINES, shop.workers.log(0)


async def _out_of_reach(shop: Trial, own: OwnKafka) -> None:
    said = [len(shop.workers.said(number)) for number in (0, 1)]
    own.line.silence()
    try:
        await _is_missed(shop)
        before = await shop.settled()
        await asyncio.sleep(AWAY_S)  # the fault is that time passes
    finally:
        own.line.mend()
    assert await shop.settled() - before <= 2 * 100, "records came through a silent line"
    for number in (0, 1):
        more = len(shop.workers.said(number)) - said[number]
        assert more <= MOST_LINES, shop.workers.log(number)


async def _deaf(shop: Trial, own: OwnKafka) -> None:
    lost = own.line.lost_replies
    own.line.deafen()
    await wait_for(lambda: own.line.lost_replies > lost + 5)
    own.line.mend()


async def _loses_acknowledgements(shop: Trial, own: OwnKafka) -> None:
    """Offsets are hints, and a signal whose acknowledgement is lost is sent again, the same."""
    for kind in (OFFSET_COMMIT, PRODUCE):
        lost = own.line.lost_replies
        own.line.lose_reply_to(asks(kind))
        await wait_for(lambda lost=lost: own.line.lost_replies > lost, 60)  # type: ignore[misc]


async def _is_missed(shop: Trial) -> None:
    async def is_missed() -> bool:
        shop.workers.check()
        return "broker" in await shop.workers.reasons(0)

    await wait_for(is_missed)
