"""What customers wrote about an opportunity: for a terminal, never for a signal."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from service import canonical
from service.metrics.buckets import window_ending
from service.opportunities.models import Opportunity
from service.store import reading
from service.store.times import microseconds

QUOTES: Final = 2
_LOOKED_AT: Final = 50
_LONGEST_CHARACTERS: Final = 120


async def quotes(connection: AsyncConnection, opportunity: Opportunity) -> list[str]:
    """The newest texts of the stage within the evidence's window, dissatisfied answers first."""
    lead = opportunity.evidence.missed[0] if opportunity.evidence.missed else None
    if lead is None:
        return []
    window = window_ending(microseconds(opportunity.checked_at), lead.objective.window)
    documents = await reading.texts(connection, opportunity.stage, window, _LOOKED_AT)
    events = sorted(map(canonical.decode, documents), key=_satisfaction)
    return list(dict.fromkeys(_shortened(event.text) for event in events))[:QUOTES]


def _satisfaction(event: canonical.CanonicalEvent) -> float:
    """0 for the worst answer, 1 for the best; what has no score lies between."""
    score = event.score
    if score is None or score.high == score.low:
        return 0.5
    worst = score.low if score.best == score.high else score.high
    return abs(score.value - worst) / (score.high - score.low)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_CHARACTERS else f"{line[: _LONGEST_CHARACTERS - 3]}..."
