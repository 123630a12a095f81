"""`signalbox audit`: every number recomputed from what is stored under it."""

import asyncio
from typing import TYPE_CHECKING

import typer

from service.cli.failing import WRONG
from service.cli.options import AsJson

if TYPE_CHECKING:
    from service.settings import Settings
    from service.store.auditing import Difference

EXAMPLE = "Example: signalbox audit"


def audit(as_json: AsJson = False) -> None:
    """Recompute every metric from its stored contributions and report any difference.

    Also adds up the outcomes of every range of offsets. Exit status 1 if anything differs.
    """
    from service.cli import session
    from service.cli.printing import show, show_json

    differences = asyncio.run(_differences(session.settings()))
    if as_json:
        show_json({"audit": [one._asdict() for one in differences] or "exact"})
    elif not differences:
        show("Exact: every metric is the sum of its contributions, and every item has one outcome.")
    for one in () if as_json else differences:
        show(f"{one.what} {one.where}: recorded {one.recorded}; recomputed {one.recomputed}")
    if differences:
        raise typer.Exit(WRONG)


async def _differences(settings: "Settings") -> "list[Difference]":
    from service.cli import session
    from service.store import auditing

    async with session.snapshot(settings) as connection:
        return await auditing.audit(connection)
