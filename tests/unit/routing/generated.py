"""Events and expressions to try the rules with: one at will, or any at random.

Random expressions are source text that type-checks. They read what random events have or lack,
so that errors, absent fields and values of unexpected types come up often.
"""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from service.canonical import CanonicalEvent, Subject
from service.event import Money, Score

KINDS = ("support.contact", "support.solved", "feedback.nps", "sales.order.placed", "x.visit")
WORDS = ("parcel", "Courier", "late", "DHL", "delivery", "vip", "a", "")
MINUTE_US = 60_000_000


def an_event(**changes: Any) -> CanonicalEvent:
    """A plain contact, 2025-03-30 00:30 UTC, with what is asked for changed."""
    fields: dict[str, Any] = {
        "system": "zendesk-de",
        "id": "ticket-1",
        "kind": "support.contact",
        "occurred_at_us": 1_743_294_600_000_000,
        "subject": Subject("email", "0" * 32),
        "fact_id": "ticket-1",
    }
    return CanonicalEvent(**{**fields, **changes})


def events() -> SearchStrategy[CanonicalEvent]:
    """Events that use every field that the random expressions read."""
    return st.builds(
        an_event,
        kind=st.sampled_from(KINDS),
        occurred_at_us=st.integers(0, 50 * 365 * 24 * 60).map(lambda minute: minute * MINUTE_US),
        title=st.sampled_from(WORDS),
        text=st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join),
        channel=st.sampled_from(("", "web", "email")),
        status=st.sampled_from(("", "open", "solved")),
        tags=st.lists(st.sampled_from(WORDS), max_size=4).map(tuple),
        score=st.none() | st.integers(0, 10).map(lambda value: Score(value, 0, 10, 10)),
        money=st.none() | st.integers(-5, 500_000).map(lambda minor: Money(minor, "EUR")),
        attributes=attributes(),
    )


def attributes() -> SearchStrategy[dict[str, Any]]:
    """Few names with values of any type, so that a name's type is never certain."""
    value = (
        st.sampled_from(WORDS)
        | st.booleans()
        | st.integers(-3, 100)
        | st.sampled_from((2**63 - 1, -(2**63), 0.0, -1.5, 72.0, float("inf")))
    )
    return st.dictionaries(st.sampled_from(("form", "plan", "hours")), value, max_size=3)


