"""How the database is reached.

Ingest takes asyncpg as it is, because COPY and arrays are most of its work; there times are whole
microseconds since 1970, in both directions. Everything else goes through SQLAlchemy, over the same
driver's way to connect, so that a URL means the same to both: `sslmode=verify-full` and
`sslrootcert` behind it are PostgreSQL's own.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import asyncpg
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from service.store.trouble import READ_ONLY

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


CONNECT_TIMEOUT_S: Final = 10


def make_engine(
    database_url: str, server_settings: Mapping[str, str] | None = None, **pool: Any
) -> AsyncEngine:
    """SQLAlchemy's engine on a database. `pool` goes to it as it is."""

    async def connect() -> asyncpg.Connection:
        return await asyncpg.connect(
            plain_dsn(database_url),
            timeout=CONNECT_TIMEOUT_S,
            server_settings=dict(server_settings or {}),
        )

    return create_async_engine("postgresql+asyncpg://", async_creator=connect, **pool)


class DatabaseLine(NamedTuple):
    """Where the database is, after how long the server ends what hangs, and how long at most to
    pause before trying again.
    """

    url: str
    statement_timeout_s: float = 60
    lock_timeout_s: float = 30
    idle_transaction_timeout_s: float = 60
    retry_max_s: float = 10

    def server_settings(self, application: str) -> dict[str, str]:
        """What a connection tells the server when it begins."""
        return {
            "application_name": application,
            # Whatever the database's owner prefers: each read must see what its lock waited for.
            "default_transaction_isolation": "read committed",
            "statement_timeout": _milliseconds(self.statement_timeout_s),
            "lock_timeout": _milliseconds(self.lock_timeout_s),
            "idle_in_transaction_session_timeout": _milliseconds(self.idle_transaction_timeout_s),
        }


async def connect_for_ingest(line: DatabaseLine) -> asyncpg.Connection:
    """Open a connection whose timeouts the server keeps.

    Raises OSError or asyncpg.PostgresError if the server cannot be reached or refuses.
    """
    connection = await asyncpg.connect(
        plain_dsn(line.url),
        timeout=CONNECT_TIMEOUT_S,
        statement_cache_size=100,
        server_settings={**line.server_settings("signalbox ingest"), **POINT_LOOKUPS},
    )
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        format="tuple",
        encoder=lambda us: (us - POSTGRES_EPOCH_US,),
        decoder=lambda parts: parts[0] + POSTGRES_EPOCH_US,
    )
    return connection


async def end_stalled(connection: asyncpg.Connection, after_s: float) -> int:
    """End sessions of the same kind whose client stands still in the middle of a statement; how
    many. The server keeps none of its timeouts while it waits for the rest of a COPY: the locks of
    a process that was frozen there would be held until it wakes up.
    """
    return int(await connection.fetchval(_END_STALLED, after_s))


_END_STALLED: Final = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user
      AND application_name = current_setting('application_name')
      AND state = 'active' AND wait_event = 'ClientRead'
      AND query_start < clock_timestamp() - make_interval(secs => $1::float8)
"""


def leave_read_only(context: ExceptionContext) -> None:
    """For SQLAlchemy's `handle_error`: no connection to a server that was demoted is kept."""
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
