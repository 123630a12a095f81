"""What the database does to a batch: it goes away, it refuses, it loses the reply to COMMIT."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from service.configuring import database_line
from service.ingest.committing import committer as committer_module
from service.ingest.committing.committer import Abandoned
from service.ingest.settling.results import Committed
from service.store.connecting import connect_for_ingest
from tests.support.ingesting import START_US, Ingesting, differences, ingesting, record, span
from tests.support.small_shop import ordered
from tests.support.tcp_proxy import Line, line_to
from tests.support.waiting import wait_for

REFUSING = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF position('{word}' IN convert_from(NEW.document, 'UTF8')) > 0 THEN
            RAISE EXCEPTION 'refused' USING ERRCODE = 'data_exception';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION refuse();
"""
REFUSING_MANY = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT count(*) FROM event) > 2 THEN
            RAISE EXCEPTION 'refused' USING ERRCODE = 'data_exception';
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER refuse AFTER INSERT ON event FOR EACH STATEMENT EXECUTE FUNCTION refuse();
"""
SLOW_COMMIT = """
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(42);
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON batch DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION dawdle();
"""

COMMITTING = """
    FROM pg_stat_activity WHERE query = 'COMMIT;' AND wait_event_type = 'Lock'
    AND datname = current_database()
"""


def three(*titles: str) -> list[bytes]:
    return [ordered(f"o{n}", START_US + n, title=title) for n, title in enumerate(titles)]


@asynccontextmanager
async def lined(here: Ingesting) -> AsyncIterator[tuple[Line, str]]:
    """A line to the database, and the URL at its near end."""
    url = make_url(here.settings.database_url.get_secret_value())
    assert url.host is not None
    assert url.port is not None
    async with line_to(url.host, url.port) as line:
        near = url.set(host="127.0.0.1", port=line.port)
        yield line, near.render_as_string(hide_password=False)


async def settled_once(here: Ingesting, events: int) -> None:
    outcomes = await here.outcomes()
    assert (outcomes["items"], outcomes["events"]) == (events, events)
    assert await here.totals("money", "shop/buy") == (events, events * 1_000)
    assert await differences(here.settings.database_url.get_secret_value()) == []


async def test_a_lost_reply_to_commit_applies_the_batch_once(database_url: str) -> None:
    async with ingesting(database_url) as here, lined(here) as (line, near):
        own = database_line(here.settings)._replace(url=near)
        async with here.committer(own) as committer:
            prepared = here.prepare(span([record(n, v) for n, v in enumerate(three("", "", ""))]))
            line.lose_reply_to(b"COMMIT")
            result = await committer.commit(prepared, here.rulebook.rules)
            assert isinstance(result, Committed)
            assert result.next_offsets["one", 0] == 3
        assert line.lost_replies == 1
        await settled_once(here, 3)


async def test_a_connection_killed_inside_commit_applies_the_batch_once(
    database_url: str,
) -> None:
    async with ingesting(database_url) as here, here.committer() as committer:
        await here.connection.execute(SLOW_COMMIT)
        await here.connection.execute("SELECT pg_advisory_lock(42)")
        prepared = here.prepare(span([record(n, v) for n, v in enumerate(three("", "", ""))]))
        committing = asyncio.create_task(committer.commit(prepared, here.rulebook.rules))

        async def is_in_commit() -> bool:
            return bool(await here.value(f"SELECT count(*) {COMMITTING}"))

        await wait_for(is_in_commit)
        killed = await here.value(f"SELECT count(pg_terminate_backend(pid)) {COMMITTING}")
        assert killed == 1
        await here.connection.execute("SELECT pg_advisory_unlock(42)")
        assert isinstance(await committing, Committed)
        await settled_once(here, 3)


async def test_a_database_that_is_away_is_waited_for(database_url: str) -> None:
    async with ingesting(database_url) as here, lined(here) as (line, near):
        own = database_line(here.settings)._replace(url=near)
        async with here.committer(own) as committer:
            first, second = (
                here.prepare(span([record(n, ordered(f"o{n}", START_US))])) for n in (0, 1)
            )
            await committer.commit(first, here.rulebook.rules)
            line.cut()
            committing = asyncio.create_task(committer.commit(second, here.rulebook.rules))
            retries = committer._metrics.database_retries
            await wait_for(lambda: any(metric.samples for metric in retries.collect()))
            assert not committing.done()
            line.mend()
            assert isinstance(await committing, Committed)
        await settled_once(here, 2)


async def test_waiting_ends_when_it_is_abandoned(database_url: str) -> None:
    async with ingesting(database_url) as here, lined(here) as (line, near):
        own = database_line(here.settings)._replace(url=near)
        async with here.committer(own) as committer:
            prepared = here.prepare(span([record(0, ordered("o", START_US))]))
            line.cut()
            committing = asyncio.create_task(committer.commit(prepared, here.rulebook.rules))
            retries = committer._metrics.database_retries
            await wait_for(lambda: any(metric.samples for metric in retries.collect()))
            committer.abandon()
            assert await committing == Abandoned()
        await settled_once(here, 0)


async def test_a_database_that_says_nothing_is_cut_off_when_waiting_is_abandoned(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No reply, no error, and nobody to end the statement: the connection is of no use."""
    monkeypatch.setattr(committer_module, "REPLY_GRACE_S", 0.1)
    async with ingesting(database_url) as here, lined(here) as (line, near):
        own = database_line(here.settings)._replace(url=near, statement_timeout_s=0.5)
        async with here.committer(own) as committer:
            first, second = (
                here.prepare(span([record(n, ordered(f"o{n}", START_US))])) for n in (0, 1)
            )
            await committer.commit(first, here.rulebook.rules)
            line.silence()
            committing = asyncio.create_task(committer.commit(second, here.rulebook.rules))
            await wait_for(lambda: line.held_back > 0)
            committer.abandon()
            assert await committing == Abandoned()
            assert committer.outage.reason == "the connection to the database broke"
            line.mend()
            assert isinstance(await committer.commit(second, here.rulebook.rules), Committed)
        await settled_once(here, 2)


