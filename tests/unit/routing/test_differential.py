"""An independent evaluator, written in Rust, agrees on random conditions and events.

What it sees differently is kept out of the random expressions, and is listed here:

- it counts the bytes of text, CEL counts its characters: the random text is ASCII;
- its `exists` and `all` do not absorb errors: the random loops cannot end in one;
- its unary minus gives the least whole number back, CEL an error: only sizes are negated;
- it has no `lowerAscii`, no `bool()`, no `int()` of a time and no time zones in `getHours`:
  `test_evaluation` holds these;
- `has()` of text that is empty is ours (absent text is empty), so `has` asks for others only;
- `days` and `history.count` are ours: it is given them as functions.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import cel
from hypothesis import given
from hypothesis import strategies as st

from service.canonical import CanonicalEvent
from service.routing import Condition, Failure, check_condition
from tests.unit.routing.generated import Counts, conditions, events, rule_conditions

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_the_other_sees_it(event: CanonicalEvent) -> dict[str, Any]:
    seen: dict[str, Any] = {
        "kind": event.kind,
        "title": event.title,
        "text": event.text,
        "channel": event.channel,
        "status": event.status,
        "tags": list(event.tags),
        "attributes": dict(event.attributes),
        "occurred_at": EPOCH + timedelta(microseconds=event.occurred_at_us),
    }
    if event.score:
        seen["score"] = float(event.score.value)
    if event.money:
        seen["amount"] = event.money.minor / 100
    return seen


def judged_by_the_other(source: str, event: CanonicalEvent, history: Counts) -> object:
    """Its outcome; any error as one word."""
    context = cel.Context({"event": as_the_other_sees_it(event), "history": "the customer's"})
    context.add_function("days", lambda days: timedelta(days=days))
    context.add_function(
        "count",
        lambda _, kind, window=None: history.count(
            kind, None if window is None else window // timedelta(microseconds=1)
        ),
    )
    try:
        value = cel.compile(source).execute(context)
    except (KeyError, TypeError, ValueError, RuntimeError, ArithmeticError, IndexError):
        return "error"
    return value if isinstance(value, bool) else "error"


def judged(source: str, event: CanonicalEvent, history: Counts) -> object:
    condition = check_condition(source)
    assert isinstance(condition, Condition), condition
    outcome = condition(event, history)
    return "error" if isinstance(outcome, Failure) else outcome


@given(conditions() | rule_conditions(), events(), st.integers(0, 3))
def test_both_evaluators_agree(source: str, event: CanonicalEvent, count: int) -> None:
    history = Counts(count)

    assert judged(source, event, history) == judged_by_the_other(source, event, history)
