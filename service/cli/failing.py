"""How a command that cannot do its work says so: one plain sentence, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from service.brokers.trouble import Trouble
    from service.settings import Settings

WRONG: Final = 1
"""Exit status: the work was done, and what was looked at is not as it should be."""

NOT_DONE: Final = 2
"""Exit status: the work could not be done."""


class CommandError(Exception):
    """A command cannot do its work: what is wrong and where, and what to do about it."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(f"{problem} {remedy}".rstrip())
        self.problem = problem
        self.remedy = remedy


@contextmanager
def database_failures(settings: "Settings") -> Iterator[None]:
    """Turns what the database refuses or does not answer into `CommandError`."""
    from asyncpg import ClientConfigurationError, PostgresError
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except (DBAPIError, PostgresError, ClientConfigurationError, OSError) as error:
        said = _database_error(settings, _driver_error(error))
        if said is None:
            raise
        raise said from error


@contextmanager
def broker_failures(settings: "Settings") -> Iterator[None]:
    """Turns brokers that cannot be reached into `CommandError`."""
    from aiokafka.errors import KafkaError

    try:
        yield
    except (KafkaError, OSError) as error:
        trouble = _broker_trouble(settings, error)
        raise CommandError(
            f"The broker {settings.kafka_bootstrap} {trouble.problem}.", trouble.remedy
        ) from error


def _broker_trouble(settings: "Settings", failed: Exception) -> "Trouble":
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from service.brokers.security import kafka_security
    from service.brokers.trouble import broker_trouble, find_trouble

    async def find() -> "Trouble":
        try:
            return await find_trouble(settings.kafka_bootstrap, kafka_security(settings), failed)
        finally:
            # What was opened closes in later turns of the loop, which ends with us.
            await asyncio.sleep(0.1)

    with ThreadPoolExecutor(1) as beside:  # here a loop may be running
        found = beside.submit(asyncio.run, find())
    error = found.exception()  # files of certificates that cannot be read
    return broker_trouble(error) if error else found.result()


def _driver_error(error: BaseException) -> BaseException:
    """What the driver raised, below what SQLAlchemy makes of it."""
    while not getattr(error, "sqlstate", None) and error.__cause__ is not None:
        error = error.__cause__
    return error


def _database_error(settings: "Settings", error: BaseException) -> CommandError | None:
    """None for what only a mistake in this program can cause."""
    import ssl

    from service.store.trouble import NOT_MIGRATED
    from service.tls import tls_trouble

    where = database_place(settings)
    state = getattr(error, "sqlstate", None) or ""
    if state in NOT_MIGRATED:
        problem = f"The database {where} lacks tables of this version."
        return CommandError(problem, "Run: signalbox migrate")
    if state in _REFUSED:
        problem = f"The database {where} refuses: {error}."
        owner = "Make the account of SIGNALBOX_DATABASE_URL the owner of the tables."
        other = "Correct SIGNALBOX_DATABASE_URL."
        return CommandError(problem, owner if state == _TOO_FEW_RIGHTS else other)
    if state[:2] in _PASSING:
        problem = f"The database {where} ended the work: {error} (SQLSTATE {state})."
        full = "Make room on the database's disk; nothing was lost."
        return CommandError(problem, full if state == _DISK_FULL else "Try again.")
    if state:
        return None
    if isinstance(error, ssl.SSLError):
        problem = f"The database {where} cannot be trusted: {tls_trouble(error)}."
        remedy = "Correct its certificate, or the host or sslrootcert in SIGNALBOX_DATABASE_URL."
        return CommandError(problem, remedy)
    reason = str(error) or type(error).__name__
    problem = f"The database {where} cannot be reached: {reason}."
    return CommandError(problem, "Start PostgreSQL, or correct SIGNALBOX_DATABASE_URL.")


_PASSING: Final = frozenset({"08", "40", "53", "55", "57"})
"""Classes of SQLSTATE: connection, rollback, resources, state, operator."""

_DISK_FULL: Final = "53100"

_TOO_FEW_RIGHTS: Final = "42501"

_REFUSED: Final = frozenset({"28000", "28P01", "3D000", _TOO_FEW_RIGHTS})
"""Not let in, wrong password, no such database, no right."""


def database_place(settings: "Settings") -> str:
    """`host:port/database`, without user and password."""
    from sqlalchemy.engine import make_url

    url = make_url(settings.database_url.get_secret_value())
    return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database or ''}"
