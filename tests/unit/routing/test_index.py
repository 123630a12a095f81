"""The index of rules gives what trying each of them gives, and tries few."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.canonical import CanonicalEvent
from service.routing import (
    Condition,
    Failure,
    History,
    Placement,
    Router,
    RuleSpec,
    check_condition,
)
from tests.unit.routing.generated import Counts, an_event, events
from tests.unit.routing.placing import Sealed, placed, rule, rule_sets


def one_by_one(
    rules: Sequence[RuleSpec], event: CanonicalEvent, history: History
) -> tuple[tuple[Placement, ...], tuple[str, ...]]:
    """What the rules mean: each condition whole, in order."""
    placements: list[Placement] = []
    errors: list[str] = []
    journeys: set[str] = set()
    for each in rules:
        condition = check_condition(each.when)
        assert isinstance(condition, Condition), condition
        if each.journey in journeys and not each.also:
            continue
        outcome = condition(event, history)
        if isinstance(outcome, Failure):
            errors.append(each.id)
        elif outcome:
            if each.touchpoint not in {placement.touchpoint for placement in placements}:
                placements.append(Placement(each.touchpoint, each.id))
            if not each.also:
                journeys.add(each.journey)
    return tuple(placements), tuple(errors)


@given(rule_sets(), st.lists(events(), min_size=1, max_size=8), st.integers(0, 3))
def test_the_index_gives_what_trying_every_rule_gives(
    rules: list[RuleSpec], some_events: list[CanonicalEvent], times: int
) -> None:
    router = Router.compile(rules)
    history = Counts(times)
    for event in some_events:
        candidates = router.candidates(event)
        expected = one_by_one(rules, event, history)

        assert router.conclude(candidates, event, history) == expected
        assert router.settle(candidates, event, history) == expected[0]
        if candidates.final is None:
            assert router.askers is None or event.kind in router.askers


def tried(router: Router, event: CanonicalEvent) -> list[int]:
    """The numbers of the rules that are tried for an event."""
    kind = router._of_kind.get(event.kind, router._of_other_kinds)
    return list(kind.numbers(event))


def test_only_rules_that_could_match_are_tried() -> None:
    rules = [
        rule(f'event.kind == "x.a" && event.attributes.form == "f{number}"', f"r{number}")
        for number in range(300)
    ]
    router = Router.compile(rules)
    event = an_event(kind="x.a", attributes={"form": "f7"})

    assert tried(router, event) == [7]
    assert tried(router, an_event(kind="x.b", attributes={"form": "f7"})) == []
    assert len(tried(router, an_event(kind="x.a"))) == 300
    assert router.settle(router.candidates(event), event, Sealed()) == (Placement("j/s/r7", "r7"),)


@pytest.mark.parametrize(
    ("when", "event", "other"),
    [
        ('event.status == "open"', {"status": "open"}, {"status": "solved"}),
        ('"open" == event.status', {"status": "open"}, {"status": "solved"}),
        ('event.channel in ["web", "app"]', {"channel": "app"}, {"channel": "email"}),
        ('"vip" in event.tags', {"tags": ("vip",)}, {"tags": ("a", "b")}),
        ('event.text.contains("cel")', {"text": "parcel"}, {"text": "hello"}),
        ('event.text.startsWith("par")', {"text": "parcel"}, {"text": "a parcel"}),
        ('event.text.endsWith("cel")', {"text": "parcel"}, {"text": "parcels"}),
        ('event.text.lowerAscii().contains("cel")', {"text": "PARCEL"}, {"text": "hello"}),
        ('event.text.matches("p.r")', {"text": "parcel"}, {"text": "hello"}),
        ("event.attributes.n == 1", {"attributes": {"n": 1}}, {"attributes": {"n": 2}}),
        (
            'has(event.attributes.n) && event.attributes.n == "a"',
            {"attributes": {"n": "a"}},
            {"attributes": {}},
        ),
        (
            'event.attributes.note.matches("a+b")',
            {"attributes": {"note": "aab"}},
            {"attributes": {"note": "b"}},
        ),
        (
            '"vip" in event.tags || event.status == "open"',
            {"status": "open"},
            {"tags": ("a",), "status": "solved"},
        ),
    ],
)
def test_what_is_tested_for_equality_or_by_pattern_is_looked_up(
    when: str, event: dict[str, Any], other: dict[str, Any]
) -> None:
    router = Router.compile([rule(when)])

    assert tried(router, an_event(**event)) == [0]
    assert tried(router, an_event(**other)) == []
    assert placed([rule(when)], an_event(**event)) == ["r"]


def test_attributes_of_a_type_that_a_rule_does_not_expect_are_still_tried() -> None:
    router = Router.compile(
        [
            rule('event.attributes.note.matches("a")', "pattern"),
            rule("event.attributes.note == 1", "number"),
            rule("event.attributes.note == true", "truth"),
        ]
    )

    assert router.candidates(an_event(attributes={"note": True})) == (
        (Placement("j/s/truth", "truth"),),
        ("pattern",),
        (),
    )
