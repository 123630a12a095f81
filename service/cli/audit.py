"""`signalbox audit`: every number recomputed from what is stored under it."""

import asyncio
from typing import TYPE_CHECKING, Final

import typer

from service.cli.failing import WRONG
from service.cli.options import AsJson

if TYPE_CHECKING:
    from datetime import datetime

    from service.settings import Settings
    from service.store.auditing import Difference

EXAMPLE: Final = "Example: signalbox audit"


def audit(as_json: AsJson = False) -> None:
    """Recompute every metric from its stored contributions and report any difference.

    Also adds up the outcomes of every range of offsets. Exit status 1 if anything differs.
    """
    from service.cli import session
    from service.cli.printing import show, show_json

    differences, since = asyncio.run(_audited(session.settings()))
    if as_json:
        found = [one._asdict() for one in differences]
        show_json({"audit": found or "exact", "proves_since": since})
    elif not differences:
        show("Exact: every metric is the sum of its contributions, and every item has one outcome.")
        if since is not None:
            show(
                f"That is proved from {since:%Y-%m-%d} on: older events were dropped, and what "
                "they had added is kept as its sums."
            )
    for one in () if as_json else differences:
        show(f"{one.what} {one.where}: recorded {one.recorded}; recomputed {one.recomputed}")
    if differences:
        raise typer.Exit(WRONG)


async def _audited(settings: "Settings") -> "tuple[list[Difference], datetime | None]":
    from service.cli import session
    from service.store import auditing

    async with session.snapshot(settings) as connection:
        differences = await auditing.audit(connection)
        return differences, await auditing.proves_since(connection)
