"""Names and types are held against the catalogue; what is wrong is said where it stands."""

import pytest

from service.routing import (
    Condition,
    Problem,
    Value,
    check_condition,
    check_event_condition,
    check_number,
)

TEXT_IN_TEXT = "in looks into lists, not text"
UNKNOWN_KIND = 'no event is of kind "suport.contact": own kinds begin with x.'


@pytest.mark.parametrize(
    ("source", "column", "message", "suggestion"),
    [
        ("event.scor > 3", 7, "an event has no field scor", "event.score"),
        ("event.atributes.x", 7, "an event has no field atributes", "event.attributes"),
        ("event.warehouse", 7, "an event has no field warehouse", "event.attributes.warehouse"),
        ("score > 3", 1, "score is not known", "event.score"),
        ("evnt.score > 3", 1, "evnt is not known", "event"),
        ("event", 1, "event alone is no value: name a field, such as event.kind", ""),
        (
            "history",
            1,
            'history alone is no value: ask it, as history.count("support.contact")',
            "",
        ),
        ("event.attributes.a.b", 20, "an attribute has no fields, so b cannot be one", ""),
        ("event.kind.x", 12, "text has no fields, so x cannot be one", ""),
        ('event.text.startWith("a")', 12, "there is no function startWith", "startsWith(...)"),
        ("foo(1)", 1, "there is no function foo", ""),
        ("size()", 1, "size() takes 1 argument, not none", ""),
        ("event.text.contains()", 12, "contains() takes 1 argument, not none", ""),
        ("event.text.lowerAscii(1)", 12, "lowerAscii() takes no arguments, not 1", ""),
        ('contains("a")', 1, "contains is written after a value", "event.text.contains(...)"),
        (
            "getHours(event.occurred_at)",
            1,
            "getHours is written after a value",
            "event.occurred_at.getHours(...)",
        ),
        ("event.score.int()", 13, "int is written around its value", "int(...)"),
        ("event.text.contains(1)", 12, "contains() does not work on text and a whole number", ""),
        ('event.score == "a"', 13, "a decimal number is never equal to text", ""),
        ("event.tags == event.text", 12, "a list is never equal to text", ""),
        ('event.score > "a"', 13, "> never compares a decimal number with text", ""),
        (
            "event.score * 2 > 3",
            13,
            "* never combines a decimal number with a whole number",
            "2.0",
        ),
        (
            "size(event.text) + event.score > 3",
            18,
            "+ never combines a whole number with a decimal number",
            "double(...)",
        ),
        ("!event.score", 1, "! does not work on a decimal number", ""),
        ("-event.text == 'a'", 1, "- does not work on text", ""),
        ("event.score && true", 1, "this is a decimal number, not true or false", ""),
        ("true || event.text", 9, "this is text, not true or false", ""),
        ("event.text ? true : false", 1, "this is text, not true or false", ""),
        (
            'true ? 1 : "a"',
            6,
            "the choice is between a whole number and text: both must be the same",
            "",
        ),
        (
            "event.score",
            1,
            "the whole expression is a decimal number; it must be true or false",
            "",
        ),
        ('"a" in event.text', 5, TEXT_IN_TEXT, "event.text.contains(...)"),
        ("1 in event.tags", 3, "a whole number is never in a list of text", ""),
        ("event.channel in event.score", 15, "in looks into lists, not a decimal number", ""),
        ('event.tags["a"] == "b"', 12, "[] needs a whole number here, not text", ""),
        ("event.score[0]", 12, "[] looks into lists and maps, not a decimal number", ""),
        (
            "event.score == null",
            16,
            "null is not used here: has(...) says whether a field is set",
            "",
        ),
        ("1e999 > 1.0", 1, "the number is too large", ""),
        ("9223372036854775808 > 1", 1, "9223372036854775808 is too large for a whole number", ""),
        ("{1.5: 2} == {}", 2, "a decimal number cannot be a key", ""),
        (
            "has(event.tags[0])",
            1,
            "has() takes one field of the event, such as has(event.score)",
            "",
        ),
        ("has(event.scor)", 11, "an event has no field scor", "event.score"),
        ('event.kind == "suport.contact"', 15, UNKNOWN_KIND, '"support.contact"'),
        ('event.kind in ["x.a", "suport.contact"]', 23, UNKNOWN_KIND, '"support.contact"'),
        (
            "event.tags.exists(t)",
            12,
            "exists() takes a name for each item and what to do with it",
            'exists(tag, tag == "vip")',
        ),
        ("event.tags.all(event, true)", 16, "event has a meaning already: take another name", ""),
        ("event.text.exists(c, true)", 12, "exists() goes through lists, not text", ""),
        ("event.tags.exists(t, t)", 22, "this is text, not true or false", ""),
        ('event.text.matches("(a")', 20, "the pattern cannot be read: missing ): (a", ""),
        (
            "event.text.matches(event.title)",
            20,
            'the pattern is written out, as "parcel|courier"',
            "",
        ),
        ('event.score.matches("a")', 13, "matches() does not work on a decimal number", ""),
        ('matches("a")', 1, "matches() takes 2 arguments, not 1", ""),
        ('event.occurred_at.getHours("Mars") > 1', 28, 'there is no time zone "Mars"', ""),
        (
            "event.occurred_at.getHours(event.text) > 1",
            28,
            'the time zone is written out, as "Europe/Berlin"',
            "",
        ),
        (
            'duration("1d") > days(1)',
            10,
            'the text is not a length of time such as "24h" or "1h30m"; for days, days(30)',
            "",
        ),
        (
            'event.occurred_at > timestamp("2025-02-30T00:00:00Z")',
            31,
            "the text names a time that does not exist",
            "",
        ),
        ('history.count("suport.contact") == 3', 15, UNKNOWN_KIND, '"support.contact"'),
        (
            "history.count(event.kind) == 3",
            15,
            'the kind is written out, as "support.contact"',
            "",
        ),
        (
            "history.count() == 3",
            9,
            "history.count() takes a kind and, if wanted, a window",
            'history.count("support.contact", days(30))',
        ),
        (
            'history.count("x.a", event.score) == 3',
            22,
            'the window is written out, as days(30) or duration("24h")',
            "",
        ),
        ('history.count("x.a", days(0)) == 3', 22, "the window must be longer than nothing", ""),
        ('history.nth("x.a") == 3', 9, "history.nth is not known", "history.count(...)"),
        ("history.length == 3", 9, "history.length is not known", "history.count(...)"),
    ],
)
def test_a_mistake_is_named_in_its_place(
    source: str, column: int, message: str, suggestion: str
) -> None:
    assert check_condition(source) == (Problem(1, column, message, suggestion),)


