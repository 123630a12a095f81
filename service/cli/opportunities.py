"""`signalbox opportunities`: problems found, with their proof, and what people decide."""

import asyncio
import getpass
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo

import typer

from service.cli.failing import WRONG, CommandError
from service.cli.options import AsJson, Author

if TYPE_CHECKING:
    from service.opportunities.decisions import Impossible, Said
    from service.opportunities.models import Action, Opportunity
    from service.settings import Settings


def _effort(value: str) -> int:
    from service.opportunities.models import MOST_EFFORT

    if value.isascii() and value.isdigit() and int(value) <= MOST_EFFORT:
        return int(value)
    raise typer.BadParameter(
        f"{value!r} is no effort: write a whole number from 0 (nothing to do) to {MOST_EFFORT} "
        "(all that you can do)"
    )


app = typer.Typer(
    help="Problems found in the numbers, with their proof, and what you decide about them.",
    no_args_is_help=True,
)

All = Annotated[bool, typer.Option("--all", help="Those that ended, too.")]
Number = Annotated[
    int,
    typer.Argument(metavar="NUMBER", help="The opportunity's number.", show_default=False),
]
Because = Annotated[str, typer.Option(help="Why; it is kept, shown and sent.", show_default=False)]
Effort = Annotated[
    int,
    typer.Argument(
        parser=_effort, metavar="EFFORT", help="0 to 5, a whole number.", show_default=False
    ),
]
LIVE: Final = ("open", "in_progress")


@app.command("list", epilog="Example: signalbox opportunities list --all")
def list_(all_: All = False, as_json: AsJson = False) -> None:
    """List what is open, newest change first."""
    from service.cli import session
    from service.cli.printing import show, show_json
    from service.cli.views.opportunities import OpportunityHeads

    found, zone = asyncio.run(_listed(session.settings(), None if all_ else LIVE))
    if as_json:
        show_json([one.model_dump(mode="json") for one in found])
    else:
        show(OpportunityHeads(found, ZoneInfo(zone)))


@app.command(epilog="Example: signalbox opportunities show 7")
def show(number: Number, as_json: AsJson = False) -> None:
    """Show one opportunity: what is proven, where, for whom, and what it is worth."""
    from service.cli import printing, session
    from service.cli.views.opportunities import OpportunityText

    found = asyncio.run(_one(session.settings(), number))
    if found is None:
        printing.show(_unknown(number))
        raise typer.Exit(WRONG)
    opportunity, quotes, zone = found
    if as_json:
        printing.show_json(opportunity.model_dump(mode="json"))
    else:
        printing.show(OpportunityText(opportunity, ZoneInfo(zone), quotes))


@app.command(epilog='Example: signalbox opportunities accept 7 --because "We look into it."')
def accept(number: Number, because: Because, author: Author = None) -> None:
    """Take an open opportunity on, or take up again one that was dismissed."""
    _decide(number, "accept", author, because)


@app.command(epilog='Example: signalbox opportunities start 7 --because "A second carrier."')
def start(number: Number, because: Because, author: Author = None) -> None:
    """Say that somebody works on it. It still closes by itself when the numbers are back."""
    _decide(number, "start", author, because)


@app.command(epilog='Example: signalbox opportunities solve 7 --because "NordPost is replaced."')
def solve(number: Number, because: Because, author: Author = None) -> None:
    """Say that it is solved, before the numbers can show it.

    What is missed now is believed to be the past: it reopens only if it was met in between.
    """
    _decide(number, "solve", author, because)


@app.command(epilog='Example: signalbox opportunities dismiss 7 --because "A strike, known."')
def dismiss(number: Number, because: Because, author: Author = None) -> None:
    """Give it up for good, whatever the numbers say, until somebody accepts it."""
    _decide(number, "dismiss", author, because)


@app.command(epilog='Example: signalbox opportunities effort 7 2 --because "Two people, a week."')
def effort(number: Number, effort: Effort, because: Because, author: Author = None) -> None:
    """Say how much effort it takes, from 0 (nothing to do) to 5 (all that you can do)."""
    _decide(number, "effort", author, because, effort)


def _decide(
    number: int, action: "Action", author: str | None, because: str, effort: int | None = None
) -> None:
    from service import deciding
    from service.cli import printing, session
    from service.cli.failing import database_failures
    from service.opportunities.decisions import Said
    from service.opportunities.models import Opportunity

    if not because.strip():
        raise CommandError("--because is empty.", "Say why: whoever reads it will ask.")
    settings = session.settings()
    said = Said(action, author or getpass.getuser(), because.strip(), effort)
    with database_failures(settings):
        told = asyncio.run(deciding.decide(settings, number, said))
    match told:
        case None:
            printing.show(_unknown(number))
            raise typer.Exit(WRONG)
        case Opportunity():
            printing.show(_confirmed(told, said))
        case impossible:
            raise _refused(number, action, impossible)


def _confirmed(told: "Opportunity", said: "Said") -> str:
    from service.opportunities.wording import DECIDED

    if said.action == "effort":
        return (
            f"Effort {said.effort} of 5 told by {said.author}: opportunity {told.id} shows it now."
        )
    state = told.state.replace("_", " ")
    done = f"{DECIDED[said.action].capitalize()} by {said.author}"
    return f"{done}: opportunity {told.id} is {state} now."


def _refused(number: int, action: str, impossible: "Impossible") -> CommandError:
    state = impossible.state.replace("_", " ")
    return CommandError(
        f"Opportunity {number} is {state}: {action} means nothing there.",
        f"What can be done: {', '.join(impossible.allowed)}.",
    )


def _unknown(number: int) -> str:
    return f"There is no opportunity {number}. See: signalbox opportunities list --all"


async def _listed(
    settings: "Settings", states: tuple[str, ...] | None
) -> "tuple[list[Opportunity], str]":
    from service.cli import session
    from service.opportunities.models import Opportunity
    from service.store import reading

    async with session.snapshot(settings) as connection:
        rows = await reading.opportunities(connection, states)
        zone = (await session.in_force(connection)).framework.timezone
    return [Opportunity.model_validate(row.document) for row in rows], zone


async def _one(settings: "Settings", number: int) -> "tuple[Opportunity, list[str], str] | None":
    from service.cli import session
    from service.opportunities.models import Opportunity
    from service.store import reading
    from service.store.quoting import quotes

    async with session.snapshot(settings) as connection:
        row = await reading.opportunity_by_id(connection, number)
        if row is None:
            return None
        opportunity = Opportunity.model_validate(row.document)
        zone = (await session.in_force(connection)).framework.timezone
        return opportunity, await quotes(connection, opportunity), zone
