"""Brings a database to the schema that this version of the service needs.

`upgrade` and `downgrade` run under one advisory lock, each in one transaction: two migrators at
once are safe (the second waits and finds nothing to do), and a failed one changes nothing.
URLs are `postgresql://...` or `postgresql+asyncpg://...`.
"""

from collections.abc import Callable
from importlib.resources import files
from typing import Final, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.pool import NullPool

from service.store.connecting import make_engine

_LOCK: Final = 0x5349474E414C  # "SIGNAL": one migrator at a time in a database
_T = TypeVar("_T")


async def upgrade(url: str, to: str = "head") -> str | None:
    """Applies what is pending, up to `to`; the revision that the database is at afterwards."""
    return await _connected(url, lambda connection: _move(connection, command.upgrade, to))


async def downgrade(url: str, to: str) -> str | None:
    """Takes migrations back, down to `to` (`base`: all); where the database is afterwards."""
    return await _connected(url, lambda connection: _move(connection, command.downgrade, to))


async def current(url: str) -> str | None:
    """The migration that the database is at; None for a database without any."""
    return await _connected(url, _current)


async def pending(url: str) -> tuple[str, ...]:
    """The migrations that the database still needs, oldest first; empty if it is up to date.

    A database that a newer version of the service has migrated further has none pending.
    """
    at = await current(url)
    chain = [step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()]
    if at is not None and at not in chain:
        return ()
    return tuple(reversed(chain[: chain.index(at)] if at else chain))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    return config


async def _connected(url: str, act: Callable[[Connection], _T]) -> _T:
    engine = make_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(act)
    finally:
        await engine.dispose()


def _move(connection: Connection, direction: Callable[[Config, str], None], to: str) -> str | None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = _config()
    config.attributes["connection"] = connection
    direction(config, to)
    return _current(connection)


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
