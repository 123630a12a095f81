"""`signalbox apply`: a framework becomes the revision in force."""

import asyncio
import getpass
from typing import TYPE_CHECKING, Final

import typer

from service.cli.failing import WRONG, CommandError
from service.cli.options import Author
from service.cli.validate import Directory

if TYPE_CHECKING:
    from service.store.revisions import Applied, Unchanged

EXAMPLE: Final = "Example: signalbox apply examples/shop --author jo"


def apply(directory: Directory, author: Author = None) -> None:
    """Make a framework the revision in force. Running processes take it up between two batches.

    A framework with a mistake changes nothing and gives exit status 1.
    """
    from connectors.registry import connector_options
    from service import applying
    from service.cli import session
    from service.cli.failing import database_failures
    from service.cli.printing import show
    from service.cli.views.problems import show_problems
    from service.framework.loading import Refused, load_directory
    from service.sources import UnreadableRevisionError

    settings = session.settings()
    loaded = load_directory(directory, connector_options())
    if isinstance(loaded, Refused):
        show_problems(loaded.problems, "error")
        raise typer.Exit(WRONG)
    show_problems(loaded.warnings, "warning")
    try:
        with database_failures(settings):
            result = asyncio.run(applying.apply(settings, loaded, author or getpass.getuser()))
    except UnreadableRevisionError as error:
        raise CommandError(str(error)) from error
    show(_sentence(result))


def _sentence(result: "Applied | Unchanged") -> str:
    from service.store.revisions import Unchanged

    if isinstance(result, Unchanged):
        return f"Revision {result.revision} in force says the same already; nothing changed."
    number = f"Revision {result.revision} is in force"
    if not result.first_offsets:
        return f"{number}. It counts from the first record of every source."
    starts = ", ".join(f"{topic}/{part} {offset:,}" for topic, part, offset in result.first_offsets)
    return (
        f"{number}. It counts from these offsets on: {starts}.\n"
        f"{result.earlier_events:,} earlier events keep their placement. To place them anew, too: "
        "signalbox rebuild"
    )
