"""The first day: a framework of one's own, tried on exported records, which then count once."""

import asyncio
import json
import re
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.support.command import Ended, ended, running, settings, signalbox, started
from tests.support.records import read_all
from tests.support.servers import MakeTopic
from tests.support.waiting import PATIENCE_S, wait_for

EXAMPLES = Path(__file__).parents[2] / "examples"
NOWHERE = "127.0.0.1:1"
RECORDS = 20_000
"""So many that a load of them takes about a second."""
TRIES = 5


async def said(*arguments: str, variables: Mapping[str, str] | None = None) -> Ended:
    """A command that does its work."""
    answer = await signalbox(*arguments, variables=variables)
    assert (answer.status, answer.err) == (0, ""), (arguments, answer)
    return answer


async def asked(*arguments: str, variables: Mapping[str, str]) -> Any:
    return json.loads((await said(*arguments, "--json", variables=variables)).out)


@pytest.mark.parametrize("example", ["shop", "saas", "empty"])
async def test_a_new_framework_is_valid_and_its_next_steps_are_named(
    tmp_path: Path, example: str
) -> None:
    made = await said("init", str(tmp_path / "mine"), "--from", example)
    assert f"signalbox validate {tmp_path}/mine" in made.out
    assert "can be applied" in (await said("validate", str(tmp_path / "mine"))).out
    again = await signalbox("init", str(tmp_path / "mine"), "--from", example)
    assert again.status == 2
    assert "is there already. Name a new directory: nothing was written." in again.err


async def test_trying_shows_record_place_rule_and_reason() -> None:
    tried = await said(*tried_on("empty", "helpdesk", "helpdesk.jsonl"))
    first, _, _, fourth, sums = tried.out.split("\n\n")
    assert first.splitlines()[0] == (
        "helpdesk.jsonl:1  support.contact  helpdesk:q-1  Mon 2026-01-12 10:04"
    )
    assert '{"id": "q-1"' in first
    assert (
        'I ask a question (get-help/ask/first-question) by rule question: event.kind == "support'
        in first
    )
    assert "unplaced: no rule asks about events of kind support.solved" in fourth
    assert sums.splitlines()[0] == "4 items: 4 events"
    assert sums.splitlines()[-1] == "Nothing was written."
    only = await said(*tried_on("empty", "helpdesk", "helpdesk.jsonl"), "--unplaced")
    assert only.out == f"{fourth}\n\n{sums}"


async def test_trying_knows_the_histories_of_what_is_tried() -> None:
    rows = json.loads((await said(*tried_on("saas", "billing", "billing.csv"), "--json")).out)
    placed = [{one["touchpoint"] for one in row["placements"]} for row in rows]
    third = "work/renew/payment-fails-again"
    assert [n for n, places in enumerate(placed) if third in places] == [5]
    assert all(placed)
    rows = json.loads((await said(*tried_on("saas", "product", "product.jsonl"), "--json")).out)
    assert {row["event"]["kind"] for row in rows if not row["placements"]} == {
        "behaviour.page",
        "x.app.project_created",
    }


async def test_trying_says_what_could_not_be_read_and_what_counts_once(tmp_path: Path) -> None:
    lines = (EXAMPLES / "empty" / "records" / "helpdesk.jsonl").read_text().splitlines()
    other = lines[2].replace('"kind"', '"sort"')
    (tmp_path / "x.jsonl").write_text("\n".join([lines[0], lines[0], other]))
    tried = await said("try", str(EXAMPLES / "empty"), "--file", str(tmp_path / "x.jsonl"))
    assert "states what another record states, too: it counts once" in tried.out
    assert "dead letter: unknown_field" in tried.out
    assert "3 items: 1 events, 1 that state the same again, 1 that are no events" in tried.out


async def test_trying_asks_which_source_is_meant_and_helps_to_name_it() -> None:
    file = str(EXAMPLES / "saas" / "records" / "product.jsonl")
    unnamed = await signalbox("try", str(EXAMPLES / "saas"), "--file", file)
    assert unnamed.status == 2
    assert "has 4 sources (product, billing, tickets, surveys). Say with --source" in unnamed.err
    misspelt = await signalbox("try", str(EXAMPLES / "saas"), "--file", file, "--source", "prodct")
    assert 'has no source prodct; did you mean "product"?' in misspelt.err


def tried_on(example: str, source: str, file: str) -> tuple[str, ...]:
    directory = EXAMPLES / example
    return ("try", str(directory), "--source", source, "--file", str(directory / "records" / file))


