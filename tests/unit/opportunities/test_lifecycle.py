"""The life of an opportunity, as a function of checks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.framework.models import Breach
from service.opportunities.lifecycle import (
    LIVE,
    Check,
    Checks,
    Standing,
    Transition,
    next_transition,
    streak,
    withdrawn,
)

AT = datetime(2026, 5, 7, 10, tzinfo=UTC)
DETECTOR = Breach(
    id="late",
    kind="breach",
    stage="purchase/receive",
    min_customers=20,
    checks=2,
    cooldown=timedelta(days=7),
)


def checks(health: str, customers: int = 50) -> list[Check]:
    """Checks from a word of letters, oldest first: b breached, r at risk, h healthy, n no data."""
    names = {"b": "breached", "r": "at_risk", "h": "healthy", "n": "no_data", "s": "stale"}
    return [
        Check(AT - timedelta(hours=age), names[letter], 68, customers, 60.0, 48.0, 71.0)
        for age, letter in enumerate(reversed(health))
    ]


def decide(
    standing: Standing | None, detector: Breach = DETECTOR, **of_metrics: str
) -> Transition | None:
    return next_transition(
        detector, {metric: checks(health) for metric, health in of_metrics.items()}, standing, AT
    )


def live(*missed: str) -> Standing:
    return Standing("open", frozenset(missed))


def test_opens_when_a_metric_was_breached_at_two_checks_in_a_row() -> None:
    assert decide(None, csat="hbb") == Transition("opened", "open", ("csat",), "objective_missed")


@pytest.mark.parametrize("health", ["", "b", "hb", "bhb", "bb" + "r", "brb", "bnb", "bb" + "n"])
def test_does_not_open_on_anything_less(health: str) -> None:
    assert decide(None, csat=health) is None


def test_does_not_open_for_too_few_customers() -> None:
    few: Checks = {"csat": checks("bb", customers=19)}
    enough: Checks = {"csat": checks("bb", customers=20)}
    assert next_transition(DETECTOR, few, None, AT) is None
    assert next_transition(DETECTOR, enough, None, AT) is not None


def test_one_opportunity_has_all_missed_metrics_in_the_order_of_the_objectives() -> None:
    opened = decide(None, csat="bb", late="hb", contacts="bb")
    assert opened is not None
    assert opened.missed == ("csat", "contacts")


def test_noise_within_the_same_missed_set_changes_nothing() -> None:
    for health in ("bbb", "bbr", "bbn", "bbh", "bhr", "bbs"):
        assert decide(live("csat"), csat=health) is None


def test_a_metric_that_joins_updates() -> None:
    joined = decide(live("csat"), csat="bb", late="bb")
    assert joined == Transition("updated", "open", ("csat", "late"), "metric_joined")


def test_a_metric_that_is_met_twice_leaves_and_updates() -> None:
    left = decide(live("csat", "late"), csat="bb", late="hh")
    assert left == Transition("updated", "open", ("csat",), "metric_left")


def test_joining_and_leaving_at_one_check_is_one_update() -> None:
    both = decide(live("late"), csat="bb", late="hh")
    assert both == Transition("updated", "open", ("csat",), "metrics_joined_and_left")


def test_recovers_when_all_missed_metrics_are_met_twice() -> None:
    recovered = decide(live("csat", "late"), csat="bhh", late="hhh", other="rr")
    assert recovered == Transition("recovered", "recovered", (), "objectives_met")


@pytest.mark.parametrize("health", ["bbh", "bhr", "hsh", "hhs", "hhn", "hrh"])
def test_does_not_recover_on_anything_less(health: str) -> None:
    assert decide(live("csat"), csat=health) is None


def test_what_is_in_progress_stays_so_until_it_recovers() -> None:
    standing = Standing("in_progress", frozenset({"csat"}))
    updated = decide(standing, csat="bb", late="bb")
    recovered = decide(standing, csat="hh")
    assert updated is not None
    assert updated.state == "in_progress"
    assert recovered is not None
    assert recovered.state == "recovered"


@pytest.mark.parametrize("state", ["recovered", "solved"])
@pytest.mark.parametrize(
    ("ago", "signal", "reason"),
    [
        (timedelta(hours=1), "reopened", "missed_again"),
        (timedelta(days=7), "reopened", "missed_again"),
        (timedelta(days=7, hours=1), "opened", "objective_missed"),
    ],
)
def test_a_new_miss_reopens_within_the_cooldown_and_opens_after_it(
    state: str, ago: timedelta, signal: str, reason: str
) -> None:
    ended = Standing(state, frozenset({"csat"}), AT - ago)  # type: ignore[arg-type]
    again = decide(ended, csat="bb")
    assert again is not None
    assert (again.signal, again.reason, again.state) == (signal, reason, "open")


def test_dismissed_is_sticky() -> None:
    dismissed = Standing("dismissed", frozenset({"csat"}), AT - timedelta(days=400))
    assert decide(dismissed, csat="bbbb") is None


def test_is_retracted_when_its_last_objective_is_withdrawn() -> None:
    assert decide(live("csat"), late="hh") == Transition(
        "retracted", "solved", (), "objectives_withdrawn"
    )
    assert withdrawn().reason == "detector_withdrawn"


def test_a_detector_may_ask_for_a_single_check() -> None:
    assert decide(None, DETECTOR.model_copy(update={"checks": 1}), csat="hb") is not None


def test_a_streak_is_counted_from_the_newest_check() -> None:
    assert [streak(checks(health)) for health in ("", "b", "bb", "hbb", "bhb")] == [0, 1, 2, 2, 1]


histories = st.lists(st.tuples(st.sampled_from("brhns"), st.sampled_from("brhns")), max_size=40)


@given(histories)
def test_any_history_gives_one_life_in_which_each_signal_fits_the_state(
    history: list[tuple[str, str]],
) -> None:
    standing: Standing | None = None
    for made in range(1, len(history) + 1):
        words = ["".join(pair[i] for pair in history[:made]) for i in range(2)]
        transition = decide(standing, csat=words[0], late=words[1])
        if transition is None:
            continue
        is_live = standing is not None and standing.state in LIVE
        assert (transition.signal in ("updated", "recovered")) == is_live
        assert (transition.state in LIVE) == bool(transition.missed)
        if standing is not None and is_live:
            assert set(transition.missed) != standing.missed
        ended_at = None if transition.state in LIVE else AT
        standing = Standing(transition.state, frozenset(transition.missed), ended_at)
