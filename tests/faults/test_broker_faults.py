"""A broker that dies, is out of reach, or whose replies are lost, while two processes work.

On an Apache Kafka of their own. After each fault the processes go on by themselves; in the
end everything is what the oracle says, row for row.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from service.embedded import create_topics
from tests.support.fleet import fleet
from tests.support.kafka import FETCH, OFFSET_COMMIT, PRODUCE, OwnKafka, asks, own_kafka
from tests.support.order_service import serving
from tests.support.servers import MakeTopic
from tests.support.trial import ROUNDS, Trial, trial
from tests.support.waiting import wait_for

pytestmark = [
    pytest.mark.durable,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
]

SHORT = {"max_poll_interval_ms": 10_000, "stalled_after_s": 600}
AWAY_S = 11
"""Longer than `max_poll_interval_ms`, and than the session."""
DEATHS = 1 if ROUNDS == 1 else 5
LOST_REPLIES = 4 if ROUNDS == 1 else 6
"""What two processes wait for at once, records and heartbeats; more only after a time-out."""
STUCK_AFTER_S = 10
"""Longer than any machine needs for the first records that it fetches."""
MOST_LINES = 40
"""What a process says while the broker is away, however long that is."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
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
        async with shop.load():
            await shop.at_work(0, 1)
            # Once: signals are few, and one that is never sent cannot lose its acknowledgement.
            await _loses_acknowledgements(shop, own)
        for _ in range(DEATHS):
            async with shop.load():
                await shop.settles(20)
                await _goes_on_after(shop, _killed, own)
                await _goes_on_after(shop, _out_of_reach, own)
                await _goes_on_after(shop, _deaf, own)
        assert own.kills == DEATHS


async def test_a_client_that_is_stuck_ends_its_process_which_then_goes_on(
    own: OwnKafka, database_url: str, tmp_path: Path
) -> None:
    """Records wait and none comes, although the broker answers: exit status 1 and a clear line."""
    async with serving(database_url, own.direct, topics_of(own), partitions=2) as service:
        near = {**service.settings, "kafka_bootstrap": own.near, "stalled_after_s": STUCK_AFTER_S}
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
                workers.replace(number, SIGNALBOX_STALLED_AFTER_S="600")
            await service.read_to(200)
            await workers.stop()
        await service.assert_exact(200)


async def test_a_service_that_starts_before_its_broker_waits_for_it(
    own: OwnKafka, database_url: str, tmp_path: Path
) -> None:
    """Alive, not ready, and it says why; SIGTERM ends it at once."""
    async with serving(database_url, own.direct, topics_of(own), partitions=2) as service:
        await service.order(0, 100, partitions=2)
        await own.stop()
        with fleet(service.settings, 2, tmp_path) as workers:

            async def both_wait() -> bool:
                workers.check()
                why = [(await workers.reasons(n)).get("broker", "") for n in (0, 1)]
                told = all(workers.said(n, "topics wait") for n in (0, 1))
                return told and all("cannot be reached" in reason for reason in why)

            await wait_for(both_wait)
            for number in (0, 1):
                assert await workers.is_alive(number)
                assert len(workers.said(number)) <= MOST_LINES, workers.log(number)
            await workers.terminate(0)
            await own.start()
            await service.read_to(100)
            workers.replace(0)
            await service.connected(2)
            await service.order(100, 100, partitions=2)
            await service.read_to(200)
            assert len(workers.said(1, "topics go on")) == 1
            await workers.stop()
        await service.assert_exact(200)


async def test_a_process_that_is_told_to_end_while_its_broker_is_silent_ends_well(
    own: OwnKafka, database_url: str, tmp_path: Path
) -> None:
    """While it starts, while it reads, and while it commits an offset."""
    async with serving(database_url, own.direct, topics_of(own)) as service:
        own.line.silence()
        held_back = own.line.held_back
        with fleet({**service.settings, "kafka_bootstrap": own.near}, 1, tmp_path) as workers:
            await wait_for(lambda: own.line.held_back > held_back)
            await workers.terminate(0)
            own.line.mend()
            workers.replace(0)
            await service.order(0, 100)
            await service.read_to(100)
            own.line.silence()
            await workers.terminate(0)
            own.line.mend()
            workers.replace(0)
            await service.connected(1)
            own.line.silence_after(asks(OFFSET_COMMIT))
            silenced = own.line.silenced
            await service.order(100, 100)
            await wait_for(lambda: own.line.silenced > silenced)
            await service.read_to(200)
            await workers.terminate(0)
            own.line.mend()
            assert workers.said(0, "never retrieved") == []
        await service.assert_exact(200)


async def _goes_on_after(
    shop: Trial, fault: Callable[[Trial, OwnKafka], Awaitable[None]], own: OwnKafka
) -> None:
    await fault(shop, own)
    await shop.settles(20)


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
    await wait_for(lambda: own.line.lost_replies >= lost + LOST_REPLIES)
    own.line.mend()


async def _loses_acknowledgements(shop: Trial, own: OwnKafka) -> None:
    """Offsets are hints, and a signal whose acknowledgement is lost is sent again, the same."""
    for kind in (OFFSET_COMMIT, PRODUCE):
        lost = own.line.lost_replies
        own.line.lose_reply_to(asks(kind))
        await wait_for(lambda lost=lost: own.line.lost_replies > lost)  # type: ignore[misc]


async def _is_missed(shop: Trial) -> None:
    async def is_missed() -> bool:
        shop.workers.check()
        return "broker" in await shop.workers.reasons(0)

    await wait_for(is_missed)
