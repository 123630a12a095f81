"""An opportunity as it is stored, shown and sent: one document with all its evidence.

The document is complete: screens, `explain` and signals read nothing else. It holds numbers,
paths, titles of the framework, values of the segment attribute and event ids, and never a
customer's text. Shares and satisfaction are in percent, windows in seconds (`_s`), money in whole
minor units of its currency.
"""

from datetime import UTC, datetime
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field

from service.framework.models import Metric, Model, Objective
from service.opportunities.lifecycle import Reason, Signal, State

Basis: TypeAlias = Literal["measured", "declared", "proxy"]
"""Counted from events, said by somebody, or standing in for what was not measured."""

Time: TypeAlias = Annotated[datetime, AfterValidator(lambda time: time.astimezone(UTC))]
"""A moment, always in UTC, so that one moment has one text."""

Percent: TypeAlias = Annotated[float, Field(ge=0, le=100)]


MOST_EFFORT: Final = 5

_DECIDED: Final[frozenset[Reason]] = frozenset(
    {"accepted", "started", "solved", "dismissed", "effort_told"}
)


class Named(Model):
    """A thing of the framework by its id and its title at the time."""

    id: str
    title: str


class Number(Model):
    """A metric over one period, and what it was made of, as `Statistics` has it.

    `value` is None when there was too little to read one.
    """

    value: float | None
    n: int
    hits: int
    low: int


class Interval(Model):
    """What the true value lies between, 95 % sure."""

    low: float
    high: float


class Measured(Model):
    """A metric of the stage as of its newest check, with its objective."""

    metric: Metric
    objective: Objective
    moment_of_truth: bool
    health: str
    streak: int
    """At how many checks in a row the health was this one."""
    number: Number
    interval: Interval | None
    customers: int
    week_before: Number
    """The seven days before the window."""


class StandsOut(Model):
    """The segment in which a missed metric is worse than everywhere else beyond chance."""

    metric: str
    attribute: str
    segment: str
    here: Number
    elsewhere: Number


class Reach(Model):
    """Whom it happened to, in the one system that knows most of them.

    Customers of several systems are not joined, so that counting them together could count one
    person twice; `joined` is False where the stage has customers of other systems, too.
    """

    system: str
    affected: int
    customers: int
    joined: bool


class OrderMoney(Model):
    """Orders within the window: all of them, and those of affected customers."""

    currency: str
    exponent: int
    affected_minor: int
    all_minor: int


class Component(Model):
    """One part of a score, and what it rests on."""

    value: float
    basis: Basis


class Score(Model):
    """How much the opportunity is worth, each part in the open. `service.opportunities.score`.

    `value` is the mean of customer and business value by the weights, or the customer value alone
    where `business` is None. `moment_of_truth` is the factor where a missed metric is at one.
    """

    value: Percent
    customer: Percent
    gap: Component
    reach: Component | None
    moment_of_truth: Component | None
    business: Component | None
    effort: Component | None
    customer_weight: float
    business_weight: float


class Evidence(Model):
    """What proves the opportunity. `missed[0]` leads: it is the first of the framework's order."""

    missed: tuple[Measured, ...]
    also: tuple[Measured, ...]
    """Other metrics of the stage that are off their objective."""
    stands_out: StandsOut | None
    reach: Reach | None
    money: OrderMoney | None
    sample_events: tuple[str, ...]
    """At most five, newest first, as `system:fact id`."""


Action: TypeAlias = Literal["accept", "start", "solve", "dismiss", "effort"]


class Decision(Model):
    """What somebody decided about an opportunity, and why."""

    action: Action
    author: str
    because: str
    at: Time
    effort: Annotated[int, Field(ge=0, le=MOST_EFFORT)] | None = None
    """From nothing to do (0) to all that you can do (5), with the action `effort` alone."""


class Opportunity(Model):
    """A problem found, as of its newest signal."""

    id: int
    detector: str
    stage: str
    title: str
    journey: Named
    owner: Named
    contributing: tuple[Named, ...]
    state: State
    sequence: int
    signal: Signal
    reason: Reason
    opened_at: Time
    checked_at: Time
    recovered_at: Time | None
    framework: str
    revision: int
    evidence: Evidence
    score: Score
    closes_after_checks: int
    cooldown_s: int
    decision: Decision | None = None
    """The newest about what becomes of it, since it was opened or reopened."""
    estimate: Decision | None = None
    """The newest that told the effort; it stays when the opportunity is reopened."""

    @property
    def decided(self) -> bool:
        """Whether the newest signal came of a decision, not of a check."""
        return self.reason in _DECIDED

    @property
    def changed_at(self) -> datetime:
        """When the newest signal came about."""
        newest = self.estimate if self.reason == "effort_told" else self.decision
        return newest.at if newest and self.decided else self.checked_at


class Reached(Model):
    """A customer reached a milestone. The customer is a key, never a name."""

    detector: str
    touchpoint: str
    title: str
    stage: Named
    journey: Named
    owner: Named
    customer: str
    event: str
    occurred_at: Time
    checked_at: Time
    framework: str
    revision: int
    sequence: Literal[1] = 1
