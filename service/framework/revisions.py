"""What a revision of the framework is to the rest: its digest, its changes, its rules.

What counts is what a framework says. How it is spread over files, comments, the order of keys
and of entries whose order means nothing (teams, metrics, objectives, detectors, sources) are no
part of it. The order of rules decides which rule places, and the order of journeys, stages and
touchpoints is how people read the map, so they are.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from service.framework.models import Framework
from service.framework.places import journey_of
from service.routing import RuleSpec

DIGEST_BYTES: Final = 16

_ORDERED: Final = ("journeys", "rules")
_KEYS: Final[Mapping[str, tuple[str, str]]] = {
    "teams": ("team", "id"),
    "journeys": ("journey", "id"),
    "metrics": ("metric", "id"),
    "objectives": ("objective", "metric"),
    "rules": ("rule", "id"),
    "detectors": ("detector", "id"),
    "sources": ("source", "id"),
}
_NESTED: Final[Mapping[str, str]] = {"stages": "stage", "touchpoints": "touchpoint"}

Entry: TypeAlias = Mapping[str, Any]


class Change(NamedTuple):
    """One difference. `path` says what it is about, `text` is a sentence for people."""

    kind: Literal["added", "removed", "changed"]
    path: str
    text: str


def digest(framework: Framework) -> bytes:
    """Hash of what the framework says, `DIGEST_BYTES` long, equal in every process."""
    said = json.dumps(_said(framework), sort_keys=True, separators=(",", ":")).encode()
    return hashlib.blake2b(said, digest_size=DIGEST_BYTES).digest()


def changes(old: Framework | None, new: Framework) -> tuple[Change, ...]:
    """What is different in `new`: nothing exactly when the digests are equal.

    Without an old framework, each of its parts was added.
    """
    before = _said(old) if old else {}
    after = _said(new)
    return tuple(_framework_changes(before, after))


def rule_specs(framework: Framework) -> tuple[RuleSpec, ...]:
    """The rules as the router takes them, in the order in which they are tried."""
    return tuple(
        RuleSpec(rule.id, journey_of(rule.place), rule.place, rule.when, rule.also)
        for rule in framework.rules
    )


def _said(framework: Framework) -> dict[str, Any]:
    said = framework.model_dump(mode="json")
    for name, (_, key) in _KEYS.items():
        if name not in _ORDERED:
            said[name].sort(key=lambda entry, key=key: entry[key])
    for journey in said["journeys"]:
        journey["linked"].sort()
        for stage in journey["stages"]:
            stage["contributing"].sort()
    return said


def _framework_changes(before: Entry, after: Entry) -> Iterator[Change]:
    for name in after:
        if name in _KEYS:
            noun, key = _KEYS[name]
            yield from _list_changes(noun, key, "", before.get(name, []), after[name])
        elif before and before[name] != after[name]:
            yield _changed(name, name, before[name], after[name])


def _list_changes(
    noun: str, key: str, top: str, before: Sequence[Entry], after: Sequence[Entry]
) -> Iterator[Change]:
    """Changes of the entries of a list, each known by its `key`."""
    old = {entry[key]: entry for entry in before}
    new = {entry[key]: entry for entry in after}
    for name in (name for name in old if name not in new):
        path = f"{noun} {top}{name}"
        yield Change("removed", path, f"{path} removed{_title(old[name])}")
    for name, entry in new.items():
        path = f"{noun} {top}{name}"
        if name in old:
            yield from _entry_changes(noun, f"{top}{name}", old[name], entry)
        else:
            yield Change("added", path, f"{path} added{_title(entry)}")
    if [name for name in old if name in new] != [name for name in new if name in old]:
        path = f"{noun}s of {top[:-1]}" if top else f"{noun}s"
        yield Change("changed", path, f"{path}: in another order")


def _entry_changes(noun: str, path: str, before: Entry, after: Entry) -> Iterator[Change]:
    for field in sorted({*before, *after}):
        one, other = before.get(field), after.get(field)
        if field in _NESTED and noun in ("journey", "stage"):
            yield from _list_changes(_NESTED[field], "id", f"{path}/", one or [], other or [])
        elif one != other:
            yield _changed(f"{noun} {path}", field, one, other)


def _changed(path: str, field: str, before: object, after: object) -> Change:
    subject = path if path == field else f"{path}: {field}"
    now, then = _shown(after), _shown(before)
    if now == then:
        return Change("changed", path, f"{subject} is laid out in another way")
    return Change("changed", path, f"{subject} is {now}, was {then}")


def _shown(value: object) -> str:
    if value is None or value in ("", [], {}):
        return "not set"
    if isinstance(value, str):
        return " ".join(value.split())
    return json.dumps(value, ensure_ascii=False)


def _title(entry: Entry) -> str:
    return f' ("{entry["title"]}")' if "title" in entry else ""
