"""Schemas are fetched before a batch is prepared, from a registry that may misbehave."""

import asyncio
import json
import shutil
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import fastavro
import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from connectors.conformance import record
from connectors.envelopes.schemas import Reference, Schema
from service.app import worker_of
from service.configuring import schema_book
from service.embedded import free_port
from service.registry import HttpRegistry, SchemaBook
from service.settings import SchemaSettings, Settings
from service.telemetry import make_metrics
from tests.support.certificates import Authority
from tests.support.command import signalbox
from tests.support.ingesting import START_US, ingesting, settings_for
from tests.support.schema_registry import fake_registry
from tests.support.servers import MakeTopic
from tests.support.small_shop import ORDER, framework_on, iso
from tests.support.waiting import wait_for
from tests.support.working import read_to, writing

SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "Order",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "kind", "type": "string"},
        {"name": "occurred_at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {
            "name": "subject",
            "type": {
                "type": "record",
                "name": "Who",
                "fields": [
                    {"name": "namespace", "type": "string"},
                    {"name": "value", "type": "string"},
                ],
            },
        },
    ],
}
ANSWER = {"schema": json.dumps(SCHEMA)}


def framed(id_: int, value: bytes = b"x") -> bytes:
    return struct.pack(">bI", 0, id_) + value


def order(id: str) -> bytes:
    stream = BytesIO()
    content = {
        "id": id,
        "kind": ORDER,
        "occurred_at": START_US,
        "subject": {"namespace": "user", "value": "jo"},
    }
    fastavro.schemaless_writer(stream, fastavro.parse_schema(SCHEMA), content)
    return framed(42, stream.getvalue())


@asynccontextmanager
async def book_of(url: str, **account: Any) -> AsyncIterator[SchemaBook]:
    book = SchemaBook(HttpRegistry(url, timeout_s=2.0, **account))
    try:
        yield book
    finally:
        await book.close()


async def test_a_schema_is_asked_for_once() -> None:
    with fake_registry({"/schemas/ids/42": ANSWER}) as registry:
        async with book_of(registry.url) as book:
            assert await book.learn([record(framed(42)), record(framed(42)), record(b"{}")])
            assert await book.learn([record(framed(42))])
            assert book[42] == Schema("AVRO", ANSWER["schema"])
        assert registry.asked == ["/schemas/ids/42"]


async def test_what_others_build_upon_comes_first() -> None:
    answers = {
        "/schemas/ids/7": {
            "schema": "main",
            "schemaType": "PROTOBUF",
            "references": [{"name": "b.proto", "subject": "b", "version": 2}],
        },
        "/subjects/b/versions/2": {
            "schema": "b",
            "references": [{"name": "a.proto", "subject": "a", "version": 1}],
        },
        "/subjects/a/versions/1": {"schema": "a"},
    }
    with fake_registry(answers) as registry:
        async with book_of(registry.url) as book:
            assert await book.learn([record(framed(7))])
            references = (Reference("a.proto", "a"), Reference("b.proto", "b"))
            assert book[7] == Schema("PROTOBUF", "main", references)


async def test_an_id_that_is_not_there_is_known_to_be_absent() -> None:
    with fake_registry({}) as registry:
        async with book_of(registry.url) as book:
            assert await book.learn([record(framed(9))])
            assert await book.learn([record(framed(9))])
            assert (9 in book, book[9]) == (True, None)
        assert registry.asked == ["/schemas/ids/9"]