def test_all_mistakes_are_named_at_once_in_the_order_of_the_source() -> None:
    source = "event.scor > 3\n  && foo(event.tex)\n  && event.tags == 1"

    assert check_condition(source) == (
        Problem(1, 7, "an event has no field scor", "event.score"),
        Problem(2, 6, "there is no function foo", ""),
        Problem(3, 17, "a list is never equal to a whole number", ""),
    )


def test_one_mistake_is_not_named_twice_for_what_follows_from_it() -> None:
    source = 'event.scor + 1 > 3 && event.nothing.startsWith("a") && has(event.scor)'
    checked = check_condition(source)

    assert isinstance(checked, tuple)
    assert [problem.column for problem in checked] == [7, 29, 66]


@pytest.mark.parametrize(
    "source",
    [
        "event.score >= 9",
        "9 == event.score",
        "event.attributes.hours > 72",
        "event.attributes.vip",
        'event.attributes["order status"] == "late"',
        "[1, 2.5, 'a'].exists(x, x == event.attributes.n)",
        "event.tags == []",
        '{"web": 1, "email": 2}[event.channel] > 1',
        "has(event.score) ? event.score > 6 : event.attributes.n > 6",
        'event.kind.startsWith("support.")',
        'event.kind == "x.own"',
        'event.occurred_at - timestamp("2025-01-01T00:00:00Z") > days(30) + duration("1h")',
        'history.count("support.contact", duration("36h")) > 2',
        "size(event.tags) == event.tags.size()",
        'matches(event.text, "a") == event.text.matches("a")',
    ],
)
def test_what_cel_allows_is_allowed(source: str) -> None:
    assert isinstance(check_condition(source), Condition)


def test_metrics_see_one_event_at_a_time() -> None:
    message = "a metric looks at one event at a time: history is for rules only"
    source = 'history.count("x.a") == 1'

    assert check_event_condition(f"true && {source}") == (Problem(1, 9, message),)
    assert check_number('history.count("x.a")') == (Problem(1, 1, message),)
    assert isinstance(check_event_condition("event.score > 1"), Condition)


def test_a_metric_adds_numbers_only() -> None:
    assert check_number("event.text") == (
        Problem(1, 1, "the whole expression is text; it must be a number"),
    )
    for source in ("event.amount", "size(event.tags)", "event.attributes.hours"):
        assert isinstance(check_number(source), Value)
