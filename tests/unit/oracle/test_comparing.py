"""The comparison sees every kind of difference, and none where there is none."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.support.comparing.stored import (
    LogRow,
    Stored,
    StoredEvent,
    StoredHistory,
    StoredIdentifier,
    StoredLink,
)
from tests.support.comparing.tables import as_stored, differences
from tests.support.oracle.shop import SURVEY, revisions
from tests.support.oracle.tables import BucketRow, Tables, work_out
from tests.support.truth import Broken, Delivery, Place, Stated, Unwanted, Withdrawn, linked

HOUR = 3_600_000_000
KEY = bytes.fromhex("00ff")
ANNA = ("email", "anna@mail.example")
CONTENT = {"text": "Where is my parcel?", "tags": ("vip",)}
PHONE, PHONE_KEY = ("phone", "+4930"), bytes.fromhex("0100")
CONTACT = Stated(
    "crm", "c", "c", 0, "support.contact", HOUR, ANNA, CONTENT, (PHONE,), linked(ANNA, PHONE)
)


def delivery(offset: int, *meanings: Any) -> Delivery:
    return Delivery(offset, "t", 0, offset, None, (("h", b"\xff"),), b"bytes", meanings)


READ = (
    delivery(1, CONTACT, Unwanted()),
    delivery(2, Broken("empty")),
    delivery(3, CONTACT._replace(content={"text": "Something else"})),
    delivery(4, CONTACT),
    delivery(5, Withdrawn("crm", "gone", 2)),
)


@pytest.fixture
def expected() -> Tables:
    return work_out(READ, revisions({1: {}}), lambda _, statements: statements[0])


@pytest.fixture
def stored(expected: Tables) -> Stored:
    """What a service that does everything right would hold."""
    document = {
        "system": "crm", "id": "c", "fact_id": "c", "kind": "support.contact",
        "subject": {"namespace": "email", "key": KEY.hex()}, "text": CONTENT["text"],
        "tags": ["vip"],
    }  # fmt: skip
    row = expected.events["crm", "c"]
    event = StoredEvent(row.place, 1, row.kind, HOUR, KEY, document, row.placements)
    conflict = expected.conflicts[0][0]
    return Stored(
        events={("crm", "c"): event},
        repeated_facts=[],
        versions={("crm", "c"): 0},
        withdrawn=Counter({2: 1}),
        marked=[],
        postponed=0,
        sources={("t", "crm")},
        histories=[StoredHistory(KEY, HOUR, "crm", "c", "support.contact")],
        identifiers=[
            StoredIdentifier(KEY, *ANNA), StoredIdentifier(PHONE_KEY, *PHONE),
        ],
        links=[StoredLink(KEY, PHONE_KEY, "strong")],
        buckets=dict(expected.buckets),
        dead_letters={**expected.dead_letters, conflict.place: conflict},
        log=[LogRow("t", 0, 1, 3, 2, 3, 1, 0, 0, 1, 1), LogRow("t", 0, 3, 6, 3, 3, 1, 1, 0, 0, 1)],
        ledger={("t", 0): (1, 6)},
        revisions={1: {}},
        journal=[],
        checks=[],
        opportunities=[],
        milestones=[],
        signals=[],
    )  # fmt: skip


def test_equal_tables_have_no_difference(expected: Tables, stored: Stored) -> None:
    assert differences(expected, stored) == []


def other_event(stored: Stored, **changes: Any) -> Stored:
    event = stored.events["crm", "c"]._replace(**changes)
    return replace(stored, events={("crm", "c"): event})


def other_document(stored: Stored, **changes: Any) -> Stored:
    document = {**stored.events["crm", "c"].document, **changes}
    return other_event(stored, document=document)


def other_identifier(stored: Stored, **changes: Any) -> Stored:
    anna, phone = stored.identifiers
    return replace(stored, identifiers=[anna, phone._replace(**changes)])


def other_bucket(stored: Stored) -> Stored:
    name = next(iter(stored.buckets))
    return replace(stored, buckets={**stored.buckets, name: BucketRow(1, 0, 0, 0, 1)})


def other_dead_letter(stored: Stored) -> Stored:
    rows = {p: row._replace(value=b"byteS") for p, row in stored.dead_letters.items()}
    return replace(stored, dead_letters=rows)


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda s: replace(s, events={}), "event"),
        (lambda s: replace(s, events={**s.events, ("crm", "z"): s.events["crm", "c"]}), "event"),
        (lambda s: replace(s, repeated_facts=[("crm", "c")]), "event twice"),
        (lambda s: other_event(s, placements=frozenset({(SURVEY, "delivery-survey")})), "event"),
        (lambda s: other_event(s, place=Place(4, "t", 0, 4, 0)), "event"),
        (lambda s: other_event(s, occurred_at_us=0), "event"),
        (lambda s: other_event(s, revision=2), "event"),
        (lambda s: other_event(s, customer=b"\x01"), "event"),
        (lambda s: other_document(s, text="Something else"), "event"),
        (lambda s: other_document(s, tags=[]), "event"),
        (lambda s: replace(s, versions={("crm", "c"): 1}), "fact"),
        (lambda s: replace(s, versions={}), "fact"),
        (lambda s: replace(s, withdrawn=Counter()), "fact"),
        (lambda s: replace(s, withdrawn=Counter({3: 1})), "fact"),
        (lambda s: replace(s, marked=[(SURVEY, Place(1, "t", 0, 1, 0))]), "mark"),
        (lambda s: replace(s, postponed=1), "postponed"),
        (lambda s: replace(s, sources={("t", "crm"), ("t", "shop")}), "source"),
        (lambda s: replace(s, sources={("t", "crm"), ("u", "crm")}), "source"),
        (lambda s: replace(s, histories=[]), "history"),
        (lambda s: replace(s, histories=s.histories * 2), "history"),
        (lambda s: replace(s, identifiers=s.identifiers[:1]), "identifier"),
        (lambda s: replace(s, identifiers=[*s.identifiers, s.identifiers[0]]), "identifier"),
        (lambda s: other_identifier(s, value=None), "identifier"),
        (lambda s: other_identifier(s, key=KEY), "customer"),
        (lambda s: replace(s, links=[]), "link"),
        (lambda s: replace(s, links=[s.links[0]._replace(other=KEY)]), "link"),
        (lambda s: replace(s, links=[s.links[0]._replace(strength="weak")]), "link"),
        (lambda s: replace(s, buckets={}), "bucket"),
        (other_bucket, "bucket"),
        (lambda s: replace(s, dead_letters={}), "dead letter"),
        (other_dead_letter, "dead letter"),
        (lambda s: replace(s, log=s.log[:1]), "log"),
        (lambda s: replace(s, log=[s.log[0], s.log[1]._replace(first_offset=4)]), "log"),
        (lambda s: replace(s, log=[s.log[0], s.log[1]._replace(events=2)]), "log"),
    ],
)
def test_a_difference_is_seen(
    expected: Tables, stored: Stored, spoil: Callable[[Stored], Stored], kind: str
) -> None:
    assert kind in {line.partition(":")[0] for line in differences(expected, spoil(stored))}


def test_where_versions_tie_the_stored_content_is_chosen(stored: Stored) -> None:
    other = CONTACT._replace(content={"text": "Something else"})
    choose = as_stored(stored)
    assert choose(("crm", "c"), [other, CONTACT]) == CONTACT
    assert choose(("crm", "c"), [CONTACT, other]) == CONTACT