@pytest.mark.parametrize(
    ("account", "sent"),
    [
        ({"account": ("key", "a secret")}, "Basic a2V5OmEgc2VjcmV0"),
        ({"token": "a secret"}, "Bearer a secret"),
    ],
)
async def test_it_says_who_asks(account: dict[str, Any], sent: str) -> None:
    with fake_registry({"/schemas/ids/42": ANSWER}) as registry:
        async with book_of(registry.url, **account) as book:
            assert await book.learn([record(framed(42))])
        assert registry.authorized == {sent}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (503, "the registry answers with status 503"),
        (401, "the registry answers with status 401"),
        (200, "the registry does not answer (ValidationError)"),
    ],
)
async def test_a_registry_in_trouble_is_asked_again_later(status: int, said: str) -> None:
    with fake_registry({"/schemas/ids/42": ANSWER}) as registry:
        registry.trouble = [status]
        async with book_of(registry.url, account=("key", "a secret")) as book:
            assert not await book.learn([record(framed(42))])
            assert (42 in book, book.waits_because) == (False, said)
            assert await book.learn([record(framed(42))])
            assert book.waits_because is None


async def test_a_registry_that_is_away_is_told_without_its_secret() -> None:
    async with book_of(f"http://127.0.0.1:{free_port()}", token="a secret") as book:
        assert not await book.learn([record(framed(42))])
        assert book.waits_because == "the registry does not answer (ConnectError)"


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
async def test_a_registry_is_trusted_by_the_authorities_of_the_settings(tmp_path: Path) -> None:
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    said = (
        "the registry cannot be trusted: its certificate is signed by nobody that is trusted here"
    )
    with fake_registry({"/schemas/ids/42": ANSWER}, authority.sign("registry")) as registry:
        for cafile, known, why in ((authority.root, True, None), (stranger.root, False, said)):
            book = schema_book(
                SchemaSettings(
                    _env_file=None,
                    schema_registry_url=registry.url,
                    schema_registry_token=SecretStr("a secret"),
                    schema_registry_cafile=cafile,
                )
            )
            assert book is not None
            assert await book.learn([record(framed(42))]) is known
            assert book.waits_because == why
            await book.close()
        assert registry.asked == ["/schemas/ids/42"]


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[SchemaBook]:
    """A worker with the registry of its settings, that runs inside the block."""
    book = schema_book(settings)
    assert book is not None
    worker = worker_of(settings, make_metrics(CollectorRegistry()), book)
    running = asyncio.create_task(worker.run())
    try:
        yield book
    finally:
        worker.stop()
        await running
        await book.close()


@pytest.mark.kafka
async def test_framed_records_wait_for_their_schema_and_none_is_lost(
    database_url: str, broker: str, topics: MakeTopic
) -> None:
    name = await topics()
    async with ingesting(database_url, framework_on(name), []) as here, writing(broker, name) as t:
        await t.put(order("o1"), framed(77), order("o2"))
        with fake_registry({"/schemas/ids/42": ANSWER}) as registry:
            registry.trouble = [503] * 1_000
            settings = settings_for(
                database_url=database_url,
                kafka_bootstrap=broker,
                consumer_group=database_url.rpartition("/")[2],
                session_timeout_ms=6_000,
                schema_registry_url=registry.url,
            )
            async with working(settings) as book:
                await wait_for(lambda: book.waits_because is not None)
                assert await here.outcomes() == dict.fromkeys(await here.outcomes(), 0)
                registry.trouble.clear()
                await read_to(here, 3)
        assert sorted(await here.placed()) == ["o1", "o2"]
        (dead,) = await here.dead_letters()
        assert (dead["offset"], dead["reason"], dead["value"]) == (1, "unknown_schema", framed(77))


async def test_try_reads_frames_with_schemas_in_a_directory(tmp_path: Path) -> None:
    (tmp_path / "42.avsc").write_text(json.dumps(SCHEMA))
    frame = tmp_path / "order.bin"
    frame.write_bytes(order("o1"))
    variables = {"SIGNALBOX_SCHEMA_REGISTRY_URL": f"file://{tmp_path}"}
    arguments = ("connectors", "try", "canonical", str(frame), "--json")
    tried = await signalbox(*arguments, variables=variables)
    document = json.loads(tried.out)
    assert (tried.status, document["envelope"]) == (0, "schema_registry")
    assert document["events"][0]["occurred_at"] == iso(START_US)
    without = json.loads((await signalbox(*arguments)).out)
    assert "framed with schema 42, which no registry told" in without["dead_letters"][0]["detail"]
