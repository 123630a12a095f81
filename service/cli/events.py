"""`signalbox events`: what happened, and where it was placed."""

import asyncio
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from service.cli.failing import WRONG, CommandError
from service.cli.options import AsJson, Since, Until

if TYPE_CHECKING:
    from service.cli.views.events import EventsView
    from service.cli.views.explained import EventView
    from service.framework.models import Framework
    from service.settings import Settings
    from service.store.events import Wanted

app = typer.Typer(help="What happened, and where it was placed.", no_args_is_help=True)

Unplaced = Annotated[bool, typer.Option("--unplaced", help="Only those without a touchpoint.")]
Source = Annotated[str | None, typer.Option(help="Only those of this source.", show_default=False)]
Kind = Annotated[
    str | None,
    typer.Option(help="Only those of this kind, such as support.contact.", show_default=False),
]
Touchpoint = Annotated[
    str | None,
    typer.Option(
        metavar="PATH", help="Only those placed at this touchpoint or stage.", show_default=False
    ),
]
Limit = Annotated[int, typer.Option(min=1, max=500, help="How many, newest first.")]
Name = Annotated[
    str, typer.Argument(metavar="SYSTEM:ID", help="As `list` shows it.", show_default=False)
]


@app.command("list", epilog="Example: signalbox events list --unplaced --source tickets --since 7d")
def list_(
    unplaced: Unplaced = False,
    source: Source = None,
    kind: Kind = None,
    touchpoint: Touchpoint = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List the newest events with where they were placed, and count all of them by kind."""
    from service.cli import session
    from service.cli.printing import show, show_json
    from service.cli.views.events import events_document
    from service.store.events import Wanted

    wanted = Wanted(unplaced, source, kind, touchpoint, since, until)
    view = asyncio.run(_listed(session.settings(), wanted, limit))
    if as_json:
        show_json(events_document(view))
    else:
        show(view)


@app.command(epilog="Example: signalbox events show zendesk-de:ticket:5158:rating")
def show(name: Name, as_json: AsJson = False) -> None:
    """Show one event: what it says, where it was read, where it was placed."""
    from service.cli import printing, session

    system, colon, id_ = name.partition(":")
    if not (system and colon and id_):
        raise CommandError(f"{name!r} is no event.", "Write SYSTEM:ID, as `events list` shows it.")
    view = asyncio.run(_one(session.settings(), system, id_))
    if view is None:
        printing.show(f"There is no event {name}. See: signalbox events list")
        raise typer.Exit(WRONG)
    if as_json:
        printing.show_json(view.document())
    else:
        printing.show(view, f"\nWhy? signalbox explain {name}")


async def _listed(settings: "Settings", wanted: "Wanted", limit: int) -> "EventsView":
    from service.cli import session
    from service.cli.views.events import EventsView
    from service.store import events

    async with session.snapshot(settings) as connection:
        framework = (await session.in_force(connection)).framework
        _check(framework, wanted)
        rows = await events.newest_events(connection, wanted, limit)
        kinds = await events.kinds_of_events(connection, wanted)
    return EventsView(framework, rows, kinds)


def _check(framework: "Framework", wanted: "Wanted") -> None:
    """Raises `CommandError` for a source, kind or place that cannot have any event."""
    from service.cli import session
    from service.event import KINDS, known_kind
    from service.framework.places import titles
    from service.framework.problems import nearest, suggestion_text

    if wanted.source is not None:
        session.source_of(framework, wanted.source)
    if wanted.kind is not None and not known_kind(wanted.kind):
        suggestion = suggestion_text(nearest(wanted.kind, KINDS)) or "."
        raise CommandError(f"There is no kind of event {wanted.kind}{suggestion}")
    if wanted.at is not None and wanted.at not in titles(framework):
        suggestion = suggestion_text(nearest(wanted.at, titles(framework))) or "."
        raise CommandError(f"The framework has no touchpoint or stage {wanted.at}{suggestion}")


async def _one(settings: "Settings", system: str, id: str) -> "EventView | None":
    from service.cli import session
    from service.cli.views.explained import EventView
    from service.store import explaining

    async with session.snapshot(settings) as connection:
        key = await explaining.fact_of(connection, system, id)
        stored = await explaining.stored_event(connection, key) if key else None
        if stored is None:
            return None
        framework = await session.framework_of(connection, stored.where.revision)
    return EventView(stored, framework, ZoneInfo(framework.timezone))
