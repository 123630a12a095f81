"""`signalbox doctor`: whether everything that the service needs is there, with remedies."""

import asyncio
import contextlib
import getpass
from collections.abc import Awaitable, Callable
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, TypeAlias

import typer

from service.cli.failing import WRONG, CommandError
from service.cli.options import AsJson

if TYPE_CHECKING:
    from rich.text import Text

    from service.settings import Settings

EXAMPLE: Final = "Example: signalbox doctor"

MOST_CLOCK_DIFFERENCE_S: Final = 5.0
OLDEST_POSTGRESQL: Final = 15

Look: TypeAlias = "Callable[[Settings], Awaitable[str]]"
"""Says what is well, or raises `CommandError`."""


class Finding(NamedTuple):
    """What one look found. `remedy` is there where something is wrong."""

    what: str
    well: bool
    detail: str
    remedy: str = ""


AcceptReset = Annotated[
    str | None,
    typer.Option(
        metavar="TOPIC",
        help="Go on with this topic that was deleted and created again, at its first record.",
        show_default=False,
    ),
]


def doctor(as_json: AsJson = False, accept_reset: AcceptReset = None) -> None:
    """Check settings, database, migrations, framework, size, broker, topics, reading and clocks.

    Beside each failure stands what to do about it. Exit status 1 if there is one.
    """
    from service.cli.printing import show, show_json

    if accept_reset:
        show(asyncio.run(_accepted(accept_reset)))
        return
    findings = asyncio.run(_findings())
    if as_json:
        show_json([one._asdict() for one in findings])
    else:
        show(*map(_line, findings))
    if not all(one.well for one in findings):
        raise typer.Exit(WRONG)


async def _accepted(topic: str) -> str:
    from service.cli import session
    from service.cli.accepting import accept_reset

    passed = await accept_reset(session.settings(), topic, getpass.getuser())
    return (
        f"{topic} is read from its first record on, in {len(passed)} partitions, as soon as the "
        "running processes look again. What was counted stays counted, and counts once."
    )


def _line(finding: Finding) -> "Text":
    from rich.text import Text

    state = ("ok   ", "green") if finding.well else ("FAIL ", "bold red")
    line = Text.assemble(state, (finding.what, "bold"), f"  {finding.detail}")
    return line if finding.well else line.append(f"\n     {finding.remedy}", "yellow")


async def _findings() -> list[Finding]:
    from service.cli import session
    from service.settings import unknown

    try:
        settings = session.settings()
    except CommandError as error:
        return [Finding("settings", False, error.problem, "Then run this again.")]
    strange = ", ".join(variable for variable, _ in unknown())
    noted = f"complete; {strange} means nothing here" if strange else "complete"
    findings = [Finding("settings", True, noted), await _seen("database", _database, settings)]
    if findings[-1].well:
        for what, look in (
            ("migrations", _migrations),
            ("clocks", _clocks),
            ("framework", _framework),
            ("size", _size),
        ):
            findings.append(await _seen(what, look, settings))
    findings.append(await _seen("broker", _broker, settings))
    if findings[-1].well:
        findings.append(await _seen("topics", _topics, settings))
        if any(one.what == "migrations" and one.well for one in findings):
            findings.append(await _seen("reading", _reading, settings))
    return findings


async def _seen(what: str, look: Look, settings: "Settings") -> Finding:
    """What a look finds; a look that cannot be taken is a failure with its remedy."""
    try:
        detail = await look(settings)
    except CommandError as error:
        return Finding(what, False, error.problem, error.remedy)
    return Finding(what, True, detail)


async def _database(settings: "Settings") -> str:
    from sqlalchemy import text

    from service.cli import session
    from service.cli.failing import database_place

    async with session.snapshot(settings) as connection:
        version = (await connection.execute(text("SHOW server_version"))).scalar_one()
        encrypted = await connection.scalar(text(_ENCRYPTED))
    number = int(str(version).split(".", 1)[0])
    if number < OLDEST_POSTGRESQL:
        raise CommandError(
            f"PostgreSQL {version} at {database_place(settings)} is too old.",
            f"Use PostgreSQL {OLDEST_POSTGRESQL} or newer.",
        )
    line = "by TLS" if encrypted else "not encrypted"
    return f"PostgreSQL {version} at {database_place(settings)}, {line}"


_ENCRYPTED: Final = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


