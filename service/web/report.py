"""The report for people without a terminal: one HTML file that asks no host for anything.

It says what `signalbox status` and `signalbox opportunities` say, in their words, as of one
moment; it needs no script, and a policy in its head forbids the browser to load anything. Every
text of the framework and of events is escaped by the templates' environment.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import count
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from service.metrics.journey_map import StageStanding
from service.metrics.map_wording import stage_health_text
from service.metrics.objectives import Health
from service.metrics.wording import period_text
from service.store.report import Report
from service.store.times import moment
from service.store.wording import (
    EndOffsets,
    incident_text,
    outcomes_text,
    placed_text,
    unfinished_texts,
)
from service.web import charts
from service.web.findings import Findings, MilestonePart, findings, milestone_parts
from service.web.journeys import JourneyPart, journey_parts
from service.web.sources import SourcePart, source_parts

_PAGES: Final = Environment(
    loader=PackageLoader("service.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class View(NamedTuple):
    """What a report is made of. `ends` is None where the broker could not be asked."""

    revision: int
    report: Report
    ends: EndOffsets | None


class Page(NamedTuple):
    """What the template shows, all of it worded."""

    name: str
    revision: int
    at: str
    since: str
    period: str
    verdict: str
    facts: Sequence[str]
    empty: bool
    journeys: Sequence[JourneyPart]
    findings: Findings
    milestones: Sequence[MilestonePart]
    sources: Sequence[SourcePart]
    completeness: Sequence[str]
    gone: Sequence[str]


def report_page(view: View) -> str:
    """The whole file."""
    return _PAGES.get_template("report.html").render(
        page=_page(view), drawing=charts, numbers=count(1).__next__
    )


def _page(view: View) -> Page:
    report, status = view.report, view.report.status
    zone = ZoneInfo(report.framework.timezone)
    since, at = moment(report.period.start_us), moment(status.map.at_us)
    found = findings(status.opportunities, since, zone)
    milestones = milestone_parts(report.framework, report.reached, zone)
    return Page(
        name=report.framework.framework,
        revision=view.revision,
        at=f"{_day(at, zone)}, {at.astimezone(zone):%H:%M} ({report.framework.timezone})",
        since=_day(since, zone),
        period=period_text(status.map.window),
        verdict=_verdict(view),
        facts=list(_facts(report, found, milestones)),
        empty=not status.outcomes.records,
        journeys=journey_parts(status.map, report.courses, zone),
        findings=found,
        milestones=milestones,
        sources=source_parts(report, view.ends, zone),
        completeness=list(_completeness(report)),
        gone=[incident_text(incident, zone) for incident in status.incidents],
    )


def _day(time: datetime, zone: tzinfo) -> str:
    return f"{time.astimezone(zone):%a %d %b %Y}"


def _verdict(view: View) -> str:
    """The one sentence to take away."""
    if not view.report.status.outcomes.records:
        return "Nothing has been read yet."
    stages = [stage for journey in view.report.status.map.journeys for stage in journey.stages]
    for health, many in (
        (Health.BREACHED, "stages miss their objectives"),
        (Health.AT_RISK, "stages are at risk"),
        (Health.STALE, "stages have a silent source"),
    ):
        here = [stage for stage in stages if _health(stage) is health]
        if len(here) == 1:
            return f"“{here[0].stage.title}” {_single(here[0])}."
        if here:
            titles = ", ".join(f"“{stage.stage.title}”" for stage in here)
            return f"{len(here)} of {len(stages)} {many}: {titles}."
    healthy = [stage for stage in stages if _health(stage) is Health.HEALTHY]
    if not healthy:
        return "No stage can be judged yet."
    if len(healthy) == len(stages):
        return "Every stage meets its objectives."
    return f"{len(healthy)} of {len(stages)} stages meet their objectives; none misses one."


def _health(stage: StageStanding) -> Health | None:
    return stage.judgement.health if stage.judgement else None


def _single(stage: StageStanding) -> str:
    words = {Health.AT_RISK: "is at risk", Health.STALE: "has a silent source"}
    health = _health(stage)
    return words.get(health, stage_health_text(stage)) if health else stage_health_text(stage)


def _facts(report: Report, found: Findings, milestones: Sequence[MilestonePart]) -> Iterator[str]:
    yield _counted(len(found.live), "open opportunity", "open opportunities")
    ended = len(found.ended) + found.untold
    if ended:
        yield f"{_counted(ended, 'opportunity', 'opportunities')} ended in this period"
    reached = sum(one.lately for one in milestones)
    if reached:
        yield f"{_counted(reached, 'customer', 'customers')} reached a milestone"
    placed, unplaced = report.status.placed
    if placed + unplaced:
        share = f"{100 * placed / (placed + unplaced):.1f}".removesuffix(".0")
        yield f"{placed + unplaced:,} events, {share} % placed"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}" if number else f"no {many}"


def _completeness(report: Report) -> Iterator[str]:
    status = report.status
    if status.outcomes.records:
        yield placed_text(status.placed, period_text(status.map.window))
        yield f"Read since the beginning: {outcomes_text(status.outcomes)}"
    yield from unfinished_texts(status)
