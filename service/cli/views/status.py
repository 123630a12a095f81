"""The whole status on a terminal, and as a document."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from service.cli.views.journeys import FullMap
from service.cli.views.opportunities import OpportunityHeads
from service.framework.models import Framework, Source
from service.metrics.journey_map import JourneyMap, MetricStanding, StageStanding
from service.metrics.objectives import Judgement
from service.metrics.wording import period_text
from service.opportunities.models import Opportunity
from service.store.reading import Outcomes, Progress
from service.store.status import Status
from service.store.times import moment
from service.store.wording import (
    EndOffsets,
    dead_letters_text,
    incident_text,
    lag_of,
    lag_text,
    outcomes_text,
    placed_text,
    read_to,
    unfinished_texts,
)


class StatusView(NamedTuple):
    """`ends` is None where the broker could not be asked."""

    revision: int
    framework: Framework
    status: Status
    ends: EndOffsets | None
    zone: tzinfo

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        status = self.status
        at = moment(status.map.at_us).astimezone(self.zone)
        yield Text.assemble(
            (self.framework.framework, "bold"),
            f"   {at:%a %Y-%m-%d %H:%M}, numbers of the last {period_text(status.map.window)}",
            (f"   revision {self.revision}", "dim"),
        )
        yield Text()
        yield FullMap(status.map)
        yield Text()
        yield Text("Opportunities", "bold")
        yield from _live(status.opportunities, self.zone)
        yield from _signals(status.signals)
        yield Text()
        yield Text("Read so far", "bold")
        yield outcomes_view(status.outcomes)
        yield Text(placed_text(status.placed, period_text(status.map.window)))
        if status.outcomes.events and not sum(status.placed):
            yield Text("A longer --window shows what happened before, such as 365d.", "dim")
        for sentence in unfinished_texts(status):
            yield Text(sentence, "yellow")
        yield Text()
        yield Text("Sources", "bold")
        for source in self.framework.sources:
            yield _source_text(source, status.progress, self.ends, self.zone)
        if status.incidents:
            yield Text()
            yield Text("Gone before they were read", "bold")
            for incident in status.incidents:
                yield Text(incident_text(incident, self.zone), "yellow")


def _live(found: Sequence[Opportunity], zone: tzinfo) -> RenderResult:
    live = [one for one in found if one.state in ("open", "in_progress")]
    if live or not found:
        yield OpportunityHeads(live, zone)
    ended = len(found) - len(live)
    if ended:
        yield Text(f"{ended} ended. See: signalbox opportunities list --all", "dim")


def _signals(counts: Mapping[str, int]) -> RenderResult:
    """Those that were kept back are told, or somebody waits for them."""
    words = {
        "sent": "sent",
        "pending": "waiting to be sent",
        "not_sent: too_old": "kept and not sent, because they are about the past",
    }
    told = [f"{counts[state]:,} {word}" for state, word in words.items() if counts.get(state)]
    if told:
        yield Text(f"Signals: {', '.join(told)}.", "dim")


def outcomes_view(outcomes: Outcomes) -> Text:
    """Records, and what became of what was in them, dead letters in their colour."""
    text = Text(outcomes_text(outcomes))
    if outcomes.dead_letters:
        text.highlight_words([dead_letters_text(outcomes.dead_letters)], "yellow")
    return text


def _source_text(
    source: Source, progress: Sequence[Progress], ends: EndOffsets | None, zone: tzinfo
) -> Text:
    known = [one for one in progress if one.topic == source.topic]
    text = Text.assemble((source.id, "bold"), f" ({source.connector}, topic {source.topic}): ")
    if not known:
        return text.append("not read yet", "yellow")
    since = min(one.since for one in known).astimezone(zone)
    text.append(f"known since {since:%Y-%m-%d %H:%M}, ")
    if any(one.made_anew_at for one in known):
        text.append("made anew, not read until that is accepted (signalbox doctor); ", "bold red")
    lag = lag_of(known, ends)
    return text.append(lag_text(lag), "green" if lag == 0 else "yellow")


def status_document(view: StatusView) -> dict[str, Any]:
    """Everything on the screen, and n and interval of each number."""
    status = view.status
    return {
        "framework": view.framework.framework,
        "revision": view.revision,
        "at": moment(status.map.at_us),
        "window_s": status.map.window.total_seconds(),
        **map_document(status.map),
        "outcomes": status.outcomes._asdict(),
        "events": {"in_window": status.placed._asdict(), "postponed": status.postponed},
        "rebuilding": status.rebuilding,
        "opportunities": [
            {"id": one.id, "stage": one.stage, "state": one.state, "value": one.score.value}
            for one in status.opportunities
        ],
        "milestones": status.milestones,
        "signals": dict(status.signals),
        "incidents": [incident._asdict() for incident in status.incidents],
        "sources": [_source_document(source, view) for source in view.framework.sources],
    }


def map_document(journeys: JourneyMap) -> dict[str, Any]:
    return {
        "journeys": [
            {
                "id": standing.journey.id,
                "title": standing.journey.title,
                "owner": standing.owner.id,
                "stages": [_stage_document(stage) for stage in standing.stages],
            }
            for standing in journeys.journeys
        ]
    }


def _stage_document(stage: StageStanding) -> dict[str, Any]:
    return {
        "path": stage.path,
        "title": stage.stage.title,
        "owner": stage.owner.id,
        **_health_document(stage.judgement),
        "metrics": [_metric_document(metric) for metric in stage.metrics],
        "touchpoints": [
            {
                "path": one.path,
                "title": one.touchpoint.title,
                "moment_of_truth": one.touchpoint.moment_of_truth,
                "wow_moment": one.touchpoint.wow_moment,
                "events": one.events,
                **_health_document(one.judgement),
                "metrics": [_metric_document(metric) for metric in one.metrics],
            }
            for one in stage.touchpoints
        ],
    }


def _metric_document(standing: MetricStanding) -> dict[str, Any]:
    reading, objective = standing.reading, standing.objective
    return {
        "id": standing.metric.id,
        "title": standing.metric.title,
        "formula": standing.metric.formula,
        "at": standing.metric.at,
        "window_s": standing.window.total_seconds(),
        "value": reading.value if reading else None,
        "low": reading.low if reading else None,
        "high": reading.high if reading else None,
        "n": standing.statistics.n,
        "hits": standing.statistics.hits,
        "objective": None
        if objective is None
        else {
            "at_least": objective.at_least,
            "at_most": objective.at_most,
            "min_n": objective.min_n,
            "goal": objective.goal,
        },
        **_health_document(standing.judgement),
    }


def _health_document(judgement: Judgement | None) -> dict[str, Any]:
    return {
        "health": judgement.health.value if judgement else None,
        "reason": judgement.reason if judgement else "",
    }


def _source_document(source: Source, view: StatusView) -> dict[str, Any]:
    known = [one for one in view.status.progress if one.topic == source.topic]
    ends = view.ends or {}
    return {
        "id": source.id,
        "connector": source.connector,
        "system": source.system,
        "topic": source.topic,
        "lag": lag_of(known, view.ends),
        "partitions": [
            {
                "partition": one.partition,
                "first_offset": one.first_offset,
                "next_offset": one.next_offset,
                "end_offset": ends.get((one.topic, one.partition)),
                "read_to": read_to(one),
                "since": one.since,
                "made_anew_at": one.made_anew_at,
            }
            for one in known
        ],
    }
