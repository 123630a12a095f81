"""Tokens of OAUTHBEARER: when they are asked for, and what is said when there are none."""

from pathlib import Path

import pytest

from service.brokers.tokens import Client, ClientCredentials, TokenError, TokenFile
from tests.support.secured import CLIENT_SECRET, USER, token_endpoint


async def test_a_token_is_asked_for_once_and_anew_before_it_expires() -> None:
    now_s = 1_000.0
    with token_endpoint(lives_s=100) as endpoint:
        provider = ClientCredentials(Client(endpoint.url, USER, CLIENT_SECRET), lambda: now_s)
        first = await provider.token()
        now_s += 79
        assert await provider.token() == first
        assert len(endpoint.asked) == 1
        now_s += 2
        assert await provider.token() != first
        assert len(endpoint.asked) == 2


async def test_a_token_without_a_lifetime_is_never_used_twice() -> None:
    with token_endpoint(lives_s=0) as endpoint:
        provider = ClientCredentials(Client(endpoint.url, USER, CLIENT_SECRET))
        await provider.token()
        await provider.token()
        assert len(endpoint.asked) == 2


@pytest.mark.parametrize(
    ("path", "secret", "says"),
    [
        ("/token", "canary", "401 invalid_client"),
        ("/elsewhere", CLIENT_SECRET, "302"),
        ("/page", CLIENT_SECRET, "something else than a token"),
    ],
)
async def test_why_there_is_no_token_is_told_without_the_secret(
    path: str, secret: str, says: str
) -> None:
    """A redirect is not followed: it would carry the secret to somebody else."""
    with token_endpoint() as endpoint:
        url = endpoint.url.replace("/token", path)
        with pytest.raises(TokenError) as refused:
            await ClientCredentials(Client(url, USER, secret)).token()
    assert says in str(refused.value)
    assert secret not in str(refused.value)
    assert len(endpoint.asked) == 1


async def test_an_endpoint_that_is_away_is_named() -> None:
    with pytest.raises(TokenError, match=r"http://127\.0\.0\.1:1/ cannot be reached"):
        await ClientCredentials(Client("http://127.0.0.1:1/", USER, CLIENT_SECRET)).token()


async def test_a_file_is_read_each_time(tmp_path: Path) -> None:
    file = tmp_path / "token"
    provider = TokenFile(file)
    with pytest.raises(TokenError, match="cannot be read"):
        await provider.token()
    for text in ("one", "two"):
        file.write_text(f"{text}\n")
        assert await provider.token() == text
    file.write_text("\n")
    with pytest.raises(TokenError, match="is empty"):
        await provider.token()
