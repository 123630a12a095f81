"""What is wrong with the database when it fails, in plain words without data."""

import ssl
from typing import Final

from asyncpg import InterfaceError, InternalClientError
from sqlalchemy.exc import DBAPIError

from service.tls import tls_trouble

NOT_MIGRATED: Final = frozenset({"42P01", "42703", "42883"})
"""SQLSTATEs: undefined table, column, function."""

READ_ONLY: Final = "25006"
"""SQLSTATE of a server that was demoted or made read-only: a new session may find another."""

SENTENCES: Final = {
    **dict.fromkeys(NOT_MIGRATED, "the database lacks tables of this version: signalbox migrate"),
    READ_ONLY: "the database is read-only",
    "53100": "the disk of the database is full",
    "53200": "the database is out of memory",
    "53300": "the database has no connection left",
    "55P03": "another session of the database holds a lock for long",
    "57014": "the database ended a statement that took too long",
    "40P01": "another session of the database waits for us while we wait for it",
    "40001": "another session of the database came between",
    "25P03": "the database ended a transaction in which nothing happened for long",
    "42501": "the database gives this account too few rights",
}
"""What single SQLSTATEs mean."""

CLASSES: Final = {
    "08": "the connection to the database broke",
    "28": "the database does not let this account in",
    "3D": "there is no such database on the server",
    "57": "the database is shutting down, starting, or has crashed",
}
"""What classes of SQLSTATE mean, where nothing nearer is known."""


_NO_ANSWER: Final = (OSError, TimeoutError, InterfaceError, InternalClientError, DBAPIError)


def database_trouble(error: BaseException) -> str:
    """Why something failed that needs the database.

    `error` is the driver's, or SQLAlchemy's around it; of any other only the name is told.
    """
    while not getattr(error, "sqlstate", None) and error.__cause__ is not None:
        error = error.__cause__
    state = getattr(error, "sqlstate", None) or ""
    if sentence := SENTENCES.get(state) or CLASSES.get(state[:2]):
        return sentence
    if state:
        return f"the database ended the work: {type(error).__name__}, SQLSTATE {state}"
    if isinstance(error, ssl.SSLError):
        return f"the database cannot be trusted: {tls_trouble(error)}"
    if isinstance(error, _NO_ANSWER):
        return f"the database cannot be reached: {type(error).__name__}"
    return f"failed with {type(error).__name__}"
