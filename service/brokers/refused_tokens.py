"""What a broker says of a token that it does not take.

It answers the token with an error (RFC 7628, 3.2.2), and with nothing where it takes it. The client
never looks at that answer and takes a refused connection for an empty cluster, which looks like
topics that are gone. It has no setting for it, and makes its authenticators itself.
"""

import aiokafka.conn
from aiokafka.errors import SaslAuthenticationFailed


def heed_refused_tokens() -> None:
    """Make every Kafka client of this process raise for a refused token. Twice is once."""
    aiokafka.conn.OAuthAuthenticator = HeedingAuthenticator


class HeedingAuthenticator(aiokafka.conn.OAuthAuthenticator):  # type: ignore[misc]
    """The client's own, which looks at the answer too."""

    async def step(self, payload: bytes | None) -> tuple[bytes, bool] | None:
        if payload:
            raise SaslAuthenticationFailed("the token was not taken")
        step: tuple[bytes, bool] | None = await super().step(payload)
        return step
