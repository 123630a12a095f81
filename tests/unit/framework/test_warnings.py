"""What a framework may say and probably does not mean."""

import pytest

from service.framework.loading import Accepted, load_files
from tests.unit.framework.bakery import CONNECTORS, FRAMEWORKS

PLAIN = (FRAMEWORKS / "good" / "plain.yaml").read_text(encoding="utf-8")
TOUCHPOINT = "          - id: call\n            title: I call\n"
CALLED = '  - id: called\n    when: event.kind == "support.contact"\n    place: buy/help/call\n'
MOMENTS = "".join(
    f"          - {{id: m{number}, title: M, moment_of_truth: true}}\n" for number in range(20)
)
NO_RULES_THERE = [
    f'a.yaml:{line}:18: no rule places events at touchpoint "m{number}"'
    for number, line in enumerate(range(30, 50))
]


def warned(old: str, new: str) -> list[str]:
    assert old in PLAIN
    loaded = load_files({"a.yaml": PLAIN.replace(old, new, 1)}, CONNECTORS)
    assert isinstance(loaded, Accepted), loaded
    return [str(warning) for warning in loaded.warnings]


def test_more_than_20_moments_of_truth() -> None:
    expected = ["a.yaml:9:1: 21 moments of truth; a company has 10 to 20", *NO_RULES_THERE]
    assert warned(TOUCHPOINT, TOUCHPOINT + MOMENTS) == expected


def test_20_moments_of_truth_are_no_warning() -> None:
    nineteen = MOMENTS[: MOMENTS.rindex("          - ")]
    assert warned(TOUCHPOINT, TOUCHPOINT + nineteen) == NO_RULES_THERE[:-1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            CALLED,
            "",
            [
                'a.yaml:24:13: no rule places events in stage "buy/help"',
                'a.yaml:40:9: nothing feeds this metric: no rule places events at "buy/help/call"',
            ],
        ),
        (
            TOUCHPOINT,
            f"{TOUCHPOINT}          - id: chat\n            title: I chat\n",
            ['a.yaml:30:17: no rule places events at touchpoint "chat"'],
        ),
        (
            "at_least: 80",
            "at_least: 0.8",
            ["a.yaml:44:15: 0.8 means 0.8 %; for 80 % write 80"],
        ),
        (
            "check_every: 1h",
            "check_every: 5m",
            [
                (
                    "a.yaml:46:18: checks between two quarters of an hour see only late events; "
                    "write 15m, 30m, 1h"
                )
            ],
        ),
        (
            "  - id: order-below\n    kind: breach\n    stage: buy/order\n",
            "",
            ['a.yaml:43:13: a miss opens nothing: no detector of kind breach watches "buy/order"'],
        ),
        (
            "  - id: first-call\n",
            "  - id: again\n    kind: breach\n    stage: buy/order\n  - id: first-call\n",
            [
                (
                    'a.yaml:64:12: another detector of kind breach watches stage "buy/order"; '
                    "see a.yaml:59"
                )
            ],
        ),
        (
            'when: event.kind == "support.contact"',
            'when: event.kind == "feedback.csat"',
            [
                (
                    'a.yaml:56:11: this rule never decides: rule "answered" asks the same and '
                    "comes first; see a.yaml:52"
                )
            ],
        ),
        (
            "journeys:",
            "  - id: night\n    title: Night shift\njourneys:",
            ['a.yaml:9:9: team "night" owns nothing'],
        ),
    ],
)
def test_a_warning_says_what_is_probably_not_meant(old: str, new: str, said: list[str]) -> None:
    assert warned(old, new) == said


def test_a_second_rule_that_asks_the_same_is_fine_when_it_places_in_addition() -> None:
    same = 'when: event.kind == "feedback.csat"\n    also: true'
    assert warned('when: event.kind == "support.contact"', same) == []


def test_rules_without_sources() -> None:
    start = PLAIN.index("sources:")
    assert warned(PLAIN[start:], "") == [
        "a.yaml:48:1: there are no sources, so no event ever arrives"
    ]
