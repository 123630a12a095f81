"""`mapping`: what a source says of a payload is what becomes of it, or it is refused."""

from typing import Any

import pytest

from connectors.mapping.connector import NO_ENTRY
from service.event import (
    Event,
    Fact,
    Failed,
    Identifier,
    Ignored,
    Item,
    Link,
    Money,
    Retraction,
    Score,
)
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.mapping import WHOLE, described, parcel

CUSTOMER = Identifier("customer", "77")
EMAIL = Identifier("email", "ann@mail.example")
ORDER = Identifier("order", "P-1")
AT_US = 1_746_729_000_000_000


def items(payload: dict[str, Any], **fields: Any) -> list[Item]:
    return convert("mapping", payload, options=described(**fields))


def event(payload: dict[str, Any] | None = None, **fields: Any) -> Event:
    return only_event(items(payload or parcel(), **fields))


def failure(payload: dict[str, Any], **fields: Any) -> tuple[str, str]:
    (item,) = items(payload, **fields)
    assert isinstance(item, Failed), item
    return item.reason, item.detail


def test_one_payload_gives_an_event_by_each_entry_and_for_each_item() -> None:
    assert convert("mapping", parcel(), options=WHOLE) == [
        Event(
            id="P-1:DELIVERED",
            kind="sales.order.delivered",
            occurred_at_us=AT_US,
            subject=CUSTOMER,
            identifiers=(EMAIL, ORDER),
            links=(Link(CUSTOMER, EMAIL), Link(CUSTOMER, ORDER, "weak")),
            fact=Fact("P-1", 3),
            money=Money(4990, "EUR", 2),
            channel="warehouse",
            tags=("stars", "words"),
            attributes={"carrier": "NordPost"},
        ),
        Event(
            id="P-1:1",
            kind="feedback.csat",
            occurred_at_us=AT_US,
            subject=CUSTOMER,
            score=Score(4, 1, 5, 5),
        ),
    ]


def test_what_no_entry_is_about_is_ignored() -> None:
    assert items(parcel(), when='payload.state == "LOST"') == [NO_ENTRY]
    assert items(parcel(state=None), when='payload.state == "LOST"') == [NO_ENTRY]


def test_an_item_that_cannot_be_read_fails_alone() -> None:
    payload = parcel(answers=[{"n": 1}, {"n": "x", "question": "stars"}, {"n": 3}])
    fields = {"each": "payload.answers", "id": "payload.parcel + string(each.n + 0)"}
    first, second, third = items(payload, **fields)
    assert isinstance(first, Event)
    assert isinstance(third, Event)
    assert second == Failed(
        "bad_expression",
        "`id`: + does not work on text and a whole number; string(...) makes text of a number",
    )


