"""`signalbox demo`: a shop's five days in a minute, on a real database and a real broker."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.failing import WRONG, CommandError
from service.cli.options import AsJson

if TYPE_CHECKING:
    from rich.console import Console

    from service.demo.play import Audience, Ended, Play, Scene, Summary

EXAMPLE = "Examples: signalbox demo    signalbox demo --seconds 60 --seed 7 --json"

Seconds = Annotated[
    float | None,
    typer.Option(
        min=5,
        max=3_600,
        help="How long the five days take; the demo then ends by itself. Without it they take "
        "60 s, and the end stays on the screen until Ctrl-C.",
        show_default=False,
    ),
]
Seed = Annotated[int, typer.Option(help="Which story is told; the same seed tells the same.")]
HOLD_S = 60.0


def demo(seconds: Seconds = None, seed: Seed = 7, as_json: AsJson = False) -> None:
    """Watch a carrier fail and be replaced: five days of a shop in one minute.

    Starts a PostgreSQL and a Kafka-protocol broker of its own, publishes what Shopify, Zendesk and
    Typeform would publish, runs the service on it and shows the journey map as it changes. Nothing
    is left behind. Exit status 0 if one opportunity opened and recovered, a customer reached the
    100th order, and the audit is exact.
    """
    from service.demo.play import Play

    wanted = Play(seed, seconds or HOLD_S)
    if as_json:
        _play_for_a_program(wanted)
    else:
        _play_for_people(wanted, holds=seconds is None)


def _play_for_a_program(wanted: "Play") -> None:
    from service.cli.printing import show_json
    from service.cli.views.demo import summary_document

    summary = _played(wanted, _Teller())
    show_json(summary_document(summary))
    _leave(summary)


def _play_for_people(wanted: "Play", *, holds: bool) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    screen = _HeldScreen(console) if holds and console.is_terminal else _Screen(console)
    with screen.live:
        try:
            summary = _played(wanted, screen)
        except KeyboardInterrupt:
            if screen.ended is None:
                raise
            summary = screen.ended
    _leave(summary)


class _Teller:
    """Says on standard error what is being done; standard output is for the document."""

    def told(self, step: str) -> None:
        typer.echo(f"{step} ...", err=True)

    def shown(self, scene: "Scene") -> None:
        """A program sees the end only."""

    async def stays(self, ended: "Ended") -> None:
        """Nobody is there to look around."""


class _Screen:
    """Shows each scene in place of the one before, and the summary below the last."""

    def __init__(self, console: "Console") -> None:
        from rich.live import Live

        self._console = console
        self.live = Live(console=console, auto_refresh=False, vertical_overflow="crop")
        self.ended: Summary | None = None

    def told(self, step: str) -> None:
        self._console.print(f"{step} ...", style="dim")

    def shown(self, scene: "Scene") -> None:
        from zoneinfo import ZoneInfo

        from service.cli.views.demo import SceneView

        self.live.update(SceneView(scene, ZoneInfo(scene.framework.timezone)), refresh=True)

    async def stays(self, ended: "Ended") -> None:
        from service.cli.views.demo import SummaryText

        self.live.stop()
        self._console.print("", SummaryText(ended.summary), sep="\n")
        self.ended = ended.summary


class _HeldScreen(_Screen):
    """Stays until Ctrl-C, with the servers alive, so that one can look around."""

    async def stays(self, ended: "Ended") -> None:
        from service.cli.views.demo import LookAround

        await super().stays(ended)
        self._console.print(LookAround(ended.settings))
        await asyncio.Event().wait()


def _played(wanted: "Play", audience: "Audience") -> "Summary":
    from service.demo.play import DemoError, play
    from service.embedded import ServerError
    from service.examples import ExampleError
    from service.telemetry import configure_logging

    configure_logging("error", "text")
    try:
        return asyncio.run(play(wanted, audience))
    except (DemoError, ExampleError, ServerError) as error:
        raise CommandError(str(error)) from error


def _leave(summary: "Summary") -> None:
    if not summary.as_promised:
        raise typer.Exit(WRONG)
