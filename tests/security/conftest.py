"""Servers with locks, started once for all tests of this folder."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.secured import (
    SecuredKafka,
    SecuredPostgres,
    TokenEndpoint,
    secured_kafka,
    secured_postgres,
    token,
    token_endpoint,
)
from tests.support.servers import postgres_programs


@pytest.fixture(scope="session")
def locked_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """An Apache Kafka with a listener for each way in."""
    if not all(map(shutil.which, ("java", "mvn", "openssl"))):
        pytest.skip("needs java, mvn and openssl")
    with secured_kafka(tmp_path_factory.mktemp("kafka")) as kafka:
        yield kafka


@pytest.fixture(scope="session")
def locked_postgres() -> Iterator[SecuredPostgres]:
    """A PostgreSQL with TLS, which the wheel's does not have."""
    if postgres_programs() is None or not shutil.which("openssl"):
        pytest.skip("needs PostgreSQL's programs and openssl")
    with secured_postgres() as postgres:
        yield postgres


@pytest.fixture
def tokens() -> Iterator[TokenEndpoint]:
    """An OpenID provider's token endpoint."""
    with token_endpoint(lives_s=4) as endpoint:
        yield endpoint


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    """A token as somebody wrote it there."""
    path = tmp_path / "token"
    path.write_text(f"{token()}\n")
    return path
