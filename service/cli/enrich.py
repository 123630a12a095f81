"""`signalbox enrich`: the whole of what notifications only name, asked for and published."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Final

import typer

from service.cli.failing import WRONG, CommandError

if TYPE_CHECKING:
    from service.enriching import Enriched, Enricher
    from service.settings import Settings

EXAMPLE: Final = "Example: signalbox enrich --once"

EVERY_S: Final = 15.0

Once = Annotated[bool, typer.Option("--once", help="Ask for what is due now, and end.")]


def enrich(once: Once = False) -> None:
    """Ask tools for what their notifications only name, and publish it to the sources' topics.

    Sources say whom to ask by `api` (connectors qualtrics, surveymonkey), SIGNALBOX_ENRICH_TOKENS
    has a token for each. What a tool does not have stays a dead letter that says so. Runs until
    SIGTERM or Ctrl-C; with --once, exit status 1 if a tool could not be asked.
    """
    from service.cli import session

    settings = session.settings()
    if once:
        _once(settings)
    else:
        asyncio.run(_until_ended(settings))


def _once(settings: "Settings") -> None:
    from service.cli.printing import show

    told = asyncio.run(_round(settings))
    if not told:
        raise CommandError(
            "No source of the applied framework says whom to ask.",
            "Give it `api`, as docs/operations.md says, and apply that.",
        )
    for each in told:
        show(_sentence(each))
    if any(each.waits_because for each in told):
        raise typer.Exit(WRONG)


async def _round(settings: "Settings") -> "list[Enriched]":
    from service.cli.failing import broker_failures, database_failures
    from service.enriching import enricher
    from service.ingest.resettling.letters import NothingAppliedError
    from service.sources import UnreadableRevisionError

    try:
        with broker_failures(settings), database_failures(settings):
            async with enricher(settings) as enriching:
                return await enriching.round()
    except NothingAppliedError as error:
        raise CommandError(
            "No framework has been applied yet.", "Run: signalbox apply DIRECTORY"
        ) from error
    except UnreadableRevisionError as error:
        raise CommandError(str(error)) from error


def _sentence(told: "Enriched") -> str:
    said = f"{told.source}: {told.published:,} published, {told.absent:,} not to be had."
    return f"{said} Others wait: {told.waits_because}." if told.waits_because else said


async def _until_ended(settings: "Settings") -> None:
    import signal

    from service.enriching import enricher
    from service.telemetry import configure_logging

    configure_logging(settings.log_level, settings.log_format)
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    async with enricher(settings) as enriching:
        working = asyncio.create_task(_rounds(enriching))
        told = asyncio.create_task(ending.wait())
        await asyncio.wait([working, told], return_when=asyncio.FIRST_COMPLETED)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def _rounds(enriching: "Enricher") -> None:
    """Never returns: round after round, whatever is away meanwhile."""
    from service.outage import Outage
    from service.store.trouble import database_trouble

    outage = Outage("notifications")
    while True:
        try:
            waits_because = _logged(await enriching.round())
        except Exception as error:  # noqa: BLE001 - whatever is away comes back
            waits_because = database_trouble(error)
        if waits_because:
            outage.failed(waits_because)
        else:
            outage.over()
        await asyncio.sleep(EVERY_S)


def _logged(round_: "list[Enriched]") -> str:
    """Log what came of a round: which sources wait and why, if some do."""
    import structlog

    log = structlog.get_logger(__name__)
    for told in round_:
        if told.published or told.absent:
            counts = {"published": told.published, "absent": told.absent}
            log.info("responses were asked for", source=told.source, **counts)
    return "; ".join(
        f"{each.source}: {each.waits_because}" for each in round_ if each.waits_because
    )
