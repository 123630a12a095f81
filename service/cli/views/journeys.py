"""The journey map on a terminal.

`FullMap` says everything that is known. Stages stand side by side where there is room for that.
The parts that it is made of are those of the maps to watch, too (`live_map`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.constrain import Constrain
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from service.cli.views.marks import Signs, health_colour, signs
from service.framework.models import Touchpoint
from service.metrics.journey_map import (
    JourneyMap,
    JourneyStanding,
    MetricStanding,
    StageStanding,
    TouchpointStanding,
)
from service.metrics.map_wording import (
    basis_text,
    owners_text,
    stage_health_text,
    standing_objective_text,
    standing_value_text,
)

STAGE_WIDTH: Final = 62
"""Characters that a stage needs when stages stand side by side."""

READING_WIDTH: Final = 100
"""A line longer than this is hard to follow from its title to its number."""


@dataclass(frozen=True)
class FullMap:
    """The map with what proves each number."""

    map: JourneyMap

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        marks = signs(options)
        for journey in self.map.journeys:
            yield journey_line(journey)
            blocks = [_stage_block(stage, marks) for stage in journey.stages]
            beside = min(len(blocks), options.max_width // STAGE_WIDTH)
            if beside > 1:
                yield from _side_by_side(blocks, beside)
            else:
                yield from (indented(block, 2, below=1) for block in blocks)
        yield Text(marks.legend, style="dim")


def indented(part: RenderableType, left: int, below: int = 0) -> Constrain:
    return Constrain(Padding(part, (0, 0, below, left)), READING_WIDTH)


def journey_line(journey: JourneyStanding) -> Text:
    return Text.assemble(
        (journey.journey.title, "bold"), (f"   journey of {journey.owner.title}", "dim")
    )


def _side_by_side(blocks: Sequence[RenderableType], beside: int) -> Iterator[Table]:
    """Rows of so many, all of them equally wide."""
    for first in range(0, len(blocks), beside):
        table = Table.grid(expand=True, padding=(0, 2, 1, 2))
        for _ in range(beside):
            table.add_column(ratio=1)
        table.add_row(*blocks[first : first + beside])
        yield table


def _stage_block(stage: StageStanding, marks: Signs) -> Group:
    return Group(
        headed(stage_head(stage, marks)),
        Padding(_owners(stage), (0, 0, 0, 2)),
        *(Padding(part, (0, 0, 0, 2)) for part in _proven_metrics(stage.metrics, marks)),
        Padding(touchpoint_table(stage.touchpoints, marks), (0, 0, 0, 2)),
    )


def stage_head(stage: StageStanding, marks: Signs) -> tuple[Text, Text]:
    colour = health_colour(stage.judgement)
    sign = marks.health[stage.judgement.health] if stage.judgement else " "
    return (
        Text.assemble((f"{sign} ", colour), (stage.stage.title, f"bold {colour}")),
        Text(stage_health_text(stage), colour),
    )


def headed(head: tuple[Text, Text]) -> Table:
    """What it is on the left, how it is on the right."""
    table = Table.grid(expand=True, padding=(0, 1, 0, 0))
    table.add_column(ratio=1)
    table.add_column(justify="right", no_wrap=True)
    table.add_row(*head)
    return table


def _owners(stage: StageStanding) -> Text:
    return Text(f"owner: {owners_text(stage)}", style="dim")


def metric_lines(standings: Iterable[MetricStanding], marks: Signs) -> Table:
    """A line each: sign, title, value, objective."""
    table = Table.grid(expand=True, padding=(0, 1, 0, 0))
    table.add_column(width=1)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(width=18, no_wrap=True)
    for standing in standings:
        colour = health_colour(standing.judgement)
        table.add_row(
            Text(metric_sign(standing, marks), colour),
            Text(standing.metric.title),
            Text(standing_value_text(standing), colour),
            Text(standing_objective_text(standing), "dim"),
        )
    return table


def _proven_metrics(standings: Iterable[MetricStanding], marks: Signs) -> Iterator[RenderableType]:
    """Each metric in two lines: how it stands, and what that rests on."""
    for standing in standings:
        yield metric_lines([standing], marks)
        yield Padding(Text(basis_text(standing), style="dim"), (0, 0, 0, 2))


def metric_sign(standing: MetricStanding, marks: Signs) -> str:
    return marks.health[standing.judgement.health] if standing.judgement else " "


def touchpoint_table(standings: Iterable[TouchpointStanding], marks: Signs) -> Table:
    table = Table.grid(expand=True, padding=(0, 1, 0, 0))
    table.add_column(justify="right", min_width=7)
    table.add_column(ratio=1)
    for standing in standings:
        title = f"{standing.touchpoint.title}{star(standing.touchpoint, marks)}"
        table.add_row(Text(f"{standing.events:,}"), Text(title))
    return table


def star(touchpoint: Touchpoint, marks: Signs) -> str:
    if touchpoint.moment_of_truth:
        return f" {marks.moment_of_truth}"
    return f" {marks.wow_moment}" if touchpoint.wow_moment else ""
