"""The demo on a terminal: what has happened, and what the service makes of it.

A scene is shown as richly as the terminal has room for: `SceneView` tries one arrangement after
the other, until one is not higher than the terminal.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.constrain import Constrain
from rich.table import Table
from rich.text import Text

from service.cli.views.journeys import READING_WIDTH, headed
from service.cli.views.live_map import (
    KeyMap,
    KeyWall,
    Overview,
    StageLines,
    Wall,
    hangs_on_the_wall,
)
from service.cli.views.marks import signs
from service.cli.views.opportunities import OpportunityBrief, OpportunityHeads, OpportunityText
from service.cli.views.status import outcomes_view
from service.demo.happenings import Happening, Mood, Proof
from service.demo.play import Scene, Summary
from service.metrics.journey_map import JourneyMap
from service.metrics.wording import period_text
from service.settings import Settings
from service.store.times import moment

QUESTIONS: Final = (
    ("signalbox status", "the journey map as it is now"),
    ("signalbox explain 1", "where the opportunity's numbers come from"),
    ("signalbox events list --unplaced", "what no rule has placed"),
    ("signalbox report --html report.html", "all of it as a file to pass on"),
)
"""What is worth asking the demo's servers."""

_COLOURS: Final[dict[Mood, str]] = {"bad": "red", "good": "green", "plain": ""}


def clock_text(second: float) -> str:
    """`0:12`, as a stopwatch has it."""
    return f"{int(second) // 60}:{int(second) % 60:02d}"


def happening_line(happening: Happening) -> str:
    return f"{clock_text(happening.second)}  {happening.text}"


class SceneView(NamedTuple):
    """One look at the demo, as rich as the terminal allows."""

    scene: Scene
    zone: tzinfo

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        wide = hangs_on_the_wall(self.scene.status.map, options.max_width)
        arranged = [Group(*arrange(self)) for arrange in (_WIDE if wide else _NARROW)]

        def fits(one: Group) -> bool:
            return len(console.render_lines(one, options, pad=False)) <= console.height

        yield next(filter(fits, arranged), arranged[-1])

    # The parts.

    @property
    def header(self) -> Text:
        scene = self.scene
        at = moment(scene.status.map.at_us).astimezone(self.zone)
        return Text.assemble(
            ("Signalbox demo", "bold"),
            f"   {at:%a %d %b %H:%M}, day {min(5, int(scene.hour // 24) + 1)} of 5   ",
            (f"{clock_text(scene.second)} of {clock_text(scene.seconds)}", "bold cyan"),
            (", waiting" if scene.waits else "", "yellow"),
            no_wrap=True,
            overflow="ellipsis",
        )

    @property
    def wide_header(self) -> RenderableType:
        return _Headed(self.header)

    def happenings(self, newest: int) -> Table:
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(justify="right")
        table.add_column()
        for one in self.scene.happenings[-newest:]:
            mark = Text(clock_text(one.second), "cyan")
            table.add_row(mark, Text(one.text, _COLOURS[one.mood]))
        return table

    @property
    def opportunity(self) -> RenderableType:
        found = self.scene.status.opportunities
        if not found:
            return self.opportunity_heads
        return OpportunityText(found[0], self.zone, self.scene.quotes)

    @property
    def opportunity_brief(self) -> RenderableType:
        found = self.scene.status.opportunities
        return OpportunityBrief(found[0], self.zone) if found else self.opportunity_heads

    @property
    def opportunity_heads(self) -> RenderableType:
        return OpportunityHeads(self.scene.status.opportunities, self.zone)

    @property
    def counted(self) -> Group:
        """The sum of outcomes, and what has no place on the map."""
        status = self.scene.status
        placed, unplaced = status.placed
        period = period_text(status.map.window)
        share = f"{unplaced:,} of {placed + unplaced:,} events in {period} are unplaced: "
        return Group(
            Constrain(outcomes_view(status.outcomes), READING_WIDTH),
            Text.assemble(share, ("signalbox events list --unplaced", "dim")),
        )


class _Headed(NamedTuple):
    """A header over the whole width, with what the signs on the map mean."""

    header: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield headed((self.header, Text(signs(options).legend, "dim")))


Arrange: TypeAlias = Callable[[SceneView], Iterator[RenderableType]]
Map: TypeAlias = Callable[[JourneyMap], RenderableType]


def _stacked(map: Map, happenings: int) -> Arrange:
    def arrange(view: SceneView) -> Iterator[RenderableType]:
        yield view.header
        yield view.happenings(happenings)
        yield Text()
        yield map(view.scene.status.map)
        yield Text()
        yield view.opportunity
        yield Text()
        yield view.counted

    return arrange


def _dense(view: SceneView) -> Iterator[RenderableType]:
    yield view.header
    yield view.happenings(2)
    yield StageLines(view.scene.status.map)
    yield view.opportunity
    yield view.counted


