"""What proves an opportunity, put together from what was read of the stage.

A metric is shown as of its newest check: its window ends there. Reach, money and sample events are
of the longest window among the missed metrics.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from service.canonical import CanonicalEvent
from service.framework.models import Framework, Metric, Objective
from service.framework.places import touchpoints
from service.metrics import segments
from service.metrics.buckets import Window, window_ending
from service.metrics.formulas import read
from service.metrics.statistics import Statistics
from service.opportunities.lifecycle import Check, streak
from service.opportunities.models import (
    Evidence,
    Interval,
    Measured,
    Number,
    OrderMoney,
    Reach,
    StandsOut,
)

WEEK: Final = timedelta(days=7)
SAMPLE_EVENTS: Final = 5
OFF: Final[frozenset[str]] = frozenset({"breached", "at_risk"})


class Counted(NamedTuple):
    """All that was read about one metric of a stage. `checks` are newest first, at least one."""

    metric: Metric
    objective: Objective
    checks: Sequence[Check]
    now: Statistics
    week_before: Statistics
    parts: Mapping[str, Statistics]
    """By value of the segment's attribute."""


class Crowd(NamedTuple):
    """Distinct customers of a stage whose events came from one system."""

    system: str
    affected: int
    customers: int


class Orders(NamedTuple):
    """Order money in a window, by currency and exponent: (of affected customers, of all)."""

    money: Mapping[tuple[str, int], tuple[int, int]]
    affected_orders: int
    systems: frozenset[str]
    """Which systems the orders came from."""


class Around(NamedTuple):
    """What was read about the customers behind the missed metrics."""

    crowds: Sequence[Crowd]
    orders: Orders
    sample: Sequence[CanonicalEvent]


def week_before(window: Window) -> Window:
    """The seven days before the window."""
    return window_ending(window.start_us, WEEK)


def longest(windows: Iterable[Window]) -> Window:
    """From the earliest start to the latest end."""
    starts, ends = zip(*windows, strict=True)
    return Window(min(starts), max(ends))


def evidence(
    framework: Framework, counted: Mapping[str, Counted], missed: Sequence[str], around: Around
) -> Evidence:
    """The evidence that these metrics are missed. `counted` has all metrics of the stage."""
    others = [one for metric, one in counted.items() if metric not in missed]
    return Evidence(
        missed=tuple(measured(framework, counted[metric]) for metric in missed),
        also=tuple(measured(framework, one) for one in others if one.checks[0].health in OFF),
        stands_out=stands_out(framework, [counted[metric] for metric in missed]),
        reach=reach(around.crowds),
        money=order_money(around),
        sample_events=tuple(f"{event.system}:{event.fact_id}" for event in around.sample),
    )


def measured(framework: Framework, counted: Counted) -> Measured:
    """A metric as the document shows it."""
    newest = counted.checks[0]
    between = None
    if newest.low is not None and newest.high is not None:
        between = Interval(low=newest.low, high=newest.high)
    return Measured(
        metric=counted.metric,
        objective=counted.objective,
        moment_of_truth=counted.metric.at in _moments_of_truth(framework),
        health=newest.health,
        streak=streak(counted.checks),
        number=number(counted.metric, counted.now),
        interval=between,
        customers=newest.customers,
        week_before=number(counted.metric, counted.week_before),
    )


def number(metric: Metric, statistics: Statistics) -> Number:
    """What the statistics say, with what they are made of."""
    reading = read(metric, statistics)
    value = None if reading is None else reading.value
    return Number(value=value, n=statistics.n, hits=statistics.hits, low=statistics.low)


def stands_out(framework: Framework, missed: Iterable[Counted]) -> StandsOut | None:
    """The segment that is worst of the first missed metric that has one beyond chance."""
    if framework.segment is None:
        return None
    for one in missed:
        found = segments.standout(one.metric, one.objective, segments.fold(one.parts))
        if found is not None:
            return StandsOut(
                metric=one.metric.id,
                attribute=framework.segment,
                segment=found.value,
                here=number(one.metric, found.here.statistics),
                elsewhere=number(one.metric, found.elsewhere.statistics),
            )
    return None


def reach(crowds: Iterable[Crowd]) -> Reach | None:
    """Whom it happened to, in the system that knows most of them; None if the stage is empty.

    One system, because customers of several are not joined: adding them up could count one
    person twice.
    """
    known = [crowd for crowd in crowds if crowd.customers > 0]
    if not known:
        return None
    most = min(known, key=lambda crowd: (-crowd.affected, -crowd.customers, crowd.system))
    return Reach(**most._asdict(), joined=len(known) == 1)


def order_money(around: Around) -> OrderMoney | None:
    """The money of the window's orders; None if it is not known.

    It is not known if nothing was ordered, if the orders are in several currencies, or if no
    affected customer can be found among the orders because all come from other systems.
    """
    orders = around.orders
    affected_systems = {crowd.system for crowd in around.crowds if crowd.affected > 0}
    comparable = orders.affected_orders > 0 or not affected_systems.isdisjoint(orders.systems)
    if len(orders.money) != 1 or not comparable:
        return None
    ((currency, exponent), (of_affected, of_all)) = next(iter(orders.money.items()))
    return OrderMoney(
        currency=currency, exponent=exponent, affected_minor=of_affected, all_minor=of_all
    )


def _moments_of_truth(framework: Framework) -> frozenset[str]:
    return frozenset(path for path, place in touchpoints(framework) if place.moment_of_truth)