@pytest.mark.parametrize(
    ("time", "value", "time_us"),
    [
        ("payload.at", "2025-05-08T20:30:00.123456789+02:00", AT_US + 123_456),
        ({"at": "payload.at", "format": "epoch_s"}, 1_746_729_000, AT_US),
        ({"at": "payload.at", "format": "epoch_s"}, "1746729000", AT_US),
        ({"at": "payload.at", "format": "epoch_ms"}, 1_746_729_000_001, AT_US + 1_000),
        ({"at": "payload.at", "format": "epoch_us"}, 1_746_729_000_000_001, AT_US + 1),
        ({"at": "payload.at", "zone": "Europe/Berlin"}, "2025-05-08 20:30:00", AT_US),
        (
            {"at": "payload.at", "format": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin"},
            "08.05.2025 20:30",
            AT_US,
        ),
        ("record.time", None, 1_767_225_600_000_000),
        ("timestamp(payload.at)", 1_746_729_000, AT_US),
    ],
)
def test_times_of_all_sorts(time: object, value: object, time_us: int) -> None:
    assert event(parcel(at=value), time=time).occurred_at_us == time_us


@pytest.mark.parametrize(
    ("time", "value"),
    [
        ("payload.at", "2025-05-08T18:30:00"),
        ("payload.at", 1_746_729_000),
        ({"at": "payload.at", "format": "%d.%m.%Y"}, "08.05.2025"),
        ({"at": "payload.at", "format": "%d.%m.%Y", "zone": "UTC"}, "2025-05-08"),
        ({"at": "payload.at", "format": "epoch_ms"}, [1]),
        ({"at": "payload.at", "format": "epoch_ms"}, "soon"),
    ],
)
def test_a_time_is_never_guessed(time: object, value: object) -> None:
    assert failure(parcel(at=value), time=time)[0] == "bad_time"


@pytest.mark.parametrize(
    ("value", "remedy"),
    [
        ("2025-05-08T18:30:00", "`time` has no zone: say with `zone` which is meant"),
        (1_746_729_000, "`time` is a number: say by its `format` what it counts"),
    ],
)
def test_a_time_that_cannot_be_read_says_which_key_is_missing(value: object, remedy: str) -> None:
    assert remedy in failure(parcel(at=value), time="payload.at")[1]


def test_what_is_missing_is_named() -> None:
    _, detail = failure(parcel(customer={}), id="payload.parcel")
    assert detail == "`subject`: the payload does not have it: there is no number"


def test_a_score_may_have_its_scale_in_the_payload() -> None:
    score = {"value": "payload.stars", "low": "payload.from", "high": "payload.to", "best": "low"}
    payload = parcel(stars="2", **{"from": 1, "to": 6})
    assert event(payload, kind="feedback.ces", score=score).score == Score(2, 1, 6, 1)
    payload = parcel(stars=7, **{"from": 1, "to": 6})
    assert failure(payload, kind="feedback.ces", score=score)[0] == "out_of_scale"


@pytest.mark.parametrize(
    ("money", "expected"),
    [
        ({"amount": "payload.total", "currency": "payload.cur"}, Money(4990, "SEK")),
        ({"minor": "payload.cents", "currency": "EUR"}, Money(4990, "EUR")),
        ({"minor": "payload.cents", "currency": "JPY"}, Money(4990, "JPY", 0)),
        ({"amount": "payload.nothing", "currency": "EUR"}, None),
    ],
)
def test_money_is_exact(money: dict[str, str], expected: Money | None) -> None:
    assert event(parcel(cents=4990, cur="sek"), money=money).money == expected


def test_a_newer_version_is_a_number_or_a_time_and_can_take_back() -> None:
    fact = {"id": "payload.parcel", "version": "payload.at"}
    assert event(fact=fact).fact == Fact("P-1", AT_US)
    (item,) = items(parcel(gone=True), fact=fact, retract="payload.gone")
    assert item == Retraction(id="P-1", fact=Fact("P-1", AT_US), occurred_at_us=AT_US)


def test_a_deleted_row_is_no_event_unless_an_entry_is_about_deletions() -> None:
    change = {"before": parcel(), "after": None, "op": "d", "source": {}}
    assert items(change) == [NO_ENTRY]
    fact = {"id": "payload.parcel", "version": "payload.version"}
    (gone,) = items(change, fact=fact, retract="true")
    assert isinstance(gone, Retraction)
    deletion = event(change, when='headers.debezium_op == "d"', kind="x.parcel.gone")
    assert deletion.kind == "x.parcel.gone"


def test_key_headers_and_topic_can_be_asked_for() -> None:
    fields = {"id": 'headers["x-id"]', "tags": "[record.topic]", "status": "headers.ce_type"}
    headers = {"X-Id": "7", "ce_type": "made"}
    (item,) = convert("mapping", parcel(), headers, described(**fields))
    assert isinstance(item, Event)
    assert (item.id, item.tags, item.status) == ("7", ("a-topic",), "made")


def test_several_identifiers_may_have_one_namespace() -> None:
    identifiers = {"order": "payload.answers.map(a, a.n)"}
    assert event(identifiers=identifiers).identifiers == (
        Identifier("order", "1"),
        Identifier("order", "2"),
    )


def test_a_type_that_is_not_listed_fails_until_the_source_leaves_it_out() -> None:
    kind = {"of": "payload.state", "is": {"LOST": "x.lost"}}
    assert failure(parcel(), kind=kind)[0] == "unknown_type"
    options = described(kind=kind) | {"ignore": ["DELIVERED"]}
    (item,) = convert("mapping", parcel(), options=options)
    assert isinstance(item, Ignored)


@pytest.mark.parametrize(
    ("reason", "fields"),
    [
        ("missing_field", {"id": "payload.nothing"}),
        ("missing_field", {"subject": {"user": "payload.customer.phone"}}),
        ("wrong_type", {"subject": {"user": "payload.customer"}}),
        ("wrong_type", {"each": "payload.customer"}),
        ("wrong_type", {"attributes": {"a": "payload.answers"}}),
        ("wrong_type", {"text": "payload.answers"}),
        ("wrong_type", {"score": {"value": "payload.state", "scale": "1-5"}}),
        ("bad_expression", {"when": "payload.state"}),
        ("bad_expression", {"text": "payload.state.name"}),
        ("bad_expression", {"text": "payload.state + 1"}),
        ("bad_money", {"money": {"amount": "payload.answers", "currency": "EUR"}}),
        ("bad_money", {"money": {"minor": "payload.total", "currency": "EUR"}}),
    ],
)
def test_what_does_not_fit_names_its_field(reason: str, fields: dict[str, Any]) -> None:
    found, detail = failure(parcel(), **fields)
    assert found == reason
    assert next(iter(fields)) in detail or "user" in detail