def _tight(view: SceneView) -> Iterator[RenderableType]:
    yield view.header
    yield view.happenings(2)
    yield Text()
    yield StageLines(view.scene.status.map)
    yield Text()
    yield view.opportunity_brief
    yield view.counted


def _tightest(view: SceneView) -> Iterator[RenderableType]:
    yield view.header
    yield view.happenings(1)
    yield StageLines(view.scene.status.map)
    yield view.opportunity_heads
    yield view.counted


def _beside(map: Map, happenings: int) -> Arrange:
    """The map over the whole width; below it the opportunity, and what has happened."""

    def arrange(view: SceneView) -> Iterator[RenderableType]:
        yield view.wide_header
        yield Text()
        yield map(view.scene.status.map)
        yield Text()
        right = Group(view.happenings(happenings), Text(), view.counted)
        yield _halves(view.opportunity, right)

    return arrange


def _beside_tight(view: SceneView) -> Iterator[RenderableType]:
    yield view.wide_header
    yield KeyWall(view.scene.status.map)
    yield _halves(view.opportunity, Group(view.happenings(4), view.counted))


def _beside_tightest(view: SceneView) -> Iterator[RenderableType]:
    yield view.wide_header
    yield KeyWall(view.scene.status.map)
    yield _halves(view.opportunity_brief, Group(view.happenings(3), view.counted))


def _halves(left: RenderableType, right: RenderableType) -> Table:
    table = Table.grid(padding=(0, 3, 0, 0), expand=True)
    table.add_column(ratio=1)
    table.add_column(ratio=1)
    table.add_row(left, right)
    return table


_NARROW: Final[Sequence[Arrange]] = (
    _stacked(Overview, 12),
    _stacked(Overview, 4),
    _stacked(KeyMap, 4),
    _stacked(KeyMap, 2),
    _stacked(StageLines, 4),
    _dense,
    _tight,
    _tightest,
)
_WIDE: Final[Sequence[Arrange]] = (
    _beside(Wall, 12),
    _beside(KeyWall, 12),
    _beside(KeyWall, 5),
    _beside_tight,
    _beside_tightest,
)


class OutcomesText(NamedTuple):
    """The sum of outcomes at the end, for those who saw no scene."""

    summary: Summary

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Constrain(outcomes_view(self.summary.outcomes), READING_WIDTH)


class SummaryText(NamedTuple):
    """How the demo ended, in a few lines. The sum of outcomes stands above it."""

    summary: Summary

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        summary = self.summary
        yield Constrain(
            Text(
                f"{summary.placed.placed:,} events are placed on the journey, "
                f"{summary.placed.unplaced:,} are unplaced. Opportunities: {summary.opened} "
                f"opened, {summary.recovered} recovered. Milestones: {summary.milestones}."
            ),
            READING_WIDTH,
        )
        yield _survival_text(summary.proof)
        if not summary.differences:
            yield Text("Audit: exact. Every number is the sum of its events.", "green")
        for one in summary.differences:
            yield Text(f"Audit: {one.what} {one.where}: {one.recorded} / {one.recomputed}", "red")


def _survival_text(proof: Proof) -> Text:
    away = f"The worker, killed once, was back after {proof.away_s:.1f} s: "
    if proof.exact:
        return Text(f"{away}nothing lost, nothing double.", "green")
    return Text(f"{away}of {proof.published:,} records {proof.after.records:,} were read.", "red")


class LookAround(NamedTuple):
    """How to ask the demo's servers from another terminal while they live."""

    settings: Settings

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        secrets = {
            "DATABASE_URL": self.settings.database_url.get_secret_value(),
            "KAFKA_BOOTSTRAP": self.settings.kafka_bootstrap,
            "SUBJECT_KEY": self.settings.subject_key.get_secret_value(),
        }
        yield Text()
        yield Text("The story has come to the present. Ctrl-C ends the demo and its servers.")
        yield Text("Until then, ask them in another terminal:", "dim")
        for name, value in secrets.items():
            yield Text(f"export SIGNALBOX_{name}={value}", no_wrap=True, overflow="ignore")
        yield Text(
            f"export PATH={Path(sys.executable).parent}:$PATH", no_wrap=True, overflow="ignore"
        )
        yield from _questions()
        yield Text("Afterwards, with data of your own: docs/tutorial.md", "dim")


def _questions() -> Iterator[Table]:
    table = Table.grid(padding=(0, 2, 0, 0))
    for command, answer in QUESTIONS:
        table.add_row(Text(command, "bold"), Text(answer, "dim"))
    yield table


def summary_document(summary: Summary) -> dict[str, Any]:
    """The summary as one flat document for programs."""
    return {
        **summary.outcomes._asdict(),
        "placed": summary.placed.placed,
        "unplaced": summary.placed.unplaced,
        "opportunities": {"opened": summary.opened, "recovered": summary.recovered},
        "milestones": summary.milestones,
        "audit": [one._asdict() for one in summary.differences] or "exact",
    }
