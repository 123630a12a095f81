"""Commands that look at what was read: a running service, two days of a shop, every question."""

import base64
import json
import socket
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from service.demo.records import TOPICS, Published, records
from service.demo.story import tell
from service.embedded import free_port, listening
from tests.support.command import running, settings, signalbox
from tests.support.servers import MakeTopic
from tests.support.waiting import wait_for

SHOP = Path(__file__).parents[2] / "examples" / "shop"
TWO_DAYS_US = 2 * 86_400_000_000


def last_two_days() -> list[Published]:
    """The end of the quiet weeks, up to now."""
    now_us = int(time.time()) * 1_000_000
    return [r for r in records(tell(7), 7, now_us) if now_us - TWO_DAYS_US < r.at_us < now_us]


def shop_that_reads(names: Mapping[str, str], into: Path) -> Path:
    """The example framework on topics of this test."""
    for file in SHOP.glob("*.yaml"):
        text = file.read_text()
        for original, ours in names.items():
            text = text.replace(f"topic: {original}", f"topic: {ours}")
        (into / file.name).write_text(text.replace("start: 2025-01-01", "start: earliest"))
    return into


async def publish(broker: str, told: list[Published], names: Mapping[str, str]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker)
    await producer.start()
    try:
        for record in told:
            await producer.send(
                names[record.topic],
                record.value,
                record.key,
                timestamp_ms=record.at_us // 1_000,
                headers=list(record.headers),
            )
    finally:
        await producer.stop()


async def asked(*arguments: str, variables: Mapping[str, str]) -> Any:
    said = await signalbox(*arguments, "--json", variables=variables)
    assert said.err == ""
    return json.loads(said.out)


async def test_a_service_that_has_read_two_days_answers_every_question(
    database_url: str,
    broker: str,
    broker_is_durable: bool,  # noqa: FBT001 - a fixture has no other way
    topics: MakeTopic,
    tmp_path: Path,
) -> None:
    names = {topic: await topics(topic, 2) for topic in TOPICS}
    variables = settings(
        database_url,
        broker,
        signals_topic=await topics("signals"),
        producer_idempotence=str(broker_is_durable).lower(),
        session_timeout_ms="6000",
    )
    applied = await signalbox("apply", str(shop_that_reads(names, tmp_path)), variables=variables)
    assert applied.status == 0, applied.out
    told = last_two_days()
    await publish(broker, told, names)

    async def all_read() -> bool:
        status = await asked("status", variables=variables)
        return bool(status["outcomes"]["records"] == len(told))

    async with running(variables=variables):
        await wait_for(all_read, deadline_s=90)

    status = await asked("status", "--window", "2d", variables=variables)
    outcomes = status["outcomes"]
    assert outcomes["items"] == sum(n for name, n in outcomes.items() if name not in NO_OUTCOME)
    assert all(outcomes[name] > 0 for name in ("events", "duplicates", "ignored", "dead_letters"))
    assert {source["lag"] for source in status["sources"]} == {0}
    receive = status["journeys"][0]["stages"][1]
    late = next(metric for metric in receive["metrics"] if metric["id"] == "late-parcels")
    assert late["n"] > 50
    assert late["low"] <= late["value"] <= late["high"]
    assert receive["health"] == "healthy"

    await explains_a_hundred_percent(variables, told)
    await keeps_dead_letters_whole(variables, told)
    assert await asked("audit", variables=variables) == {"audit": "exact", "proves_since": None}


NO_OUTCOME = ("records", "items")


async def explains_a_hundred_percent(variables: Mapping[str, str], told: list[Published]) -> None:
    """An order is found by its id, and every rule says why it matched or not."""
    orders = (r for r in told if dict(r.headers).get("X-Shopify-Topic") == b"orders/create")
    order = json.loads(next(r for r in orders if r.value.endswith(b"}")).value)
    event = f"shop-de:order:{order['id']}:placed"
    explained = await asked("explain", event, variables=variables)
    assert explained["event"]["subject"]["value"] == order["email"]
    assert [one["touchpoint"] for one in explained["placements"]] == ["purchase/buy/order-placed"]
    verdicts = {one["rule"]: one["verdict"] for one in explained["rules"]}
    assert verdicts["order"] == "matched"
    assert verdicts["hundredth-order"] == "not matched"
    assert verdicts["parcel-arrived"] == "not tried"
    assert all(one["reason"] for one in explained["rules"])
    assert {one["metric"] for one in explained["contributions"]} == {
        "checkout-contacts",
        "delivery-contacts",
        "order-value",
        "refunds",
        "second-orders",
    }
    said = await signalbox("explain", event, variables=variables)
    assert "Placed at I place my order" in said.out


