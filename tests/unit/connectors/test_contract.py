"""What holds for every connector: a refusal is an item, and items are within the limits."""

import pytest
from msgspec.structs import replace
from pydantic import ValidationError

from connectors.contract import MAX_PARTS, ConnectorOptions, isolated, total
from connectors.headers import header
from connectors.refusal import Refused, plain
from service.event import (
    Event,
    Fact,
    Failed,
    Identifier,
    Ignored,
    Item,
    Position,
    Record,
    Retraction,
)

RECORD = Record(Position("a-topic", 0, 7), 0, None, (), b"{}")
EVENT = Event(id="e", kind="x.a", occurred_at_us=1, subject=Identifier("user", "9"))


def test_a_refusal_is_the_one_item_of_its_record() -> None:
    def read(_: Record) -> list[Item]:
        raise Refused("bad_time", "`time` is bad")

    assert total(read)(RECORD) == [Failed("bad_time", "`time` is bad")]


def test_an_item_beyond_the_limits_fails_alone() -> None:
    too_long = Retraction(id="r" * 513, fact=Fact("f", 1), occurred_at_us=1)
    convert = total(lambda _: [EVENT, too_long, Ignored("of no interest")])
    first, second, third = convert(RECORD)
    assert (first, third) == (EVENT, Ignored("of no interest"))
    assert isinstance(second, Failed)


def test_a_page_without_end_fails_once() -> None:
    convert = total(lambda _: isolated([0] * (MAX_PARTS + 1), lambda _: [EVENT]))
    (item,) = convert(RECORD)
    assert isinstance(item, Failed)
    assert item.reason == "too_many_elements"


def test_a_part_that_is_refused_fails_alone() -> None:
    def read(number: int) -> list[Item]:
        if number == 2:
            raise Refused("bad_time", "`time` is bad")
        return [EVENT] * number

    assert isolated([1, 2, 3], read) == [EVENT, Failed("bad_time", "`time` is bad"), *[EVENT] * 3]


def test_unknown_options_are_refused() -> None:
    with pytest.raises(ValidationError):
        ConnectorOptions.model_validate({"ignroe": []})


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("zen:event-type:ticket.created", "`zen:event-type:ticket.created`"),
        ("orders/create", "`orders/create`"),
        ("jo@shop.example", "one that is no plain name"),
        ("+49 40 123", "one that is no plain name"),
        ("Anna Alt", "one that is no plain name"),
        ("a" * 101, "one that is no plain name"),
        ("", "one that is no plain name"),
    ],
)
def test_only_technical_names_are_shown(name: str, shown: str) -> None:
    assert plain(name) == shown


def test_the_first_header_of_a_name_counts_whatever_its_case() -> None:
    headers = (("Other", b"\xff"), ("X-Topic", b" a "), ("x-topic", b"b"))
    assert header(replace(RECORD, headers=headers), "x-topic") == "a"
    assert header(RECORD, "x-topic") == ""
