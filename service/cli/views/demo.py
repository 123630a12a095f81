"""The demo on a terminal: what is going on in the shop, and what the service makes of it."""

from datetime import tzinfo
from typing import Any, NamedTuple

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.constrain import Constrain
from rich.text import Text

from service.cli.views.journeys import READING_WIDTH, Overview
from service.cli.views.opportunities import OpportunityHeads, OpportunityText
from service.cli.views.status import outcomes_text
from service.demo.play import Scene, Summary
from service.demo.story import caption
from service.settings import Settings
from service.store.times import moment

ROOM_FOR_PROOF = 38
"""Lines of a terminal on which an opportunity fits below the map with all its proof."""


class SceneView(NamedTuple):
    """One look at the demo, as high as the terminal allows."""

    scene: Scene
    zone: tzinfo

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        status = self.scene.status
        at = moment(status.map.at_us).astimezone(self.zone)
        yield Text.assemble(
            ("Signalbox demo", "bold"),
            f"   {at:%a %d %b %H:%M}, day {min(5, int(self.scene.hour // 24) + 1)} of 5",
            ("   one second is two hours", "dim"),
        )
        yield Text(caption(self.scene.hour), "italic")
        yield Text()
        yield Overview(status.map)
        yield Text()
        yield from self._opportunities(console.size.height)
        if status.milestones:
            yield Text(f"{status.milestones} customer reached the 100th order.", "cyan")
        yield Text()
        yield Constrain(outcomes_text(status.outcomes), READING_WIDTH)

    def _opportunities(self, height: int) -> list[RenderableType]:
        found = self.scene.status.opportunities
        if found and height >= ROOM_FOR_PROOF:
            return [OpportunityText(found[0], self.zone, self.scene.quotes)]
        return [OpportunityHeads(found, self.zone)]


class SummaryText(NamedTuple):
    """How the demo ended, in three lines."""

    summary: Summary

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        summary = self.summary
        yield Constrain(outcomes_text(summary.outcomes), READING_WIDTH)
        yield Text(
            f"{summary.placed.placed:,} events are placed on the journey, "
            f"{summary.placed.unplaced:,} are unplaced. Opportunities: {summary.opened} opened, "
            f"{summary.recovered} recovered. Milestones: {summary.milestones}."
        )
        if not summary.differences:
            yield Text("Audit: exact. Every number is the sum of its contributions.", "green")
        for one in summary.differences:
            yield Text(f"Audit: {one.what} {one.where}: {one.recorded} / {one.recomputed}", "red")


class LookAround(NamedTuple):
    """How to ask the demo's servers from another terminal while they live."""

    settings: Settings

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        secrets = {
            "DATABASE_URL": self.settings.database_url.get_secret_value(),
            "KAFKA_BOOTSTRAP": self.settings.kafka_bootstrap,
            "SUBJECT_KEY": self.settings.subject_key.get_secret_value(),
        }
        yield Text()
        yield Text("The story has come to the present. Ctrl-C ends the demo and its servers.")
        yield Text("Until then, in another terminal, with these settings:", "dim")
        for name, value in secrets.items():
            yield Text(f"export SIGNALBOX_{name}={value}", no_wrap=True, overflow="ignore")
        yield Text("try signalbox status, signalbox explain 1, signalbox audit.", "dim")


def summary_document(summary: Summary) -> dict[str, Any]:
    """The summary as one flat document for programs."""
    return {
        **summary.outcomes._asdict(),
        "placed": summary.placed.placed,
        "unplaced": summary.placed.unplaced,
        "opportunities": {"opened": summary.opened, "recovered": summary.recovered},
        "milestones": summary.milestones,
        "audit": [one._asdict() for one in summary.differences] or "exact",
    }
