"""A service whose every line is locked: it waits where it cannot trust, and works where it can."""

import asyncio
import secrets
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy.engine import URL, make_url

from service.embedded import create_topics
from service.store import migrating
from tests.support.certificates import ELSEWHERE
from tests.support.fleet import Fleet, fleet
from tests.support.groups import group_of
from tests.support.ingesting import START_US, Ingesting, differences, ingesting
from tests.support.kafka import set_password
from tests.support.secured import (
    CLIENT_SECRET,
    PASSWORD,
    USER,
    SecuredKafka,
    SecuredPostgres,
    TokenEndpoint,
)
from tests.support.small_shop import framework_on, ordered
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.durable, pytest.mark.kafka]

OLD: Final = "canary-password-of-the-database"
NEW: Final = "canary-password-of-tomorrow"
WITH_OLD: Final = f"PASSWORD '{OLD}'"
WITH_NEW: Final = f"PASSWORD '{NEW}'"
HANG_UP: Final = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1"
RETRIES: Final = "signalbox_database_retries_total"


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


async def test_a_service_that_is_let_in_no_more_reads_nothing_until_it_is_let_in_again(
    locked_kafka: SecuredKafka, database_url: str, tmp_path: Path
) -> None:
    """Its user of the broker is deleted and made again; then both its passwords are changed, and
    it is started with the new ones. Kafka ends within 5 s what it had let in before.
    """
    clear = locked_kafka.addresses["PLAINTEXT"]
    user, topic = f"user-{secrets.token_hex(4)}", f"orders-{secrets.token_hex(4)}"
    await create_topics(clear, {topic: 1})
    await asyncio.to_thread(set_password, clear, user, PASSWORD)
    async with (
        ingesting(database_url, framework_on(topic), ()) as here,
        AIOKafkaProducer(bootstrap_servers=clear) as producer,
    ):
        await here.connection.execute(f'CREATE ROLE "{user}" SUPERUSER LOGIN {WITH_OLD}')
        url = make_url(database_url).set(username=user, password=OLD)
        settings = by_scram(locked_kafka, url, user, topic)
        with fleet(settings, 1, tmp_path) as workers:
            service = Service(here, producer, workers, topic, clear)
            await service.reads("o1")
            await asyncio.to_thread(set_password, clear, user, None)
            await service.is_locked_out()
            await service.sends("meanwhile")
            await service.is_locked_out()
            assert "meanwhile" not in await here.placed()
            await asyncio.to_thread(set_password, clear, user, PASSWORD)
            await service.reads("o2")
            assert "meanwhile" in await here.placed()

            await here.connection.execute(f'ALTER ROLE "{user}" {WITH_NEW}')
            await service.reads("by lines that are up")
            await here.connection.execute(HANG_UP, user)
            await service.sends("waits for the database")
            await service.is_refused_by_its_database()
            assert "waits for the database" not in await here.placed()
            await asyncio.to_thread(set_password, clear, user, NEW)
            await service.is_locked_out()
            await workers.terminate(0)
            right = url.set(password=NEW).render_as_string(hide_password=False)
            workers.replace(0, SIGNALBOX_DATABASE_URL=right, SIGNALBOX_KAFKA_SASL_PASSWORD=NEW)
            await service.reads("o3")
            assert (await here.outcomes())["events"] == len(await here.placed()) == 6
            await workers.stop()
        said = "\n".join(workers.said(0))
        assert not any(secret in said for secret in (PASSWORD, OLD, NEW))
        await here.connection.execute(f'REASSIGN OWNED BY "{user}" TO CURRENT_USER')
        await here.connection.execute(f'DROP ROLE "{user}"')
    assert await differences(database_url) == []


def by_scram(kafka: SecuredKafka, url: URL, user: str, topic: str) -> dict[str, object]:
    """Settings of a process that logs in to both servers with passwords."""
    return {
        "database_url": url.render_as_string(hide_password=False),
        "kafka_bootstrap": kafka.addresses["CLEAR"],
        "kafka_security_protocol": "SASL_PLAINTEXT",
        "kafka_sasl_mechanism": "SCRAM-SHA-512",
        "kafka_sasl_username": user,
        "kafka_sasl_password": PASSWORD,
        "consumer_group": topic,
        "session_timeout_ms": 6_000,
        "retry_max_s": 0.5,
        "subject_key": "a key for tests alone",
        "log_level": "debug",
    }


class Service(NamedTuple):
    """A process that reads a topic, and what it is to be."""

    here: Ingesting
    producer: AIOKafkaProducer
    workers: Fleet
    topic: str
    clear: str

    async def sends(self, id: str) -> None:
        await self.producer.send_and_wait(self.topic, ordered(id, START_US))

    async def reads(self, id: str) -> None:
        await self.sends(id)

        async def has_read() -> bool:
            self.workers.check()
            return id in await self.here.placed() and not await self.workers.reasons(0)

        await wait_for(has_read)

    async def is_locked_out(self) -> None:
        async def is_said() -> bool:
            self.workers.check()
            reason = (await self.workers.reasons(0)).get("broker", "")
            members = (await group_of(self.clear, self.topic)).members
            return reason == "the broker does not let us in" and not members

        await wait_for(is_said)

    async def is_refused_by_its_database(self) -> None:
        """Again and again, which it says in one sentence, and in few lines."""

        async def is_said() -> bool:
            self.workers.check()
            reason = (await self.workers.reasons(0)).get("database", "")
            tries = await self.workers.metric(0, RETRIES, "InvalidPasswordError")
            return reason == "the database does not let this account in" and tries >= 5

        await wait_for(is_said)
        assert 1 <= len(self.workers.said(0, "batches wait")) <= 2, self.workers.log(0)
