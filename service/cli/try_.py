"""`signalbox try`: where records would be placed, and why, before anything counts."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from service.cli.failing import CommandError
from service.cli.options import AsJson, Headers
from service.cli.validate import Directory, framework_in

if TYPE_CHECKING:
    from service.framework.models import Framework, Source
    from service.trying import Outcome, Sample

EXAMPLE: Final = (
    "Examples: signalbox try my-company --file my-company/records/helpdesk.jsonl"
    "    signalbox try my-company --source helpdesk --last 1000"
)

File = Annotated[
    Path | None,
    typer.Option("--file", help="Records of this file: JSON lines, an array, or CSV."),
]
SourceId = Annotated[
    str | None,
    typer.Option(
        "--source", help="Which source's records they are; needed where there are several."
    ),
]
Last = Annotated[
    int,
    typer.Option(min=1, max=10_000, help="Without a file: so many of the newest in the topic."),
]
Unplaced = Annotated[bool, typer.Option("--unplaced", help="Show only what has no touchpoint.")]


def try_(
    directory: Directory,
    file: File = None,
    source: SourceId = None,
    last: Last = 100,
    header: Headers = None,
    unplaced: Unplaced = False,
    as_json: AsJson = False,
) -> None:
    """Show where records would be placed, by which rule and why. Writes nothing anywhere.

    Histories hold the records that are tried and nothing else. With a file it needs no database
    and no broker.
    """
    from service.cli.printing import show, show_json
    from service.cli.views.tried import TriedView, tried_documents

    framework = framework_in(directory)
    of = _source(framework, source)
    samples = _newest(of, last) if file is None else _in_file(of, file, header)
    outcomes = _tried(framework, samples)
    if as_json:
        show_json(tried_documents(outcomes))
    else:
        show(TriedView(framework, outcomes, only_unplaced=unplaced))


def _source(framework: "Framework", id: str | None) -> "Source":
    from service.cli import session

    if id is not None:
        return session.source_of(framework, id)
    if len(framework.sources) == 1:
        return framework.sources[0]
    known = ", ".join(source.id for source in framework.sources) or "none"
    raise CommandError(
        f"Framework {framework.framework} has {len(framework.sources)} sources ({known}).",
        "Say with --source whose records these are.",
    )


def _in_file(source: "Source", file: Path, header: list[str] | None) -> "list[Sample]":
    import time

    from service.cli.options import parsed_headers
    from service.exports.reading import ExportError, exported
    from service.trying import as_published

    now_us, headers = int(time.time() * 1_000_000), parsed_headers(header)
    try:
        return list(as_published(exported(file), source.topic, headers, now_us))
    except ExportError as error:
        raise CommandError(str(error)) from error


def _newest(source: "Source", last: int) -> "list[Sample]":
    from service.cli import session
    from service.cli.failing import broker_failures
    from service.configuring import kafka_lines
    from service.ingest.reading.newest import newest_records
    from service.trying import Sample

    settings = session.settings()
    asyncio.run(session.check_topic(settings, source))
    with broker_failures(settings):
        records = asyncio.run(newest_records(kafka_lines(settings), source.topic, last))
    return [
        Sample(f"{r.position.topic}/{r.position.partition}@{r.position.offset}", r) for r in records
    ]


def _tried(framework: "Framework", samples: "list[Sample]") -> "list[Outcome]":
    from functools import partial

    from service.cli.schemas import schemas_of
    from service.identity.keys import Keyring
    from service.ingest.preparing.prepare import Limits
    from service.ingest.preparing.revision import compile_revision
    from service.sources import open_source
    from service.trying import try_records

    schemas = asyncio.run(schemas_of(sample.record for sample in samples))
    opening = partial(open_source, schemas=schemas)
    # No key leaves this process, so that any secret is as good as the installation's.
    revision = compile_revision(0, framework, opening, Keyring(b"signalbox try keeps nothing"))
    return try_records(samples, revision, Limits())
