"""Whether two frameworks say the same, and what changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.framework.loading import Accepted, load_files
from service.framework.models import Framework
from service.framework.revisions import Change, changes, digest, rule_specs
from service.routing import RuleSpec
from tests.unit.framework.bakery import CONNECTORS, FRAMEWORKS

TEXT = (FRAMEWORKS / "good" / "plain.yaml").read_text(encoding="utf-8")


def framework(text: str) -> Framework:
    loaded = load_files({"a.yaml": text}, CONNECTORS)
    assert isinstance(loaded, Accepted), loaded
    return loaded.framework


PLAIN = framework(TEXT)
EDITS = (
    ("title: Shop", "title: The shop"),
    ("timezone: Europe/Berlin", "timezone: UTC"),
    ("segment: branch\n", ""),
    ("at_least: 80", "at_least: 81"),
    ("            moment_of_truth: true\n", ""),
    ("best: 5", "best: 1"),
    ("connector: till\n", "connector: till\n    text: drop\n"),
    ('when: event.kind == "support.contact"', 'when: event.channel == "phone"'),
    ("kind: milestone", "kind: milestone # a remark"),
)


def edited(edits: list[tuple[str, str]]) -> Framework:
    text = TEXT
    for old, new in edits:
        text = text.replace(old, new, 1)
    return framework(text)


def test_nothing_changed_is_nothing() -> None:
    assert changes(PLAIN, PLAIN) == ()


@given(
    st.lists(st.sampled_from(EDITS), unique=True, max_size=3),
    st.lists(st.sampled_from(EDITS), unique=True, max_size=3),
)
def test_there_are_changes_exactly_when_the_digests_differ(
    one: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    old, new = edited(one), edited(other)
    assert (changes(old, new) == ()) == (digest(old) == digest(new))


def test_the_digest_stays_the_same_from_release_to_release() -> None:
    assert digest(PLAIN).hex() == "717838edc1c6727b494fe3d3c7b7bd8a"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "title: I call",
            "title: I ring",
            Change(
                "changed",
                "touchpoint buy/help/call",
                "touchpoint buy/help/call: title is I ring, was I call",
            ),
        ),
        (
            "timezone: Europe/Berlin",
            "timezone: UTC",
            Change("changed", "timezone", "timezone is UTC, was Europe/Berlin"),
        ),
        (
            "segment: branch\n",
            "",
            Change("changed", "segment", "segment is not set, was branch"),
        ),
        (
            "window: 24h",
            "window: 36h",
            Change("changed", "objective liked", "objective liked: window is 36h, was 1d"),
        ),
        (
            'when: event.kind == "support.contact"',
            'when: |\n      event.kind\n      == "support.contact"',
            Change("changed", "rule called", "rule called: when is laid out in another way"),
        ),
        (
            "contributing: [care]",
            "contributing: [care, shop]",
            Change(
                "changed",
                "stage buy/order",
                'stage buy/order: contributing is ["care", "shop"], was ["care"]',
            ),
        ),
        (
            "best: 5",
            "best: 1",
            Change(
                "changed",
                "source answers",
                'source answers: questions is {"how_was_it": {"kind": "feedback.csat", "best": 1}}'
                ', was {"how_was_it": {"kind": "feedback.csat", "best": 5}}',
            ),
        ),
    ],
)
def test_a_change_says_what_is_and_what_was(old: str, new: str, expected: Change) -> None:
    assert changes(PLAIN, edited([(old, new)])) == (expected,)


def test_entries_come_and_go() -> None:
    other = edited([("- id: calls\n    title: Calls", "- id: rings\n    title: Rings")])
    assert changes(PLAIN, other) == (
        Change("removed", "metric calls", 'metric calls removed ("Calls per 100 orders")'),
        Change("added", "metric rings", 'metric rings added ("Rings per 100 orders")'),
    )


def test_the_order_of_rules_is_a_change() -> None:
    rules = PLAIN.rules
    other = PLAIN.model_copy(update={"rules": (rules[1], rules[0], rules[2])})
    assert changes(PLAIN, other) == (Change("changed", "rules", "rules: in another order"),)
    assert digest(PLAIN) != digest(other)


@pytest.mark.parametrize("field", ["teams", "metrics", "detectors", "sources"])
def test_the_order_of_other_entries_is_none(field: str) -> None:
    other = PLAIN.model_copy(update={field: getattr(PLAIN, field)[::-1]})
    assert getattr(other, field) != getattr(PLAIN, field)
    assert changes(PLAIN, other) == ()
    assert digest(PLAIN) == digest(other)


def test_without_a_revision_before_everything_is_added() -> None:
    found = changes(None, PLAIN)
    assert {change.kind for change in found} == {"added"}
    assert [change.path for change in found] == [
        *("team care", "team shop", "journey buy", "metric calls", "metric liked"),
        *("objective liked", "rule placed", "rule answered", "rule called"),
        *("detector first-call", "detector order-below", "source answers", "source tills"),
    ]


def test_the_router_takes_the_rules_in_their_order() -> None:
    assert rule_specs(PLAIN)[0] == RuleSpec(
        "placed", "buy", "buy/order/placed", 'event.kind == "sales.order.placed"', also=False
    )
    assert [spec.id for spec in rule_specs(PLAIN)] == ["placed", "answered", "called"]
