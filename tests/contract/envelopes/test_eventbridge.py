"""Events of Amazon EventBridge, in which partners and rules send what happened."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from connectors.conformance import record
from connectors.envelopes import EnvelopeName, Opening, opened
from connectors.envelopes.eventbridge import NO_DETAIL
from connectors.headers import header
from service.event import Event, Failed, Item, Record
from tests.contract.converting import convert
from tests.contract.fixtures_of import fixtures_of


def sent(
    detail: object, type_: str = "Ticket", source: str = "zendesk.com", **more: Any
) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "7e784552-fceb-eb6c-5598-cf0a301a64a7",
        "detail-type": type_,
        "source": f"aws.partner/{source}/1/default",
        "account": "123456789012",
        "time": "2025-06-15T05:32:28Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": detail,
        **more,
    }


def only(opening: Opening) -> Record:
    (part,) = opening.parts
    assert isinstance(part, Record), part
    return part


@pytest.mark.parametrize("first", ["version", "id", "detail-type", "detail", "account"])
def test_the_detail_is_the_payload_whichever_key_comes_first(first: str) -> None:
    event = sent({"a": 1})
    ordered = {first: event[first], **event}
    opening = opened(record(ordered))
    assert opening.layers == ("eventbridge",)
    assert json.loads(only(opening).value or b"") == {"a": 1}


def test_what_eventbridge_says_are_headers() -> None:
    part = only(opened(record(sent({"a": 1}, "order paid"), {"traceparent": "00-1"})))
    assert header(part, "eventbridge_detail_type") == "order paid"
    assert header(part, "eventbridge_source") == "aws.partner/zendesk.com/1/default"
    assert header(part, "eventbridge_time") == "2025-06-15T05:32:28Z"
    assert header(part, "traceparent") == "00-1"


def test_a_webhook_inside_keeps_its_headers() -> None:
    about = {"X-Shopify-Topic": "orders/create", "X-Shopify-Api-Version": "2025-04", "n": 1}
    part = only(opened(record(sent({"payload": {"id": 7}, "metadata": about}))))
    assert json.loads(part.value or b"") == {"id": 7}
    assert header(part, "x-shopify-topic") == "orders/create"


def test_an_event_that_says_nothing_is_ignored() -> None:
    assert opened(record(sent({}, "Scheduled Event"))).parts == (NO_DETAIL,)


@pytest.mark.parametrize(
    "payload",
    [
        {"id": "1", "detail": {"id": 1}},
        {"id": "1", "text": 'the "detail-type" of it', "detail": {}, "source": "a"},
        {"id": "1", "detail-type": "a", "source": "b", "detail": "a text"},
    ],
)
def test_a_payload_that_looks_alike_is_none(payload: Mapping[str, Any]) -> None:
    assert opened(record(payload)).layers == ()


def test_a_source_may_name_it_where_a_transformer_left_but_the_detail() -> None:
    name: EnvelopeName = "eventbridge"
    assert json.loads(only(opened(record({"detail": {"a": 1}}), name)).value or b"") == {"a": 1}
    (part,) = opened(record({"a": 1}), name).parts
    assert isinstance(part, Failed)
    assert part.reason == "no_envelope"


def test_a_broken_one_fails_with_its_envelope() -> None:
    opening = opened(record(b'{"version": "0", "detail-type": "a", "detail": '))
    assert opening.layers == ("eventbridge",)
    assert isinstance(opening.parts[0], Failed)


@pytest.mark.parametrize("name", ["zendesk", "stripe", "segment", "intercom", "freshdesk"])
def test_a_record_of_a_partner_is_what_it_is_without(name: str) -> None:
    specimen = fixtures_of(name).specimens[0]
    plain = convert(name, specimen.payload, specimen.headers, specimen.options)
    wrapped = sent(specimen.payload, source=f"{name}.com")
    assert convert(name, wrapped, specimen.headers, specimen.options) == plain


def test_a_shop_sends_its_headers_inside() -> None:
    specimen = fixtures_of("shopify").specimens[0]
    detail = {"payload": specimen.payload, "metadata": dict(specimen.headers)}
    assert convert("shopify", sent(detail, "shopifyWebhook", "shopify.com")) == convert(
        "shopify", specimen.payload, specimen.headers
    )


def _relayed(content: Mapping[str, Any], type_: str, **options: Any) -> list[Item]:
    detail = {"schemaId": "x4s1", "id": "e01a", "payload": content}
    return convert("salesforce", sent(detail, type_, "salesforce.com"), options=options)


def test_an_event_relay_names_a_platform_event_in_its_type() -> None:
    content = {"CreatedDate": 1_750_000_000_000, "Parcel__c": "P-1", "EventUuid": "u-1"}
    meaning = {"kind": "x.parcel.lost", "identifiers": {"Parcel__c": "parcel"}}
    (event,) = _relayed(content, "Parcel_Lost__e", platform_events={"Parcel_Lost__e": meaning})
    assert isinstance(event, Event), event
    assert event.kind == "x.parcel.lost"
