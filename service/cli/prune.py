"""`signalbox prune`: events of long ago are dropped, and metrics stay."""

import asyncio
import getpass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from service.cli.failing import CommandError
from service.cli.options import AsJson, Author

if TYPE_CHECKING:
    from service.framework.models import Framework
    from service.settings import Settings
    from service.store.pruning import Pruned

EXAMPLE: Final = "Example: signalbox prune --before 2025-01-01"

COMPARED: Final = timedelta(days=7)
"""An opportunity compares its window with the week before."""


def _day(value: str) -> datetime:
    try:
        return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise typer.BadParameter(f"{value!r} is no day: write it as 2025-01-31") from None


Before = Annotated[
    datetime,
    typer.Option(
        parser=_day,
        metavar="DAY",
        help="Drop what was read before this day (UTC).",
        show_default=False,
    ),
]


def prune(before: Before, author: Author = None, as_json: AsJson = False) -> None:
    """Drop the events whose records are older than a day. Metrics stay as they are.

    They can be explained and placed anew no more, and a copy that comes after all counts again.
    Running processes wait meanwhile.
    """
    from service.cli import session
    from service.cli.failing import database_failures
    from service.cli.printing import show, show_json

    settings, day = session.settings(), before
    latest = asyncio.run(_latest(settings))
    if day > latest:
        raise CommandError(
            f"{day:%Y-%m-%d} is too late: objectives look back to {latest:%Y-%m-%d}.",
            "Give that day or an earlier one.",
        )
    with database_failures(settings):
        gone = asyncio.run(_pruned(settings, day, author or getpass.getuser()))
    if as_json:
        show_json(gone._asdict())
    else:
        show(
            f"{gone.events:,} events from before {day:%Y-%m-%d} are gone; metrics are what they "
            f"were. The audit proves what is from {day:%Y-%m-%d} on."
        )


async def _latest(settings: "Settings") -> datetime:
    from service.cli import session

    async with session.snapshot(settings) as connection:
        framework = (await session.in_force(connection)).framework
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - _looked_back(framework)


def _looked_back(framework: "Framework") -> timedelta:
    """How far numbers are read from events: whole days."""
    longest = max((one.window for one in framework.objectives), default=timedelta())
    return timedelta(days=-(-longest // timedelta(days=1))) + COMPARED


async def _pruned(settings: "Settings", before: datetime, author: str) -> "Pruned":
    import asyncpg

    from service.store import pruning
    from service.store.connecting import plain_dsn

    connection = await asyncpg.connect(plain_dsn(settings.database_url.get_secret_value()))
    try:
        return await pruning.prune(connection, before, author)
    finally:
        await connection.close()
