"""What is wrong with the database is a sentence, and no text of the server is in it."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from service.store.trouble import database_trouble

SECRET = "jo@shop.example"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (asyncpg.DiskFullError(SECRET), "the disk of the database is full"),
        (asyncpg.ReadOnlySQLTransactionError(SECRET), "the database is read-only"),
        (
            asyncpg.UndefinedTableError(SECRET),
            "the database lacks tables of this version: signalbox migrate",
        ),
        (asyncpg.InvalidPasswordError(SECRET), "the database does not let this account in"),
        (
            asyncpg.CannotConnectNowError(SECRET),
            "the database is shutting down, starting, or has crashed",
        ),
        (ConnectionRefusedError(SECRET), "the database cannot be reached: ConnectionRefusedError"),
        (
            asyncpg.InternalServerError(SECRET),
            "the database ended the work: InternalServerError, SQLSTATE XX000",
        ),
        (KeyError(SECRET), "failed with KeyError"),
    ],
)
def test_what_is_wrong_is_a_sentence_without_data(error: Exception, sentence: str) -> None:
    assert database_trouble(error) == sentence


def test_an_error_is_looked_for_below_the_one_of_sqlalchemy() -> None:
    wrapped = DBAPIError("SELECT 1", {}, Exception(SECRET))
    wrapped.__cause__ = asyncpg.DiskFullError(SECRET)
    assert database_trouble(wrapped) == "the disk of the database is full"
