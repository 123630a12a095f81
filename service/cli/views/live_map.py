"""Journey maps to watch, from the largest to the smallest.

`Wall` is the map as it hangs on a wall: stages from left to right, touchpoints below each. Where
they cannot stand side by side, `Overview` has every metric and touchpoint, `KeyMap` of each stage
the metric that says most and its touchpoints, and `StageLines` a line for each stage.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from service.cli.views.journeys import (
    headed,
    indented,
    journey_line,
    metric_lines,
    metric_sign,
    stage_head,
    star,
)
from service.cli.views.marks import Signs, health_colour, signs
from service.metrics.journey_map import (
    JourneyMap,
    MetricStanding,
    StageStanding,
    TouchpointStanding,
)
from service.metrics.map_wording import standing_objective_text, standing_value_text

WALL_STAGE_WIDTH: Final = 34
"""Characters that a stage needs on the wall."""

_VALUE_WIDTH: Final = 11
MetricsOf: TypeAlias = Callable[[StageStanding], Iterable[MetricStanding]]
"""Which metrics of a stage are shown."""


def hangs_on_the_wall(map: JourneyMap, width: int) -> bool:
    """Whether all stages have room side by side."""
    return sum(len(one.stages) for one in map.journeys) * WALL_STAGE_WIDTH <= width


@dataclass(frozen=True)
class Wall:
    """All stages side by side, with every metric."""

    map: JourneyMap

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield _on_the_wall(self.map, signs(options), lambda stage: stage.metrics)


@dataclass(frozen=True)
class KeyWall:
    """All stages side by side, each with the metric that says most."""

    map: JourneyMap

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield _on_the_wall(self.map, signs(options), _key_metric)


@dataclass(frozen=True)
class Overview:
    """Stages below each other, a line for each metric."""

    map: JourneyMap

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from _below_each_other(self.map, signs(options), lambda stage: stage.metrics)


@dataclass(frozen=True)
class KeyMap:
    """Stages below each other, each with the metric that says most."""

    map: JourneyMap

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from _below_each_other(self.map, signs(options), _key_metric)


@dataclass(frozen=True)
class StageLines:
    """A line for each stage: how it is, and the metric that says most, if any does."""

    map: JourneyMap

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        marks = signs(options)
        rows = [
            (stage_head(stage, marks)[0], *_in_a_line(_key_metric(stage)))
            for journey in self.map.journeys
            for stage in journey.stages
        ]
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True, min_width=max(row[0].cell_len for row in rows))
        table.add_column(no_wrap=True, min_width=_VALUE_WIDTH)
        table.add_column(no_wrap=True, overflow="ellipsis")
        for row in rows:
            table.add_row(*row)
        yield indented(table, 0)


def _key_metric(stage: StageStanding) -> tuple[MetricStanding, ...]:
    return (stage.key,) if stage.key else ()


def _below_each_other(
    map: JourneyMap, marks: Signs, metrics_of: MetricsOf
) -> Iterator[RenderableType]:
    for number, journey in enumerate(map.journeys):
        legend = Text("" if number else marks.legend, "dim")
        yield indented(headed((journey_line(journey), legend)), 0)
        for stage in journey.stages:
            yield indented(headed(stage_head(stage, marks)), 2)
            yield indented(metric_lines(metrics_of(stage), marks), 4)
            yield indented(_TouchpointLines(stage.touchpoints, marks), 6)


def _in_a_line(standings: Iterable[MetricStanding]) -> Iterator[Text]:
    """The value, which is never cut, and what it is a value of."""
    for standing in standings:
        yield Text(standing_value_text(standing), health_colour(standing.judgement))
        title, objective = standing.metric.title, standing_objective_text(standing)
        yield Text.assemble((f"{objective}: ", "dim"), title)


class _TouchpointLines(NamedTuple):
    """As many in a line as there is room for, none of them broken."""

    standings: Sequence[TouchpointStanding]
    marks: Signs

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        between = (self.marks.between, "dim")
        line = Text()
        for standing in self.standings:
            one = _touchpoint(standing, self.marks)
            longer = Text.assemble(line, between, one) if line else one
            if longer.cell_len > options.max_width and line:
                yield line
                longer = one
            line = longer
        yield line


def _touchpoint(standing: TouchpointStanding, marks: Signs) -> Text:
    title = f"{standing.touchpoint.title}{star(standing.touchpoint, marks)}"
    return Text(f"{standing.events:,} {title}", health_colour(standing.judgement))


def _on_the_wall(map: JourneyMap, marks: Signs, metrics_of: MetricsOf) -> Table:
    table = Table.grid(expand=True, padding=(0, 2, 0, 0))
    for journey in map.journeys:
        for _ in journey.stages:
            table.add_column(ratio=1)
    titles = [
        Text("" if number else journey.journey.title, "bold", no_wrap=True, overflow="ellipsis")
        for journey in map.journeys
        for number, _ in enumerate(journey.stages)
    ]
    stages = [stage for journey in map.journeys for stage in journey.stages]
    table.add_row(*titles)
    table.add_row(*(_wall_head(stage, marks, metrics_of(stage)) for stage in stages))
    table.add_row(*(_wall_touchpoints(stage.touchpoints, marks) for stage in stages))
    return table


def _wall_head(stage: StageStanding, marks: Signs, metrics: Iterable[MetricStanding]) -> Group:
    title, words = stage_head(stage, marks)
    numbers = (part for standing in metrics for part in _wall_metric(standing, marks))
    return Group(title, Padding(Group(words, *numbers), (0, 0, 0, 2)))


def _wall_metric(standing: MetricStanding, marks: Signs) -> Iterator[Text]:
    """In two lines: what it is, and where it stands."""
    colour = health_colour(standing.judgement)
    yield Text(standing.metric.title)
    yield Text.assemble(
        (f"{metric_sign(standing, marks)} {standing_value_text(standing)} ", colour),
        (standing_objective_text(standing), "dim"),
        no_wrap=True,
        overflow="ellipsis",
    )


def _wall_touchpoints(standings: Iterable[TouchpointStanding], marks: Signs) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(justify="right", min_width=5)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for one in standings:
        colour = health_colour(one.judgement)
        title = f"{one.touchpoint.title}{star(one.touchpoint, marks)}"
        table.add_row(Text(f"{one.events:,}", colour), Text(title, colour))
    return table
