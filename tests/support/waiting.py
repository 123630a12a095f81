"""Waiting for what must become true, up to a deadline; never for an amount of time."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Final

_POLL_S: Final = 0.02

PATIENCE_S: Final = 120.0
"""Enough for a busy machine. Nobody waits longer than until it is so."""


async def wait_for(
    condition: Callable[[], bool | Awaitable[bool]], deadline_s: float = PATIENCE_S
) -> None:
    """Returns as soon as the condition holds; fails with its name when the deadline passes."""
    try:
        async with asyncio.timeout(deadline_s):
            while not await _holds(condition):  # noqa: ASYNC110  (a database sets no Event)
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        name = getattr(condition, "__name__", repr(condition))
        raise AssertionError(f"not so within {deadline_s} s: {name}") from None


async def _holds(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    answer = condition()
    return await answer if inspect.isawaitable(answer) else bool(answer)