async def saas_on_topics_of_this_test(topics: MakeTopic, into: Path) -> None:
    await said("init", str(into), "--from", "saas")
    text = (into / "sources.yaml").read_text()
    for topic in ("product.events", "billing.events", "support.tickets", "surveys.product"):
        text = text.replace(f"topic: {topic}", f"topic: {await topics(topic)}")
    (into / "sources.yaml").write_text(text)


async def test_exported_records_count_once_however_often_they_are_loaded(
    database_url: str,
    broker: str,
    broker_is_durable: bool,  # noqa: FBT001 - a fixture has no other way
    topics: MakeTopic,
    tmp_path: Path,
) -> None:
    await saas_on_topics_of_this_test(topics, tmp_path / "saas")
    records = tmp_path / "saas" / "records"
    variables = settings(
        database_url,
        broker,
        signals_topic=await topics("signals"),
        producer_idempotence=str(broker_is_durable).lower(),
        session_timeout_ms="6000",
    )
    await said("apply", str(tmp_path / "saas"), variables=variables)
    billing = ("load", "billing", str(records / "billing.csv"))
    product = ("load", "product", str(records / "product.jsonl"))
    loaded = await said(*product, variables=variables)
    assert loaded.out.startswith("34 records are in product.events-")
    await said(*product, "--skip", "30", variables=variables)
    for _ in range(2):
        await said(*billing, variables=variables)

    async def all_is_read() -> bool:
        status = await asked("status", variables=variables)
        return bool(status["outcomes"]["records"] == 34 + 4 + 2 * 14)

    async with running(variables=variables):
        await wait_for(all_is_read, deadline_s=90)
    status = await asked("status", variables=variables)
    outcomes = status["outcomes"]
    assert (outcomes["events"], outcomes["duplicates"]) == (34 + 14, 4 + 14)
    assert all(partition["since"] for s in status["sources"] for partition in s["partitions"])
    shown = (await said("status", variables=variables)).out
    assert "known since 20" in shown
    assert "A longer --window shows what happened before, such as 365d." in shown
    assert await asked("audit", variables=variables) == {"audit": "exact", "proves_since": None}

    await lists_events_by_where_they_are(variables)

    last = await said(
        *("try", str(tmp_path / "saas"), "--source", "billing", "--last", "10"), variables=variables
    )
    assert "10 items: 10 events" in last.out
    assert "billing.events-" in last.out


async def lists_events_by_where_they_are(variables: Mapping[str, str]) -> None:
    unplaced = await asked("events", "list", "--unplaced", variables=variables)
    assert unplaced["kinds"] == {"x.app.project_created": 3, "behaviour.page": 1}
    stage = ("--touchpoint", "work/renew", "--source", "billing", "--since", "1h")
    renew = await asked("events", "list", *stage, "--limit", "2", variables=variables)
    assert len(renew["events"]) == 2
    assert sum(renew["kinds"].values()) == 11
    none = await said("events", "list", *stage, "--kind", "support.contact", variables=variables)
    assert none.out == "There are no such events.\n"
    text = await said("events", "list", "--kind", "feedback.nps", variables=variables)
    assert "I say whether I would recommend it" in text.out
    shown = await said("events", "show", "app:e34", variables=variables)
    assert "Export fails too often." in shown.out
    assert "Why? signalbox explain app:e34" in shown.out
    for wrong, nearest in (
        (("--kind", "suport.contact"), 'did you mean "support.contact"?'),
        (("--touchpoint", "renew"), 'did you mean "work/renew"?'),
        (("--source", "bill"), "Its sources are product, billing"),
    ):
        refused = await signalbox("events", "list", *wrong, variables=variables)
        assert refused.status == 2
        assert nearest in refused.err


