"""A service whose every line is locked: it waits where it cannot trust, and works where it can."""

import asyncio
import secrets
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from service.embedded import create_topics
from service.store import migrating
from tests.support.certificates import ELSEWHERE
from tests.support.fleet import fleet
from tests.support.groups import group_of
from tests.support.ingesting import START_US, framework_on, ingesting, ordered
from tests.support.kafka import set_password
from tests.support.secured import (
    CLIENT_SECRET,
    PASSWORD,
    USER,
    SecuredKafka,
    SecuredPostgres,
    TokenEndpoint,
)
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.durable, pytest.mark.kafka]


async def test_a_locked_service_waits_while_it_cannot_trust_or_is_locked_out(
    locked_kafka: SecuredKafka,
    locked_postgres: SecuredPostgres,
    tokens: TokenEndpoint,
    tmp_path: Path,
) -> None:
    root = locked_postgres.authority.root
    url = f"{locked_postgres.url}?sslmode=verify-full&sslrootcert={root}"
    settings: dict[str, object] = {
        "database_url": url,
        "kafka_bootstrap": locked_kafka.addresses["SAFE"],
        "kafka_security_protocol": "SASL_SSL",
        "kafka_ssl_cafile": locked_kafka.authority.root,
        "kafka_sasl_mechanism": "OAUTHBEARER",
        "kafka_oauth_token_url": tokens.url,
        "kafka_oauth_client_id": USER,
        "kafka_oauth_client_secret": CLIENT_SECRET,
        "subject_key": "a key for tests alone",
        "log_level": "debug",
    }
    clear = locked_kafka.addresses["PLAINTEXT"]
    topic = f"orders-{secrets.token_hex(4)}"
    await create_topics(clear, {topic: 1})
    good = locked_postgres.authority.sign("for-the-service")
    await locked_postgres.use(good)
    await migrating.upgrade(url)
    async with ingesting(url, framework_on(topic), ()) as here:
        await locked_postgres.use(locked_postgres.authority.sign("wrong", names=ELSEWHERE))
        with fleet(settings, 1, tmp_path) as workers:

            async def distrusts() -> bool:
                workers.check()
                return "another address" in (await workers.reasons(0)).get("database", "")

            await wait_for(distrusts, 30)
            await locked_postgres.use(good)

            async def reads(id: str) -> None:
                async with AIOKafkaProducer(bootstrap_servers=clear) as producer:
                    await producer.send_and_wait(topic, ordered(id, START_US))

                async def has_read() -> bool:
                    workers.check()
                    return id in await here.placed() and not await workers.reasons(0)

                await wait_for(has_read, 60)

            async def is_locked_out() -> bool:
                workers.check()
                return "broker" in await workers.reasons(0)

            await reads("o1")
            tokens.locked_out.set()
            await wait_for(is_locked_out, 60)
            tokens.locked_out.clear()
            await reads("o2")
            await workers.stop()
        said = "\n".join(workers.said(0))
    password = url.split(":")[2].partition("@")[0]
    assert not any(secret in said for secret in (CLIENT_SECRET, password, "Bearer"))


async def test_a_service_whose_user_is_deleted_reads_nothing_until_it_is_there_again(
    locked_kafka: SecuredKafka, database_url: str, tmp_path: Path
) -> None:
    """While it reads; Kafka ends within 5 s what it had let in before."""
    clear = locked_kafka.addresses["PLAINTEXT"]
    user, topic = f"user-{secrets.token_hex(4)}", f"orders-{secrets.token_hex(4)}"
    settings: dict[str, object] = {
        "database_url": database_url,
        "kafka_bootstrap": locked_kafka.addresses["CLEAR"],
        "kafka_security_protocol": "SASL_PLAINTEXT",
        "kafka_sasl_mechanism": "SCRAM-SHA-512",
        "kafka_sasl_username": user,
        "kafka_sasl_password": PASSWORD,
        "consumer_group": topic,
        "session_timeout_ms": 6_000,
        "subject_key": "a key for tests alone",
        "log_level": "debug",
    }
    await create_topics(clear, {topic: 1})
    await asyncio.to_thread(set_password, clear, user, PASSWORD)
    async with (
        ingesting(database_url, framework_on(topic), ()) as here,
        AIOKafkaProducer(bootstrap_servers=clear) as producer,
    ):
        with fleet(settings, 1, tmp_path) as workers:

            async def reads(id: str) -> None:
                await producer.send_and_wait(topic, ordered(id, START_US))

                async def has_read() -> bool:
                    workers.check()
                    return id in await here.placed() and not await workers.reasons(0)

                await wait_for(has_read)

            async def is_locked_out() -> bool:
                workers.check()
                reason = (await workers.reasons(0)).get("broker", "")
                members = (await group_of(clear, topic)).members
                return reason == "the broker does not let us in" and not members

            await reads("o1")
            await asyncio.to_thread(set_password, clear, user, None)
            await wait_for(is_locked_out)
            await producer.send_and_wait(topic, ordered("meanwhile", START_US))
            await wait_for(is_locked_out)
            assert "meanwhile" not in await here.placed()
            await asyncio.to_thread(set_password, clear, user, PASSWORD)
            await reads("o2")
            assert "meanwhile" in await here.placed()
            await workers.stop()
        assert PASSWORD not in "\n".join(workers.said(0))
