"""`signalbox report`: the status as a file for people without a terminal."""

import asyncio
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from service.cli.failing import CommandError
from service.cli.options import PeriodStart

if TYPE_CHECKING:
    from service.settings import Settings
    from service.web.report import View

EXAMPLE: Final = "Example: signalbox report --html report.html --since 28d"

Html = Annotated[
    Path,
    typer.Option(
        metavar="FILE", dir_okay=False, help="The file to write; one that is there is replaced."
    ),
]
USUAL: Final = timedelta(days=28)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def report(html: Html, since: PeriodStart = None) -> None:
    """Write a report to pass on: journey map, charts, opportunities with proof, sources.

    One file that needs no network and no script, for a browser or a printer. What customers wrote
    is not in it.
    """
    from service.cli import session
    from service.cli.printing import show
    from service.web.report import report_page

    view = asyncio.run(_view(session.settings(), _period(since)))
    _write(html, report_page(view))
    show(f"Wrote {html}. Open it in a browser, print it or pass it on: it needs nothing else.")


def _period(since: datetime | None) -> timedelta:
    """From then to now in whole days, below three days in whole hours: `in 7 days` reads well."""
    if since is None:
        return USUAL
    length = datetime.now(UTC) - since
    if length <= timedelta(0):
        raise CommandError("--since lies in the future.", "Name a time that has passed.")
    unit = DAY if length > 3 * DAY else HOUR
    # What the parsing of `7d` took is no eighth day.
    return max(1, math.ceil((length - MINUTE) / unit)) * unit


async def _view(settings: "Settings", period: timedelta) -> "View":
    from service.cli import session
    from service.cli.looking import asking_now, end_offsets_of
    from service.store.report import read_report
    from service.web.report import View

    async with session.snapshot(settings) as connection:
        revision, framework = await session.in_force(connection)
        asking = await asking_now(connection, settings, framework, period)
        found = await read_report(connection, asking)
    return View(revision, found, await end_offsets_of(settings, framework))


def _write(file: Path, page: str) -> None:
    """Whole or not at all: a reader of the file never sees half of it."""
    beside = file.with_name(f".{file.name}.part")
    try:
        beside.write_text(page, encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        raise CommandError(
            f"{file} cannot be written: {error.strerror}.", "Name a file in a directory of yours."
        ) from error
