"""A line to a server that a test can cut, or on which it can lose a reply."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeAlias

_CHUNK_BYTES: Final = 65_536

Wanted: TypeAlias = bytes | Callable[[bytes], bool]
"""A request that holds these bytes, or of which this holds."""


class Line:
    """What lies between a client and a server. Made by `line_to`."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._ends: set[StreamWriter] = set()
        self._swallowed: Wanted | None = None
        self._is_deaf = False
        self._flows = asyncio.Event()
        self._flows.set()
        self.port = 0
        self.is_up = True
        self.lost_replies = 0
        self.held_back = 0
        """Pieces that came while it was silent."""
        self._silent_after: Wanted | None = None
        self.silenced = 0

    def cut(self) -> None:
        """Resets every connection, and new ones at once, until `mend`."""
        self.is_up = False
        self._reset()

    def silence(self) -> None:
        """Keeps every connection and lets nothing through, in neither direction, until `mend`."""
        self._flows.clear()

    def silence_after(self, request: Wanted) -> None:
        """Until `mend`: whatever connection such a request comes over is kept and says no more."""
        self._silent_after = request

    def deafen(self) -> None:
        """Lets requests through and loses every reply, until `mend`."""
        self._is_deaf = True

    def mend(self) -> None:
        """Lets connections and what goes over them through again; deaf ones are reset."""
        self.is_up = True
        self._silent_after = None
        self._flows.set()
        if self._is_deaf:
            self._is_deaf = False
            self._reset()

    def lose_reply_to(self, request: Wanted) -> None:
        """Once: lets such a request through, and cuts before its reply."""
        self._swallowed = request

    def _reset(self) -> None:
        for end in list(self._ends):
            end.transport.abort()

    async def carry(self, near_reader: StreamReader, near: StreamWriter) -> None:
        """One connection from a client."""
        if not self.is_up:
            near.transport.abort()
            return
        try:
            far_reader, far = await asyncio.open_connection(*self._server)
        except OSError:
            near.transport.abort()
            return
        with suppress(OSError):
            self._ends |= {near, far}
            last = asyncio.Event()
            ways = [
                asyncio.create_task(self._requests(near_reader, far, last)),
                asyncio.create_task(self._replies(far_reader, near, last)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for end in (near, far):
                end.transport.abort()
                self._ends.discard(end)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _flowing(self) -> None:
        if not self._flows.is_set():
            self.held_back += 1
            await self._flows.wait()

    async def _requests(self, near: StreamReader, far: StreamWriter, last: asyncio.Event) -> None:
        while data := await near.read(_CHUNK_BYTES):
            if self._swallowed is not None and _is_wanted(data, self._swallowed):
                self._swallowed = None
                last.set()
            if self._silent_after is not None and _is_wanted(data, self._silent_after):
                self.silenced += 1
                await asyncio.Event().wait()
            await self._flowing()
            far.write(data)
            await far.drain()

    async def _replies(self, far: StreamReader, near: StreamWriter, last: asyncio.Event) -> None:
        while data := await far.read(_CHUNK_BYTES):
            if last.is_set():
                self.lost_replies += 1
                return
            await self._flowing()
            if self._is_deaf:
                self.lost_replies += 1
                continue
            near.write(data)
            await near.drain()


def _is_wanted(data: bytes, wanted: Wanted) -> bool:
    return wanted in data if isinstance(wanted, bytes) else wanted(data)


@asynccontextmanager
async def line_to(host: str, port: int) -> AsyncIterator[Line]:
    """A line whose near end is at `port` of this machine, for as long as the block."""
    line = Line(host, port)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        line.cut()
