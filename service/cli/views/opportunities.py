"""Opportunities on a terminal, in the words of `service.opportunities.wording`.

What customers wrote is shown here and nowhere else: it is never part of a signal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.constrain import Constrain
from rich.table import Table
from rich.text import Text

from service.opportunities.models import Opportunity
from service.opportunities.wording import LABEL_WIDTH, Paragraph, headline, paragraphs

READING_WIDTH: Final = 92
_COLOURS: Final = {
    "open": "bold red",
    "in_progress": "bold yellow",
    "recovered": "bold green",
    "solved": "bold green",
    "dismissed": "dim",
}


@dataclass(frozen=True)
class OpportunityText:
    """The whole text about one, with the words of customers if there are any."""

    opportunity: Opportunity
    zone: tzinfo
    quotes: Sequence[str] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        head, *rest = paragraphs(self.opportunity, self.zone)
        yield Constrain(Text(head.text, _COLOURS[self.opportunity.state]), READING_WIDTH)
        for paragraph in (*rest[:-2], *self._voices(), *rest[-2:]):
            yield Constrain(_labelled(paragraph), READING_WIDTH)

    def _voices(self) -> list[Paragraph]:
        if not self.quotes:
            return []
        return [Paragraph("They say", "  ".join(f'"{quote}"' for quote in self.quotes))]


@dataclass(frozen=True)
class OpportunityHeads:
    """A line or two each: the headline, and where it stands."""

    opportunities: Sequence[Opportunity]
    zone: tzinfo

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self.opportunities:
            yield Text("No opportunities found so far.", "dim")
        for one in self.opportunities:
            status = paragraphs(one, self.zone)[1].text.split(". ", 1)[0]
            yield Constrain(Text(headline(one), _COLOURS[one.state]), READING_WIDTH)
            yield Constrain(
                Text(f"    {status}. Value {one.score.value:.0f}.", "dim"), READING_WIDTH
            )


def _labelled(paragraph: Paragraph) -> Table | Text:
    if not paragraph.label:
        return Text(paragraph.text)
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=LABEL_WIDTH)
    table.add_column()
    table.add_row(Text(paragraph.label, "bold"), Text(paragraph.text))
    return table
