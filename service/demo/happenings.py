"""What happens in the course of the demo, a sentence each.

Pure. The story's own turns have their hour; what the service finds is read off what it knows now
and knew before; what the demo does to the service is told with its proof.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias

from service.demo.story import FAILING_CARRIER, FAILS_AT, REPLACED_AT, REPLACEMENT
from service.opportunities.lifecycle import LIVE
from service.opportunities.models import Opportunity
from service.opportunities.wording import problem_line
from service.store.auditing import Difference
from service.store.reading import Outcomes

Mood: TypeAlias = Literal["bad", "good", "plain"]


class Happening(NamedTuple):
    """At a second of the play, as a stopwatch has it where nothing has to wait."""

    second: float
    mood: Mood
    text: str


class Turn(NamedTuple):
    """Where the story turns, whether or not anybody notices."""

    hour: float
    mood: Mood
    text: str


TURNS: Final = (
    Turn(FAILS_AT, "bad", f"{FAILING_CARRIER} begins to fail: its parcels stay in the depot."),
    Turn(REPLACED_AT, "good", f"{REPLACEMENT} replaces {FAILING_CARRIER} and empties the depot."),
)


class Found(NamedTuple):
    """What the service knows at a second of the play of what it looks for."""

    second: float
    opportunities: Sequence[Opportunity]
    milestones: int


def turns(before_hour: float, hour: float) -> list[Turn]:
    """The turns that have come since `before_hour`."""
    return [turn for turn in TURNS if before_hour < turn.hour <= hour]


def found_since(
    before: Found, now: Found, second_of: Callable[[datetime], float]
) -> Iterator[Happening]:
    """What was found since, and what became of what had been found."""
    states = {one.id: one.state for one in before.opportunities}
    for one in reversed(now.opportunities):
        if states.get(one.id) != one.state:
            yield _changed(one, second_of(one.changed_at))
    if now.milestones > before.milestones:
        text = "A customer placed the 100th order: time to say thank you."
        yield Happening(now.second, "good", text)


def _changed(one: Opportunity, second: float) -> Happening:
    if one.state in LIVE:
        return Happening(second, "bad", f"Opportunity #{one.id} opens. {problem_line(one)}.")
    text = f"Opportunity #{one.id} {one.state}: all its objectives are met again."
    return Happening(second, "good", text)


def loaded(records: int, took_s: float) -> Happening:
    text = f"Four quiet weeks are loaded: {records:,} records in {took_s:.1f} s."
    return Happening(0.0, "plain", text)


def killed(second: float, before: Outcomes) -> Happening:
    text = (
        "The demo kills its own worker with SIGKILL, in the middle of its work. "
        f"Until now: {before.records:,} records read, {before.events:,} events counted. "
        "While it is away, sources look silent."
    )
    return Happening(second, "bad", text)


class Proof(NamedTuple):
    """What was counted before a worker was killed, and after another had taken its place."""

    before: Outcomes
    after: Outcomes
    published: int
    """How many records the broker had confirmed when `after` was counted."""
    away_s: float
    differences: Sequence[Difference]

    @property
    def exact(self) -> bool:
        """Nothing was lost and nothing counted double."""
        return self.after.records == self.published and not self.differences


def returned(second: float, proof: Proof) -> Happening:
    after, came = proof.after, proof.after.records - proof.before.records
    back = f"The worker is back after {proof.away_s:.1f} s and has read the {came:,} records"
    counted = f"{proof.published:,} published, {after.records:,} read, {after.events:,} counted"
    if proof.exact:
        text = f"{back} that came meanwhile. Nothing lost, nothing double: {counted}; audit exact."
        return Happening(second, "good", text)
    wrong = f"{len(proof.differences)} differences in the audit"
    return Happening(second, "bad", f"{back} that came meanwhile, but: {counted}; {wrong}.")


def audited(second: float, differences: Sequence[Difference]) -> Happening:
    if differences:
        return Happening(second, "bad", f"The audit finds {len(differences)} differences.")
    text = "Audit exact: every number is the sum of the events that it is made of."
    return Happening(second, "good", text)
