"""Expressions over a payload: the rules' language, of which nothing is known before."""

import json
from typing import Any

import pytest

from service.routing import (
    Absent,
    Failure,
    PayloadExpression,
    Seen,
    check_payload_expression,
)

PAYLOAD = {
    "id": 7,
    "none": None,
    "who": {"name": "Ann", "tags": ["a", "b"]},
    "lines": [{"n": 1}, {"n": 2}, {}],
    "many": list(range(2_000)),
}


def asked(source: str) -> Any:
    expression = check_payload_expression(source, ("payload", "each"))
    assert isinstance(expression, PayloadExpression), expression
    return expression.ask(Seen(json.loads(json.dumps(PAYLOAD)), None))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("payload.who.name", "Ann"),
        ('payload["who"]["name"]', "Ann"),
        ("payload.lines[1].n", 2),
        ("has(payload.none)", False),
        ("has(payload.who.name) && payload.id > 3", True),
        ("payload.who.tags.exists(t, t == 'b')", True),
        ("payload.lines.filter(l, has(l.n)).map(l, l.n)", (1, 2)),
        ("size(payload.who)", 2),
        ("string(payload.id) + payload.who.name", "7Ann"),
        ("payload.id == 8 || true", True),
        ("payload.missing == 8 || true", True),
        ("size(payload)", 4),
        ("payload.filter(field, field == 'id')", ("id",)),
    ],
)
def test_what_is_there_is_found(source: str, value: object) -> None:
    assert asked(source) == value


@pytest.mark.parametrize(
    "source", ["payload.missing", "payload.none", "payload.who.age", "payload.lines[9]"]
)
def test_what_is_not_there_is_absent(source: str) -> None:
    assert isinstance(asked(source), Absent)


@pytest.mark.parametrize(
    "source",
    [
        "payload.id.name",
        "payload.lines.n",
        "has(payload.id.name)",
        "payload.who + 1",
        "each.n",
        "payload.many.map(a, payload.many.map(b, a + b))",
    ],
)
def test_what_means_nothing_is_a_failure(source: str) -> None:
    assert isinstance(asked(source), Failure)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("event.kind", "event is not known"),
        ("history.count('a')", "there is no function count"),
        ("paylod.id", "paylod is not known"),
        ("has(payload)", "has() takes one field of the payload, such as has(payload.id)"),
        ("payload.", "the expression ends too early"),
    ],
)
def test_a_mistake_is_told_before_there_is_a_payload(source: str, message: str) -> None:
    problems = check_payload_expression(source, ("payload", "each"))
    assert isinstance(problems, tuple)
    assert message in problems[0].message
