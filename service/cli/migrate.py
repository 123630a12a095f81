"""`signalbox migrate`: the database gets the tables of this version."""

import asyncio
from typing import Final

EXAMPLE: Final = "Example: signalbox migrate"


def migrate() -> None:
    """Bring the database to the tables that this version needs.

    Safe to run again and from several machines at once: there is then nothing left to do.
    """
    from service.cli import session
    from service.cli.failing import database_failures, database_place
    from service.cli.printing import show
    from service.store import migrating

    settings = session.settings()
    url = settings.database_url.get_secret_value()
    with database_failures(settings):
        pending = asyncio.run(migrating.pending(url))
        asyncio.run(migrating.upgrade(url))
    done = f"{len(pending)} applied" if pending else "was up to date already"
    show(f"Database {database_place(settings)}: {done}.")
