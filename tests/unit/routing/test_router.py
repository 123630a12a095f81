"""Rules place events: first match in each journey, `also` in addition, the same with the index
as one by one, and history only where it matters."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.canonical import CanonicalEvent
from service.routing import (
    Candidates,
    Condition,
    Failure,
    History,
    Placement,
    Router,
    RuleSpec,
    check_condition,
)
from tests.unit.routing.generated import (
    Counts,
    an_event,
    conditions,
    events,
    rule_conditions,
)

DAY_US = 86_400 * 1_000_000

SHOP = (
    RuleSpec("order", "purchase", "purchase/buy/placed", 'event.kind == "sales.order.placed"'),
    RuleSpec(
        "hundredth-order",
        "loyalty",
        "loyalty/celebrate/hundredth-order",
        'event.kind == "sales.order.placed" && history.count("sales.order.placed") == 100',
    ),
    RuleSpec(
        "parcel-arrived",
        "purchase",
        "purchase/receive/parcel-arrives",
        'event.kind == "sales.order.delivered"',
    ),
    RuleSpec(
        "delivery-survey",
        "purchase",
        "purchase/receive/delivery-survey",
        'event.kind == "feedback.csat" && event.attributes.form == "delivery"',
    ),
    RuleSpec(
        "delivery-complaint",
        "purchase",
        "purchase/receive/delivery-complaint",
        'event.kind == "support.contact" && ("delivery" in event.tags '
        '|| event.text.matches("(?i)parcel|courier"))',
    ),
    RuleSpec(
        "third-contact",
        "purchase",
        "purchase/get-help/repeated-contact",
        'event.kind == "support.contact" && history.count("support.contact", days(30)) == 3',
        also=True,
    ),
)


NEVER = Counts(0)


def rule(when: str, id: str = "r", **changes: Any) -> RuleSpec:
    """A rule of the one journey j that places at a touchpoint of its own."""
    return RuleSpec(id, "j", f"j/s/{id}", when)._replace(**changes)


def placed(rules: Sequence[RuleSpec], event: CanonicalEvent, history: History = NEVER) -> list[str]:
    """The rules that place the event, in order."""
    router = Router.compile(rules)
    return [each.rule for each in router.settle(router.candidates(event), event, history)]


@pytest.mark.parametrize(
    ("event", "times", "rules"),
    [
        (an_event(kind="sales.order.placed"), 1, ["order"]),
        (an_event(kind="sales.order.placed"), 100, ["order", "hundredth-order"]),
        (an_event(kind="sales.order.placed"), 101, ["order"]),
        (an_event(kind="sales.order.delivered"), 100, ["parcel-arrived"]),
        (an_event(kind="feedback.csat", attributes={"form": "delivery"}), 1, ["delivery-survey"]),
        (an_event(kind="feedback.csat", attributes={"form": "checkout"}), 1, []),
        (an_event(kind="feedback.csat"), 1, []),
        (an_event(tags=("delivery",)), 1, ["delivery-complaint"]),
        (an_event(text="the COURIER was rude"), 1, ["delivery-complaint"]),
        (an_event(text="parcel?"), 3, ["delivery-complaint", "third-contact"]),
        (an_event(text="hello"), 3, ["third-contact"]),
        (an_event(text="hello"), 4, []),
        (an_event(kind="behaviour.page"), 3, []),
    ],
)
def test_the_shop_is_routed(event: CanonicalEvent, times: int, rules: list[str]) -> None:
    assert placed(SHOP, event, Counts(times)) == rules


def test_a_placement_names_touchpoint_and_rule() -> None:
    router = Router.compile(SHOP)
    candidates = router.candidates(an_event(kind="sales.order.delivered"))

    assert candidates.final == (Placement("purchase/receive/parcel-arrives", "parcel-arrived"),)


def test_the_first_match_in_a_journey_places_and_others_do_not() -> None:
    rules = [rule("event.text == 'no'", "a"), rule("true", "b"), rule("true", "c")]

    assert placed(rules, an_event()) == ["b"]


def test_each_journey_has_a_first_match_of_its_own() -> None:
    rules = [rule("true", "a"), RuleSpec("b", "other", "other/s/b", "true")]

    assert placed(rules, an_event()) == ["a", "b"]


def test_also_places_in_addition_and_never_ends_the_search() -> None:
    rules = [
        rule("true", "before", also=True),
        rule("true", "first"),
        rule("true", "second"),
        rule("true", "after", also=True),
    ]

    assert placed(rules, an_event()) == ["before", "first", "after"]


def test_an_event_is_at_a_touchpoint_once_by_the_first_rule_that_says_so() -> None:
    rules = [
        rule("true", "a", touchpoint="j/s/t"),
        rule("true", "b", also=True, touchpoint="j/s/t"),
    ]

    assert placed(rules, an_event()) == ["a"]


def test_a_history_rule_that_matches_first_takes_the_place_of_those_behind_it() -> None:
    rules = [rule('history.count("x.a") > 1', "often"), rule("true", "else")]

    assert placed(rules, an_event(), Counts(2)) == ["often"]
    assert placed(rules, an_event(), Counts(1)) == ["else"]


def test_history_is_not_asked_where_it_cannot_matter() -> None:
    router = Router.compile(
        [
            rule('event.kind == "support.contact"', "contact"),
            rule('event.channel == "web" && history.count("x.a") == 2', "behind"),
        ]
    )

    assert router.candidates(an_event(channel="web")).final == (
        Placement("j/s/contact", "contact"),
    )
    assert router.candidates(an_event(kind="x.a", channel="email")).final == ()
    assert router.candidates(an_event(kind="x.a", channel="web")).final is None


def test_an_unplaced_event_is_final_and_free_of_errors() -> None:
    assert Router.compile([]).candidates(an_event()) == Candidates(())


def test_rules_that_end_in_an_error_do_not_match_and_are_named() -> None:
    router = Router.compile(
        [
            rule('event.attributes.form == "delivery"', "broken"),
            rule("event.score > 3", "also-broken", also=True),
            rule("true", "fine"),
            rule("1 / 0 == 1", "not-tried"),
        ]
    )
    candidates = router.candidates(an_event())

    assert candidates.final == (Placement("j/s/fine", "fine"),)
    assert candidates.errors == ("broken", "also-broken")


@pytest.mark.parametrize(
    ("when", "times", "errors"),
    [
        ('event.score > 3 && history.count("x.a") == 1', 0, ()),
        ('event.score > 3 && history.count("x.a") == 1', 1, ("r",)),
        ('1 / history.count("x.a") == 1', 0, ("r",)),
        ('1 / history.count("x.a") == 1 && event.text == "no"', 0, ()),
    ],
)
def test_an_error_in_one_term_and_false_in_another_is_no_error(
    when: str, times: int, errors: tuple[str, ...]
) -> None:
    router = Router.compile([rule(when)])
    event = an_event()
    conclusion = router.conclude(router.candidates(event), event, Counts(times))

    assert conclusion == ((), errors)


def test_what_is_asked_of_histories_is_known_by_kind_with_the_greatest_window() -> None:
    router = Router.compile(
        [
            *SHOP,
            rule('history.count("support.contact", days(7)) > 1 && event.kind == "x.a"', "a"),
            rule('history.count("x.b", days(1)) > 1 && event.kind in ["x.c", "x.d"]', "b"),
            rule('history.count("x.e", days(1)) > history.count("x.e") && false', "c"),
        ]
    )

    assert router.asked == {
        "sales.order.placed": None,
        "support.contact": 30 * DAY_US,
        "x.b": DAY_US,
        "x.e": None,
    }


def test_the_kinds_at_which_histories_are_asked_are_known() -> None:
    everywhere = rule('history.count("x.a") > 1 || event.kind == "x.a"')
    prefixed = rule('event.kind.startsWith("support.s") && history.count("x.a") > 1')
    own = rule('event.kind.startsWith("x.") && history.count("x.a") > 1')

    assert Router.compile([]).askers == frozenset()
    assert Router.compile(SHOP).askers == frozenset({"sales.order.placed", "support.contact"})
    assert Router.compile([*SHOP, everywhere]).askers is None
    assert Router.compile([prefixed]).askers == frozenset(
        {"support.solved", "support.status_changed"}
    )
    assert Router.compile([own]).askers is None


def test_a_condition_that_is_not_valid_stops_the_router_with_the_rule_and_place() -> None:
    message = r"rule broken: an event has no field knid \(line 1, column 7\)"

    with pytest.raises(ValueError, match=message):
        Router.compile([rule('event.knid == "x"', "broken")])


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


def rule_sets() -> st.SearchStrategy[list[RuleSpec]]:
    """A few rules in few journeys with few touchpoints, so that they get in each other's way."""

    def numbered(rows: list[tuple[str, int, int, bool]]) -> list[RuleSpec]:
        return [
            RuleSpec(f"r{number}", f"j{journey}", f"j{journey}/s/t{touchpoint}", when, also)
            for number, (when, journey, touchpoint, also) in enumerate(rows)
        ]

    row = st.tuples(
        rule_conditions() | conditions(), st.integers(0, 1), st.integers(0, 3), st.booleans()
    )
    return st.lists(row, max_size=8).map(numbered)


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


