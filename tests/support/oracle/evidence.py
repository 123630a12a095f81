"""What a signal must prove, and what it must say that the opportunity is worth.

Restated from the definitions, for objectives about shares. Numbers are those of the windows that
end at each metric's newest check; customers, money and samples those of the longest of them.

    affected     customers with an answer or event that speaks against a missed objective
    reach        affected customers of those with an event in the stage, in the one system in which
                 most of them are
    money        of all orders that were placed, and of those by affected customers
    stands out   the segment that is worse than the rest beyond chance: after Agresti and Caffo, 5 %
                 shared among the segments that are compared
    gap          what the first missed metric lacks, in percent of its objective
    customer     mean of gap and reach, times 1.5 at a moment of truth, at most 100
    business     affected customers' share of the order money
    value        mean of both, or the customer value where the business value is not known
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from tests.support.oracle.checks import Aims, Found, Looked, Target, read, sums
from tests.support.oracle.tables import Contributor, FactName, Tables
from tests.support.truth import Subject

WEEK_US = 7 * 86_400_000_000
SAMPLE = 5
MOST_CHECKS = 100
"""As far back as checks in a row are counted."""
FEWEST = 10
"""Smaller segments are not compared."""


class Counted(NamedTuple):
    value: float | None
    n: int
    hits: int
    low: int


class Shown(NamedTuple):
    """A metric as its newest check found it."""

    found: Found
    streak: int
    number: Counted
    week_before: Counted
    moment_of_truth: bool


class StandsOut(NamedTuple):
    metric: str
    segment: str
    here: Counted
    elsewhere: Counted


class Reached(NamedTuple):
    system: str
    affected: int
    customers: int
    joined: bool
    """Whether the stage's customers are all of this system."""


class Spent(NamedTuple):
    """Money in the smallest units of one currency."""

    currency: str
    exponent: int
    affected: int
    all: int


class Worth(NamedTuple):
    value: float
    customer: float
    gap: float
    reach: float | None
    factor: float | None
    business: float | None


class Proof(NamedTuple):
    missed: tuple[Shown, ...]
    also: tuple[Shown, ...]
    stands_out: StandsOut | None
    reach: Reached | None
    money: Spent | None
    sample: tuple[FactName, ...]
    worth: Worth


class Scene(NamedTuple):
    """What was known at a check time, and what the framework in force wanted."""

    tables: Tables
    aims: Aims
    looked: Looked

    def target(self, metric: str) -> Target:
        return next(target for target in self.aims.targets if target.metric == metric)


Checks: TypeAlias = Mapping[str, Sequence[Found]]
"""What the checks of each metric of a stage found, newest first."""


def at_the_end(scene: Scene, checks: Checks, before: Proof) -> Proof:
    """What a signal must carry that the numbers came back: all else stays as it was."""
    now = tuple(
        _shown(scene.tables, scene.target(one.found.metric), checks[one.found.metric])
        for one in before.missed
    )
    return before._replace(missed=now, also=())


def proof(scene: Scene, checks: Checks, missed_metrics: Sequence[str]) -> Proof:
    """What a signal must carry while these metrics are missed."""
    tables = scene.tables
    shown = {m: _shown(tables, scene.target(m), found) for m, found in checks.items()}
    missed = [scene.target(metric) for metric in missed_metrics]
    windows = [target.window(checks[target.metric][0].at_us) for target in missed]
    longest = (min(start for start, _ in windows), max(end for _, end in windows))
    against = [
        one
        for target, window in zip(missed, windows, strict=True)
        for one in _against(tables, target, window)
    ]
    affected = {one.subject for one in against}
    reach, systems = _reach(tables, missed[0].stage, affected, longest)
    money = _money(tables, affected, systems, longest)
    return Proof(
        missed=tuple(shown[target.metric] for target in missed),
        also=tuple(
            one
            for metric, one in shown.items()
            if metric not in missed_metrics and one.found.health in ("breached", "at_risk")
        ),
        stands_out=_stands_out(tables, missed, windows, scene.aims.segment),
        reach=reach,
        money=money,
        sample=_sample(tables, against),
        worth=_worth(shown[missed[0].metric], missed, reach, money),
    )


def _shown(tables: Tables, target: Target, found: Sequence[Found]) -> Shown:
    start_us, end_us = target.window(found[0].at_us)
    streak = 0
    while streak < min(len(found), MOST_CHECKS) and found[streak].health == found[0].health:
        streak += 1
    return Shown(
        found[0],
        streak,
        _counted(target, sums(tables, target, "", (start_us, end_us))),
        _counted(target, sums(tables, target, "", (start_us - WEEK_US, start_us))),
        target.moment_of_truth,
    )


def _counted(target: Target, numbers: tuple[int, int, int]) -> Counted:
    return Counted(read(target, *numbers)[0] if numbers[0] else None, *numbers)


