"""Why each rule placed an event or did not, in words, with what the rule saw.

For people at a terminal: every rule is tried in full, one by one, so that what is said does not
rest on the index that it may be there to explain.
"""

import json
from collections.abc import Iterable
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from service.routing.compile import compiled, compiled_truth
from service.routing.frame import Frame
from service.routing.rules import Rule
from service.routing.typed import Attribute, Count, Field, Typed, terms, walk
from service.routing.values import NoValueError, Timestamp, string_of_timestamp

MAX_VALUE_CHARACTERS: Final = 80

Verdict: TypeAlias = Literal["matched", "not matched", "error", "not tried"]


class Tried(NamedTuple):
    """What became of one rule. `reason` says which term decided and what it saw."""

    rule: str
    touchpoint: str
    verdict: Verdict
    reason: str


def explain(rules: Iterable[Rule], frame: Frame) -> tuple[Tried, ...]:
    """Every rule in order. In a journey that is placed, rules without `also` are not tried."""
    tried: list[Tried] = []
    placed: dict[str, str] = {}
    for rule in rules:
        journey = rule.spec.journey
        if journey in placed and not rule.spec.also:
            reason = f"{placed[journey]} matched before it in this journey"
            tried.append(_tried(rule, "not tried", reason))
            continue
        verdict, reason = _verdict(rule, frame)
        tried.append(_tried(rule, verdict, reason))
        if verdict == "matched" and not rule.spec.also:
            placed[journey] = rule.spec.id
    return tuple(tried)


def _tried(rule: Rule, verdict: Verdict, reason: str) -> Tried:
    return Tried(rule.spec.id, rule.spec.touchpoint, verdict, reason)


def _verdict(rule: Rule, frame: Frame) -> tuple[Verdict, str]:
    source, root = rule.condition.source, rule.condition.root
    failure = ""
    for term in terms(root):
        try:
            if not compiled_truth(term)(frame):
                seen = _seen(term, source, frame)
                return "not matched", f"{_text(term, source)} is false{seen}"
        except NoValueError as error:
            failure = failure or f"{_text(term, source)} ends in an error: {error}"
    if failure:
        return "error", failure
    return "matched", f"{_text(root, source)} is true{_seen(root, source, frame)}"


def _text(node: Typed, source: str) -> str:
    return " ".join(source[node.start : node.end].split())


def _seen(node: Typed, source: str, frame: Frame) -> str:
    """What the node read of the event and its customer's history."""
    values = {
        _text(leaf, source): _value(leaf, frame)
        for leaf in walk(node)
        if isinstance(leaf, Field | Attribute | Count)
    }
    listed = ", ".join(f"{name} is {value}" for name, value in values.items())
    return f" ({listed})" if listed else ""


def _value(leaf: Typed, frame: Frame) -> str:
    try:
        text = _written(compiled(leaf)(frame))
    except NoValueError:
        return "absent"
    return text if len(text) <= MAX_VALUE_CHARACTERS else f"{text[:MAX_VALUE_CHARACTERS]}..."


def _written(value: Any) -> str:
    if isinstance(value, Timestamp):
        return string_of_timestamp(value)
    return json.dumps(value, ensure_ascii=False)
