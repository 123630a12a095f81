"""Servers that a newcomer has not started, not prepared or started twice, and what is said.

An old Python and a full disk are met before anything of this runs: `tests/unit/test_install.py`.
"""

import socket

import asyncpg
import pytest

from service.cli.failing import CommandError, database_failures
from service.settings import load
from tests.integration.newcomers.saying import EMPTY, NOWHERE, Say
from tests.support.command import settings


def test_a_database_that_is_not_there(say: Say) -> None:
    variables = settings(f"postgresql://jo:secret@{NOWHERE}/shop", NOWHERE)
    told = say("status", **variables)
    assert told.startswith("signalbox: The database 127.0.0.1:1/shop cannot be reached: ")
    assert told.endswith(" Start PostgreSQL, or correct SIGNALBOX_DATABASE_URL.\n")


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (
            asyncpg.DiskFullError("could not extend file: No space left on device"),
            (
                "The database localhost:5432/shop ended the work: could not extend file: No space "
                "left on device (SQLSTATE 53100). Make room on the database's disk; nothing was "
                "lost."
            ),
        ),
        (
            asyncpg.InsufficientPrivilegeError("permission denied for table event"),
            (
                "The database localhost:5432/shop refuses: permission denied for table event. Make "
                "the account of SIGNALBOX_DATABASE_URL the owner of the tables."
            ),
        ),
    ],
)
def test_a_database_that_refuses(
    monkeypatch: pytest.MonkeyPatch, refusal: asyncpg.PostgresError, said: str
) -> None:
    for name, value in settings("postgresql://jo:secret@localhost/shop", NOWHERE).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CommandError) as told, database_failures(load(None)):
        raise refusal
    assert str(told.value) == said


def test_a_database_without_tables(say: Say, empty_database_url: str) -> None:
    where = empty_database_url.rpartition("@")[2]
    told = say("status", **settings(empty_database_url, NOWHERE))
    assert told == (
        f"signalbox: The database {where} lacks tables of this version. Run: signalbox migrate\n"
    )


def test_no_framework_yet(say: Say, database_url: str) -> None:
    told = say("status", **settings(database_url, NOWHERE))
    assert told == (
        "signalbox: No framework has been applied yet. Run: signalbox apply DIRECTORY "
        "(such as examples/shop)\n"
    )


def test_a_broker_that_is_not_there(say: Say) -> None:
    variables = settings("postgresql://jo:secret@localhost/shop", NOWHERE)
    told = say("try", str(EMPTY), "--last", "3", **variables)
    assert told == (
        "signalbox: The broker 127.0.0.1:1 cannot be reached (ConnectionRefusedError). Start it, "
        "or correct SIGNALBOX_KAFKA_BOOTSTRAP.\n"
    )


def test_a_port_that_is_taken(say: Say, database_url: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        variables = settings(database_url, NOWHERE) | {"SIGNALBOX_HEALTH_PORT": str(port)}
        told = say("run", **variables)
    assert told == (
        f"signalbox: cannot listen on 127.0.0.1:{port} (Address already in use): end what uses it, "
        "or choose another with SIGNALBOX_HEALTH_HOST and SIGNALBOX_HEALTH_PORT (0 takes a free "
        "port)\n"
    )
