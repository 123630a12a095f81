"""That a worker is to end: what waits for anything else is over then."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Ending:
    """Begins once; nothing new is begun after that."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def begin(self) -> None:
        self._event.set()

    @property
    def has_begun(self) -> bool:
        return self._event.is_set()

    async def pause(self, seconds: float) -> None:
        """Wait so long, unless the end begins."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return

    async def or_end(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What `work` gives; None, and it is cancelled, when the end begins before that."""
        working = asyncio.create_task(work)
        beginning = asyncio.create_task(self._event.wait())
        await asyncio.wait([working, beginning], return_when=asyncio.FIRST_COMPLETED)
        beginning.cancel()
        if working.done():
            return working.result()
        working.cancel()
        await asyncio.wait([working])
        return None
