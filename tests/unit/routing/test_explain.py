"""Why each rule did or did not place an event, in its own words."""

from hypothesis import given
from hypothesis import strategies as st

from service.canonical import CanonicalEvent
from service.routing import Router, RuleSpec
from tests.unit.routing.generated import Counts, an_event, events
from tests.unit.routing.placing import rule, rule_sets


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
