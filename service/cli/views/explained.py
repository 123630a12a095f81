"""Explanations on a terminal and as documents."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import asdict
from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from service.canonical import CanonicalEvent, Subject
from service.cli.views.opportunities import OpportunityText
from service.framework.models import Framework
from service.framework.places import titles
from service.metrics.buckets import bucket_start_us
from service.metrics.statistics import Contribution
from service.metrics.wording import period_text, value_text
from service.offsets import position_text
from service.opportunities.lifecycle import Check
from service.opportunities.models import Measured, Opportunity
from service.routing import Tried
from service.store.explaining import StoredEvent
from service.store.times import moment

CHECKS: Final = 6
"""How many checks of each metric are shown."""

_VERDICTS: Final = {"matched": "green", "error": "red", "not matched": "dim", "not tried": "dim"}


class EventView(NamedTuple):
    """What an event says, where it was read, where it was placed."""

    stored: StoredEvent
    framework: Framework
    zone: tzinfo

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        event, where = self.stored.event, self.stored.where
        place = position_text(where.topic, where.partition, where.offset)
        yield Text(f"{event.kind}   {event.system}:{event.fact_id}", "bold")
        yield _rows(_content(event, self.zone))
        yield Text(
            f"Read from source {where.source}, {place}, "
            f"record of {_time(where.record_time, self.zone)}; "
            f"placed under revision {where.revision}.",
            "dim",
        )
        yield Text()
        yield from self._placements()

    def _placements(self) -> Iterable[Text]:
        if not self.stored.placements:
            yield Text("Unplaced: no rule matched.", "yellow")
        named = titles(self.framework)
        for placement in self.stored.placements:
            title = named.get(placement.touchpoint, placement.touchpoint)
            yield Text.assemble(
                "Placed at ",
                (title, "bold"),
                f" ({placement.touchpoint}) by rule {placement.rule}.",
            )

    def document(self) -> dict[str, Any]:
        """The same for a program."""
        return {
            "event": msgspec.to_builtins(self.stored.event),
            "where": self.stored.where._asdict(),
            "placements": [one._asdict() for one in self.stored.placements],
        }


class ExplainedEvent(NamedTuple):
    """Why an event is where it is, and where it counts."""

    stored: StoredEvent
    tried: Sequence[Tried]
    framework: Framework
    zone: tzinfo

    @property
    def _event(self) -> EventView:
        return EventView(self.stored, self.framework, self.zone)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self._event
        yield Text()
        yield Text("Rules, in their order", "bold")
        for one in self.tried:
            yield Text.assemble(
                ("  ", ""), (f"{one.verdict:<12}", _VERDICTS[one.verdict]), (one.rule, "bold")
            )
            yield Padding(Text(one.reason, "dim"), (0, 0, 0, 14))
        yield Text()
        yield from self._numbers()

    def _numbers(self) -> Iterable[Text]:
        start = moment(bucket_start_us(self.stored.event.occurred_at_us))
        counted = [one for one in self.stored.contributions if not one.series.segment]
        if not counted:
            yield Text("It counts in no metric.", "dim")
            return
        yield Text(f"Counts, in the 15 minutes from {_time(start, self.zone)}", "bold")
        for one in counted:
            yield Text(f"  {one.series.metric} at {one.series.scope}: {effect_text(one)}")
        segments = sorted({c.series.segment for c in self.stored.contributions} - {""})
        if segments:
            yield Text(f"  and the same for {', '.join(segments)}", "dim")

    def document(self) -> dict[str, Any]:
        """The same for a program."""
        return {
            **self._event.document(),
            "rules": [one._asdict() for one in self.tried],
            "contributions": [
                {
                    **asdict(one.series),
                    "counted": one.counted,
                    "hit": one.hit,
                    "low": one.low,
                    "value": one.value,
                }
                for one in self.stored.contributions
            ],
        }


class ExplainedOpportunity(NamedTuple):
    """What an opportunity rests on: its text, its checks, events to look at."""

    opportunity: Opportunity
    checks: Mapping[str, Sequence[Check]]
    quotes: Sequence[str]
    zone: tzinfo

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        found = self.opportunity
        yield OpportunityText(found, self.zone, self.quotes)
        yield Text()
        for measured in found.evidence.missed:
            yield Text(f"Last checks of {_title_in_sentence(measured)}", "bold")
            for check in self.checks.get(measured.metric.id, ()):
                yield _check_text(measured, check, self.zone)
        yield Text()
        yield Text(
            f"Found by detector {found.detector} at stage {found.stage}, framework "
            f"{found.framework} revision {found.revision}.",
            "dim",
        )
        for event in found.evidence.sample_events:
            yield Text(f"  signalbox explain {event}", "dim")

    def document(self) -> dict[str, Any]:
        """The same for a program."""
        return {
            "opportunity": self.opportunity.model_dump(mode="json"),
            "checks": {
                metric: [check._asdict() for check in checks]
                for metric, checks in self.checks.items()
            },
        }


def effect_text(one: Contribution) -> str:
    """What a contribution adds, in words."""
    parts = ["counted" if one.counted else "above the line"]
    parts += ["good or met"] if one.hit and one.counted else []
    parts += ["bad"] if one.low else []
    parts += [f"value {one.value:,}"] if one.value else []
    return ", ".join(parts)


def _rows(pairs: Iterable[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 2))
    for label, text in pairs:
        table.add_row(Text(label, "dim"), Text(text))
    return table


def _content(event: CanonicalEvent, zone: tzinfo) -> Iterable[tuple[str, str]]:
    """What the event says; nothing that it does not."""
    yield "happened", _time(moment(event.occurred_at_us), zone)
    yield "customer", _subject(event.subject)
    if event.score is not None:
        yield "score", f"{event.score.value:g} of {event.score.low:g} to {event.score.high:g}"
    if event.money is not None:
        unit = 10**event.money.exponent
        yield "money", f"{event.money.currency} {event.money.minor / unit:,.2f}"
    for label in ("title", "text", "channel", "language", "status", "previous_status"):
        if value := getattr(event, label):
            yield label.replace("_", " "), value
    if event.tags:
        yield "tags", ", ".join(event.tags)
    for name, value in sorted(event.attributes.items()):
        yield name, f"{value}"


def _subject(subject: Subject) -> str:
    known = subject.value or f"key {subject.key[:12]}..."
    return f"{subject.namespace} {known}"


def _title_in_sentence(measured: Measured) -> str:
    return f"{measured.metric.title} ({period_text(measured.objective.window)} each)"


def _check_text(measured: Measured, check: Check, zone: tzinfo) -> Text:
    value = "nothing" if check.value is None else value_text(measured.metric, check.value)
    between = ""
    if check.value is not None and check.low is not None and check.high is not None:
        ends = [value_text(measured.metric, end) for end in (check.low, check.high)]
        between = f", between {ends[0]} and {ends[1]}"
    return Text(
        f"  {_time(check.checked_at, zone)}  {check.health.replace('_', ' '):<9} {value}{between}"
        f" (n {check.n:,}, {check.customers:,} customers)"
    )


def _time(time: datetime, zone: tzinfo) -> str:
    return f"{time.astimezone(zone):%a %Y-%m-%d %H:%M}"
