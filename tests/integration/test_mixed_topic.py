"""A topic that holds records of every system, whichever connector reads it."""

import asyncio
import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from connectors.conformance.specimen import RECORD_TIME_US
from connectors.registry import OURS
from service.event import Position, Record
from tests.contract.fixtures_of import fixtures_of
from tests.support.command import running, settings, signalbox
from tests.support.comparing.stored import read_next_offsets
from tests.support.ingesting import GROUP, MIDNIGHT_MS, differences, ingesting, span
from tests.support.servers import MakeTopic
from tests.support.small_shop import FRAMEWORK
from tests.support.waiting import wait_for

ODD = (None, b"", b"\x00\x00\x00\x00\x2a\x01", b"\xff", b"[]", b"a=1&b=2", b'"{}"')


def values() -> Iterator[tuple[bytes | None, tuple[tuple[str, bytes], ...]]]:
    """A record of each event type of each system, plain, in an array, compressed; and odd ones."""
    for name in sorted(OURS):
        for specimen in fixtures_of(name).specimens:
            record = specimen.record(specimen.payload)
            assert record.value is not None
            yield record.value, record.headers
            yield b"[%b, {}]" % record.value, record.headers
            yield gzip.compress(record.value), record.headers
    for value in ODD:
        yield value, ()
    yield json.dumps({"schema": None, "payload": {"a": 1}}).encode(), ()


CONNECTORS = ("canonical", "hubspot", "shopify", "zendesk")


@pytest.mark.parametrize("connector", CONNECTORS)
async def test_every_item_has_exactly_one_outcome(connector: str, database_url: str) -> None:
    records = [
        Record(Position("one", 0, offset), RECORD_TIME_US + offset, None, headers, value)
        for offset, (value, headers) in enumerate(values())
    ]
    text = FRAMEWORK.replace(
        "{id: one, connector: canonical,", f"{{id: one, connector: {connector},"
    )
    async with ingesting(database_url, text) as here:
        await here.committed(span(records))
        outcomes = await here.outcomes()
        assert outcomes.pop("records") == len(records)
        items = outcomes.pop("items")
        assert items > len(records)
        assert sum(outcomes.values()) == items
        assert min(outcomes["events"], outcomes["dead_letters"]) > 0
        assert await here.next_offset() == len(records)
        assert await differences(database_url) == []


@pytest.mark.kafka
@pytest.mark.slow
async def test_through_the_running_service_every_item_has_exactly_one_outcome(
    database_url: str, broker: str, topics: MakeTopic, tmp_path: Path
) -> None:
    mixed = {connector: await topics(f"mixed-{connector}") for connector in CONNECTORS}
    variables = settings(
        database_url,
        broker,
        signals_topic=await topics("signals"),
        producer_idempotence="false",
        session_timeout_ms="6000",
    )
    (tmp_path / "framework.yaml").write_text(framework(mixed))
    applied = await signalbox("apply", str(tmp_path), variables=variables)
    assert applied.status == 0, applied.err
    number = await published(broker, mixed)
    await read_by_the_service(variables, {(topic, 0): number for topic in mixed.values()})

    status = await signalbox("status", "--json", variables=variables)
    outcomes = json.loads(status.out)["outcomes"]
    assert outcomes.pop("records") == number * len(mixed)
    items = outcomes.pop("items")
    assert items > number * len(mixed)
    assert sum(outcomes.values()) == items
    audit = await signalbox("audit", "--json", variables=variables)
    assert json.loads(audit.out)["audit"] == "exact"


def framework(mixed: Mapping[str, str]) -> str:
    sources = (
        f"- {{id: {name}, connector: {name}, system: {name}, topic: {topic}}}\n"
        for name, topic in mixed.items()
    )
    return f"{FRAMEWORK[: FRAMEWORK.index('sources:')]}sources:\n{''.join(sources)}"


async def published(broker: str, mixed: Mapping[str, str]) -> int:
    """How many records each of the topics has."""
    records = list(values())
    async with AIOKafkaProducer(bootstrap_servers=broker, linger_ms=5) as producer:
        for topic in mixed.values():
            sent = [
                await producer.send(topic, value, b"k", 0, MIDNIGHT_MS, list(headers))
                for value, headers in records
            ]
            await asyncio.gather(*sent)
    return len(records)


async def read_by_the_service(
    variables: Mapping[str, str], ends: Mapping[tuple[str, int], int]
) -> None:
    connection = await asyncpg.connect(variables["SIGNALBOX_DATABASE_URL"])

    async def all_is_read() -> bool:
        return await read_next_offsets(connection, GROUP) == ends

    async with running(variables=variables):
        try:
            await wait_for(all_is_read, deadline_s=90)
        finally:
            await connection.close()
