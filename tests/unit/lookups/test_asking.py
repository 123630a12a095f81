"""An API that misbehaves is asked again with patience, and what it says is believed or not."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from service.lookups.asking import LEFT_ALONE, Asking, Away, Terms, Whole
from service.lookups.breaker import FAILURES, FIRST_REST_S, LONGEST_REST_S, Breaker
from service.lookups.replies import Absent, retry_after_s
from tests.support.tool_api import Reply, ToolApi, tool_api

TERMS = Terms(most_bytes=1_000, per_s=1_000, tries=3, first_pause_s=0.01, timeout_s=0.5)
WELL = Reply(body=b'{"id": "R1"}')
NOW = datetime(2026, 1, 12, 10, tzinfo=UTC)


@pytest.fixture
def api() -> Iterator[ToolApi]:
    with tool_api() as api:
        yield api


@asynccontextmanager
async def asking(api: ToolApi, terms: Terms = TERMS) -> AsyncIterator[Asking]:
    asking = Asking(api.url, {"X-Token": "t"}, terms)
    try:
        yield asking
    finally:
        await asking.close()


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(503),
        Reply(500, b"<html>"),
        Reply(429, headers=(("Retry-After", "0"),)),
        Reply(body=b"<html>all is well</html>"),
        Reply(body=b"[1]"),
        Reply(body=b'{"id": '),
        Reply(body=b"{}", after_s=5),
    ],
)
async def test_what_passes_is_tried_again(api: ToolApi, trouble: Reply) -> None:
    api.replies["/r"] = [trouble, WELL]
    async with asking(api) as client:
        assert await client.ask("/r") == Whole(WELL.body)
    assert api.asked == ["/r", "/r"]
    assert {each["X-Token"] for each in api.headers} == {"t"}


async def test_it_waits_as_long_as_the_api_asks_for(api: ToolApi) -> None:
    api.replies["/r"] = [Reply(429, headers=(("Retry-After", "1"),)), WELL]
    async with asking(api) as client:
        assert await client.ask("/r") == Whole(WELL.body)
    assert api.asked_at_s[1] - api.asked_at_s[0] >= 1


async def test_who_asks_for_long_is_left_alone(api: ToolApi) -> None:
    api.replies["/r"] = [Reply(503, headers=(("Retry-After", "3600"),)), WELL]
    async with asking(api) as client:
        assert await client.ask("/r") == Away("the API answers with status 503")
        assert await client.ask("/r") == LEFT_ALONE
    assert api.asked == ["/r"]


@pytest.mark.parametrize("status", [400, 404, 410])
async def test_what_is_not_to_be_had_is_asked_for_once(api: ToolApi, status: int) -> None:
    api.replies["/r"] = [Reply(status)]
    api.replies["/other"] = [WELL]
    async with asking(api) as client:
        answer = await client.ask("/r")
        assert isinstance(answer, Absent)
        assert f"(status {status})" in answer.said
        assert await client.ask("/other") == Whole(WELL.body)
    assert api.asked == ["/r", "/other"]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_is_refused_is_not_sent_again(api: ToolApi, status: int) -> None:
    api.replies["/r"] = [Reply(status)]
    async with asking(api) as client:
        answer = await client.ask("/r")
        assert isinstance(answer, Away)
        assert "SIGNALBOX_ENRICH_TOKENS" in answer.said
        assert await client.ask("/r") == LEFT_ALONE
    assert api.asked == ["/r"]


async def test_nobody_follows_elsewhere(api: ToolApi) -> None:
    with tool_api() as elsewhere:
        api.replies["/r"] = [Reply(302, headers=(("Location", f"{elsewhere.url}/r"),))]
        async with asking(api) as client:
            answer = await client.ask("/r")
    assert isinstance(answer, Away)
    assert "sends us elsewhere" in answer.said
    assert elsewhere.asked == []


@pytest.mark.parametrize("length", [1_001, 5_000_000])
async def test_an_answer_of_any_size_is_not_read(api: ToolApi, length: int) -> None:
    api.replies["/r"] = [Reply(body=b'{"a": "' + b"x" * length + b'"}')]
    async with asking(api) as client:
        answer = await client.ask("/r")
    assert answer == Absent("the tool was asked for it, and it has more than 1000 bytes")


async def test_an_api_that_fails_on_is_left_alone(api: ToolApi) -> None:
    api.replies["/r"] = [Reply(503)]
    async with asking(api, TERMS._replace(tries=2)) as client:
        answers = [await client.ask("/r") for _ in range(FAILURES + 1)]
    assert answers == [Away("the API answers with status 503")] * FAILURES + [LEFT_ALONE]
    assert len(api.asked) == 2 * FAILURES


async def test_an_api_that_is_away_is_said_to_be() -> None:
    with tool_api() as gone:
        pass
    async with asking(gone, TERMS._replace(tries=1)) as client:
        assert await client.ask("/r") == Away("the API cannot be asked (ConnectError)")


async def test_it_never_asks_faster_than_agreed(api: ToolApi) -> None:
    api.replies["/r"] = [WELL]
    async with asking(api, TERMS._replace(per_s=10)) as client:
        for _ in range(4):
            await client.ask("/r")
    assert api.asked_at_s[-1] - api.asked_at_s[0] >= 0.29


def test_each_rest_is_longer_until_one_try_succeeds() -> None:
    breaker, now_s = Breaker(), 100.0
    for _ in range(FAILURES - 1):
        breaker.failed(now_s)
        assert not breaker.rests(now_s)
    for rest_s in (FIRST_REST_S, 2 * FIRST_REST_S):
        breaker.failed(now_s)
        assert breaker.rests(now_s + rest_s - 1)
        assert not breaker.rests(now_s + rest_s)
        now_s += rest_s
    for _ in range(2_000):
        breaker.failed(now_s)
    assert breaker.rests(now_s + LONGEST_REST_S - 1)
    assert not breaker.rests(now_s + LONGEST_REST_S)
    breaker.succeeded()
    breaker.failed(now_s)
    assert not breaker.rests(now_s)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("120", 120),
        ("Mon, 12 Jan 2026 10:01:30 GMT", 90),
        ("Mon, 12 Jan 2026 09:00:00 GMT", 0),
        ("Mon, 12 Jan 2026 10:00:10 -0000", 10),
        ("soon", 0),
        ("-5", 0),
        ("", 0),
        ("9" * 400, 999_999_999),
    ],
)
def test_retry_after_is_a_number_or_a_date(written: str, seconds: float) -> None:
    assert retry_after_s(written, NOW) == seconds