def _stands_out(
    tables: Tables, missed: Sequence[Target], windows: Sequence[tuple[int, int]], segment: str
) -> StandsOut | None:
    for target, window in zip(missed, windows, strict=True):
        parts = _parts(tables, target, window, segment)
        all_n, all_hits, all_low = sums(tables, target, "", window)
        worst: list[tuple[float, str]] = []
        for value, (n, hits, _) in parts.items():
            if value != "unknown" and min(n, all_n - n) >= FEWEST:
                worst.append((_errors_worse(target, n, hits, all_n - n, all_hits - hits), value))
        if not worst:
            continue
        errors, value = max(worst, key=lambda one: (one[0], [-ord(c) for c in one[1]]))
        if errors > 0 and math.erfc(errors / math.sqrt(2)) * len(worst) < 0.05:
            n, hits, low = parts[value]
            rest = (all_n - n, all_hits - hits, all_low - low)
            return StandsOut(
                target.metric, value, _counted(target, (n, hits, low)), _counted(target, rest)
            )
    return None


def _parts(
    tables: Tables, target: Target, window: tuple[int, int], segment: str
) -> dict[str, tuple[int, int, int]]:
    names = {
        name.segment
        for name in tables.buckets
        if name.metric == target.metric and name.scope == target.at and name.segment
    }
    found = {name.split("=", 1)[1]: sums(tables, target, name, window) for name in names}
    assert all(name.startswith(f"{segment}=") for name in names)
    return {value: numbers for value, numbers in found.items() if any(numbers)}


def _errors_worse(target: Target, n: int, hits: int, rest_n: int, rest_hits: int) -> float:
    """By how many standard errors the part is worse than the rest, one hit and one miss added."""
    here, there = (hits + 1) / (n + 2), (rest_hits + 1) / (rest_n + 2)
    error = math.sqrt(here * (1 - here) / (n + 2) + there * (1 - there) / (rest_n + 2))
    return (there - here if target.at_least is not None else here - there) / error


def _against(tables: Tables, target: Target, window: tuple[int, int]) -> list[Contributor]:
    """What speaks against an objective: of a share, the answers that are missing from it."""
    behind = tables.contributors.get((target.metric, target.at), ())
    within = [one for one in behind if window[0] <= one.occurred_at_us < window[1]]
    if target.at_least is None:
        return [one for one in within if one.hit]
    return [one for one in within if one.counted and not one.hit]


def _reach(
    tables: Tables, stage: str, affected: set[Subject], window: tuple[int, int]
) -> tuple[Reached | None, set[str]]:
    """The reach, and the systems in which an affected customer is in the stage."""
    there: dict[str, set[Subject]] = defaultdict(set)
    for row in tables.events.values():
        if window[0] <= row.occurred_at_us < window[1] and _in_stage(row.placements, stage):
            there[row.system].add(row.subject)
    if not there:
        return None, set()
    counts = {system: len(who & affected) for system, who in there.items()}
    most = max(counts.values())
    bigger = max(len(there[system]) for system in there if counts[system] == most)
    system = min(s for s in there if counts[s] == most and len(there[s]) == bigger)
    return (
        Reached(system, most, bigger, len(there) == 1),
        {system for system, count in counts.items() if count},
    )


def _in_stage(placements: Iterable[tuple[str, str]], stage: str) -> bool:
    return any(touchpoint.rsplit("/", 1)[0] == stage for touchpoint, _ in placements)


def _money(
    tables: Tables, affected: set[Subject], systems: set[str], window: tuple[int, int]
) -> Spent | None:
    """Unknown with several currencies, and where no affected customer could be among the orders."""
    orders = [
        row
        for row in tables.events.values()
        if row.kind == "sales.order.placed" and window[0] <= row.occurred_at_us < window[1]
    ]
    spent: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for row in orders:
        if row.content.get("money") is not None:
            minor, currency, exponent = row.content["money"]
            spent[currency, exponent][0] += minor if row.subject in affected else 0
            spent[currency, exponent][1] += minor
    known = any(row.subject in affected for row in orders)
    if len(spent) != 1 or not (known or systems & {row.system for row in orders}):
        return None
    [((currency, exponent), (of_affected, of_all))] = spent.items()
    return Spent(currency, exponent, of_affected, of_all)


def _sample(tables: Tables, against: Iterable[Contributor]) -> tuple[FactName, ...]:
    """The newest, in the reversed order of events."""
    names = {one.fact for one in against}
    ordered = sorted(
        names,
        key=lambda name: (
            tables.events[name].occurred_at_us,
            tables.events[name].system,
            tables.events[name].id,
        ),
        reverse=True,
    )
    return tuple(ordered[:SAMPLE])


def _worth(
    first: Shown, missed: Sequence[Target], reach: Reached | None, money: Spent | None
) -> Worth:
    lead = missed[0]
    assert first.number.value is not None
    if lead.at_least is not None:
        gap = 100 * max(0.0, lead.at_least - first.number.value) / lead.at_least
    else:
        assert lead.at_most is not None
        gap = 100 * max(0.0, first.number.value - lead.at_most) / lead.at_most
    gap = min(100.0, gap)
    share = 100 * reach.affected / reach.customers if reach else None
    factor = 1.5 if any(target.moment_of_truth for target in missed) else None
    mean = gap if share is None else (gap + share) / 2
    customer = min(100.0, mean * (factor or 1))
    business = 100 * money.affected / money.all if money and money.all else None
    value = customer if business is None else (customer + business) / 2
    return Worth(value, customer, gap, share, factor, business)
