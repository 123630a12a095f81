"""Connections for ingest: asyncpg as it is, because COPY and arrays are most of the work.

Times cross this border as whole microseconds since 1970, in both directions.
"""

from typing import Final, NamedTuple

import asyncpg

POSTGRES_EPOCH_US: Final = 946_684_800_000_000
"""2000-01-01 in microseconds since 1970: PostgreSQL counts from there."""

POINT_LOOKUPS: Final = {
    # Ingest finds rows by keys that it holds. A plan that scans whole partitions instead,
    # because statistics are young, would cost seconds inside a transaction that holds locks.
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}


def plain_dsn(database_url: str) -> str:
    """The URL without SQLAlchemy's driver: `postgresql+asyncpg://` becomes `postgresql://`."""
    scheme, separator, rest = database_url.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


class DatabaseLine(NamedTuple):
    """Where the database is, after how long the server ends what hangs, and how long at most to
    pause before trying again.
    """

    url: str
    statement_timeout_s: float = 60
    lock_timeout_s: float = 30
    idle_transaction_timeout_s: float = 60
    retry_max_s: float = 10


async def connect_for_ingest(line: DatabaseLine) -> asyncpg.Connection:
    """Open a connection whose timeouts the server keeps.

    Raises OSError or asyncpg.PostgresError if the server cannot be reached or refuses.
    """
    connection = await asyncpg.connect(
        plain_dsn(line.url),
        timeout=10,
        statement_cache_size=100,
        server_settings={
            "application_name": "signalbox ingest",
            "statement_timeout": _milliseconds(line.statement_timeout_s),
            "lock_timeout": _milliseconds(line.lock_timeout_s),
            "idle_in_transaction_session_timeout": _milliseconds(line.idle_transaction_timeout_s),
            **POINT_LOOKUPS,
        },
    )
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        format="tuple",
        encoder=lambda us: (us - POSTGRES_EPOCH_US,),
        decoder=lambda parts: parts[0] + POSTGRES_EPOCH_US,
    )
    return connection


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
