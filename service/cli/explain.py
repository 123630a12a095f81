"""`signalbox explain`: where a number comes from, down to events, rules and revision."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple
from zoneinfo import ZoneInfo

import typer

from service.cli.failing import WRONG, CommandError
from service.cli.options import AsJson

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from service.cli.views.explained import ExplainedEvent, ExplainedOpportunity

EXAMPLE: Final = "Examples: signalbox explain 7    signalbox explain zendesk-de:ticket:5158:rating"

Subject = Annotated[
    str,
    typer.Argument(
        metavar="EVENT|OPPORTUNITY",
        help="The number of an opportunity, or an event as SYSTEM:ID.",
        show_default=False,
    ),
]


def explain(subject: Subject, as_json: AsJson = False) -> None:
    """Say where an opportunity's numbers come from, or why an event is where it is.

    Of an event: its content, which rules were tried and why each matched or not, and every number
    in which it counts. Of an opportunity: its checks, its proof, how its value is made up, and
    events to look at.
    """
    from service.cli.printing import show, show_json

    asked = _asked(subject)
    explained = asyncio.run(_explained(asked))
    if explained is None:
        show(f"There is no {asked.noun} {subject}. See: {asked.listed}")
        raise typer.Exit(WRONG)
    if as_json:
        show_json(explained.document())
    else:
        show(explained)


class _Asked(NamedTuple):
    """An opportunity by its number, or an event by system and id."""

    noun: str
    number: int
    system: str
    id: str

    @property
    def listed(self) -> str:
        """The command that lists what there is."""
        return "signalbox events list" if self.id else "signalbox opportunities list --all"


def _asked(subject: str) -> _Asked:
    system, colon, named = subject.partition(":")
    if subject.isascii() and subject.isdigit():
        return _Asked("opportunity", int(subject), "", "")
    if not (system and colon and named):
        raise CommandError(
            f"{subject!r} is neither an opportunity nor an event.",
            "Write the number of an opportunity, such as 7, or SYSTEM:ID of an event, such as "
            "zendesk-de:ticket:5158:rating",
        )
    return _Asked("event", 0, system, named)


async def _explained(asked: _Asked) -> "ExplainedEvent | ExplainedOpportunity | None":
    from service.cli import session

    async with session.snapshot(session.settings()) as connection:
        if asked.noun == "opportunity":
            return await _opportunity(connection, asked.number)
        return await _event(connection, asked)


async def _opportunity(connection: "AsyncConnection", number: int) -> "ExplainedOpportunity | None":
    from service.cli import session
    from service.cli.views.explained import CHECKS, ExplainedOpportunity
    from service.opportunities.models import Opportunity
    from service.store import evaluation, reading
    from service.store.quoting import quotes

    row = await reading.opportunity_by_id(connection, number)
    if row is None:
        return None
    found = Opportunity.model_validate(row.document)
    zone = ZoneInfo((await session.in_force(connection)).framework.timezone)
    metrics = [one.metric.id for one in found.evidence.missed]
    checks = await evaluation.newest_checks(connection, metrics, found.checked_at, CHECKS)
    return ExplainedOpportunity(found, checks, await quotes(connection, found), zone)


async def _event(connection: "AsyncConnection", asked: _Asked) -> "ExplainedEvent | None":
    from service.cli import session
    from service.cli.views.explained import ExplainedEvent
    from service.framework.revisions import rule_specs
    from service.routing import Router
    from service.store import explaining

    key = await explaining.fact_of(connection, asked.system, asked.id)
    stored = await explaining.stored_event(connection, key) if key else None
    if key is None or stored is None:
        return None
    framework = await session.framework_of(connection, stored.where.revision)
    router = Router.compile(rule_specs(framework))
    history = await explaining.history_at(connection, stored, key)
    return ExplainedEvent(
        stored,
        router.explain(stored.event, history),
        framework,
        ZoneInfo(framework.timezone),
    )
