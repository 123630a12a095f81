"""A source says the type that a bridge lost: of all records, or by the name of the topic."""

import pytest
from msgspec.structs import replace
from pydantic import ValidationError

from connectors.conformance import record
from connectors.stand_ins import TypeOptions, type_of_source

RECORD = replace(record({}), position=replace(record({}).position, topic="shop.orders.create"))


@pytest.mark.parametrize(
    ("options", "type_"),
    [
        ({}, ""),
        ({"type": "orders/paid"}, "orders/paid"),
        ({"type_from_topic": r"shop\.(\w+)\.(\w+)"}, "orders/create"),
        ({"type_from_topic": r"shop\.(.+)"}, "orders.create"),
        ({"type_from_topic": r"desk\.(.+)"}, ""),
        ({"type": "orders/paid", "type_from_topic": r"shop\.(.+)"}, "orders/paid"),
        ({"type_from_topic": r"shop\.(orders)(x)?\.create"}, "orders"),
    ],
)
def test_a_type_is_said_or_found_in_the_topic(options: dict[str, str], type_: str) -> None:
    assert type_of_source(TypeOptions.model_validate(options), RECORD, "/") == type_


@pytest.mark.parametrize("pattern", ["shop.orders", "(", ""])
def test_a_pattern_without_a_group_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        TypeOptions.model_validate({"type_from_topic": pattern})
