"""Placements and numbers do not depend on how a customer's events were batched or ordered."""

from collections import defaultdict
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.event import Record
from service.history.needs import NOTHING_ASKED, HistoryNeeds
from service.ingest.committing.model import State
from service.ingest.preparing.prepare import Limits, prepare
from service.ingest.preparing.prepared import STATING, PreparedEvent, PreparedItem, Stating
from service.ingest.settling.placing import HistoryChange, bound_us, entry_of
from service.ingest.settling.settlement import Rules
from service.ingest.settling.weigh import Outcome
from service.metrics.buckets import bucket_start_us
from service.metrics.statistics import Contribution, Series
from service.routing import Placement
from tests.support.ingesting import DAY_US, START_US, record, revision, span
from tests.support.small_shop import (
    ASKED,
    CONTACT,
    FRAMEWORK,
    HUNDREDTH,
    ORDER,
    ORDERED,
    THIRD,
    ordered,
    said,
    withdrawn,
)
from tests.unit.ingest.batches import after, batches, outcomes, placed

NTH = 2
SHOP = revision(FRAMEWORK.replace("== 100", f"== {NTH}"))
RULES = Rules(
    {1: SHOP}, HistoryNeeds(SHOP.router.asked, SHOP.router.askers, SHOP.router.widest_bounded_us)
)
MONTH_US = 30 * DAY_US

Told = tuple[str, int, str, int]
"""Kind, days since the start, customer, version of its fact."""

stories = st.lists(
    st.tuples(
        st.sampled_from([ORDER, ORDER, CONTACT]),
        st.integers(0, 40),
        st.sampled_from(["jo", "jo", "jo", "al"]),
        st.integers(0, 9),
        st.integers(1, 3),
        st.booleans(),
    ),
    min_size=4,
    max_size=16,
)


def records_of(story: Sequence[tuple[str, int, str, int, int, bool]]) -> list[Record]:
    """Each fact is told in several versions, the odd one withdrawn."""
    records = []
    for offset, (kind, day, customer, fact, version, gone) in enumerate(story):
        name, at_us = f"{fact}", START_US + day * DAY_US
        if gone and version == 3:
            value = withdrawn(name, at_us, version)
        elif kind == ORDER:
            value = ordered(name, at_us, customer, amount=day, version=version)
        else:
            value = said(name, kind, at_us, customer, version=version)
        records.append(record(offset, value))
    return records


def prepared(records: Sequence[Record]) -> list[PreparedItem]:
    return [i for r in records for i in prepare([span([r])], SHOP, Limits()).items]


def standing(items: Sequence[PreparedItem]) -> list[PreparedEvent]:
    """By definition: the greatest version, then the greatest digest, then the earliest place."""
    stated = [item for item in items if isinstance(item, STATING)]
    best = {item.fact: item for item in sorted(stated, key=_weight)}
    return [item for item in best.values() if isinstance(item, PreparedEvent)]


def _weight(item: Stating) -> tuple[int, bytes, int]:
    return (item.statement.version, item.statement.digest, -item.record.position.offset)


def recounted(
    events: Sequence[PreparedEvent],
) -> tuple[dict[str, set[str]], dict[tuple[Series, int], tuple[int, ...]]]:
    """Touchpoints by counting a customer's events one by one; buckets by adding them up."""
    touchpoints: dict[str, set[str]] = {}
    buckets: dict[tuple[Series, int], list[int]] = defaultdict(lambda: [0] * 5)
    for one in events:
        places = places_of(one, events)
        touchpoints[one.event.id] = set(places)
        for added in SHOP.measures.contributions(one.event, places):
            add(buckets[added.series, bucket_start_us(one.event.occurred_at_us)], added)
    return touchpoints, {key: tuple(sums) for key, sums in buckets.items() if any(sums)}


def places_of(one: PreparedEvent, events: Sequence[PreparedEvent]) -> list[str]:
    before = [
        other.event
        for other in events
        if other.customer == one.customer
        and other.event.kind == one.event.kind
        and (other.event.occurred_at_us, other.event.id) <= (one.event.occurred_at_us, one.event.id)
    ]
    if one.event.kind == ORDER:
        return [HUNDREDTH if len(before) == NTH else ORDERED]
    recent = [e for e in before if e.occurred_at_us > one.event.occurred_at_us - MONTH_US]
    return [ASKED, *([THIRD] if len(recent) == 3 else [])]


def add(sums: list[int], added: Contribution) -> None:
    for index, number in enumerate(added.statistics):
        sums[index] += number


def touchpoints(placed: dict[str, tuple[Placement, ...]]) -> dict[str, set[str]]:
    return {name: {p.touchpoint for p in placements} for name, placements in placed.items()}


@given(stories, st.lists(st.integers(0, 16), max_size=6), st.data())
def test_any_order_in_any_batches_places_and_counts_as_a_recount_does(
    story: list[tuple[str, int, str, int, int, bool]], cuts: list[int], data: st.DataObject
) -> None:
    items = prepared(data.draw(st.permutations(records_of(story))))
    state = State()
    for batch in batches(items, cuts):
        state = after(state, batch, RULES)
    places, buckets = recounted(standing(items))
    assert touchpoints(placed(state)) == places
    assert state.buckets == buckets


@given(stories)
def test_what_is_withdrawn_leaves_exactly_nothing(
    story: list[tuple[str, int, str, int, int, bool]],
) -> None:
    told = after(State(), prepared(records_of(story)), RULES)
    gone = [record(100 + fact, withdrawn(f"{fact}", START_US, version=9)) for fact in range(10)]
    state = after(told, prepared(gone), RULES)
    assert state.events == {}
    assert state.buckets == {}
    assert state.histories == {}


def test_a_history_is_read_from_the_first_moment_of_the_widest_window_on() -> None:
    [contact] = prepared([record(0, said("c", CONTACT, START_US + MONTH_US))])
    assert isinstance(contact, PreparedEvent)
    change = HistoryChange([entry_of(1, contact)])
    assert bound_us(change, RULES.needs) < START_US + 1


@pytest.mark.parametrize(("when", "touchpoints_of_each"), [("true", {ASKED}), ("false", set())])
def test_a_rule_that_matches_everything_places_everything_and_one_that_matches_nothing_nothing(
    when: str, touchpoints_of_each: set[str]
) -> None:
    """Unplaced events are counted as events and in no metric."""
    head, _, tail = FRAMEWORK.partition("rules:\n")
    rule = f"rules:\n- {{id: all, when: '{when}', place: {ASKED}}}\n"
    only = revision(head + rule + "detectors:" + tail.partition("detectors:")[2])
    told = [
        record(0, ordered("o", START_US)),
        record(1, said("c", CONTACT, START_US)),
        record(2, said("x", "x.shop.wish", START_US)),
    ]
    items = [i for r in told for i in prepare([span([r])], only, Limits()).items]
    state = after(State(), items, Rules({1: only}, NOTHING_ASKED))
    assert touchpoints(placed(state)) == dict.fromkeys("ocx", touchpoints_of_each)
    assert outcomes(state)[Outcome.EVENT] == 3
    assert bool(state.buckets) == bool(touchpoints_of_each)
