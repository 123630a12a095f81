"""Colours and signs: the same on every screen.

Words carry the meaning; colours and signs only repeat it, so that nothing is lost on a terminal
without them or in a file.
"""

from typing import Final, NamedTuple

from rich.console import ConsoleOptions

from service.metrics.objectives import Health, Judgement


class Signs(NamedTuple):
    """Signs of one character, and one between words."""

    moment_of_truth: str
    wow_moment: str
    health: dict[Health, str]
    between: str

    @property
    def legend(self) -> str:
        return f"{self.moment_of_truth} moment of truth  {self.wow_moment} wow moment"


_UNICODE: Final = Signs(
    "★",
    "☆",
    {
        Health.BREACHED: "✗",
        Health.AT_RISK: "!",
        Health.STALE: "?",
        Health.NO_DATA: "·",
        Health.HEALTHY: "✓",
    },
    " · ",
)
_ASCII: Final = Signs(
    "*",
    "+",
    {
        Health.BREACHED: "x",
        Health.AT_RISK: "!",
        Health.STALE: "?",
        Health.NO_DATA: ".",
        Health.HEALTHY: "=",
    },
    " - ",
)

COLOURS: Final[dict[Health, str]] = {
    Health.BREACHED: "bold red",
    Health.AT_RISK: "yellow",
    Health.STALE: "magenta",
    Health.NO_DATA: "dim",
    Health.HEALTHY: "green",
}


def signs(options: ConsoleOptions) -> Signs:
    """The signs that this output can show."""
    return _ASCII if options.ascii_only else _UNICODE


def health_colour(judgement: Judgement | None) -> str:
    return "dim" if judgement is None else COLOURS[judgement.health]
