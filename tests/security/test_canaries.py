"""Canaries: secrets and a customer's words put everywhere, and found nowhere that people look.

The service runs with everything going wrong that can: records that are broken, a connector that
raises, a database that refuses a row and quotes it, checks and signals that fail with the words in
their exception. What it says, logs, counts and answers is searched.
"""

import asyncio
import json
import secrets
import sys
import urllib.error
import urllib.request
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from aiokafka import AIOKafkaProducer

from service.embedded import create_topics, free_port
from tests.support.command import settings as variables_for
from tests.support.command import signalbox
from tests.support.ingesting import START_US, Ingesting, ingesting
from tests.support.secured import PASSWORD, USER, SecuredKafka
from tests.support.small_shop import framework_on, ordered, said
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.durable, pytest.mark.kafka]

WORDS: Final = "Kanarie 7c1 <kanarie@mail.example>"
SUBJECT_KEY: Final = "canary-subject-key-of-the-installation"
REGISTRY: Final = "canary-password-of-the-registry"
FORCED: Final = '''
import sys
import connectors.canonical, service.delivery.relay, service.evaluate.evaluator
import service.ingest.working.worker
from service.cli.main import main

WORDS = "Kanarie 7c1 <kanarie@mail.example>"

def fails(*_, **__):
    raise RuntimeError(WORDS)

class Holder:
    """Its text is asked for by whoever logs it."""
    __repr__ = __str__ = lambda self: WORDS

async def fails_later(*_, **__):
    raise RuntimeError(WORDS, Holder())

read = connectors.canonical._read

def read_or_fail(raw):
    if raw is not None and b"make the connector raise" in raw:
        raise ValueError(raw)
    return read(raw)

connectors.canonical._read = read_or_fail
service.evaluate.evaluator.due_checks = fails
service.delivery.relay.Relay._send_page = fails_later
if "stops" in sys.argv:
    sys.argv.remove("stops")
    service.ingest.working.worker.prepare = fails
else:
    service.ingest.reading.reaching.Brokers.trouble = fails_later
sys.argv[0] = "signalbox"
main()
'''


def hostile() -> list[bytes]:
    """Records whose every field is the words, good and bad; the third one is refused."""
    good = ordered("o1", START_US, WORDS, text=WORDS, title=WORDS, attributes={"note": WORDS})
    email = {"namespace": "email", "value": "kanarie@mail.example"}
    return [
        good,
        ordered("o1", START_US, WORDS, text=f"{WORDS} again"),
        said("refused", "feedback.comment", START_US, WORDS, text=WORDS, identifiers=[email]),
        said("raises", "feedback.comment", START_US, text=f"make the connector raise {WORDS}"),
        said("kind", WORDS, START_US),
        said("kind", "feedback.comment", START_US, text="x", **{WORDS: WORDS}),
        said("time", "feedback.comment", START_US).replace(
            b'"occurred_at": "2', b'"occurred_at": "x'
        ),
        json.dumps({"id": WORDS}).encode(),
        json.dumps({WORDS: {"deep": WORDS}}).encode(),
        json.dumps(WORDS).encode()[:-1],
        WORDS.encode(),
        WORDS.encode("utf-16"),
        b"\xff\xfe" + WORDS.encode(),
        json.dumps({"id": "n", "kind": "feedback.csat", "score": {"value": WORDS}}).encode(),
        said("nul", "feedback.comment", START_US, f"{WORDS}\0"),
        said("money", "sales.order.placed", START_US, money={"amount": WORDS, "currency": WORDS}),
        said("future", "feedback.comment", START_US * 3, text=WORDS),
    ]


DEAD: Final = 16


def variables(kafka: SecuredKafka, database_url: str, port: int) -> dict[str, str]:
    return variables_for(
        database_url,
        kafka.addresses["CLEAR"],
        subject_key=SUBJECT_KEY,
        kafka_security_protocol="SASL_PLAINTEXT",
        kafka_sasl_mechanism="PLAIN",
        kafka_sasl_username=USER,
        kafka_sasl_password=PASSWORD,
        schema_registry_password=REGISTRY,
        log_level="debug",
        health_port=str(port),
        session_timeout_ms="6000",
    )


