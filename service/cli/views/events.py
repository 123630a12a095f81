"""Events in a list on a terminal, and as a document.

What customers wrote is shown to whoever may read the database, and is nowhere else.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from service.framework.models import Framework
from service.framework.places import titles
from service.store.events import Listed
from service.store.times import moment

WORDS_CHARACTERS: Final = 48
"""How much of a title or text is shown."""


class EventsView(NamedTuple):
    """The newest events, and how many there are of each kind in all."""

    framework: Framework
    rows: Sequence[Listed]
    kinds: Mapping[str, int]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self.rows:
            yield Text("There are no such events.")
            return
        yield self._table()
        total = sum(self.kinds.values())
        parts = ", ".join(f"{kind} {n:,}" for kind, n in self.kinds.items())
        yield Text(f"{total:,} in all: {parts}.", "dim")
        yield Text("Why one is where it is: signalbox explain EVENT", "dim")

    def _table(self) -> Table:
        zone, named = ZoneInfo(self.framework.timezone), titles(self.framework)
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for name in ("happened", "kind", "event"):
            table.add_column(name, no_wrap=True)
        table.add_column("where")
        words = [_words(row) for row in self.rows]
        if any(words):
            table.add_column("says", ratio=1)
        for row, said in zip(self.rows, words, strict=True):
            happened = moment(row.event.occurred_at_us).astimezone(zone)
            cells: list[str | Text] = [
                f"{happened:%Y-%m-%d %H:%M}",
                row.event.kind,
                f"{row.event.system}:{row.event.fact_id}",
                _where(row, named),
                Text(said, "dim"),
            ]
            table.add_row(*cells[: len(table.columns)])
        return table


def _where(row: Listed, named: Mapping[str, str]) -> Text:
    """The titles of today, or the path of a touchpoint that the framework no longer has."""
    if not row.placements:
        return Text("unplaced", "yellow")
    places = [named.get(one.touchpoint, one.touchpoint) for one in row.placements]
    return Text("; ".join(places))


def _words(row: Listed) -> str:
    said = " ".join((row.event.title or row.event.text).split())
    shown = "".join(c if c.isprintable() else " " for c in said)
    return shown if len(shown) <= WORDS_CHARACTERS else f"{shown[: WORDS_CHARACTERS - 3]}..."


def events_document(view: EventsView) -> dict[str, Any]:
    """The same for a program."""
    return {
        "events": [
            {
                "event": msgspec.to_builtins(row.event),
                "source": row.source,
                "record_time": row.record_time,
                "placements": [one._asdict() for one in row.placements],
            }
            for row in view.rows
        ],
        "kinds": dict(view.kinds),
    }
