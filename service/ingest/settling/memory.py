"""What a process remembers of committed rows, so that it need not ask for them again.

Nothing here could be undone by a rollback: what a transaction made is remembered when it commits.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from service.identity.keys import IdentifierRow
from service.ingest.preparing.prepared import LinkRow
from service.store.names import Made, Names

T = TypeVar("T")

REMEMBERED: Final = 200_000


class Recent(Generic[T]):
    """Keys seen lately, at most `size` of them."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._young: set[T] = set()
        self._old: set[T] = set()

    def unseen(self, keys: Iterable[Iterable[T]]) -> set[T]:
        """Those of all these keys that were not seen lately."""
        # Each difference walks the few on its left, where `-=` would walk the many on its right.
        return set[T]().union(*keys) - self._young - self._old

    def add(self, keys: Iterable[T]) -> None:
        """The keys were seen."""
        self._young.update(keys)
        if len(self._young) >= self._size // 2:
            self._young, self._old = set(), self._young


@dataclass
class Memory:
    """What a process knows of committed rows."""

    names: Names = field(default_factory=Names)
    identifiers: Recent[IdentifierRow] = field(default_factory=Recent)
    links: Recent[LinkRow] = field(default_factory=Recent)
    days: set[int] = field(default_factory=set)
    """Days since 1970 whose partition is there."""

    def keep(self, made: Made | None) -> None:
        """A transaction that numbered names has committed."""
        if made is not None:
            self.names.keep(made)
