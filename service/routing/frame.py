"""What a compiled expression runs on: an event, its customer's history, the places of names."""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from service.canonical import CanonicalEvent


class History(Protocol):
    """What the customer of the event did."""

    def count(self, kind: str, window_us: int | None) -> int:
        """How many of the customer's events are of `kind`, up to and including this one in the
        order of the customer's events, with occurred_at > this one's - `window_us`.
        """


class Frame:
    """One event as an expression sees it.

    `slots` has what its names and loop variables stand for, by their places; `steps` is how many
    its loops may still make.
    """

    __slots__ = ("event", "history", "slots", "steps")

    def __init__(self, event: CanonicalEvent, history: History) -> None:
        self.event = event
        self.history = history
        self.slots: dict[int, Any] = {}
        self.steps = 0


Run: TypeAlias = Callable[[Frame], Any]
"""A compiled expression. Raises `NoValueError`."""

Truth: TypeAlias = Callable[[Frame], bool]
"""A compiled condition. Raises `NoValueError`."""