@asynccontextmanager
async def running(*arguments: str, env: Mapping[str, str], log: Path) -> AsyncIterator[Process]:
    """The service with what is forced on it, for as long as the block."""
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", FORCED, "run", *arguments),
            env={"PATH": "/usr/bin:/bin", **env},
            stdin=DEVNULL,
            stdout=file,
            stderr=file,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def answer(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return str(response.read().decode())
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.read().decode()


async def publish(kafka: SecuredKafka, topic: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka.addresses["PLAINTEXT"]) as producer:
        for value in hostile():
            headers = [("name", WORDS.encode()), ("Content-Type", WORDS.encode())]
            await producer.send(topic, value, key=WORDS.encode(), headers=headers)


async def looked_at(env: Mapping[str, str]) -> str:
    """What every command says that looks at an installation, without those that show content."""
    commands = (
        *("config", "doctor --json", "status --json", "audit"),
        *("dead-letters list --limit 500", "dead-letters list --json", "dead-letters retry"),
        "dead-letters discard --reason invalid_json --because why",
    )
    ended = [await signalbox(*command.split(), variables=env) for command in commands]
    return "\n".join(one.out + one.err for one in ended)


async def put_in_place(here: Ingesting, kafka: SecuredKafka) -> str:
    """A topic that is applied, and a database that refuses the third record and quotes it."""
    topic = f"words-{secrets.token_hex(4)}"
    await create_topics(kafka.addresses["PLAINTEXT"], {topic: 1})
    text = framework_on(topic).replace("system: crm,", "system: crm, customer: clear,")
    await here.apply(text)
    refuses = 'ALTER TABLE event ADD CONSTRAINT refuses CHECK ("offset" <> 2)'
    await here.connection.execute(refuses)
    return topic


def found(told: str, database_url: str) -> list[str]:
    """Lines in which a canary sits."""
    password = database_url.split(":")[2].partition("@")[0]
    canaries = ("anarie", PASSWORD, SUBJECT_KEY, REGISTRY, password)
    return [line for line in told.splitlines() if any(one in line for one in canaries)]


async def test_no_secret_and_no_customers_word_is_anywhere_that_people_look(
    locked_kafka: SecuredKafka, database_url: str, tmp_path: Path
) -> None:
    port = free_port()
    env = variables(locked_kafka, database_url, port)
    async with ingesting(database_url, None) as here:
        topic = await put_in_place(here, locked_kafka)
        await publish(locked_kafka, topic)
        async with running(env=env, log=tmp_path / "log") as process:

            async def all_dead() -> bool:
                assert process.returncode is None, (tmp_path / "log").read_text()
                return len(await here.dead_letters()) == DEAD

            await wait_for(all_dead, 60)
            pages = [
                await asyncio.to_thread(answer, f"http://127.0.0.1:{port}/{page}")
                for page in ("livez", "readyz", "metrics", "readyz?x=1", "nothing")
            ]
            reasons = {letter["reason"] for letter in await here.dead_letters()}
            commands = await looked_at(env)
    log = (tmp_path / "log").read_text()
    assert {"refused", "connector_error", "id_conflict", "invalid_json"} <= reasons
    assert "failed with RuntimeError" in pages[1]
    assert "RuntimeError" in log
    assert found("\n".join((log, commands, *pages)), database_url) == []


async def test_what_ends_the_service_is_told_without_a_customers_word(
    locked_kafka: SecuredKafka, database_url: str, tmp_path: Path
) -> None:
    env = variables(locked_kafka, database_url, free_port())
    async with ingesting(database_url, None) as here:
        topic = await put_in_place(here, locked_kafka)
        await publish(locked_kafka, topic)
        async with running("stops", env=env, log=tmp_path / "log") as process:
            assert await asyncio.wait_for(process.wait(), 60) != 0
    log = (tmp_path / "log").read_text()
    assert "RuntimeError" in log
    assert found(log, database_url) == []