def quoted(text: str) -> str:
    """The text as CEL writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


texts_written = st.sampled_from(WORDS).map(quoted)
kinds_written = st.sampled_from(KINDS).map(quoted)
patterns_written = st.sampled_from(("(?i)parcel|dhl", "^late", "l.te$", "courier", "")).map(quoted)
attribute_read = st.sampled_from(("form", "plan", "hours")).map(
    lambda name: f"event.attributes.{name}"
)
text_fields = st.sampled_from(("title", "text", "channel", "status")).map(
    lambda name: f"event.{name}"
)
ints_written = st.sampled_from((0, 1, -1, 3, 72, 2**63 - 1, -(2**63))).map(str)
doubles_written = st.sampled_from(("0.0", "-1.5", "72.0", "1e300"))


def joined(template: str, *parts: SearchStrategy[str]) -> SearchStrategy[str]:
    """The template with a random part in each place."""
    return st.tuples(*parts).map(lambda values: template.format(*values))


def texts() -> SearchStrategy[str]:
    """Expressions that are text."""
    return st.recursive(
        texts_written | text_fields,
        lambda inner: (
            joined("({} + {})", inner, inner)
            | joined("({} ? {} : {})", attribute_read, inner, inner)
        ),
        max_leaves=3,
    )


def ints() -> SearchStrategy[str]:
    """Expressions that are whole numbers."""
    return st.recursive(
        ints_written
        | joined("size({})", text_fields)
        | joined("-size({})", text_fields)
        | st.just("event.tags.size()"),
        lambda inner: joined("({} {} {})", inner, st.sampled_from("+-*/%"), inner),
        max_leaves=3,
    )


def doubles() -> SearchStrategy[str]:
    """Expressions that are decimal numbers."""
    return st.recursive(
        doubles_written | st.sampled_from(("event.score", "event.amount")),
        lambda inner: (
            joined("({} {} {})", inner, st.sampled_from("+-*/"), inner)
            | joined("double({})", ints())
        ),
        max_leaves=3,
    )


def tests_of_one_thing() -> SearchStrategy[str]:
    """Conditions without `&&`, `||` and `!`."""
    ordering = st.sampled_from(("<", "<=", ">", ">="))
    equality = st.sampled_from(("==", "!="))
    numbers = ints() | doubles() | attribute_read
    return st.one_of(
        joined("event.kind == {}", kinds_written),
        joined("event.kind in [{}, {}]", kinds_written, kinds_written),
        joined("{} {} {}", text_fields, equality, texts_written),
        joined("{} in [{}, {}]", text_fields, texts_written, texts_written),
        joined("{} {} {}", attribute_read, equality, texts_written),
        joined("{} == {}", ints_written, attribute_read),
        joined("{} in [{}, {}]", attribute_read, texts_written, texts_written),
        joined("{} in event.tags", texts_written),
        joined("{} in event.tags", attribute_read),
        joined("{} {} {}", numbers, ordering, numbers),
        joined("{} {} {}", numbers, equality, numbers),
        joined("{} {} {}", texts(), ordering, texts()),
        joined("{}.matches({})", text_fields | attribute_read, patterns_written),
        joined(
            "{}.{}({})",
            text_fields | attribute_read,
            st.sampled_from(("contains", "startsWith", "endsWith")),
            texts_written,
        ),
        joined("has({})", attribute_read | st.just("event.score")),
        joined("{} in event.attributes", st.sampled_from(('"form"', '"plan"'))),
        joined("event.tags.exists(t, t == {})", texts()),
        joined("event.tags.all(t, t.size() > {})", st.sampled_from("0123")),
        joined("event.tags.exists_one(t, t.startsWith({}))", texts_written),
        joined("event.tags.filter(t, t != {}).size() > 1", texts_written),
        joined("{} in event.tags.map(t, t + {})", texts(), texts_written),
        joined("event.tags[{}] == {}", st.sampled_from("012"), texts()),
        joined(
            "event.occurred_at {} timestamp({})",
            ordering,
            st.sampled_from(('"1999-12-31T23:59:59Z"', '"2010-06-01T00:00:00+02:00"')),
        ),
        joined("event.occurred_at.getHours() {} 12", ordering),
        joined("event.occurred_at.getDayOfWeek() == {}", st.sampled_from("0123456")),
        attribute_read,
    )


def conditions() -> SearchStrategy[str]:
    """Any condition on the event alone."""
    return st.recursive(
        tests_of_one_thing(),
        lambda inner: (
            joined("({} && {})", inner, inner)
            | joined("({} || {})", inner, inner)
            | joined("{} && {} && {}", inner, inner, inner)
            | joined("!({})", inner)
            | joined("({} ? {} : {})", inner, inner, inner)
        ),
        max_leaves=6,
    )


class Counts:
    """A history in which everything happened `times` times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def count(self, kind: str, window_us: int | None) -> int:
        """The same for every kind and window, less one in short windows."""
        return self.times - (window_us is not None and kind != KINDS[0])


def counts_written() -> SearchStrategy[str]:
    """Questions to the customer's history."""
    return joined("history.count({})", kinds_written) | joined(
        "history.count({}, {})",
        kinds_written,
        st.sampled_from(("days(30)", "days(1)", 'duration("36h")')),
    )


def rule_conditions() -> SearchStrategy[str]:
    """Conditions as rules have them: about some kinds, some with history."""
    of_history = joined(
        "{} {} {}", counts_written(), st.sampled_from(("==", ">")), st.sampled_from("0123")
    ) | joined("6 / {} > 2", counts_written())
    test = tests_of_one_thing()
    return st.one_of(
        joined("event.kind == {} && {}", kinds_written, test),
        joined("event.kind == {} && ({} || {})", kinds_written, test, test),
        joined("event.kind == {} && {} && {}", kinds_written, test, test),
        joined("event.kind == {} && {} && {}", kinds_written, of_history, test),
        joined("({} && {}) || ({} && {})", test, of_history, test, test),
        joined('event.kind.startsWith("support.") && {}', test),
        joined("has({0}) && {0} == {1}", attribute_read, texts_written),
        joined("{} && {}", test, of_history),
        joined("{} && {}", test, test),
        test,
        of_history,
    )
