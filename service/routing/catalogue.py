"""What a condition sees of an event: the fields behind `event.`, their types, how they are read.

Absent text is empty and absent lists are empty; other absent fields are errors that `has()`
avoids. `has()` of text or a list says whether it is not empty.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final, NamedTuple

from service.canonical import CanonicalEvent
from service.event import Money, Score
from service.routing.types import DOUBLE, DYN, STRING, TIMESTAMP, Type, list_of, map_of
from service.routing.values import NoValueError, Timestamp, timestamp_of


class Field(NamedTuple):
    """One field. `read` gives its value or raises NoValueError; `present` never does."""

    type: Type
    read: Callable[[CanonicalEvent], Any]
    present: Callable[[CanonicalEvent], bool]


def _plain(kind: Type, path: str) -> Field:
    read = attrgetter(path)
    return Field(kind, read, lambda event: bool(read(event)))


def _of_score(name: str) -> Field:
    read = attrgetter(name)

    def value(event: CanonicalEvent) -> float:
        return float(read(_score(event)))

    return Field(DOUBLE, value, lambda event: event.score is not None)


def _score(event: CanonicalEvent) -> Score:
    if event.score is None:
        raise NoValueError("the event has no score")
    return event.score


def _amount(event: CanonicalEvent) -> float:
    money: Money | None = event.money
    if money is None:
        raise NoValueError("the event has no amount")
    try:
        return float(money.minor / 10**money.exponent)
    except OverflowError:
        raise NoValueError("the amount is too large") from None


def _currency(event: CanonicalEvent) -> str:
    return event.money.currency if event.money else ""


def _occurred_at(event: CanonicalEvent) -> Timestamp:
    return timestamp_of(event.occurred_at_us * 1_000)


FIELDS: Final[dict[str, Field]] = {
    "kind": _plain(STRING, "kind"),
    "id": _plain(STRING, "id"),
    "system": _plain(STRING, "system"),
    "subject_namespace": _plain(STRING, "subject.namespace"),
    "occurred_at": Field(TIMESTAMP, _occurred_at, lambda _: True),
    "title": _plain(STRING, "title"),
    "text": _plain(STRING, "text"),
    "channel": _plain(STRING, "channel"),
    "language": _plain(STRING, "language"),
    "status": _plain(STRING, "status"),
    "previous_status": _plain(STRING, "previous_status"),
    "tags": _plain(list_of(STRING), "tags"),
    "score": _of_score("value"),
    "score_low": _of_score("low"),
    "score_high": _of_score("high"),
    "score_best": _of_score("best"),
    "amount": Field(DOUBLE, _amount, lambda event: event.money is not None),
    "currency": Field(STRING, _currency, lambda event: event.money is not None),
    "attributes": _plain(map_of(STRING, DYN), "attributes"),
}
"""By the name behind `event.`."""
