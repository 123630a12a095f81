"""Where the token of OAUTHBEARER comes from: a file, or an OpenID provider's token endpoint.

Brokers ask for it at every new connection. A token is never logged and in no error.
"""

import asyncio
import json
import re
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import httpx
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaError

TIMEOUT_S: Final = 10
MAX_ANSWER_BYTES: Final = 1_048_576
USED_FOR: Final = 0.8
"""A token is renewed after this part of its life, long before a broker would refuse it."""

_ERROR_WORD: Final = re.compile(r"[a-z_]{1,40}", re.ASCII)


class TokenError(KafkaError):  # type: ignore[misc]
    """There is no token. The text says where it was to come from, and never what was sent."""


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
                self._token, lives_s = await _ask(self._client)
                self._renew_at_s = asked_at_s + lives_s * USED_FOR
            return self._token


async def _ask(client: Client) -> tuple[str, float]:
    """A token and how many seconds it lives. A redirect would carry the secret elsewhere."""
    form = {"grant_type": "client_credentials"} | ({"scope": client.scope} if client.scope else {})
    account = (quote(client.id, safe=""), quote(client.secret, safe=""))
    try:
        async with (
            asyncio.timeout(TIMEOUT_S),
            httpx.AsyncClient(verify=ssl.create_default_context(), timeout=TIMEOUT_S) as http,
            http.stream("POST", client.token_url, data=form, auth=account) as answer,
        ):
            document = await _read(answer)
    except (httpx.TransportError, TimeoutError) as error:
        raise TokenError(f"{client.token_url} cannot be reached: {type(error).__name__}") from None
    if not answer.is_success:
        said = f"{answer.status_code} {_error_word(document)}"
        raise TokenError(f"{client.token_url} gives no token: {said}")
    try:
        return str(document["access_token"]), float(document.get("expires_in", 0))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise TokenError(f"{client.token_url} answers with something else than a token") from None


async def _read(answer: httpx.Response) -> Any:
    """The document of an answer; None if it is too long or no document."""
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            return None
    try:
        return json.loads(body)
    except ValueError:
        return None


def _error_word(document: Any) -> str:
    """The `error` of RFC 6749, which is a plain word, such as `invalid_client`."""
    word = document.get("error") if isinstance(document, dict) else None
    return word if isinstance(word, str) and _ERROR_WORD.fullmatch(word) else ""
