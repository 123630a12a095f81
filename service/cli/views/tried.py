"""What `signalbox try` shows: each record with its event, its place and the reason; then sums."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.text import Text

from service.framework.models import Framework
from service.framework.places import titles, touchpoints
from service.store.times import moment
from service.trying import NoEvent, Outcome, Placed

RECORD_CHARACTERS: Final = 200
"""How much of a record is shown, where the line is that long."""


class TriedView(NamedTuple):
    """Every outcome, or those without a touchpoint, and what they come to."""

    framework: Framework
    outcomes: Sequence[Outcome]
    only_unplaced: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for outcome in self.outcomes:
            if self.only_unplaced and not (isinstance(outcome, Placed) and not outcome.placements):
                continue
            yield from self._outcome(outcome)
            yield Text()
        yield from _sums(self.framework, self.outcomes)

    def _outcome(self, outcome: Outcome) -> Iterable[Any]:
        yield Text.assemble((outcome.sample.place, "bold"), "  ", _subject(self, outcome))
        value = (outcome.sample.record.value or b"").decode(errors="replace")
        shown = "".join(c if c.isprintable() else " " for c in value[:RECORD_CHARACTERS])
        yield Padding(Text(shown, "dim", no_wrap=True, overflow="ellipsis"), (0, 0, 0, 2))
        match outcome:
            case NoEvent(what=what, reason=reason):
                colour = "red" if what == "dead letter" else "dim"
                yield Padding(Text(f"{what}: {reason}", colour), (0, 0, 0, 2))
            case Placed():
                for line in self._placed(outcome):
                    yield Padding(line, (0, 0, 0, 2))

    def _placed(self, outcome: Placed) -> Iterable[Text]:
        if not outcome.counts:
            yield Text("states what another record states, too: it counts once", "dim")
        named, reasons = titles(self.framework), {one.rule: one.reason for one in outcome.rules}
        # That the kind is what it is asked to be is said by the line above.
        told_above = f' is true (event.kind is "{outcome.event.kind}")'
        for placement in outcome.placements:
            yield Text.assemble(
                (named[placement.touchpoint], "bold green"),
                f" ({placement.touchpoint}) by rule {placement.rule}: ",
                (reasons[placement.rule].removesuffix(told_above), "dim"),
            )
        if not outcome.placements:
            yield Text(f"unplaced: {_why_unplaced(outcome)}", "yellow")


def _subject(view: TriedView, outcome: Outcome) -> Text:
    if isinstance(outcome, NoEvent):
        return Text("")
    event = outcome.event
    at = moment(event.occurred_at_us).astimezone(ZoneInfo(view.framework.timezone))
    return Text(f"{event.kind}  {event.system}:{event.fact_id}  {at:%a %Y-%m-%d %H:%M}")


def _why_unplaced(outcome: Placed) -> str:
    """What the rules saw that ask about events of its kind."""
    close = [one for one in outcome.rules if one.rule in outcome.asked]
    if not close:
        return f"no rule asks about events of kind {outcome.event.kind}"
    return "; ".join(f"rule {one.rule}: {one.reason}" for one in close)


def _sums(framework: Framework, outcomes: Sequence[Outcome]) -> Iterable[Text]:
    placed = [one for one in outcomes if isinstance(one, Placed)]
    counted = [one for one in placed if one.counts]
    at = Counter(place.touchpoint for one in counted for place in one.placements)
    yield Text(_heading(len(outcomes), len(counted), len(placed) - len(counted)), "bold")
    for path, touchpoint in touchpoints(framework):
        if at[path]:
            yield Text(f"  {at[path]:>6,}  {touchpoint.title} ({path})")
    unplaced = Counter(one.event.kind for one in counted if not one.placements)
    for kind, n in unplaced.most_common():
        yield Text(f"  {n:>6,}  unplaced: {kind}", "yellow")
    others = Counter((one.what, one.reason) for one in outcomes if isinstance(one, NoEvent))
    for (what, reason), n in others.most_common():
        yield Text(f"  {n:>6,}  {what}: {reason}", "red" if what == "dead letter" else "dim")
    yield Text("Nothing was written.", "dim")


def _heading(items: int, counted: int, copies: int) -> str:
    repeated = f", {copies:,} that state the same again" if copies else ""
    others = items - counted - copies
    beside = f", {others:,} that are no events" if others else ""
    return f"{items:,} items: {counted:,} events{repeated}{beside}"


def tried_documents(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """The same for a program."""
    return [_document(one) for one in outcomes]


def _document(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, NoEvent):
        return {"place": outcome.sample.place, "what": outcome.what, "reason": outcome.reason}
    return {
        "place": outcome.sample.place,
        "what": "event",
        "event": msgspec.to_builtins(outcome.event),
        "counts": outcome.counts,
        "placements": [one._asdict() for one in outcome.placements],
        "rules": [one._asdict() for one in outcome.rules if one.rule in outcome.asked],
    }