@given(rule_sets(), events(), st.integers(0, 3))
def test_explain_says_what_the_router_does(
    rules: list[RuleSpec], event: CanonicalEvent, times: int
) -> None:
    router = Router.compile(rules)
    tried = router.explain(event, Counts(times))
    conclusion = router.conclude(router.candidates(event), event, Counts(times))

    assert [each.rule for each in tried] == [each.id for each in rules]
    assert tuple(each.rule for each in tried if each.verdict == "error") == conclusion.errors
    matched = {each.touchpoint: each.rule for each in reversed(tried) if each.verdict == "matched"}
    assert matched == {each.touchpoint: each.rule for each in conclusion.placements}


def test_every_rule_is_explained_with_what_it_saw() -> None:
    rules = [
        rule('event.kind == "x.a" && event.score > 3', "kind"),
        rule('event.kind == "support.contact"\n  && event.score > 3', "score"),
        rule('"vip" in event.tags || event.text.contains("x")', "tags"),
        rule('history.count("x.a", days(3)) == 2 && event.attributes.n == 1', "often"),
        rule("true", "last"),
        rule("event.occurred_at > timestamp(0)", "extra", also=True),
    ]
    event = an_event(tags=("a",), text="y" * 200, attributes={"n": 1.0})
    explained = Router.compile(rules).explain(event, Counts(3))

    verdicts = {each.rule: (each.verdict, each.reason) for each in explained}
    long_text = "y" * 79
    saw_tags = f'event.tags is ["a"], event.text is "{long_text}...'
    saw_count = 'history.count("x.a", days(3)) is 2, event.attributes.n is 1.0'

    assert verdicts == {
        "kind": (
            "not matched",
            'event.kind == "x.a" is false (event.kind is "support.contact")',
        ),
        "score": ("error", "event.score > 3 ends in an error: the event has no score"),
        "tags": (
            "not matched",
            f'"vip" in event.tags || event.text.contains("x") is false ({saw_tags})',
        ),
        "often": (
            "matched",
            f'history.count("x.a", days(3)) == 2 && event.attributes.n == 1 is true ({saw_count})',
        ),
        "last": ("not tried", "often matched before it in this journey"),
        "extra": (
            "matched",
            "event.occurred_at > timestamp(0) is true (event.occurred_at is 2025-03-30T00:30:00Z)",
        ),
    }


def test_what_is_absent_is_called_absent() -> None:
    (tried,) = Router.compile([rule("has(event.score) && event.score > 3")]).explain(
        an_event(), Counts(0)
    )

    assert tried.reason == "has(event.score) is false (event.score is absent)"


class Sealed:
    """A history that must not be asked."""

    def count(self, kind: str, window_us: int | None) -> int:
        raise AssertionError(f"history asked for {kind} within {window_us}")


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
