"""`airbyte`: each stream is read by the connector of what it copies."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.registry import OURS
from service.event import Event, Failed, Identifier, Ignored, Score
from tests.contract.converting import convert, only_event
from tests.contract.fixtures.airbyte import OPTIONS, parcel, polled
from tests.contract.fixtures.delighted import response

DELIVERED = Event(
    id="p-1",
    kind="sales.order.delivered",
    occurred_at_us=1_748_772_120_000_000,
    subject=Identifier("customer", "7"),
)


def test_a_record_is_what_its_connector_makes_of_what_was_polled() -> None:
    polled_response = polled("survey_responses", response(survey_type="ces", score=7))
    event = only_event(convert("airbyte", polled_response, options=OPTIONS))
    assert event.score == Score(7, 1, 7, 7)
    options = {"questions": OPTIONS["streams"]["survey_responses"]["questions"]}
    alone = convert("delighted", response(survey_type="ces", score=7), options=options)
    assert [event] == alone


def test_a_stream_can_be_described() -> None:
    assert convert("airbyte", polled("parcels", parcel()), options=OPTIONS) == [DELIVERED]


def test_the_next_sync_tells_the_same() -> None:
    again = polled("parcels", parcel(), _airbyte_ab_id="1a", _airbyte_emitted_at=1)
    assert convert("airbyte", again, options=OPTIONS) == [DELIVERED]


def test_a_deleted_row_is_told_by_its_column() -> None:
    deleted = polled("parcels", parcel(_ab_cdc_deleted_at="2025-06-02T00:00:00Z"))
    (item,) = convert("airbyte", deleted, options=OPTIONS)
    assert isinstance(item, Ignored)


def test_what_was_polled_may_be_text() -> None:
    as_text = polled("parcels", json.dumps(parcel()))
    assert convert("airbyte", as_text, options=OPTIONS) == [DELIVERED]


def test_a_record_without_its_stream_is_of_its_topic() -> None:
    streams = {"a-topic": OPTIONS["streams"]["parcels"]}
    payload = {"_airbyte_raw_id": "1", "_airbyte_data": parcel()}
    assert convert("airbyte", payload, options={"streams": streams}) == [DELIVERED]


def test_a_source_can_leave_streams_out() -> None:
    (item,) = convert("airbyte", polled("agents", {}), options={"ignore": ["agents"]})
    assert isinstance(item, Ignored)


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("unknown_type", polled("agents", {})),
        ("missing_field", polled("parcels", None)),
        ("missing_field", polled("parcels", {})),
        ("invalid_json", polled("parcels", "{")),
    ],
)
def test_what_is_not_understood_fails(reason: str, payload: dict[str, Any]) -> None:
    (item,) = convert("airbyte", payload, options=OPTIONS)
    assert isinstance(item, Failed)
    assert item.reason == reason


@pytest.mark.parametrize(
    "stream",
    [
        {"connector": "teleport"},
        {"connector": "delighted", "scale": "1-5"},
        {"connector": "mapping"},
        {},
    ],
)
def test_a_stream_has_the_options_of_its_connector(stream: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OURS["airbyte"].options.model_validate({"streams": {"s": stream}})


def test_it_can_give_what_its_streams_can() -> None:
    connector = OURS["airbyte"]
    options = connector.options.model_validate(OPTIONS)
    assert {"feedback.ces", "sales.order.delivered"} <= connector.kinds(options)
    assert connector.kinds(connector.options()) == frozenset()
