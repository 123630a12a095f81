"""`signalbox status`: the journey map with its numbers, and how far reading has come."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from service.cli.options import AsJson, Window

if TYPE_CHECKING:
    from service.cli.views.status import StatusView
    from service.settings import Settings

EXAMPLE: Final = "Example: signalbox status --window 7d"


def status(window: Window = timedelta(hours=24), as_json: AsJson = False) -> None:
    """Show every stage and touchpoint with its numbers, objectives and health.

    A metric with an objective is shown over the objective's window. Each number comes with what
    it rests on: n, and what the true value lies between, 95 % sure.
    """
    from service.cli import session
    from service.cli.printing import show, show_json
    from service.cli.views.status import status_document

    view = asyncio.run(_view(session.settings(), window))
    if as_json:
        show_json(status_document(view))
    else:
        show(view)


async def _view(settings: "Settings", window: timedelta) -> "StatusView":
    from service.cli import session
    from service.cli.looking import asking_now, end_offsets_of
    from service.cli.views.status import StatusView
    from service.store.status import read_status

    async with session.snapshot(settings) as connection:
        revision, framework = await session.in_force(connection)
        asking = await asking_now(connection, settings, framework, window)
        found = await read_status(connection, asking)
    ends = await end_offsets_of(settings, framework)
    return StatusView(revision, framework, found, ends, ZoneInfo(framework.timezone))
