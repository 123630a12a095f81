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
from service.opportunities.wording import (
    LABEL_WIDTH,
    Paragraph,
    effort_text,
    paragraphs,
    whole_text,
    wrapped,
)

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
        yield _head(head, self.opportunity, options)
        for paragraph in (*rest[:-2], *self._voices(), *rest[-2:]):
            yield _labelled(paragraph, options)

    def _voices(self) -> list[Paragraph]:
        if not self.quotes:
            return []
        return [Paragraph("They say", "  ".join(f'"{quote}"' for quote in self.quotes))]


@dataclass(frozen=True)
class OpportunityBrief:
    """What a small terminal has room for: the problem, its proof, and what comes next."""

    opportunity: Opportunity
    zone: tzinfo

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        head, status, proof, *_, outlook = paragraphs(self.opportunity, self.zone)
        yield _head(head, self.opportunity, options)
        for paragraph in (status, proof, outlook):
            yield _labelled(paragraph, options)


@dataclass(frozen=True)
class OpportunityHeads:
    """A line or two each: the headline, and where it stands."""

    opportunities: Sequence[Opportunity]
    zone: tzinfo

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self.opportunities:
            yield Text("No opportunities found so far.", "dim")
        for one in self.opportunities:
            head, status = paragraphs(one, self.zone)[:2]
            yield _head(head, one, options)
            worth = f"Value {one.score.value:.0f}, effort {effort_text(one.score)}"
            standing = f"    {status.text.split('. ', 1)[0]}. {worth}."
            yield Constrain(Text(standing, "dim"), READING_WIDTH)


def _head(head: Paragraph, opportunity: Opportunity, options: ConsoleOptions) -> Text:
    return Text(_wrapped(head, options), _COLOURS[opportunity.state])


def _labelled(paragraph: Paragraph, options: ConsoleOptions) -> Table | Text:
    if not paragraph.label:
        return Text(_wrapped(paragraph, options))
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=LABEL_WIDTH)
    table.add_column()
    text = _wrapped(paragraph, options, beside=LABEL_WIDTH + 1)
    table.add_row(Text(paragraph.label, "bold"), Text(text))
    return table


def _wrapped(paragraph: Paragraph, options: ConsoleOptions, beside: int = 0) -> str:
    """The text of a paragraph in lines, with so many characters beside them."""
    width = min(READING_WIDTH, options.max_width) - beside
    return "\n".join(wrapped(Paragraph("", whole_text(paragraph)), width))
