"""Applies a framework: from files that were read to the revision in force."""

from service.app import database_line, loaded_revision, new_revision
from service.framework.loading import Accepted
from service.settings import Settings
from service.store.connecting import connect_for_ingest
from service.store.revisions import (
    Applied,
    Unchanged,
    apply_revision,
    current_revision,
    read_revision,
)


async def apply(settings: Settings, accepted: Accepted, author: str) -> Applied | Unchanged:
    """Makes a framework the revision in force, or changes nothing.

    Raises `service.app.UnreadableRevisionError` if the one before it does not load here, and what
    the database raises.
    """
    connection = await connect_for_ingest(database_line(settings))
    try:
        number = await current_revision(connection)
        before = None
        if number is not None:
            before = loaded_revision((await read_revision(connection, number)).files)
        return await apply_revision(connection, new_revision(accepted, before, author))
    finally:
        await connection.close()
