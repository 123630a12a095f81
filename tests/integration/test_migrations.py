"""The migrations build exactly the tables of `service.store.tables`, and take them down again."""

import asyncio
from itertools import pairwise

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from service.store import migrating
from service.store.tables import metadata

OBJECTS = """
    SELECT c.relkind::text || ' ' || c.relname FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname NOT LIKE 'alembic_version%' ORDER BY 1
"""
PARTITIONS = """
    SELECT parent.relname AS parent, child.relname AS child,
           pg_get_expr(child.relpartbound, child.oid) AS bound
    FROM pg_inherits JOIN pg_class parent ON parent.oid = inhparent
    JOIN pg_class child ON child.oid = inhrelid
    WHERE parent.relkind = 'p' ORDER BY 1, 2
"""
KEYS = """
    SELECT relname, pg_get_partkeydef(oid) AS key FROM pg_class WHERE relkind = 'p' ORDER BY 1
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text AS table, conname AS name, pg_get_constraintdef(oid) AS says
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
      AND conparentid = 0 AND contype <> 'n'
      AND conname NOT LIKE 'alembic_version%' ORDER BY 1, 2
"""
INDEXES = """
    SELECT indexname, indexdef FROM pg_indexes JOIN pg_class ON relname = tablename
    WHERE schemaname = 'public' AND NOT relispartition AND tablename <> 'alembic_version'
    ORDER BY 1
"""
COLUMNS = """
    SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default, is_identity
    FROM information_schema.columns JOIN pg_class ON relname = table_name
    WHERE table_schema = 'public' AND NOT relispartition AND table_name <> 'alembic_version'
    ORDER BY 1, 2
"""


async def _rows(url: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def _create_all(url: str) -> None:
    engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:", 1))
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()


def _differences(connection: Connection) -> list[object]:
    partitions = ("event_", "fact_")
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "compare_server_default": True,
            "include_name": lambda name, kind, _: (
                kind != "table" or not (name or "").startswith(partitions)
            ),
        },
    )
    return list(compare_metadata(context, metadata))


async def test_alembic_finds_no_difference_to_the_metadata(database_url: str) -> None:
    engine = create_async_engine(database_url.replace("postgresql:", "postgresql+asyncpg:", 1))
    async with engine.connect() as connection:
        differences = await connection.run_sync(_differences)
    await engine.dispose()

    assert differences == []


@pytest.mark.parametrize("query", [COLUMNS, CONSTRAINTS, INDEXES, KEYS])
async def test_the_catalogue_is_that_of_the_metadata(
    database_url: str, empty_database_url: str, query: str
) -> None:
    """PostgreSQL's own description agrees in all that Alembic does not compare."""
    await _create_all(empty_database_url)

    assert await _rows(database_url, query) == await _rows(empty_database_url, query)


async def test_events_and_facts_have_their_partitions(database_url: str) -> None:
    partitions = {(parent, bound) for parent, _, bound in await _rows(database_url, PARTITIONS)}

    ends = ["MINVALUE", *(f"'\\x{n}0'" for n in "123456789abcdef"), "MAXVALUE"]
    ranges = {("fact", f"FOR VALUES FROM ({a}) TO ({b})") for a, b in pairwise(ends)}
    assert partitions == {("event", "DEFAULT")} | ranges


async def test_down_to_base_leaves_nothing_and_up_again_is_the_same(database_url: str) -> None:
    before = await _rows(database_url, OBJECTS)

    assert await migrating.downgrade(database_url, "base") is None
    assert await _rows(database_url, OBJECTS) == []

    await migrating.upgrade(database_url)
    assert await _rows(database_url, OBJECTS) == before


async def test_two_migrators_at_once_are_safe(empty_database_url: str) -> None:
    reached = await asyncio.gather(*(migrating.upgrade(empty_database_url) for _ in range(4)))

    assert len(set(reached)) == 1
    assert await migrating.pending(empty_database_url) == ()


async def test_an_empty_database_has_every_migration_pending(empty_database_url: str) -> None:
    assert await migrating.current(empty_database_url) is None
    assert (await migrating.pending(empty_database_url))[0] == "0001"


async def test_a_newer_database_has_nothing_pending(database_url: str) -> None:
    """A rollback of the service meets a schema that it does not know, and leaves it alone."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    await connection.close()

    assert await migrating.pending(database_url) == ()
