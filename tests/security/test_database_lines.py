"""PostgreSQL behind TLS that is verified, and each thing that can be wrong with it."""

import traceback
from urllib.parse import quote

import pytest

from service.cli import session
from service.cli.failing import CommandError
from service.store import migrating
from tests.support.certificates import ELSEWHERE
from tests.support.command import settings as variables_for
from tests.support.command import signalbox
from tests.support.ingesting import ingesting, settings_for
from tests.support.secured import SecuredPostgres

NO_BROKER = "127.0.0.1:1"


def verified(postgres: SecuredPostgres, root: object) -> str:
    return f"{postgres.url}?sslmode=verify-full&sslrootcert={quote(str(root), safe='')}"


async def test_a_verified_line_serves_every_part(locked_postgres: SecuredPostgres) -> None:
    await locked_postgres.use(locked_postgres.authority.sign("good"))
    url = verified(locked_postgres, locked_postgres.authority.root)
    await migrating.upgrade(url)
    async with ingesting(url) as here:
        assert await here.value("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    said = await signalbox("doctor", variables=variables_for(url, NO_BROKER))
    assert "by TLS" in said.out
    assert "up to date" in said.out
    assert (await signalbox("audit", variables=variables_for(url, NO_BROKER))).status == 0


async def test_what_is_wrong_with_a_line_is_told_in_one_sentence_without_the_password(
    locked_postgres: SecuredPostgres,
) -> None:
    authority, stranger = locked_postgres.authority, locked_postgres.stranger
    password = locked_postgres.url.split(":")[2].partition("@")[0]
    url = verified(locked_postgres, authority.root)
    wrong_password = url.replace(password, "canary-wrong-password")
    for certificate, line, says in (
        (authority.sign("again"), wrong_password, "password authentication failed"),
        (stranger.sign("unknown"), url, "signed by nobody that is trusted here"),
        (authority.sign("other", names=ELSEWHERE), url, "its certificate is for another address"),
        (authority.sign("expired", days=-1), url, "its certificate has expired"),
    ):
        await locked_postgres.use(certificate)
        with pytest.raises(CommandError) as refused:
            async with session.snapshot(settings_for(line)):
                pass
        assert says in str(refused.value)
        told = "".join(traceback.format_exception(refused.value))
        assert password not in told
        assert "canary" not in told
    said = await signalbox("doctor", variables=variables_for(url, NO_BROKER))
    assert "FAIL database" in said.out
    assert "its certificate has expired" in said.out


async def test_a_server_without_tls_is_not_spoken_to(
    database_url: str, locked_postgres: SecuredPostgres
) -> None:
    """The database of the other tests has none, whatever server it lies on."""
    line = f"{database_url}?sslmode=verify-full&sslrootcert={locked_postgres.authority.root}"
    said = await signalbox("audit", variables=variables_for(line, NO_BROKER))
    assert said.status == 2
    assert "cannot be" in said.err
