"""`signalbox load`: exported records into a source's topic, so that the past counts, too."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from service.cli.failing import CommandError
from service.cli.options import Headers

if TYPE_CHECKING:
    from service.exports.reading import Exported
    from service.framework.models import Framework, Source
    from service.settings import Settings

EXAMPLE: Final = "Example: signalbox load tickets export.jsonl"
STOPPED: Final = 130

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

    if not file.is_file():
        raise CommandError(f"There is no file {file}.", "Nothing was published.")
    settings = session.settings()
    framework = asyncio.run(_framework(settings))
    job = _Job(session.source_of(framework, source), file, parsed_headers(header))
    look = _look(job, _refusals(settings, framework, job))
    asyncio.run(session.check_topic(settings, job.source))
    if look.refused:
        show(
            f"{look.refused:,} of {look.records:,} records cannot become events; they will be "
            f"dead letters. The first is {look.first}."
        )
    published = _publish_all(settings, job, look, skip)
    show(f"{published:,} records are in {job.source.topic}. See: signalbox status")


async def _framework(settings: "Settings") -> "Framework":
    from service.cli import session

    async with session.snapshot(settings) as connection:
        return (await session.in_force(connection)).framework


class _Look(NamedTuple):
    """What a file holds: how many of its records cannot become events, and the first of these."""

    records: int
    refused: int
    first: str


def _look(job: _Job, refusals: Iterator[str]) -> _Look:
    """Reads the whole file. Raises `CommandError` if nothing in it can be published with sense."""
    from service.exports.reading import ExportError

    records, refused, first = 0, 0, ""
    try:
        for refusal in refusals:
            records += 1
            refused += bool(refusal)
            first = first or refusal
    except ExportError as error:
        raise CommandError(str(error), "Nothing was published.") from error
    if not records:
        raise CommandError(f"{job.file} holds no records.")
    if refused == records:
        raise CommandError(
            f"No record of {job.file} is one that connector {job.source.connector} can read. "
            f"The first is {first}. Nothing was published.",
            "Is it the right source? Webhooks need their headers: --header NAME=VALUE",
        )
    return _Look(records, refused, first)


def _refusals(settings: "Settings", framework: "Framework", job: _Job) -> Iterator[str]:
    """For each record of the file, where and why it would be a dead letter, or nothing."""
    import time

    from service.configuring import keyring, limits
    from service.ingest.preparing.revision import compile_revision
    from service.sources import open_source
    from service.trying import as_published, refusals

    revision = compile_revision(0, framework, open_source, keyring(settings))
    now_us = int(time.time() * 1_000_000)
    samples = as_published(job.records(), job.source.topic, job.headers, now_us)
    return refusals(samples, revision, limits(settings))


def _publish_all(settings: "Settings", job: _Job, look: _Look, skip: int) -> int:
    """How many were published. Stopped by Ctrl-C, it says how to go on and ends the command."""
    from service.cli.printing import show

    done = skip
    try:
        with _progress(job.file, look.records, skip) as told:

            def confirmed(count: int) -> None:
                nonlocal done
                done += count
                told(count)

            asyncio.run(_publish(settings, job, skip, confirmed))
    except KeyboardInterrupt:
        show(
            f"Stopped: {done:,} of {look.records:,} records are in {job.source.topic}. Run it "
            f"again: what was published twice counts once. Or go on where it stopped: --skip {done}"
        )
        raise typer.Exit(STOPPED) from None
    return done - skip


async def _publish(
    settings: "Settings", job: _Job, skip: int, confirmed: Callable[[int], None]
) -> None:
    from service.cli.failing import broker_failures
    from service.configuring import kafka_lines
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
