"""What commands need of the outside: settings, a snapshot of the database, the framework."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from service.cli.failing import CommandError, broker_failures, database_failures

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from service.framework.models import Framework, Source
    from service.settings import Settings


class InForce(NamedTuple):
    """The revision that counts now."""

    revision: int
    framework: "Framework"


def settings() -> "Settings":
    """The settings of this process. Raises `CommandError`."""
    from service.settings import SettingsError, load

    try:
        return load()
    except SettingsError as error:
        raise CommandError(str(error)) from error


@asynccontextmanager
async def snapshot(settings: "Settings") -> "AsyncIterator[AsyncConnection]":
    """One moment of the database, read only. What it refuses inside becomes `CommandError`."""
    from sqlalchemy.pool import NullPool

    from service.store import reading
    from service.store.connecting import make_engine

    engine = make_engine(settings.database_url.get_secret_value(), poolclass=NullPool)
    try:
        with database_failures(settings):
            async with reading.snapshot(engine) as connection:
                yield connection
    finally:
        await engine.dispose()


async def in_force(connection: "AsyncConnection") -> InForce:
    """The framework of the newest revision. Raises `CommandError` if none was applied."""
    from service.store import reading

    revision = await reading.newest_revision(connection)
    if revision is None:
        raise CommandError(
            "No framework has been applied yet.",
            "Run: signalbox apply DIRECTORY (such as examples/shop)",
        )
    return InForce(revision, await framework_of(connection, revision))


async def framework_of(connection: "AsyncConnection", revision: int) -> "Framework":
    """The framework of a revision, as this version of the service reads it."""
    from service.sources import UnreadableRevisionError, loaded_revision
    from service.store import reading

    try:
        return loaded_revision(await reading.revision_files(connection, revision))
    except UnreadableRevisionError as error:
        raise CommandError(str(error)) from error


def source_of(framework: "Framework", id: str) -> "Source":
    """The source of this id. Raises `CommandError`, with the nearest that there is."""
    from service.framework.problems import nearest, suggestion_text

    known = {source.id: source for source in framework.sources}
    if id not in known:
        raise CommandError(
            f"Framework {framework.framework} has no source {id}"
            f"{suggestion_text(nearest(id, known)) or '.'}",
            f"Its sources are {', '.join(known) or 'none'}.",
        )
    return known[id]


async def check_topic(settings: "Settings", source: "Source") -> None:
    """Raises `CommandError` if the broker is away or lacks the topic of a source."""
    from service.configuring import kafka_lines
    from service.framework.problems import nearest, suggestion_text
    from service.ingest.reading.kafka import existing_topics

    with broker_failures(settings):
        topics = await existing_topics(kafka_lines(settings))
    if source.topic not in topics:
        suggestion = suggestion_text(nearest(source.topic, sorted(topics)))
        raise CommandError(
            f"The broker has no topic {source.topic}, which source {source.id} reads{suggestion}",
            "Create the topic, or correct it in the framework and apply that.",
        )
