"""What Alembic runs: applies migrations on the connection that it was given.

`service.store.migrating` opens the connection, holds the lock, and passes both in the attributes
of Alembic's configuration. Alembic's own command line works too, where `SIGNALBOX_DATABASE_URL`
is set: for writing a new migration.
"""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from service.store.tables import metadata


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=metadata, transaction_per_migration=False
    )
    with context.begin_transaction():
        context.run_migrations()


async def migrate_from_command_line() -> None:
    engine = create_async_engine(os.environ["SIGNALBOX_DATABASE_URL"], poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is None:
    asyncio.run(migrate_from_command_line())
else:
    migrate(given)
