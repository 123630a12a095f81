"""A PostgreSQL of a test's own: it may be crashed, killed, started again, and run out of disk."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import asyncpg

from service.embedded import free_port, postgres_server
from service.store import migrating
from tests.support.servers import PASSING, postgres_programs
from tests.support.waiting import wait_for

PAGE_BYTES: Final = 4_096
_SMALL: Final = {"min_wal_size": "32MB", "max_wal_size": "32MB", "wal_init_zero": "on"}


class OwnPostgres:
    """Always at the same address. Made by `own_postgres`, running."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._running = ExitStack()
        self.url = ""

    def start(self) -> None:
        """Returns when it answers: after a crash, when it has recovered."""
        self.url = self._running.enter_context(
            postgres_server(postgres_programs(), self._folder, PASSING | _SMALL, self._port)
        )

    def stop(self) -> None:
        """As its owner would. Returns when it is gone."""
        self._running.close()

    def crash(self) -> None:
        """As `pg_ctl stop -m immediate`: nothing is finished, nothing flushed."""
        os.kill(self.pid, signal.SIGQUIT)
        self._running.close()

    async def kill(self) -> None:
        """SIGKILL to all of its processes. Returns when they are gone."""
        for pid in (self.pid, *self._processes()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        # A second start beside one that is left would be refused.
        await wait_for(lambda: not self._processes())
        self._running.close()

    def _processes(self) -> list[int]:
        """All that work in its folder, also those whose parent is gone."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (process / "cwd").readlink() == self._folder / "data":
                    found.append(int(process.name))
        return found

    @property
    def pid(self) -> int:
        """Of the first of its processes."""
        return int((self._folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    @property
    def is_running(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except OSError:
            return False
        return True

    @contextmanager
    def disk(self, name: str, megabytes: int) -> Iterator["Disk"]:
        """A disk of that size for some of its data; needs the right to mount."""
        where = self._folder / f"disk-{name}"
        where.mkdir()
        options = ["-t", "tmpfs", "-o", f"size={megabytes}m"]
        subprocess.run(["mount", *options, "tmpfs", str(where)], check=True)
        try:
            shutil.chown(where, self._folder.owner())
            yield Disk(where)
        finally:
            self.stop()
            subprocess.run(["umount", str(where)], check=True)

    def move_log_to(self, disk: "Disk") -> None:
        """The write-ahead log; the server must not run."""
        log = self._folder / "data" / "pg_wal"
        subprocess.run(["mv", str(log), str(disk.folder)], check=True)
        log.symlink_to(disk.folder / log.name)

    async def migrated(self, disk: "Disk | None" = None) -> str:
        """The URL of a new database with all tables, which lie on that disk."""
        connection = await asyncpg.connect(self.url)
        try:
            if disk:
                await connection.execute(f"CREATE TABLESPACE disk LOCATION '{disk.folder}'")
            where = "TABLESPACE disk" if disk else ""
            await connection.execute(f"CREATE DATABASE signalbox {where}")
        finally:
            await connection.close()
        url = self.url.rpartition("/")[0] + "/signalbox"
        await migrating.upgrade(url)
        return url


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """A server that is there as long as the block, unless the block ends it before."""
    folder = Path(tempfile.mkdtemp(prefix="signalbox-postgres-"))
    server = OwnPostgres(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


class Disk:
    """A small disk that a test can fill up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Leave nothing."""
        page = bytes(PAGE_BYTES)
        with suppress(OSError), self._ballast.open("ab", buffering=0) as ballast:
            while ballast.write(page):
                pass

    def make_room(self) -> None:
        """Take away what `fill` put there."""
        self._ballast.unlink()
