"""What a customer did before: the order of a customer's events, and counts in it.

The order is (occurred_at, system, event id), with the fact's key as the last word so that two
facts under one event id have an order too. A count at an event covers the customer's events of
the kind up to and including that one, each fact once, placed or not.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping

import msgspec


class Rank(msgspec.Struct, frozen=True, order=True, gc=False):
    """Where an event lies among its customer's events."""

    occurred_at_us: int
    system: str
    event: str
    fact: bytes


class Entry(msgspec.Struct, frozen=True, gc=False):
    """An event kept in a history. `event_id` and `record_time_us` find its stored row."""

    rank: Rank
    kind: str
    event_id: int
    record_time_us: int


class CustomerHistory:
    """One customer's events of the kinds that rules ask about, from `bound_us` on.

    `older` counts the events of each kind at or before `bound_us`, of which no entry is held.
    """

    def __init__(self, entries: Iterable[Entry], older: Mapping[str, int]) -> None:
        self._entries = {entry.rank: entry for entry in entries}
        self._older = older
        self._ranks: dict[str, list[Rank]] = {}
        for entry in self._entries.values():
            self._ranks.setdefault(entry.kind, []).append(entry.rank)
        for ranks in self._ranks.values():
            ranks.sort()

    def add(self, entry: Entry) -> None:
        """Put an event in its place. Adding one that is there replaces it."""
        if entry.rank in self._entries:
            self.remove(entry.rank)
        self._entries[entry.rank] = entry
        insort(self._ranks.setdefault(entry.kind, []), entry.rank)

    def remove(self, rank: Rank) -> None:
        """Take an event out. Does nothing if it is not there."""
        entry = self._entries.pop(rank, None)
        if entry is not None:
            self._ranks[entry.kind].remove(rank)

    def count(self, kind: str, rank: Rank, window_us: int | None) -> int:
        """How many events of `kind` up to `rank`, with occurred_at > its time - `window_us`."""
        ranks = self._ranks.get(kind, [])
        last = bisect_right(ranks, rank)
        if window_us is None:
            return last + self._older.get(kind, 0)
        first = Rank(rank.occurred_at_us - window_us + 1, "", "", b"")
        return last - bisect_left(ranks, first)

    def after(self, rank: Rank) -> list[Entry]:
        """The entries behind `rank`, in order."""
        return [self._entries[one] for one in sorted(one for one in self._entries if one > rank)]


class HistoryAt:
    """The history as one event sees it: what rule conditions ask."""

    def __init__(self, history: CustomerHistory, rank: Rank) -> None:
        self._history = history
        self._rank = rank

    def count(self, kind: str, window_us: int | None) -> int:
        return self._history.count(kind, self._rank, window_us)
