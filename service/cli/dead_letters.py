"""`signalbox dead-letters`: what could not become an event, and what to do about it."""

import asyncio
import contextlib
import getpass
from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeVar

import typer

from service.cli.failing import WRONG, CommandError
from service.cli.options import AsJson, Author, Since, Until

if TYPE_CHECKING:
    from service.cli.views.dead_letters import IgnoredBySource
    from service.settings import Settings
    from service.store.dead_letters import Selection
    from service.store.listed_letters import DeadLetterContent, DeadLetterGroup, DeadLetterRow

app = typer.Typer(help="What could not become an event, kept whole.", no_args_is_help=True)

T = TypeVar("T")

Source = Annotated[str | None, typer.Option(help="Only those of this source.", show_default=False)]
Reason = Annotated[str | None, typer.Option(help="Only those with this one.", show_default=False)]
Limit = Annotated[int, typer.Option(min=1, max=500, help="How many, newest first.")]
Number = Annotated[int, typer.Argument(help="The number that `list` shows.", show_default=False)]
Numbers = Annotated[
    list[int] | None,
    typer.Argument(help="The numbers that `list` shows; without them all.", show_default=False),
]


@app.command("list", epilog="Example: signalbox dead-letters list --source tickets --since 24h")
def list_(
    source: Source = None,
    reason: Reason = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List the newest dead letters with where they lie and what is wrong with them.

    Event types that nobody knows are listed by type, each with the line that leaves it out.
    """
    from service.cli import session
    from service.cli.printing import show, show_json
    from service.cli.views.dead_letters import LettersView, letters_document

    selection = _selection(None, source, reason, since, until)
    found = asyncio.run(_found(session.settings(), selection, limit))
    if as_json:
        show_json(letters_document(found.rows, found.groups, found.ignored))
    elif not found.groups:
        show("There are no dead letters." if selection == _all() else "There are none such.")
    else:
        show(LettersView(found.rows, found.groups, found.ignored))


@app.command(epilog="Example: signalbox dead-letters show 3")
def show(number: Number, as_json: AsJson = False) -> None:
    """Show one dead letter whole: where it lies, what is wrong, its headers and its bytes."""
    from service.cli import printing, session
    from service.cli.views.dead_letters import ContentView, content_document

    content = asyncio.run(_content(session.settings(), number))
    if content is None:
        printing.show(f"There is no dead letter {number}. See: signalbox dead-letters list")
        raise typer.Exit(WRONG)
    if as_json:
        printing.show_json(content_document(content))
    else:
        printing.show(ContentView(content))


@app.command(epilog="Example: signalbox dead-letters retry --source tickets --dry-run")
def retry(
    numbers: Numbers = None,
    source: Source = None,
    reason: Reason = None,
    since: Since = None,
    until: Until = None,
    author: Author = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Settle dead letters anew under the revision in force, as if they were read now.

    Do it when their source was corrected and applied, or the service knows more. What is still
    bad stays, with what is wrong now; exit status 1 if something does.
    """
    from service import deciding
    from service.cli import session
    from service.cli.printing import show, show_json
    from service.cli.views.dead_letters import RetriedView, retried_document

    settings = session.settings()
    selection = _selection(numbers, source, reason, since, until)
    name = author or getpass.getuser()
    told = _done(settings, deciding.retry(settings, selection, name, rehearsing=dry_run))
    if as_json:
        show_json(retried_document(told))
    else:
        show(RetriedView(told, dry_run))
    if told.still_dead or told.untried:
        raise typer.Exit(WRONG)


@app.command(epilog='Example: signalbox dead-letters discard 3 4 --because "sent by a test"')
def discard(
    because: Annotated[str, typer.Option(help="Why; it is kept.", show_default=False)],
    numbers: Numbers = None,
    source: Source = None,
    reason: Reason = None,
    since: Since = None,
    until: Until = None,
    author: Author = None,
) -> None:
    """Give dead letters up: their bytes are deleted for ever, their place in the counts stays.

    Say which: by number, source, reason or time.
    """
    from service import deciding
    from service.cli import session
    from service.cli.printing import show

    selection = _selection(numbers, source, reason, since, until)
    if selection == _all():
        raise CommandError(
            "Nothing says which dead letters to discard.", "Give numbers or options."
        )
    if not because.strip():
        raise CommandError("--because is empty.", "Say why: whoever looks for them will ask.")
    settings = session.settings()
    name = author or getpass.getuser()
    discarded = _done(settings, deciding.discard(settings, selection, name, because))
    show(f"{discarded:,} discarded.")


def _all() -> "Selection":
    from service.store.dead_letters import Selection

    return Selection()


def _selection(
    numbers: list[int] | None,
    source: str | None,
    reason: str | None,
    since: datetime | None,
    until: datetime | None,
) -> "Selection":
    from service.store.dead_letters import Selection
    from service.store.times import microseconds

    return Selection(
        tuple(numbers) if numbers else None,
        source,
        reason,
        microseconds(since) if since else None,
        microseconds(until) if until else None,
    )


def _done(settings: "Settings", decision: Awaitable[T]) -> T:
    """What a decision came to. What cannot be decided now becomes `CommandError`."""
    from service.cli.failing import broker_failures, database_failures
    from service.ingest.resettling.letters import NothingAppliedError
    from service.ingest.resettling.retry import NeverReadError
    from service.sources import UnreadableRevisionError

    async def awaited() -> T:
        return await decision

    try:
        with broker_failures(settings), database_failures(settings):
            return asyncio.run(awaited())
    except NothingAppliedError as error:
        raise CommandError(
            "No framework has been applied yet.", "Run: signalbox apply DIRECTORY"
        ) from error
    except NeverReadError as error:
        problem = f"This cannot be settled: {error}."
        raise CommandError(problem, "Correct SIGNALBOX_CONSUMER_GROUP.") from error
    except UnreadableRevisionError as error:
        raise CommandError(str(error)) from error


class _Found(NamedTuple):
    rows: "list[DeadLetterRow]"
    groups: "list[DeadLetterGroup]"
    ignored: "IgnoredBySource"


async def _found(settings: "Settings", selection: "Selection", limit: int) -> _Found:
    from service.cli import session
    from service.store import listed_letters

    async with session.snapshot(settings) as connection:
        ignored: dict[str, tuple[str, ...]] = {}
        with contextlib.suppress(CommandError):
            framework = (await session.in_force(connection)).framework
            ignored = {source.id: source.ignore for source in framework.sources}
        rows = await listed_letters.dead_letters(connection, selection, limit)
        return _Found(rows, await listed_letters.dead_letter_groups(connection, selection), ignored)


async def _content(settings: "Settings", number: int) -> "DeadLetterContent | None":
    from service.cli import session
    from service.store import listed_letters

    async with session.snapshot(settings) as connection:
        return await listed_letters.dead_letter_content(connection, number)
