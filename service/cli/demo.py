"""`signalbox demo`: a shop's five days in a minute, on a real database and a real broker."""

import asyncio
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated, Final

import typer

from service.cli.failing import WRONG, CommandError
from service.cli.options import AsJson

if TYPE_CHECKING:
    from rich.console import Console

    from service.cli.audience import People
    from service.demo.play import Audience, Play, Summary

EXAMPLE: Final = "Examples: signalbox demo    signalbox demo --seconds 60 --seed 7 --json"

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
HOLD_S: Final = 60.0


def demo(seconds: Seconds = None, seed: Seed = 7, as_json: AsJson = False) -> None:
    """Watch a carrier fail and be replaced: five days of a shop in one minute.

    Starts a PostgreSQL and a Kafka-protocol broker of its own, publishes what Shopify, Zendesk and
    Typeform would publish, runs the service on it, kills that in the middle, and shows the journey
    map as it changes. On a slow machine it takes longer: the story waits for the service. Nothing
    is left behind. Exit status 0 if one opportunity opened and recovered, a customer reached the
    100th order, nothing was lost or counted twice, and the audit is exact.
    """
    from service.demo.play import Play

    wanted = Play(seed, seconds or HOLD_S)
    if as_json:
        _play_for_a_program(wanted)
    else:
        _play_for_people(wanted, holds=seconds is None)


def _play_for_a_program(wanted: "Play") -> None:
    from service.cli.audience import Program
    from service.cli.printing import show_json
    from service.cli.views.demo import summary_document

    summary = _played(wanted, Program())
    show_json(summary_document(summary))
    _leave(summary)


def _play_for_people(wanted: "Play", *, holds: bool) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    people, drawing = _seated(console, holds=holds and console.is_terminal)
    with drawing:
        try:
            summary = _played(wanted, people)
        except KeyboardInterrupt:
            if people.ended is None:
                raise
            summary = people.ended
    _leave(summary)


def _seated(console: "Console", *, holds: bool) -> "tuple[People, AbstractContextManager[object]]":
    """Who watches on this console, and what must be open meanwhile."""
    from rich.live import Live

    from service.cli.audience import Log, Screen

    if not console.is_terminal or console.is_dumb_terminal:
        return Log(console, holds=holds), nullcontext()
    live = Live(console=console, auto_refresh=False, vertical_overflow="crop")
    return Screen(console, live, holds=holds), live


def _played(wanted: "Play", audience: "Audience") -> "Summary":
    from service.demo.play import play
    from service.demo.stage import DemoError
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
