"""`signalbox dead-letters`: what could not become an event, and why."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.failing import WRONG
from service.cli.options import AsJson

if TYPE_CHECKING:
    from service.settings import Settings
    from service.store.reading import DeadLetterContent, DeadLetterRow

app = typer.Typer(help="What could not become an event, kept whole.", no_args_is_help=True)

Source = Annotated[str | None, typer.Option(help="Only those of this source.", show_default=False)]
Limit = Annotated[int, typer.Option(min=1, max=500, help="How many, newest first.")]
Number = Annotated[int, typer.Argument(help="The number that `list` shows.", show_default=False)]


@app.command("list", epilog="Example: signalbox dead-letters list --source tickets")
def list_(source: Source = None, limit: Limit = 20, as_json: AsJson = False) -> None:
    """List the newest dead letters with where they lie and what is wrong with them."""
    from service.cli import session
    from service.cli.printing import show, show_json
    from service.cli.views.dead_letters import dead_letter_table, reasons_text

    rows, reasons = asyncio.run(_rows(session.settings(), limit, source))
    if as_json:
        show_json([row._asdict() for row in rows])
    elif not rows:
        show("There are no dead letters.")
    else:
        show(dead_letter_table(rows), reasons_text(reasons))


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


async def _rows(
    settings: "Settings", limit: int, source: str | None
) -> "tuple[list[DeadLetterRow], dict[tuple[str, str], int]]":
    from service.cli import session
    from service.store import reading

    async with session.snapshot(settings) as connection:
        rows = await reading.dead_letters(connection, limit, source)
        return rows, await reading.dead_letter_reasons(connection)


async def _content(settings: "Settings", number: int) -> "DeadLetterContent | None":
    from service.cli import session
    from service.store import reading

    async with session.snapshot(settings) as connection:
        return await reading.dead_letter_content(connection, number)