async def keeps_dead_letters_whole(variables: Mapping[str, str], told: list[Published]) -> None:
    """What could not be opened is there byte by byte."""
    rows = (await asked("dead-letters", "list", variables=variables))["dead_letters"]
    row = next(row for row in rows if row["reason"] == "invalid_json")
    whole = await asked("dead-letters", "show", str(row["id"]), variables=variables)
    value = base64.b64decode(whole["value"])
    assert value in {record.value for record in told}
    said = await signalbox("dead-letters", "show", str(row["id"]), variables=variables)
    assert f"Dead letter {row['id']}: invalid_json" in said.out


@pytest.mark.parametrize("processes", [1, 2])
async def test_the_service_waits_for_a_framework_and_ends_when_told(
    database_url: str, broker: str, processes: int
) -> None:
    port = free_port()
    variables = settings(database_url, broker) | {"SIGNALBOX_HEALTH_PORT": str(port)}
    async with running("--processes", str(processes), variables=variables):
        for number in range(processes):
            await wait_for(partial(listening, port + number), deadline_s=60)


async def test_a_port_that_is_taken_is_one_sentence(database_url: str, broker: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        variables = settings(database_url, broker) | {"SIGNALBOX_HEALTH_PORT": port}
        said = await signalbox("run", variables=variables)
    assert said.status == 2
    assert port in said.err
    assert "Traceback" not in said.err


async def test_the_audit_names_a_number_that_nothing_explains(database_url: str) -> None:
    variables = settings(database_url, "127.0.0.1:1")
    assert await asked("audit", variables=variables) == {"audit": "exact", "proves_since": None}
    await execute(
        database_url,
        "INSERT INTO series (metric, scope, segment) VALUES ('csat', 'buy/pay', 'carrier=x')",
        """INSERT INTO bucket (series, start, n, hits, low, total, squares)
           SELECT id, '2026-01-01T10:15Z', 1, 1, 0, 5, 25 FROM series""",
    )
    said = await signalbox("audit", variables=variables)
    assert said.status == 1
    assert "csat at buy/pay (carrier=x), 15 min from 2026-01-01 10:15 UTC" in said.out
    assert "recorded n, hits, low, total, squares 1 1 0 5 25" in said.out


BATCH = """INSERT INTO batch (first_offset, next_offset, ignored, consumer_group, topic, partition,
    revision, records, items, events, duplicates, superseded, dead_letters, corrected_events,
    corrected_duplicates, corrected_superseded, corrected_dead_letters)
    VALUES ({first}, {next}, {ignored}, 'signalbox', 'orders', 0,
            1, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0)"""


@pytest.mark.parametrize(
    ("statements", "names"),
    [
        ((BATCH.format(first=0, next=5, ignored=4),), "orders/0 offsets 0 to 5"),
        (
            (
                BATCH.format(first=0, next=5, ignored=5),
                BATCH.format(first=6, next=11, ignored=5),
            ),
            "a range begins at 6",
        ),
        (
            (
                BATCH.format(first=0, next=5, ignored=5),
                """INSERT INTO ledger (consumer_group, topic, partition, first_offset,
                   next_offset, revision) VALUES ('signalbox', 'orders', 0, 0, 9, 1)""",
            ),
            "read from 0 to 9",
        ),
        (
            ("INSERT INTO fact (key, version, digest) VALUES ('\\x01', 0, '\\x02')",),
            "events in the log of batches, and facts",
        ),
    ],
    ids=["an outcome is missing", "a gap", "an end that no batch reached", "a fact of nobody"],
)
async def test_the_audit_names_outcomes_that_do_not_add_up(
    database_url: str, statements: tuple[str, ...], names: str
) -> None:
    await execute(database_url, *statements)
    said = await signalbox("audit", variables=settings(database_url, "127.0.0.1:1"))
    assert said.status == 1
    assert names in said.out


async def execute(database_url: str, *statements: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
