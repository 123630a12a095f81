"""`signalbox load`: exported records into a source's topic, so that the past counts, too."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from service.cli.failing import CommandError
from service.cli.options import Headers

if TYPE_CHECKING:
    from service.exports.reading import Exported
    from service.framework.models import Source
    from service.settings import Settings

EXAMPLE = "Example: signalbox load tickets export.jsonl"
STOPPED = 130

SourceId = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE", help="The id of a source of the applied framework.", show_default=False
    ),
]
File = Annotated[
    Path,
    typer.Argument(help="JSON lines, one JSON array, or CSV.", show_default=False),
]
Skip = Annotated[
    int, typer.Option(min=0, help="Leave out so many records at the beginning of the file.")
]


class _Job(NamedTuple):
    """What is published where."""

    source: "Source"
    file: Path
    headers: tuple[tuple[str, bytes], ...]

    def records(self) -> "Iterator[Exported]":
        from service.exports.reading import exported

        return exported(self.file)


def load(
    source: SourceId,
    file: File,
    header: Headers = None,
    skip: Skip = 0,
) -> None:
    """Publish exported records to the topic of a source, which reads them like all others.

    The whole file is looked at before anything is published. A row of a CSV becomes a JSON object
    of its columns, for a source with connector mapping. It can be stopped with Ctrl-C and
    repeated: a record that was published twice counts once.
    """
    from service.cli import session
    from service.cli.options import parsed_headers
    from service.cli.printing import show

    settings = session.settings()
    job = _Job(asyncio.run(_source(settings, source)), file, parsed_headers(header))
    total = _looked_at(job)
    asyncio.run(session.check_topic(settings, job.source))
    done = skip
    try:
        with _progress(file, total, skip) as told:

            def confirmed(count: int) -> None:
                nonlocal done
                done += count
                told(count)

            asyncio.run(_publish(settings, job, skip, confirmed))
    except KeyboardInterrupt:
        show(
            f"Stopped: {done:,} of {total:,} records are in {job.source.topic}. Run it again: what "
            f"was published twice counts once. Or go on where it stopped: --skip {done}"
        )
        raise typer.Exit(STOPPED) from None
    show(f"{done - skip:,} records are in {job.source.topic}. See: signalbox status")


async def _source(settings: "Settings", id: str) -> "Source":
    from service.cli import session

    async with session.snapshot(settings) as connection:
        framework = (await session.in_force(connection)).framework
    return session.source_of(framework, id)


def _looked_at(job: _Job) -> int:
    """How many records there are. Raises `CommandError` if none of them could become an event."""
    from service import app
    from service.event import Failed, Position, Record
    from service.exports.reading import ExportError

    convert, reasons, total, useful = app.open_source(job.source), "", 0, 0
    try:
        for total, one in enumerate(job.records(), 1):
            position = Position(job.source.topic, 0, total)
            items = convert(Record(position, 0, None, job.headers, one.value))
            failed = next((item for item in items if isinstance(item, Failed)), None)
            useful += failed is None
            if failed is not None and not reasons:
                reasons = f"{one.place}: {failed.detail} ({failed.reason})"
    except ExportError as error:
        raise CommandError(str(error), "Nothing was published.") from error
    if total and not useful:
        raise CommandError(
            f"No record of {job.file} is one that connector {job.source.connector} can read. "
            f"The first is {reasons}. Nothing was published.",
            "Is it the right source? Webhooks need their headers: --header NAME=VALUE",
        )
    return total


async def _publish(
    settings: "Settings", job: _Job, skip: int, confirmed: Callable[[int], None]
) -> None:
    from service.app import kafka_lines
    from service.cli.failing import broker_failures
    from service.exports.publishing import Destination, publish

    to = Destination(
        kafka_lines(settings), job.source.topic, job.headers, settings.producer_idempotence
    )
    with broker_failures(settings):
        await publish(islice(job.records(), skip, None), to, confirmed)


@contextmanager
def _progress(file: Path, total: int, done: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing in a file."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"Publishing {file.name}", total=total, completed=done)
        yield lambda count: progress.advance(task, count)
