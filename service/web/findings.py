"""What was found, worded: opportunities with their proof, and milestones.

What customers wrote is left out: a report is made to be passed on, and a file that was passed on
is beyond the reach of an erasure.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Final, NamedTuple

from service.framework.models import Framework
from service.framework.places import titles
from service.opportunities.lifecycle import LIVE
from service.opportunities.models import Opportunity
from service.opportunities.wording import Paragraph, paragraphs
from service.store.report import Reached

MOST_ENDED: Final = 20
"""How many opportunities that ended are told in full."""


class Finding(NamedTuple):
    """An opportunity. Its proof is of the check that it was last told about at."""

    state: str
    headline: str
    standing: str
    proven_at: str
    paragraphs: Sequence[Paragraph]


class Findings(NamedTuple):
    """`live` by value, `ended` those of the period, newest first, `untold` how many more."""

    live: Sequence[Finding]
    ended: Sequence[Finding]
    untold: int
    ever: int


class MilestonePart(NamedTuple):
    title: str
    lately: int
    ever: int
    newest: str


def findings(opportunities: Sequence[Opportunity], since: datetime, zone: tzinfo) -> Findings:
    """What is open, and what ended since then."""
    live = [one for one in opportunities if one.state in LIVE]
    ended = [one for one in opportunities if one.state not in LIVE and one.changed_at >= since]
    return Findings(
        [_finding(one, zone) for one in sorted(live, key=lambda one: -one.score.value)],
        [_finding(one, zone) for one in ended[:MOST_ENDED]],
        max(0, len(ended) - MOST_ENDED),
        len(opportunities),
    )


def _finding(one: Opportunity, zone: tzinfo) -> Finding:
    head, standing, *rest = paragraphs(one, zone)
    proven_at = f"{one.checked_at.astimezone(zone):%a %d %b %H:%M}"
    return Finding(one.state, head.text, standing.text, proven_at, rest)


def milestone_parts(
    framework: Framework, reached: Iterable[Reached], zone: tzinfo
) -> list[MilestonePart]:
    """Each milestone of the framework; customers are counted, never named."""
    named = titles(framework)
    return [
        MilestonePart(
            named[one.milestone.touchpoint],
            one.lately,
            one.ever,
            f"{one.newest.astimezone(zone):%a %d %b %H:%M}" if one.newest else "",
        )
        for one in reached
    ]
