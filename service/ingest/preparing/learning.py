"""What must be learned from outside before a batch can be prepared: the schemas of its frames.

`prepare` is pure, so whatever it needs to know is there before it begins.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

from service.event import Record

Learn: TypeAlias = Callable[[Iterable[Record]], Awaitable[bool]]
"""Learns what reading these records needs. False: it cannot be had now, and may be later."""


async def nothing_to_learn(records: Iterable[Record]) -> bool:  # noqa: ARG001 - as `Learn` has it
    """For sources whose records say all themselves."""
    return True
