"""Rules place events: first match in each journey, `also` in addition, and history only where it
matters.
"""

import pytest

from service.canonical import CanonicalEvent
from service.routing import Candidates, Placement, Router, RuleSpec
from tests.unit.routing.generated import Counts, an_event
from tests.unit.routing.placing import placed, rule

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
