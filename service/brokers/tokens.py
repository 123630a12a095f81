"""Where the token of OAUTHBEARER comes from: a file, or an OpenID provider's token endpoint.

Brokers ask for it at every new connection. A token is never logged and in no error.
"""

import asyncio
import json
import re
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

import aiokafka.conn
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaError, SaslAuthenticationFailed

TIMEOUT_S: Final = 10
MAX_ANSWER_BYTES: Final = 1_048_576
USED_FOR: Final = 0.8
"""A token is renewed after this part of its life, long before a broker would refuse it."""

_ERROR_WORD: Final = re.compile(r"[a-z_]{1,40}", re.ASCII)


class TokenError(KafkaError):  # type: ignore[misc]
    """There is no token. The text says where it was to come from, and never what was sent."""


class _Authenticator(aiokafka.conn.OAuthAuthenticator):  # type: ignore[misc]
    """Looks at what the broker says of a token (RFC 7628: nothing, if it takes it).

    The client's own does not, and takes a connection that was refused for an empty cluster.
    """

    async def step(self, payload: bytes | None) -> tuple[bytes, bool] | None:
        if payload:
            raise SaslAuthenticationFailed("the token was not taken")
        step: tuple[bytes, bool] | None = await super().step(payload)
        return step


aiokafka.conn.OAuthAuthenticator = _Authenticator


class TokenFile(AbstractTokenProvider):  # type: ignore[misc]
    """A token that somebody else renews: the file is read at each connection."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def token(self) -> str:
        try:
            token = (await asyncio.to_thread(self._path.read_text, "utf-8")).strip()
        except (OSError, UnicodeDecodeError) as error:
            raise TokenError(f"{self._path} cannot be read: {type(error).__name__}") from None
        if not token:
            raise TokenError(f"{self._path} is empty")
        return token


class Client(NamedTuple):
    """Who asks which endpoint for a token."""

    token_url: str
    id: str
    secret: str
    scope: str = ""


class ClientCredentials(AbstractTokenProvider):  # type: ignore[misc]
    """A token of the client credentials grant (RFC 6749), asked for anew before it expires."""

    def __init__(self, client: Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._token = ""
        self._renew_at_s = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def token(self) -> str:
        async with self._one_at_a_time:
            if self._clock() >= self._renew_at_s:
                asked_at_s = self._clock()
                self._token, lives_s = await asyncio.to_thread(_ask, self._client)
                self._renew_at_s = asked_at_s + lives_s * USED_FOR
            return self._token


class _StayHere(urllib.request.HTTPRedirectHandler):
    """A redirected request would carry the secret to somebody else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _ask(client: Client) -> tuple[str, float]:
    """A token and how many seconds it lives."""
    form = {"grant_type": "client_credentials"} | ({"scope": client.scope} if client.scope else {})
    pair = f"{quote(client.id, safe='')}:{quote(client.secret, safe='')}"
    request = urllib.request.Request(  # noqa: S310 - settings allow https, and http to loopback
        client.token_url,
        urlencode(form).encode(),
        {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"},
    )
    try:
        with urllib.request.build_opener(_StayHere).open(request, timeout=TIMEOUT_S) as answer:
            document = json.loads(answer.read(MAX_ANSWER_BYTES))
        return str(document["access_token"]), float(document.get("expires_in", 0))
    except urllib.error.HTTPError as error:
        with error:
            said = _error_word(error)
        raise TokenError(f"{client.token_url} gives no token: {error.code} {said}") from None
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise TokenError(f"{client.token_url} cannot be reached: {type(reason).__name__}") from None
    except (ValueError, KeyError, TypeError):
        raise TokenError(f"{client.token_url} answers with something else than a token") from None


def _error_word(error: urllib.error.HTTPError) -> str:
    """The `error` of RFC 6749, which is a plain word, such as `invalid_client`."""
    try:
        word = str(json.loads(error.read(MAX_ANSWER_BYTES))["error"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return word if _ERROR_WORD.fullmatch(word) else ""
