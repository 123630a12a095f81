"""A token that a broker refuses is an error, though the client does not look."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import SaslAuthenticationFailed

from service.brokers.refused_tokens import HeedingAuthenticator, heed_refused_tokens
from service.brokers.tokens import TokenFile

REFUSED = b'{"status":"invalid_token"}'


@pytest.fixture
async def authenticator(tmp_path: Path) -> AsyncIterator[Any]:
    """The one that the client makes for a connection of its own."""
    file = tmp_path / "token"
    file.write_text("token")
    heed_refused_tokens()
    connection = AIOKafkaConnection(
        "127.0.0.1",
        1,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="OAUTHBEARER",
        sasl_oauth_token_provider=TokenFile(file),
    )
    yield connection.authenticator_oauth()
    connection.close()


async def test_a_refused_token_is_an_error_and_one_that_is_taken_is_none(
    authenticator: Any,
) -> None:
    said, more = await authenticator.step(None)
    assert b"Bearer token" in said
    assert more
    assert await authenticator.step(b"") is None
    with pytest.raises(SaslAuthenticationFailed):
        await authenticator.step(REFUSED)


async def test_the_clients_own_authenticator_still_does_not_look(authenticator: Any) -> None:
    """Where this fails, the client looks by itself: `service.brokers.refused_tokens` can go."""
    own = HeedingAuthenticator.__base__.step
    await own(authenticator, None)
    assert await own(authenticator, REFUSED) is None
