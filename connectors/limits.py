"""What holds for every item, whichever connector made it: `checked`.

Kinds are of the catalogue, ids and identifiers are 1 to 512 characters, attributes at most 64,
scores within their scale, whole numbers fit 64 bits. What is stored or compared as text (ids,
kinds, tags, attributes) has no NUL, which PostgreSQL's text cannot hold; title and text, which
lie in a document of bytes, may have one.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from connectors.refusal import Refused, plain
from service.event import (
    KINDS,
    AttributeValue,
    Event,
    Fact,
    Identifier,
    Item,
    Retraction,
    Score,
    known_kind,
)

ID_CHARACTERS: Final = 512
ATTRIBUTES: Final = 64
_INT64_LOW: Final = -(2**63)
_INT64_HIGH: Final = 2**63 - 1

SCORED_KINDS: Final = frozenset(
    {"feedback.nps", "feedback.csat", "feedback.ces", "feedback.rating"}
)
"""Kinds that are nothing without a score."""


def checked(item: Item) -> Item:
    """`item` itself. Raises `Refused`, naming the field, where it is beyond a limit."""
    if isinstance(item, Event):
        _check_event(item)
    elif isinstance(item, Retraction):
        _check_text(item.id, "id")
        _check_fact(item.fact)
    return item


def _check_event(event: Event) -> None:
    if event.kind not in KINDS:
        _check_private_kind(event.kind)
    _check_text(event.id, "id")
    if event.fact is not None:
        _check_fact(event.fact)
    _check_identifier(event.subject)
    for identifier in event.identifiers:
        _check_identifier(identifier)
    for link in event.links:
        # Most links are between these, which are checked already.
        if link.one is not event.subject:
            _check_identifier(link.one)
        if link.other not in event.identifiers:
            _check_identifier(link.other)
    if event.attributes:
        _check_attributes(event.attributes)
    _check_score(event.kind, event.score)
    states = (event.kind, event.channel, event.language, event.status, event.previous_status)
    if "\0" in "".join((*states, *event.tags)):
        raise _nul()


def _check_private_kind(kind: str) -> None:
    if not known_kind(kind):
        near = get_close_matches(kind[:100], KINDS, n=1, cutoff=0.5)
        hint = f"the nearest is `{near[0]}`" if near else "a private kind begins with `x.`"
        raise Refused("unknown_kind", f"kind {plain(kind)} is not in the catalogue; {hint}")
    _check_text(kind, "kind")


def _check_text(value: str, field: str) -> None:
    if not 0 < len(value) <= ID_CHARACTERS:
        limits = f"must have 1 to {ID_CHARACTERS}"
        raise Refused("bad_id", f"{field} has {len(value)} characters, {limits}")
    if "\0" in value:
        raise _nul()


def _nul() -> Refused:
    return Refused("nul_character", "an id, kind, tag or attribute contains a NUL character")


def _check_identifier(identifier: Identifier) -> None:
    namespace, value = identifier.namespace, identifier.value
    if not (0 < len(namespace) <= ID_CHARACTERS and 0 < len(value) <= ID_CHARACTERS):
        _check_text(namespace, "namespace of an identifier")
        _check_text(value, "value of an identifier")
    if "\0" in namespace or "\0" in value:
        raise _nul()


def _check_fact(fact: Fact) -> None:
    _check_text(fact.id, "fact id")
    _check_int64(fact.version, "fact version")


def _check_int64(value: int, field: str) -> None:
    if not _INT64_LOW <= value <= _INT64_HIGH:
        raise Refused("number_out_of_range", f"{field} does not fit 64 bits")


def _check_attributes(attributes: Mapping[str, AttributeValue]) -> None:
    if len(attributes) > ATTRIBUTES:
        count = len(attributes)
        raise Refused("too_many_attributes", f"{count} attributes, at most {ATTRIBUTES} are kept")
    for name, value in attributes.items():
        if not 0 < len(name) <= ID_CHARACTERS or "\0" in name:
            _check_text(name, "name of an attribute")
        if type(value) is str:
            if "\0" in value:
                raise _nul()
        elif type(value) is int:
            _check_int64(value, "a whole number in the attributes")


def _check_score(kind: str, score: Score | None) -> None:
    if score is None:
        if kind in SCORED_KINDS:
            raise Refused("missing_field", f"`score` is missing, and {kind} is nothing without")
    elif score.low >= score.high or score.best not in (score.low, score.high):
        raise Refused("bad_scale", "a scale runs from `low` up to `high`; `best` is one of them")
    elif not score.low <= score.value <= score.high:
        raise Refused("out_of_scale", "the score is outside its scale")
    elif kind == "feedback.nps" and (score.low, score.high) != (0, 10):
        raise Refused("bad_scale", "feedback.nps is asked on a scale of 0 to 10")
