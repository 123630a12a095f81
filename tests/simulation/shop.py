"""The small shop of the simulation: two revisions of a framework, what may be said, and the truth.

`Message` is what a step of a story says in plain JSON; `written` makes the record's bytes of it
and `meant` what must come of them. `Truth` restates both revisions by hand for the oracle.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import replace as with_other
from typing import Any, NamedTuple, TypeAlias

from hypothesis import strategies as st

from service.history.needs import HistoryNeeds
from service.ingest.preparing.revision import Revision
from tests.support.ingesting import DAY_US, START_US, revision
from tests.support.oracle.tables import Adds, Count, Placement
from tests.support.small_shop import (
    ASKED,
    CONTACT,
    FRAMEWORK,
    HUNDREDTH,
    ORDER,
    ORDERED,
    RATED,
    RATING,
    THIRD,
    iso,
)
from tests.support.truth import Broken, Meaning, Stated, Subject, Withdrawn, linked

SYSTEM = "crm"
TOPICS = ("one", "two")
KINDS = (ORDER, CONTACT, RATING)

AT_FIRST = FRAMEWORK.replace("== 100", "== 2").replace("days(30)) == 3", "days(10)) == 2")
LOYAL_RULE = """\
- id: loyal
  when: event.kind == "feedback.csat" && history.count("sales.order.placed", days(5)) >= 1
  place: shop/ask/third
  also: true
"""
LATER = (
    AT_FIRST.replace(
        "- {id: contact, when: event.kind", "- {id: contact, when: false && event.kind"
    )
    .replace("\ndetectors:", f"\n{LOYAL_RULE}detectors:")
    .replace("decimals: 2", "decimals: 1")
)
"""Places no contact where it was, counts orders at ratings, and money in other units."""

COMPILED = {"first": revision(AT_FIRST), "later": revision(LATER)}


def compiled(name: str, number: int) -> Revision:
    """One of the two under a number of its own."""
    return with_other(COMPILED[name], id=number)


def needs_of(revision: Revision) -> HistoryNeeds:
    router = revision.router
    return HistoryNeeds(router.asked, router.askers, router.widest_bounded_us)


class Message(NamedTuple):
    """`version` 0 is a fact that is never restated; `content` tells two statements apart."""

    what: str
    fact: str
    version: int
    customer: str
    day: int
    content: int
    known_as: str

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Message":
        return cls(**told)


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    """Facts `u` are never restated, facts `v` are; few of each, so that they meet."""
    fact = draw(st.sampled_from(["u1", "u2", "u3", "v1", "v2", "v3"]))
    version = 0 if fact.startswith("u") else draw(st.sampled_from([1, 2, -3]))
    whats = [*KINDS, *KINDS, "broken"] if version == 0 else [*KINDS, *KINDS, "gone"]
    return Message(
        what=draw(st.sampled_from(whats)),
        fact=fact,
        version=version,
        customer=draw(st.sampled_from(["jo", "jo", "al"])),
        day=draw(st.sampled_from([0, 1, 2, 3, 5, 8, 10, 13, 20])),
        content=draw(st.integers(1, 5)),
        known_as=draw(st.sampled_from(["", "", "weak", "strong"])),
    )._asdict()


def written(message: Message) -> bytes:
    """The value of its record."""
    if message.what == "broken":
        return f'{{"id": "{message.content}'.encode()
    at_us = START_US + message.day * DAY_US
    said: dict[str, Any] = {"id": message.fact, "occurred_at": iso(at_us)}
    if message.version:
        said["fact"] = {"id": message.fact, "version": message.version}
    if message.what == "gone":
        return json.dumps({**said, "retracted": True}).encode()
    subject = {"namespace": "user", "value": message.customer}
    said |= {"kind": message.what, "subject": subject}
    if message.what == RATING:
        said["score"] = {"value": message.content, "low": 1, "high": 5, "best": 5}
    else:
        said["money"] = {"amount": f"{message.content}.05", "currency": "EUR"}
    if message.known_as:
        mail = {"namespace": "email", "value": f"{message.customer}@shop.example"}
        link = {"one": subject, "other": mail, "strength": message.known_as}
        said |= {"identifiers": [mail], "links": [link]}
    return json.dumps(said).encode()


def meant(message: Message) -> Meaning:
    """What must come of it."""
    if message.what == "broken":
        return Broken("invalid_json")
    if message.what == "gone":
        return Withdrawn(SYSTEM, message.fact, message.version)
    subject: Subject = ("crm:user", message.customer)
    others: tuple[Subject, ...] = ()
    if message.known_as:
        others = (("email", f"{message.customer}@shop.example"),)
    content: dict[str, Any] = {"money": (message.content * 100 + 5, "EUR", 2)}
    if message.what == RATING:
        content = {"score": (message.content, 1, 5, 5)}
    return Stated(
        SYSTEM, message.fact, message.fact, message.version, message.what,
        START_US + message.day * DAY_US, subject, content, others,
        linked(subject, *others, strong=message.known_as == "strong"),
    )  # fmt: skip


Numbers: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True)
class Truth:
    """`tests.support.oracle.Shop` for one of the two revisions."""

    later: bool
    hashed_systems: frozenset[str] = frozenset()
    watched: frozenset[str] = frozenset({HUNDREDTH})

    @property
    def kept_kinds(self) -> frozenset[str]:
        return frozenset({ORDER, CONTACT, RATING} if self.later else {ORDER, CONTACT})

    def place(self, event: Stated, count: Count) -> frozenset[Placement]:
        return frozenset(self._placements(event, count))

    def _placements(self, event: Stated, count: Count) -> Iterator[Placement]:
        if event.kind == ORDER:
            second = count(ORDER) == 2
            yield (HUNDREDTH, "hundredth") if second else (ORDERED, "order")
        elif event.kind == RATING:
            yield RATED, "rating"
            if self.later and count(ORDER, 5 * DAY_US) >= 1:
                yield THIRD, "loyal"
        else:
            if not self.later:
                yield ASKED, "contact"
            if count(CONTACT, 10 * DAY_US) == 2:
                yield THIRD, "third"

    def adds(self, event: Stated, placements: frozenset[Placement]) -> Iterator[Adds]:
        for touchpoint, _ in placements:
            for metric, numbers in self._measures(event, touchpoint):
                for scope in (touchpoint, touchpoint.rsplit("/", 1)[0]):
                    for segment in ("", "country=unknown"):
                        yield Adds(metric, scope, segment, *numbers)

    def _measures(self, event: Stated, touchpoint: str) -> Iterator[tuple[str, Numbers]]:
        if event.kind == ORDER:
            minor = event.content["money"][0]
            yield "money", (1, 0, 0, _to_even(minor) if self.later else minor)
            if touchpoint == HUNDREDTH:
                yield "hundredths", (1, 0, 0, 0)
        elif event.kind == RATING and touchpoint == RATED:
            value = event.content["score"][0]
            yield "happy", (1, int(value >= 4), 0, value)
        elif event.kind == CONTACT:
            yield "contacts" if touchpoint == ASKED else "thirds", (1, 0, 0, 0)


def _to_even(minor: int) -> int:
    """Cents that end in 5 as tenths, halves to the even one."""
    tenths = minor // 10
    return tenths + tenths % 2
