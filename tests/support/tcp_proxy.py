"""A line to a server that a test can cut, or on which it can lose a reply."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

_CHUNK_BYTES: Final = 65_536


class Line:
    """What lies between a client and a server. Made by `line_to`."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._ends: set[StreamWriter] = set()
        self._swallowed: bytes | None = None
        self._flows = asyncio.Event()
        self._flows.set()
        self.port = 0
        self.is_up = True
        self.lost_replies = 0
        self.held_back = 0
        """Pieces that came while it was silent."""

    def cut(self) -> None:
        """Resets every connection, and new ones at once, until `mend`."""
        self.is_up = False
        for end in list(self._ends):
            end.transport.abort()

    def silence(self) -> None:
        """Keeps every connection and lets nothing through, in neither direction, until `mend`."""
        self._flows.clear()

    def mend(self) -> None:
        """Lets connections and what goes over them through again."""
        self.is_up = True
        self._flows.set()

    def lose_reply_to(self, request: bytes) -> None:
        """Once: lets a request that holds these bytes through, and cuts before its reply."""
        self._swallowed = request

    async def carry(self, near_reader: StreamReader, near: StreamWriter) -> None:
        """One connection from a client."""
        if not self.is_up:
            near.transport.abort()
            return
        with suppress(OSError):
            far_reader, far = await asyncio.open_connection(*self._server)
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
            await asyncio.gather(*ways, return_exceptions=True)

    async def _flowing(self) -> None:
        if not self._flows.is_set():
            self.held_back += 1
            await self._flows.wait()

    async def _requests(self, near: StreamReader, far: StreamWriter, last: asyncio.Event) -> None:
        while data := await near.read(_CHUNK_BYTES):
            if self._swallowed is not None and self._swallowed in data:
                self._swallowed = None
                last.set()
            await self._flowing()
            far.write(data)
            await far.drain()

    async def _replies(self, far: StreamReader, near: StreamWriter, last: asyncio.Event) -> None:
        while data := await far.read(_CHUNK_BYTES):
            if last.is_set():
                self.lost_replies += 1
                return
            await self._flowing()
            near.write(data)
            await near.drain()


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
