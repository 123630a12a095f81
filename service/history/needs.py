"""What rules ask of histories: which kinds are kept, and how far back they matter.

The needs of a revision include those of all revisions before it, because an event is placed again
under the revision at its own position.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple


class HistoryNeeds(NamedTuple):
    """What the rules of all revisions so far ask of histories.

    `asked`: kind -> widest window in microseconds, None for all time. `askers`: kinds of events
    at which such a rule can match, None for any. `widest_bounded_us`: the widest of all windows
    that have an end, also those of kinds that another rule counts over all time.
    """

    asked: Mapping[str, int | None]
    askers: frozenset[str] | None
    widest_bounded_us: int

    def keeps(self, kind: str) -> bool:
        """Whether events of the kind have a history row."""
        return bool(self.asked) and (
            kind in self.asked or self.askers is None or kind in self.askers
        )

    def asks(self, kind: str) -> bool:
        """Whether a rule that asks for history can match an event of the kind."""
        return bool(self.asked) and (self.askers is None or kind in self.askers)

    @property
    def widest_us(self) -> int | None:
        """The widest window, None if some rule counts over all time."""
        windows = list(self.asked.values())
        return None if None in windows else max((w for w in windows if w is not None), default=0)

    def with_those_of(self, other: "HistoryNeeds") -> "HistoryNeeds":
        """What both ask together."""
        asked = dict(self.asked)
        for kind, window_us in other.asked.items():
            mine = asked.get(kind, 0)
            asked[kind] = None if mine is None or window_us is None else max(mine, window_us)
        bounded_us = max(self.widest_bounded_us, other.widest_bounded_us)
        if not self.asked or not other.asked:
            return HistoryNeeds(asked, self.askers if self.asked else other.askers, bounded_us)
        if self.askers is None or other.askers is None:
            return HistoryNeeds(asked, None, bounded_us)
        return HistoryNeeds(asked, self.askers | other.askers, bounded_us)

    def as_json(self) -> dict[str, Any]:
        """As it is stored beside a revision."""
        askers = None if self.askers is None else sorted(self.askers)
        return {
            "asked": dict(sorted(self.asked.items())),
            "askers": askers,
            "widest_bounded_us": self.widest_bounded_us,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "HistoryNeeds":
        """Inverse of `as_json`."""
        askers = document["askers"]
        known = None if askers is None else frozenset(askers)
        return cls(document["asked"], known, document["widest_bounded_us"])


NOTHING_ASKED: Final = HistoryNeeds({}, frozenset(), 0)
