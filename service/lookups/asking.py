"""Asks one API for one thing after the other, never faster than it was agreed.

What fails is tried again after a pause that doubles, with chance in it, and never before the time
that the API asks for. An API that fails on is left alone for a while (`service.lookups.breaker`).
Redirects are not followed: they would take the token with them.
"""

import asyncio
import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeAlias

import httpx
import msgspec

from service.lookups.breaker import Breaker
from service.lookups.replies import Absent, Failure, meaning

LONGEST_PAUSE_S: Final = 30.0
"""Who asks for a longer one is left alone and asked in a later round."""


class Terms(NamedTuple):
    """How an API is asked."""

    most_bytes: int
    """A longer answer is not read."""
    per_s: float = 2.0
    tries: int = 4
    first_pause_s: float = 0.5
    timeout_s: float = 20.0
    """For one whole reply."""


class Whole(NamedTuple):
    """What was asked for: a JSON object."""

    body: bytes


class Away(NamedTuple):
    """The API cannot be asked now."""

    said: str


Answer: TypeAlias = Whole | Absent | Away

LEFT_ALONE: Final = Away("the API failed again and again, and is left alone for a while")


class Asking:
    """Asks the API at an address. One connection pool, closed by `close`."""

    def __init__(self, address: str, headers: Mapping[str, str], terms: Terms) -> None:
        # Unpacked as it is read, an answer could be of any size.
        own = {"Accept": "application/json", "Accept-Encoding": "identity"}
        self._client = httpx.AsyncClient(headers={**own, **headers}, timeout=terms.timeout_s)
        self._address = address
        self._terms = terms
        self._breaker = Breaker()
        self._next_s = 0.0

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def ask(self, path: str) -> Answer:
        """What the API has at `path`. Never raises for what it does."""
        if self._breaker.rests(time.monotonic()):
            return LEFT_ALONE
        reply = await self._tried(path)
        if isinstance(reply, Failure):
            self._breaker.failed(time.monotonic(), reply.wanted_rest_s)
            return Away(reply.said)
        self._breaker.succeeded()
        return reply

    async def _tried(self, path: str) -> Whole | Absent | Failure:
        pause_s = self._terms.first_pause_s
        for left in reversed(range(self._terms.tries)):
            await self._wait_for_turn()
            reply = await self._asked_once(path)
            if not isinstance(reply, Failure) or reply.hopeless or not left:
                return reply
            if reply.wanted_rest_s > LONGEST_PAUSE_S:
                return reply
            chance = random.uniform(0.5, 1.0)  # noqa: S311 - spreads requests, and is no secret
            await asyncio.sleep(max(reply.wanted_rest_s, pause_s * chance))
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
        raise AssertionError("there is at least one try")

    async def _wait_for_turn(self) -> None:
        now_s = time.monotonic()
        turn_s = max(now_s, self._next_s)
        self._next_s = turn_s + 1 / self._terms.per_s
        await asyncio.sleep(turn_s - now_s)

    async def _asked_once(self, path: str) -> Whole | Absent | Failure:
        try:
            async with (
                asyncio.timeout(self._terms.timeout_s),
                self._client.stream("GET", f"{self._address}{path}") as response,
            ):
                said = meaning(response.status_code, response.headers, datetime.now(UTC))
                return await self._read(response) if said is None else said
        except (TimeoutError, httpx.TimeoutException):
            return Failure("the API does not answer in time")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Failure(f"the API cannot be asked ({type(error).__name__})")

    async def _read(self, response: httpx.Response) -> Whole | Absent | Failure:
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._terms.most_bytes:
                limit = self._terms.most_bytes
                return Absent(f"the tool was asked for it, and it has more than {limit} bytes")
        try:
            msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Failure("the API answers with something else than a JSON object")
        return Whole(bytes(body))
