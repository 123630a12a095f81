"""`canonical`: what is already in our form is read strictly."""

import json
from typing import Any

import pytest

from connectors.canonical import CANONICAL
from service.event import (
    Event,
    Fact,
    Failed,
    Identifier,
    Ignored,
    Link,
    Money,
    Retraction,
    Score,
)
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.canonical import written

USER = Identifier("user", "9")
EMAIL = Identifier("email", "jo@shop.example")


def test_an_event_with_every_field_comes_through_as_it_is_written() -> None:
    assert convert("canonical", written()) == [
        Event(
            id="e-1",
            kind="feedback.csat",
            occurred_at_us=1_740_823_200_500_000,
            subject=USER,
            identifiers=(EMAIL,),
            links=(Link(USER, EMAIL, "weak"),),
            fact=Fact("answer-1", 3),
            title="How was it?",
            text="Slow, but friendly.",
            channel="web",
            language="en",
            tags=("delivery", "late"),
            score=Score(2, 1, 5, 5),
            money=Money(1250, "EUR", 2),
            status="sent",
            previous_status="open",
            attributes={"country": "DE", "parcels": 2, "weight": 1.5, "gift": True},
        )
    ]


def test_four_fields_are_enough() -> None:
    whole = written()
    least = {name: whole[name] for name in ("id", "occurred_at", "subject")}
    event = only_event(convert("canonical", least | {"kind": "x.wish"}))
    assert event == Event(
        id="e-1", kind="x.wish", occurred_at_us=1_740_823_200_500_000, subject=USER
    )


def test_defaults_may_be_written_out() -> None:
    whole = written(text="", tags=[], links=[], money=None, retracted=False)
    event = only_event(convert("canonical", whole))
    assert (event.text, event.tags, event.links, event.money) == ("", (), (), None)


def test_a_retraction_takes_back_a_fact() -> None:
    payload = {
        "id": "r-1",
        "occurred_at": "2025-03-01T10:00:00Z",
        "fact": {"id": "answer-1", "version": 4},
        "retracted": True,
    }
    assert convert("canonical", payload) == [
        Retraction(id="r-1", fact=Fact("answer-1", 4), occurred_at_us=1_740_823_200_000_000)
    ]


def test_a_retraction_may_name_kind_and_subject_of_what_it_takes_back() -> None:
    payload = {
        name: written()[name] for name in ("id", "kind", "occurred_at", "subject", "fact")
    } | {"retracted": True}
    (item,) = convert("canonical", payload)
    assert isinstance(item, Retraction)


def test_the_source_can_leave_kinds_out() -> None:
    items = convert("canonical", written(), options={"ignore": ["feedback.csat"]})
    assert items == [Ignored("left out by `ignore` of the source")]


def test_free_text_may_contain_a_nul() -> None:
    event = only_event(convert("canonical", written(text="a\0b", title="\0")))
    assert (event.text, event.title) == ("a\0b", "\0")


@pytest.mark.parametrize(
    ("amount", "minor"), [("12.5", 1250), ("-3", -300), (7, 700), (0.1, 10), ("12.500", 1250)]
)
def test_amounts_are_exact(amount: object, minor: int) -> None:
    event = only_event(convert("canonical", written(money={"amount": amount, "currency": "EUR"})))
    assert event.money == Money(minor, "EUR", 2)


NPS = {"value": 5, "low": 1, "high": 10, "best": 10}

FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("unknown_field", {"scroe": 4}, "`scroe`"),
    ("unknown_field", {"subject": {"namespace": "a", "value": "b", "kind": "c"}}, "subject"),
    ("unknown_field", {"retracted": True}, "no content"),
    ("unknown_kind", {"kind": "support.contcat"}, "`support.contact`"),
    ("unknown_kind", {"kind": "zzz"}, "begins with `x.`"),
    ("unknown_kind", {"kind": "x."}, "`x.`"),
    ("missing_field", {"kind": ""}, "`kind`"),
    ("missing_field", {"subject": None}, "`subject`"),
    ("missing_field", {"score": None}, "`score`"),
    ("wrong_type", {"id": 7}, "`id` must be str"),
    ("wrong_type", {"tags": "late"}, "`tags`"),
    ("wrong_type", {"score": {"value": "2", "low": 1, "high": 5, "best": 5}}, "`score.value`"),
    ("wrong_type", {"attributes": {"a": None}}, "`attributes[...]`"),
    ("wrong_type", {"attributes": {"a": [1]}}, "`attributes[...]`"),
    ("missing_field", {"links": [{"one": {}, "other": {}}]}, "`links[0].one.namespace`"),
    ("bad_id", {"id": ""}, "id has 0"),
    ("bad_id", {"id": "i" * 513}, "id has 513"),
    ("bad_id", {"subject": {"namespace": "user", "value": ""}}, "value of an identifier"),
    ("bad_id", {"fact": {"id": "f" * 600, "version": 1}}, "fact id"),
    ("nul_character", {"id": "a\0"}, "NUL"),
    ("nul_character", {"kind": "x.a\0"}, "NUL"),
    ("nul_character", {"tags": ["a", "\0"]}, "NUL"),
    ("nul_character", {"attributes": {"a": "\0"}}, "NUL"),
    ("nul_character", {"attributes": {"\0": 1}}, "NUL"),
    ("nul_character", {"subject": {"namespace": "user", "value": "\0"}}, "NUL"),
    ("number_out_of_range", {"fact": {"id": "f", "version": 2**63}}, "fact version"),
    ("number_out_of_range", {"attributes": {"a": 2**63}}, "attributes"),
    ("too_many_attributes", {"attributes": {f"a{i}": i for i in range(65)}}, "65"),
    ("bad_time", {"occurred_at": "2025-03-01T10:00:00"}, "`occurred_at`"),
    ("bad_money", {"money": {"amount": "12.505", "currency": "EUR"}}, "`money.amount`"),
    ("bad_scale", {"score": {"value": 3, "low": 1, "high": 5, "best": 3}}, "best"),
    ("bad_scale", {"score": {"value": 5, "low": 5, "high": 5, "best": 5}}, "low"),
    ("bad_scale", {"kind": "feedback.nps", "score": NPS}, "0 to 10"),
    ("out_of_scale", {"score": {"value": 5.5, "low": 1, "high": 5, "best": 5}}, "scale"),
]


@pytest.mark.parametrize(("reason", "fault", "where"), FAULTS)
def test_each_fault_has_its_reason_and_says_where(
    reason: str, fault: dict[str, Any], where: str
) -> None:
    (item,) = convert("canonical", written(**fault))
    assert isinstance(item, Failed)
    assert (item.reason, where in item.detail) == (reason, True), item


def test_sixty_four_attributes_are_kept() -> None:
    event = only_event(convert("canonical", written(attributes={f"a{i}": i for i in range(64)})))
    assert len(event.attributes) == 64


@pytest.mark.parametrize("name", ["id", "occurred_at"])
def test_a_missing_field_is_named(name: str) -> None:
    payload = written()
    del payload[name]
    assert convert("canonical", payload) == [Failed("missing_field", f"`{name}` is missing")]


START = (
    b'{"id":"a","kind":"x.a","occurred_at":"2025-03-01T10:00:00Z"'
    b',"subject":{"namespace":"u","value":"v"}'
)


@pytest.mark.parametrize(
    "twice",
    [
        START + b',"id":"b"}',
        START + b',"\\u0069d":"b"}',
        START + b',"attributes":{"a":1 , "a"\n:2}}',
        START + b',"text":"","attributes":{"a":1,"a":"\\u003a\\u003a"}}',
        START + b',"tags":["x:y"],"tags":[]}',
    ],
)
def test_a_key_twice_is_refused_wherever_it_stands(twice: bytes) -> None:
    assert convert("canonical", twice) == [
        Failed("duplicate_key", "an object has the same key twice")
    ]


def test_an_unknown_field_of_a_customer_is_not_shown() -> None:
    (item,) = convert("canonical", written(**{"jo@shop.example": 1}))
    assert item == Failed(
        "unknown_field", "the event has an unknown field: one that is no plain name"
    )


def test_a_link_is_strong_or_weak() -> None:
    link = written()["links"][0] | {"strength": "jo@shop.example"}
    (item,) = convert("canonical", written(links=[link]))
    assert isinstance(item, Failed)
    assert "jo@" not in item.detail


def test_it_documents_every_field_that_it_reads() -> None:
    documented = json.dumps(CANONICAL.open.__globals__["__doc__"])
    fields = CANONICAL.open.__globals__["_Written"].__struct_fields__
    assert [name for name in fields if f"`{name}`" not in documented] == []
