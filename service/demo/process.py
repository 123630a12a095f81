"""The service's process, as the demo keeps it: started, told the time, killed, started again."""

import asyncio
import os
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from typing import Final

from service.settings import PREFIX

_GRACE_S: Final = 10.0
_TAIL_LINES: Final = 3


class ServiceProcess:
    """One process at a time. It waits for the time of the story before it begins to work."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        self._environment = {**inherited, **variables}
        self._now_us: int | None = None
        self._process: Process | None = None
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  (closed by `stop`)

    async def start(self) -> None:
        """A session of its own keeps Ctrl-C from it: the demo ends it, in order."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "service.demo.worker"),
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=self._said,
            env=self._environment,
            start_new_session=True,
        )
        if self._now_us is not None:
            self.tell(self._now_us)

    def tell(self, now_us: int) -> None:
        """What time of the story it is; a process that is started later hears it, too."""
        self._now_us = now_us
        process = self._process
        if process is not None and process.returncode is None and process.stdin is not None:
            process.stdin.write(b"%d\n" % now_us)

    async def kill(self) -> None:
        """SIGKILL: the process has no chance to finish or to say anything."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await process.wait()

    async def stop(self) -> None:
        """SIGTERM, as any service is stopped; SIGKILL to one that does not end."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _GRACE_S)
            except TimeoutError:
                process.kill()
                await process.wait()
        self._said.close()

    @property
    def trouble(self) -> str | None:
        """What was said last by a process that ended although nobody asked it to."""
        if self._process is None or self._process.returncode is None:
            return None
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return " / ".join(lines[-_TAIL_LINES:]) or f"exit status {self._process.returncode}"
