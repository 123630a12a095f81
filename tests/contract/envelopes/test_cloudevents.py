"""`cloudevents`: a connector sees the same, in whichever mode an event comes."""

import base64
import json
from typing import Any

import pytest

from connectors.conformance import record
from connectors.envelopes import opened
from connectors.envelopes.cloudevents import NO_DATA
from connectors.headers import header
from service.event import Failed, Record

STRUCTURED = {"Content-Type": "application/CloudEvents+json; charset=UTF-8"}
BINARY = {
    "ce_specversion": "1.0",
    "ce_id": "A-1",
    "ce_source": "/desk",
    "ce_type": "ticket.solved",
    "ce_time": "2018-04-05T17:31:00Z",
    "content-type": "application/json",
}
TICKET = {"ticket": "5158", "status": "SOLVED"}


def structured(**fields: Any) -> dict[str, Any]:
    whole = {
        "specversion": "1.0",
        "id": "A-1",
        "source": "/desk",
        "type": "ticket.solved",
        "time": "2018-04-05T17:31:00Z",
        "data": TICKET,
    }
    return {name: value for name, value in {**whole, **fields}.items() if value is not None}


def only(payload: object, headers: dict[str, str] | None = None) -> Record:
    opening = opened(record(payload, headers))
    (part,) = opening.parts
    assert opening.layers[0] == "cloudevents"
    assert isinstance(part, Record), part
    return part


def reason(payload: object, headers: dict[str, str] | None = None) -> str:
    (part,) = opened(record(payload, headers)).parts
    assert isinstance(part, Failed), part
    return part.reason


def test_both_modes_give_the_same_payload_and_headers() -> None:
    one, other = only(structured(), STRUCTURED), only(TICKET, BINARY)
    assert json.loads(one.value or b"") == json.loads(other.value or b"") == TICKET
    for name in ("ce_id", "ce_source", "ce_type", "ce_time", "content-type"):
        assert header(one, name) == header(other, name) == BINARY[name]


def test_an_http_gateway_writes_hyphens() -> None:
    hyphens = {name.replace("ce_", "ce-"): value for name, value in BINARY.items()}
    assert header(only(TICKET, hyphens), "ce_type") == "ticket.solved"


def test_a_bridge_may_drop_the_header_and_order_the_attributes_as_it_likes() -> None:
    attributes = structured(comexampleextension=5)
    for name in attributes.keys() - {"comexampleextension"}:
        assert header(only({name: attributes[name], **attributes}), "ce_type") == "ticket.solved"
    extension_first = record({"comexampleextension": 5, **attributes})
    assert opened(extension_first).layers == ()
    assert opened(extension_first, "cloudevents").layers == ("cloudevents",)


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"data": [1]}, b"1"),
        ({"data": "a text"}, b"a text"),
        ({"data": "a text", "datacontenttype": "text/plain"}, b"a text"),
        ({"data": '{"a":1}', "datacontenttype": "application/xml"}, b'{"a":1}'),
        ({"data": 7}, b"7"),
        ({"data": False}, b"false"),
        ({"data": None, "data_base64": base64.b64encode(b'{"a":1}').decode()}, b'{"a":1}'),
    ],
)
def test_data_of_any_sort(fields: dict[str, Any], value: bytes) -> None:
    assert only(structured(**fields), STRUCTURED).value == value


def test_an_event_without_data_is_ignored() -> None:
    assert opened(record(structured(data=None), STRUCTURED)).parts == (NO_DATA,)
    assert opened(record(None, BINARY)).parts == (NO_DATA,)


@pytest.mark.parametrize(
    ("failure", "payload", "headers"),
    [
        ("cloudevents_batch", [structured()], None),
        (
            "cloudevents_batch",
            [structured()],
            {"content-type": "application/cloudevents-batch+json"},
        ),
        ("unknown_format", b"x", {"content-type": "application/cloudevents+avro"}),
        ("unknown_specversion", structured(specversion="0.3"), STRUCTURED),
        ("unknown_specversion", TICKET, BINARY | {"ce_specversion": "2.0"}),
        ("missing_field", structured(id=None), STRUCTURED),
        ("missing_field", structured(type=7), STRUCTURED),
        ("bad_data", structured(data_base64="e30="), STRUCTURED),
        ("bad_data", structured(data=None, data_base64="%"), STRUCTURED),
        ("invalid_json", b"{", STRUCTURED),
        ("wrong_type", b"7", STRUCTURED),
    ],
)
def test_what_breaks_the_standard_fails(
    failure: str, payload: object, headers: dict[str, str] | None
) -> None:
    assert reason(payload, headers) == failure
