"""`signalbox opportunities`: problems found, with their proof."""

import asyncio
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from service.cli.failing import WRONG
from service.cli.options import AsJson

if TYPE_CHECKING:
    from service.opportunities.models import Opportunity
    from service.settings import Settings

app = typer.Typer(help="Problems found in the numbers, with their proof.", no_args_is_help=True)

All = Annotated[bool, typer.Option("--all", help="Those that ended, too.")]
Number = Annotated[int, typer.Argument(help="The opportunity's number.", show_default=False)]
LIVE = ("open", "in_progress")


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
        printing.show(f"There is no opportunity {number}. See: signalbox opportunities list --all")
        raise typer.Exit(WRONG)
    opportunity, quotes, zone = found
    if as_json:
        printing.show_json(opportunity.model_dump(mode="json"))
    else:
        printing.show(OpportunityText(opportunity, ZoneInfo(zone), quotes))


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
