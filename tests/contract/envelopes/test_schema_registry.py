"""`schema_registry`: frames of Avro, JSON Schema and Protobuf become JSON, or say what is wrong."""

import json
import struct
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connectors.conformance import record
from connectors.envelopes import opened
from connectors.envelopes.schemas import Reference, Schema, SchemaId
from service.event import Failed, Record

RESPONSE: dict[str, Any] = {
    "type": "record",
    "name": "Response",
    "fields": [
        {"name": "id", "type": "string"},
        {"name": "score", "type": ["null", "int"]},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {
            "name": "amount",
            "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2},
        },
        {"name": "raw", "type": "bytes"},
        {"name": "place", "type": ["null", "Place"]},
    ],
}
PLACE = '{"type": "record", "name": "Place", "fields": [{"name": "city", "type": "string"}]}'
PROTO = """
syntax = "proto3";
package feedback;
import "google/protobuf/timestamp.proto";
import "place.proto";
message Other { int32 n = 1; message Inner { string name = 1; } }
message Response {
  string id = 1;
  int32 score = 2;
  optional int32 effort = 3;
  int64 at_ms = 4;
  google.protobuf.Timestamp at = 5;
  repeated string tags = 6;
  map<string, int32> counts = 7;
  oneof who { string email = 8; places.Place place = 9; }
  enum Channel { UNKNOWN = 0; WEB = 1; }
  Channel channel = 10;
  bytes raw = 11;
  reserved 12;
}
"""
PLACE_PROTO = 'syntax = "proto3"; package places; message Place { string city = 1; }'
GUID = "0d1f4a3c-6a5e-4a57-8f0e-0e0a7d1f2b3c"

SCHEMAS: dict[SchemaId, Schema | None] = {
    42: Schema("AVRO", json.dumps(RESPONSE), (Reference("Place", PLACE),)),
    43: Schema("JSON", '{"type": "object"}'),
    44: Schema("PROTOBUF", PROTO, (Reference("place.proto", PLACE_PROTO),)),
    45: None,
    46: Schema("AVRO", '{"type": "no such"}'),
    47: Schema("PROTOBUF", "message {"),
    GUID: Schema("JSON", "{}"),
}
ANSWER = {
    "id": "7",
    "score": 9,
    "at": datetime(2024, 12, 22, 1, 27, 30, tzinfo=UTC),
    "day": date(2024, 12, 21),
    "amount": Decimal("20.00"),
    "raw": b"\x01",
    "place": {"city": "Kiel"},
}


def framed(id_: int, value: bytes) -> bytes:
    return struct.pack(">bI", 0, id_) + value


def avro(answer: dict[str, Any]) -> bytes:
    named: dict[str, Any] = {}
    fastavro.parse_schema(json.loads(PLACE), named)
    stream = BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(RESPONSE, named), answer)
    return stream.getvalue()


def value(payload: bytes, headers: tuple[tuple[str, bytes], ...] = ()) -> Any:
    (part,) = opened(replace(record(payload), headers=headers), None, SCHEMAS).parts
    assert isinstance(part, Record), part
    return json.loads(part.value or b"")


def failure(payload: bytes) -> Failed:
    (part,) = opened(record(payload), None, SCHEMAS).parts
    assert isinstance(part, Failed), part
    return part


def test_avro_becomes_readable_json() -> None:
    assert value(framed(42, avro(ANSWER))) == {
        "id": "7",
        "score": 9,
        "at": "2024-12-22T01:27:30Z",
        "day": "2024-12-21",
        "amount": "20.00",
        "raw": "AQ==",
        "place": {"city": "Kiel"},
    }


def test_json_is_what_is_beside_the_frame() -> None:
    assert value(framed(43, b'{"a": 1}')) == {"a": 1}


def test_an_id_may_be_in_a_header() -> None:
    guid = b"\x01" + uuid.UUID(GUID).bytes
    assert value(b'{"a": 1}', (("__value_schema_id", guid),)) == {"a": 1}
    number = struct.pack(">bI", 0, 42)
    assert value(avro(ANSWER), (("__value_schema_id", number),))["id"] == "7"
    assert value(avro(ANSWER), (("apicurio.value.globalId", struct.pack(">q", 42)),))["id"] == "7"


def test_protobuf_keeps_names_numbers_and_defaults() -> None:
    message = (
        b"\x0a\x017"  # id = "7"
        b"\x20\x05"  # at_ms = 5
        b"\x2a\x02\x08\x01"  # at = 1 s
        b"\x32\x01a\x32\x01b"  # tags
        b"\x3a\x05\x0a\x01k\x10\x02"  # counts
        b"\x4a\x06\x0a\x04Kiel"  # place
        b"\x50\x01"  # channel
    )
    assert value(framed(44, b"\x02\x02" + message)) == {
        "id": "7",
        "score": 0,
        "at_ms": 5,
        "at": "1970-01-01T00:00:01Z",
        "tags": ["a", "b"],
        "counts": {"k": 2},
        "place": {"city": "Kiel"},
        "channel": "WEB",
        "raw": "",
    }


def test_a_message_of_the_file_is_found_by_its_indexes() -> None:
    assert value(framed(44, b"\x00\x08\x05")) == {"n": 5}
    assert value(framed(44, b"\x04\x00\x00\x0a\x01x")) == {"name": "x"}


@pytest.mark.parametrize(
    ("reason", "payload"),
    [
        ("invalid_frame", framed(42, b"\xff")),
        ("invalid_frame", framed(42, avro(ANSWER) + b"more")),
        ("invalid_frame", framed(44, b"\x08\x00\x00\x00\x00")),
        ("invalid_frame", framed(44, b"\x00\xff")),
        ("invalid_frame", framed(44, b"")),
        ("unknown_schema", framed(45, b"x")),
        ("bad_schema", framed(46, b"x")),
        ("bad_schema", framed(47, b"x")),
        ("unknown_schema", framed(9_999, b"x")),
    ],
)
def test_what_cannot_be_read_says_why(reason: str, payload: bytes) -> None:
    assert failure(payload).reason == reason


def test_without_a_registry_the_id_is_named_and_json_is_read_all_the_same() -> None:
    (part,) = opened(record(framed(42, avro(ANSWER)))).parts
    assert isinstance(part, Failed)
    assert "framed with schema 42, which no registry told" in part.detail
    assert value(framed(7, b'{"a": 1}')) == {"a": 1}


@given(body=st.binary(max_size=60), id_=st.sampled_from([42, 43, 44, 45]))
def test_any_bytes_in_a_frame_are_read_or_fail(body: bytes, id_: int) -> None:
    assert opened(record(framed(id_, body)), None, SCHEMAS).parts
