"""Who watches a demo: a program, a terminal that can be drawn on, or a log."""

import asyncio
from typing import Protocol
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.live import Live

from service.cli.views.demo import LookAround, OutcomesText, SceneView, SummaryText, happening_line
from service.demo.happenings import Happening
from service.demo.play import Audience, Ended, Scene, Summary


class People(Audience, Protocol):
    """Somebody who may end a demo that is over by Ctrl-C; `ended` is how it had ended by then."""

    ended: Summary | None


class Program:
    """Hears on standard error what is being done; standard output is for the document."""

    def told(self, step: str) -> None:
        typer.echo(f"{step} ...", err=True)

    def happened(self, happening: Happening) -> None:
        typer.echo(happening_line(happening), err=True)

    def shown(self, scene: Scene) -> None:
        """A program sees the end only."""

    async def stays(self, ended: Ended) -> None:
        """Nobody is there to look around."""


class Log:
    """A line for each thing that happens, and the summary: for files and plain terminals."""

    def __init__(self, console: Console, *, holds: bool) -> None:
        self._console = console
        self._holds = holds
        self.ended: Summary | None = None

    def told(self, step: str) -> None:
        self._line(f"{step} ...")

    def happened(self, happening: Happening) -> None:
        self._line(happening_line(happening))

    def shown(self, scene: Scene) -> None:
        """What has happened was told already."""

    async def stays(self, ended: Ended) -> None:
        parts = OutcomesText(ended.summary), SummaryText(ended.summary)
        self._console.print("", *parts, sep="\n")
        self.ended = ended.summary
        await _look_around(self._console, ended, holds=self._holds)

    def _line(self, text: str) -> None:
        """Whole in a file, however long; on a terminal broken between words."""
        whole = not self._console.is_terminal
        self._console.print(text, soft_wrap=whole, markup=False)


class Screen:
    """Shows each scene in place of the one before, and the summary below the last."""

    def __init__(self, console: Console, live: Live, *, holds: bool) -> None:
        self._console = console
        self._live = live
        self._holds = holds
        self.ended: Summary | None = None

    def told(self, step: str) -> None:
        self._console.print(f"{step} ...", style="dim")

    def happened(self, happening: Happening) -> None:
        """The next scene tells it."""

    def shown(self, scene: Scene) -> None:
        self._live.update(SceneView(scene, ZoneInfo(scene.framework.timezone)), refresh=True)

    async def stays(self, ended: Ended) -> None:
        self._live.stop()
        self._console.print("", SummaryText(ended.summary), sep="\n")
        self.ended = ended.summary
        await _look_around(self._console, ended, holds=self._holds)


async def _look_around(console: Console, ended: Ended, *, holds: bool) -> None:
    """Until Ctrl-C, with the servers alive, where that is wanted."""
    if holds:
        console.print(LookAround(ended.settings))
        await asyncio.Event().wait()
