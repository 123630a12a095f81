"""What is packed for COPY by hand is what the driver reads back."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.store.connecting import DatabaseLine, connect_for_ingest
from service.store.ingest import EVENT_COLUMNS, copy_events
from service.store.packing import ROWS_A_CHUNK, EventValues

INT4 = st.integers(-(2**31), 2**31 - 1)
INT8 = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
RECORD_TIMES_US = st.integers(0, 253_402_300_799_000_000)

ROWS = st.tuples(
    INT8,
    RECORD_TIMES_US,
    RECORD_TIMES_US,
    TEXTS,
    TEXTS,
    st.binary(max_size=20),
    INT4,
    st.lists(INT4, max_size=4).map(tuple),
    st.lists(INT8, max_size=9).map(tuple),
    TEXTS,
    INT4,
    INT8,
    INT4,
    st.binary(max_size=40),
)
ROW: EventValues = (1, 2, 3, "shop", "order", b"k", 1, (1,), (1, 1, 0), "orders", 0, 7, 0, b"{}")


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect_for_ingest(DatabaseLine(database_url))
    yield connection
    await connection.close()


async def read_back(connection: asyncpg.Connection) -> list[tuple[object, ...]]:
    columns = ", ".join(f'"{column}"' for column in EVENT_COLUMNS)
    rows = await connection.fetch(f"SELECT {columns} FROM event")
    return [
        tuple(tuple(value) if isinstance(value, list) else value for value in row) for row in rows
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(rows=st.lists(ROWS, max_size=8, unique_by=lambda row: row[:2]))
async def test_rows_are_read_back_as_they_were_written(
    connection: asyncpg.Connection, rows: list[EventValues]
) -> None:
    transaction = connection.transaction()
    await transaction.start()
    try:
        await copy_events(connection, rows)
        assert sorted(await read_back(connection), key=repr) == sorted(rows, key=repr)
    finally:
        await transaction.rollback()


async def test_rows_of_several_chunks_arrive_whole(connection: asyncpg.Connection) -> None:
    rows = [(number, *ROW[1:]) for number in range(2 * ROWS_A_CHUNK + 1)]
    await copy_events(connection, rows)
    assert sorted(await read_back(connection), key=repr) == sorted(rows, key=repr)


@pytest.mark.parametrize("column", ["revision", "partition", "offset", "item"])
async def test_a_number_that_does_not_fit_is_refused_and_the_connection_stays(
    connection: asyncpg.Connection, column: str
) -> None:
    place = EVENT_COLUMNS.index(column)
    row: Any = (*ROW[:place], 2**63, *ROW[place + 1 :])
    with pytest.raises(asyncpg.DataError, match="does not fit"):
        await copy_events(connection, [row])
    await copy_events(connection, [ROW])
    assert await read_back(connection) == [ROW]