async def test_a_process_that_stands_still_in_a_copy_keeps_nobody_waiting_for_ever(
    database_url: str,
) -> None:
    """The server ends a session that is idle in its transaction; this one is not idle for it."""
    async with ingesting(database_url) as here:
        line = database_line(here.settings)._replace(lock_timeout_s=0.5, statement_timeout_s=1)
        frozen = await connect_for_ingest(line)
        await frozen.execute("BEGIN; LOCK TABLE ledger IN EXCLUSIVE MODE")
        copying = asyncio.create_task(
            frozen.copy_records_to_table("dead_letter", records=_never_comes(), columns=["source"])
        )
        async with here.committer(line) as committer:
            prepared = here.prepare(span([record(0, ordered("o1", START_US))]))
            result = await committer.commit(prepared, here.rulebook.rules)
        assert isinstance(result, Committed)
        await wait_for(frozen.is_closed)
        copying.cancel()
        await asyncio.wait([copying])
        assert (await here.outcomes())["events"] == 1


async def _never_comes() -> AsyncIterator[tuple[str]]:
    await asyncio.Event().wait()
    yield ("never",)


async def test_the_one_item_that_the_database_refuses_becomes_a_dead_letter_alone(
    database_url: str,
) -> None:
    async with ingesting(database_url) as here, here.committer() as committer:
        await here.connection.execute(REFUSING.format(word="poison"))
        values = [
            ordered(f"o{n}", START_US + n, title="poison" if n == 13 else "") for n in range(40)
        ]
        records = [record(n, value) for n, value in enumerate(values)]
        result = await committer.commit(here.prepare(span(records)), here.rulebook.rules)
        assert isinstance(result, Committed)
        [letter] = await here.dead_letters()
        assert (letter["offset"], letter["reason"]) == (13, "refused")
        assert (letter["key"], letter["value"]) == (records[13].key, values[13])
        assert b"poison" not in letter["detail"].encode()
        outcomes = await here.outcomes()
        assert (outcomes["events"], outcomes["dead_letters"]) == (39, 1)
        assert await differences(database_url) == []


async def test_two_items_that_the_database_refuses_become_dead_letters_both(
    database_url: str,
) -> None:
    async with ingesting(database_url) as here, here.committer() as committer:
        await here.connection.execute(REFUSING.format(word="poison"))
        values = three("poison", "", "poison")
        prepared = here.prepare(span([record(n, value) for n, value in enumerate(values)]))
        await committer.commit(prepared, here.rulebook.rules)
        assert [letter["offset"] for letter in await here.dead_letters()] == [0, 2]
        assert await differences(database_url) == []


async def test_where_no_single_item_is_to_blame_nothing_is_skipped(database_url: str) -> None:
    async with ingesting(database_url) as here, here.committer() as committer:
        await here.connection.execute(REFUSING_MANY)
        prepared = here.prepare(span([record(n, v) for n, v in enumerate(three("", "", ""))]))
        with pytest.raises(asyncpg.DataError):
            await committer.commit(prepared, here.rulebook.rules)
        assert await here.next_offset() == 0
        assert await here.dead_letters() == []
        await settled_once(here, 0)


async def test_a_database_that_goes_away_while_a_batch_is_bisected_is_waited_for(
    database_url: str,
) -> None:
    async with ingesting(database_url) as here, lined(here) as (line, near):
        await here.connection.execute(REFUSING.format(word="poison"))
        own = database_line(here.settings)._replace(url=near)
        async with here.committer(own) as committer:
            values = three("", "poison", "")
            prepared = here.prepare(span([record(n, value) for n, value in enumerate(values)]))
            line.lose_reply_to(b"INSERT INTO fact (key, version, digest)")
            await committer.commit(prepared, here.rulebook.rules)
        assert line.lost_replies == 1
        assert [letter["offset"] for letter in await here.dead_letters()] == [1]
        assert await differences(database_url) == []


async def test_a_displaced_record_is_asked_for_through_the_committer(database_url: str) -> None:
    async with ingesting(database_url) as here, here.committer() as committer:
        kept = ordered("o", START_US)
        for values in (
            [record(0, kept)],
            [record(0, ordered("o", START_US, amount=9), "two", START_US)],
        ):
            prepared = here.prepare(span(values))
            assert isinstance(await committer.commit(prepared, here.rulebook.rules), Committed)
        [letter] = await here.dead_letters()
        assert letter["value"] == kept