async def test_loading_refuses_what_cannot_be_meant_before_it_publishes(
    database_url: str,
    broker: str,
    broker_is_durable: bool,  # noqa: FBT001 - a fixture has no other way
    topics: MakeTopic,
    tmp_path: Path,
) -> None:
    await saas_on_topics_of_this_test(topics, tmp_path / "saas")
    records = tmp_path / "saas" / "records"
    variables = settings(database_url, broker, producer_idempotence=str(broker_is_durable).lower())
    await said("apply", str(tmp_path / "saas"), variables=variables)
    for arguments, reason in (
        (("produkt", "product.jsonl"), 'has no source produkt; did you mean "product"?'),
        (("tickets", "product.jsonl"), "No record of"),
        (("product", "billing.csv"), "The first is billing.csv:2: "),
        (("billing", "nothing.json"), "There is no file "),
    ):
        refused = await signalbox(
            "load", arguments[0], str(records / arguments[1]), variables=variables
        )
        assert refused.status == 2
        assert reason in refused.err
        assert refused.err.count("\n") == 1
    lines = (records / "product.jsonl").read_text().splitlines()
    (tmp_path / "mixed.jsonl").write_text("\n".join([lines[0], '{"id": "7"}']))
    (tmp_path / "none.jsonl").write_text("\n")
    mixed = await said("load", "product", str(tmp_path / "mixed.jsonl"), variables=variables)
    assert mixed.out.startswith(
        "1 of 2 records cannot become events; they will be dead letters. The first is "
        "mixed.jsonl:2: "
    )
    (tmp_path / "ahead.jsonl").write_text("\n".join([lines[0], lines[1].replace("2026-", "2999-")]))
    ahead = await said("load", "product", str(tmp_path / "ahead.jsonl"), variables=variables)
    reason = "the event lies more than 24 h after its record"
    assert f"The first is ahead.jsonl:2: {reason} (in_the_future)" in ahead.out
    none = await signalbox("load", "product", str(tmp_path / "none.jsonl"), variables=variables)
    assert none.err == f"signalbox: {tmp_path}/none.jsonl holds no records.\n"


async def stopped_in_the_middle(
    load: tuple[str, ...], variables: Mapping[str, str], broker: str, topic: str
) -> Ended:
    """How a load ended that was told to stop when its first record was seen.

    Now and then a load is through before: then another one is begun.
    """
    async with AIOKafkaConsumer(topic, bootstrap_servers=broker) as consumer:
        for _ in range(TRIES):
            await consumer.seek_to_end()
            await consumer.position(TopicPartition(topic, 0))
            process = await started(*load, variables=variables)
            await asyncio.wait_for(consumer.getone(), PATIENCE_S)
            process.send_signal(signal.SIGINT)
            stopped = await ended(process)
            if stopped.status != 0:
                return stopped
    raise AssertionError("every load was through before its first record was seen")


async def test_a_load_that_is_stopped_says_how_to_go_on_and_leaves_nothing_out(
    database_url: str,
    broker: str,
    broker_is_durable: bool,  # noqa: FBT001 - a fixture has no other way
    topics: MakeTopic,
    tmp_path: Path,
) -> None:
    topic = await topics("helpdesk.events")
    await said("init", str(tmp_path / "mine"), "--from", "empty")
    framework = tmp_path / "mine" / "framework.yaml"
    framework.write_text(framework.read_text().replace("helpdesk.events", topic))
    variables = settings(database_url, broker, producer_idempotence=str(broker_is_durable).lower())
    await said("apply", str(tmp_path / "mine"), variables=variables)
    line = (tmp_path / "mine" / "records" / "helpdesk.jsonl").read_text().splitlines()[0]
    written = [line.replace("q-1", f"q-{n}").encode() for n in range(RECORDS)]
    (tmp_path / "export.jsonl").write_bytes(b"\n".join(written))
    load = ("load", "helpdesk", str(tmp_path / "export.jsonl"))

    stopped = await stopped_in_the_middle(load, variables, broker, topic)
    assert stopped.status == 130, stopped
    told = re.match(rf"Stopped: ([\d,]+) of {RECORDS:,} records are in ", stopped.out)
    assert told is not None, stopped
    skipped = stopped.out.split()[-2:]
    assert skipped == ["--skip", told[1].replace(",", "")]
    await said(*load, *skipped, variables=variables)
    lying = await read_all(broker, {topic: 1})
    assert {delivery.value for delivery in lying[topic, 0]} == set(written)


async def test_a_topic_that_does_not_exist_is_named_with_the_nearest_that_does(
    database_url: str, broker: str, topics: MakeTopic, tmp_path: Path
) -> None:
    topic = await topics("helpdesk.events")
    await said("init", str(tmp_path / "mine"), "--from", "empty")
    framework = tmp_path / "mine" / "framework.yaml"
    framework.write_text(framework.read_text().replace("helpdesk.events", topic[:-1]))
    variables = settings(database_url, broker)
    await said("apply", str(tmp_path / "mine"), variables=variables)
    file = str(tmp_path / "mine" / "records" / "helpdesk.jsonl")
    refused = await signalbox("load", "helpdesk", file, variables=variables)
    assert refused.status == 2
    assert f"The broker has no topic {topic[:-1]}, which source helpdesk reads" in refused.err
    assert f'did you mean "{topic}"?' in refused.err
