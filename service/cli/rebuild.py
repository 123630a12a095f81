"""`signalbox rebuild`: what is stored is placed anew under the revision in force."""

import asyncio
import getpass
from typing import TYPE_CHECKING, Final

import typer

from service.cli.failing import CommandError
from service.cli.options import AsJson, Author

if TYPE_CHECKING:
    from service.ingest.resettling.rebuild import Step
    from service.settings import Settings

EXAMPLE: Final = "Example: signalbox rebuild --author jo"
STOPPED: Final = 130


def rebuild(author: Author = None, as_json: AsJson = False) -> None:
    """Place all stored events anew under the revision in force, and count them so.

    Best done with the service stopped: it may run meanwhile, but checks wait until all is done.
    It can be stopped with Ctrl-C and run again: it goes on where it was.
    """
    from service.cli import session
    from service.cli.failing import database_failures
    from service.cli.printing import show, show_json

    settings = session.settings()
    try:
        with database_failures(settings):
            step = _rebuilt(settings, author or getpass.getuser())
    except LookupError:
        raise CommandError("No framework was applied yet.", "signalbox apply DIR") from None
    except KeyboardInterrupt:
        show("Stopped. What is done is done; run it again to do the rest. Checks wait for it.")
        raise typer.Exit(STOPPED) from None
    if as_json:
        show_json(step._asdict())
    elif step.events:
        show(
            f"{step.events:,} events were placed anew, {step.moved:,} of them elsewhere than "
            "before. The next check is made on these numbers. Prove them: signalbox audit"
        )
    else:
        show("Every stored event is placed under the revision in force already.")


def _rebuilt(settings: "Settings", author: str) -> "Step":
    """With a bar on a terminal, nothing in a file."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from service import applying

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("Placing events anew", total=None)

        def begins(total: int) -> None:
            progress.update(task, total=total)

        def goes_on(events: int) -> None:
            progress.advance(task, events)

        return asyncio.run(applying.rebuild(settings, author, begins, goes_on))