async def _migrations(settings: "Settings") -> str:
    from service.cli.failing import database_failures
    from service.store import migrating

    with database_failures(settings):
        pending = await migrating.pending(settings.database_url.get_secret_value())
    if pending:
        raise CommandError(f"{len(pending)} are pending.", "Run: signalbox migrate")
    return "up to date"


async def _clocks(settings: "Settings") -> str:
    import time

    from service.cli import session
    from service.store import reading

    async with session.snapshot(settings) as connection:
        ahead_s = await reading.database_time_us(connection) / 1_000_000 - time.time()
    if abs(ahead_s) > MOST_CLOCK_DIFFERENCE_S:
        raise CommandError(
            f"The database's clock and this machine's differ by {abs(ahead_s):.0f} s.",
            "Set both by NTP: checks keep to the database's clock, records to their producers'.",
        )
    return "the database's and this machine's agree"


async def _framework(settings: "Settings") -> str:
    from service.cli import session

    async with session.snapshot(settings) as connection:
        found = await session.in_force(connection)
    return f"{found.framework.framework}, revision {found.revision}"


async def _size(settings: "Settings") -> str:
    from rich.filesize import decimal

    from service.cli import session
    from service.store import sizes

    async with session.snapshot(settings) as connection:
        size = await sizes.size(connection)
    parts = f"events {decimal(size.event_bytes)}, facts {decimal(size.fact_bytes)}"
    if not size.events_a_day:
        return f"{decimal(size.all_bytes)} ({parts})"
    growth = f"about {decimal(size.grown_bytes_a_day)} a day for {size.events_a_day:,} events"
    return f"{decimal(size.all_bytes)} ({parts}), growing by {growth}"


async def _broker(settings: "Settings") -> str:
    topics = await _existing_topics(settings)
    line = f"by {settings.kafka_security_protocol}"
    return f"{settings.kafka_bootstrap} answers and has {len(topics)} topics, {line}"


async def _topics(settings: "Settings") -> str:
    """Those of the framework in force, if there is one, and the one that signals go to."""
    from service.cli import session

    wanted = {settings.signals_topic}
    with contextlib.suppress(CommandError):
        async with session.snapshot(settings) as connection:
            framework = (await session.in_force(connection)).framework
            wanted |= {source.topic for source in framework.sources}
    existing = await _existing_topics(settings)
    missing = [f"{topic}{_instead(topic, existing)}" for topic in sorted(wanted - existing)]
    if missing:
        raise CommandError(
            f"The broker has no {', '.join(missing)}.",
            "Create what is missing, or correct the sources' topics and SIGNALBOX_SIGNALS_TOPIC.",
        )
    return f"{', '.join(sorted(wanted))} are there"


def _instead(topic: str, existing: set[str]) -> str:
    """The topic that was probably meant, as an aside."""
    from service.framework.problems import nearest

    near = nearest(topic, sorted(existing))
    return f" (it has {near})" if near else ""


async def _reading(settings: "Settings") -> str:
    """Whether every topic is still the one that was read, and whether records were missed."""
    from zoneinfo import ZoneInfo

    from service.cli import session
    from service.cli.accepting import why_held
    from service.cli.failing import broker_failures
    from service.configuring import kafka_lines
    from service.ingest.reading.kafka import extents
    from service.store import reading
    from service.store.wording import incident_text

    if not settings.producer_idempotence:
        return "not compared: the embedded broker does not say where its topics end"
    async with session.snapshot(settings) as connection:
        known = await reading.progress(connection, settings.consumer_group)
        incidents = await reading.incidents(connection, settings.consumer_group)
    with broker_failures(settings):
        there = await extents(kafka_lines(settings), {one.topic for one in known})
    for topic, of_topic in groupby(known, key=lambda one: one.topic):
        if reason := why_held(of_topic, there):
            raise CommandError(
                f"{topic} was made anew, and nothing of it is read: {reason}.",
                f"If it is meant to be read from its first record on, run: signalbox doctor "
                f"--accept-reset {topic}",
            )
    if incidents:
        newest = incident_text(incidents[0], ZoneInfo("UTC"))
        return f"records were gone before they were read: {newest} UTC; see signalbox status"
    return f"{len(known)} partitions, and none has missed records"


async def _existing_topics(settings: "Settings") -> set[str]:
    from service.cli.failing import broker_failures
    from service.configuring import kafka_lines
    from service.ingest.reading.kafka import existing_topics

    with broker_failures(settings):
        return await existing_topics(kafka_lines(settings))
