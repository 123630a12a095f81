"""`kafka_connect` and `debezium`: rows, and what says that there is none."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from connectors.conformance import record
from connectors.envelopes import EnvelopeName, opened
from connectors.envelopes.debezium import MESSAGE, NO_CHANGE, SNAPSHOT, TRUNCATED, UNAVAILABLE
from connectors.envelopes.kafka_connect import TOMBSTONE
from connectors.headers import header
from service.event import Failed, Record

CONNECT = "org.apache.kafka.connect.data."
SOURCE = {"db": "desk", "table": "tickets", "ts_ms": 1_700_000_000_000}


def only(payload: object, name: EnvelopeName | None = None) -> Record:
    (part,) = opened(record(payload), name).parts
    assert isinstance(part, Record), part
    return part


def value(payload: object, name: EnvelopeName | None = None) -> Any:
    return json.loads(only(payload, name).value or b"")


def field(name: str, type_: str, logical: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "field": name,
        "type": type_,
        "optional": True,
        **({"name": logical} if logical else {}),
        **more,
    }


def wrapped(payload: object, *fields: dict[str, Any]) -> dict[str, Any]:
    return {"schema": {"type": "struct", "fields": [*fields]}, "payload": payload}


def change(op: str | None, **fields: Any) -> dict[str, Any]:
    whole = {"before": None, "after": {"id": 7, "status": "solved"}, "source": SOURCE, "op": op}
    return {**whole, **fields}


@pytest.mark.parametrize(
    ("type_", "logical", "written", "read"),
    [
        ("bytes", f"{CONNECT}Decimal", "B9A=", "20.00"),
        ("bytes", f"{CONNECT}Decimal", "/w==", "-0.01"),
        ("int64", f"{CONNECT}Timestamp", 1_734_830_850_000, "2024-12-22T01:27:30Z"),
        ("int32", f"{CONNECT}Date", 20_078, "2024-12-21"),
        ("int32", f"{CONNECT}Time", 3_600_000, "01:00:00"),
        ("int64", "io.debezium.time.MicroTimestamp", 1_500_000, "1970-01-01T00:00:01.500000Z"),
        ("int64", "io.debezium.time.NanoTimestamp", 1_500_000_000, "1970-01-01T00:00:01.500000Z"),
        (
            "string",
            "io.debezium.time.ZonedTimestamp",
            "2024-12-18T15:58:31Z",
            "2024-12-18T15:58:31Z",
        ),
        ("int32", "io.debezium.time.Date", 1, "1970-01-02"),
        ("string", None, None, None),
        ("bytes", None, "B9A=", "B9A="),
    ],
)
def test_a_schema_makes_values_readable(
    type_: str, logical: str | None, written: object, read: object
) -> None:
    schema = field("a", type_, logical, parameters={"scale": "2"})
    assert value(wrapped({"a": written}, schema)) == {"a": read}


def test_schemas_nest() -> None:
    day = field("", "int32", f"{CONNECT}Date")
    fields = (
        field("list", "array", items=day),
        field("map", "map", keys={"type": "string"}, values=day),
        {**field("inner", "struct"), "fields": [{**day, "field": "day"}]},
    )
    payload = {"list": [0, 1], "map": {"k": 1}, "inner": {"day": 0, "new": 1}}
    assert value(wrapped(payload, *fields)) == {
        "list": ["1970-01-01", "1970-01-02"],
        "map": {"k": "1970-01-02"},
        "inner": {"day": "1970-01-01", "new": 1},
    }


@pytest.mark.parametrize(
    ("type_", "logical", "written"),
    [
        ("bytes", f"{CONNECT}Decimal", "%"),
        ("int32", f"{CONNECT}Date", 10**12),
        ("int64", f"{CONNECT}Timestamp", "soon"),
        ("array", None, 7),
    ],
)
def test_a_payload_that_does_not_fit_its_schema_fails(
    type_: str, logical: str | None, written: object
) -> None:
    (part,) = opened(record(wrapped({"a": written}, field("a", type_, logical)))).parts
    assert isinstance(part, Failed)
    assert part.reason == "bad_schema"


def test_objects_that_only_look_alike_are_handed_on() -> None:
    for payload in (
        {"schema": "text", "payload": {}},
        {"schema": {"type": "x"}, "payload": 1, "event": {}},
    ):
        assert opened(record(payload)).layers == ()


@pytest.mark.parametrize("op", ["c", "u"])
@pytest.mark.parametrize("around", [dict, wrapped])
def test_a_change_is_the_row_after_it(op: str, around: Callable[[Any], object]) -> None:
    part = only(around(change(op, before={"id": 7, "status": "open"})))
    assert json.loads(part.value or b"") == {"id": 7, "status": "solved"}
    assert [header(part, f"debezium_{name}") for name in ("op", "db", "table", "ts_ms")] == [
        op, "desk", "tickets", "1700000000000",
    ]  # fmt: skip
    before = '{"id":7,"status":"open"}' if op == "u" else ""
    assert header(part, "debezium_before") == before


def test_a_deletion_is_the_row_before_it() -> None:
    part = only(change("d", before={"id": 7}, after=None))
    assert (part.value, header(part, "debezium_op")) == (b'{"id":7}', "d")


@pytest.mark.parametrize(("op", "why"), [("r", SNAPSHOT), ("t", TRUNCATED), ("m", MESSAGE)])
def test_what_is_no_change_of_a_row_is_ignored(op: str, why: object) -> None:
    without_rows = {"source": SOURCE, "op": op, "ts_ms": 1}
    assert opened(record(without_rows)).parts == (why,)
    assert opened(record(change(op))).parts == (why,)


def test_a_tombstone_is_ignored_where_it_is_known_for_one() -> None:
    plain = record(None)
    assert opened(plain).parts == (plain,)
    for name in ("debezium", "kafka_connect"):
        assert opened(plain, name).parts == (TOMBSTONE,)
    assert opened(replace(plain, key=b'{"id":1}')).parts == (TOMBSTONE,)
    assert opened(record({"schema": None, "payload": None})).parts == (TOMBSTONE,)


def test_a_column_that_could_not_be_read_is_left_out() -> None:
    assert value(change("u", after={"id": 7, "note": UNAVAILABLE})) == {"id": 7}


@pytest.mark.parametrize("name", [None, "debezium"])
def test_an_unwrapped_row_is_known_by_what_was_added(name: EnvelopeName | None) -> None:
    row = {"id": 7, "__op": "d", "__table": "tickets", "__source_ts_ms": 5, "__deleted": "true"}
    part = only(row, name)
    assert part.value == b'{"id":7}'
    assert [header(part, f"debezium_{name}") for name in ("op", "table", "ts_ms")] == [
        "d", "tickets", "5",
    ]  # fmt: skip
    assert opened(record(row | {"__op": "r", "__deleted": "false"}), "debezium").parts == (
        SNAPSHOT,
    )


def test_an_event_of_the_outbox_is_its_payload() -> None:
    assert value(json.dumps(json.dumps({"id": 1})).encode()) == {"id": 1}
    assert value(json.dumps(json.dumps({"id": 1})).encode(), "debezium") == {"id": 1}
    assert value({"id": 1}, "debezium") == {"id": 1}


@pytest.mark.parametrize(
    "payload", [{"ts_ms": 1}, {"status": "BEGIN", "id": "5"}, {"ddl": "x", "source": {}}]
)
def test_what_else_lies_in_topics_of_debezium_is_ignored(payload: object) -> None:
    assert opened(record(payload), "debezium").parts == (NO_CHANGE,)


def test_a_change_that_is_a_cloudevent_is_a_change() -> None:
    event = {
        "id": "lsn:1", "source": "/debezium", "specversion": "1.0", "type": "DataChangeEvent",
        "iodebeziumop": "u", "iodebeziumtable": "tickets", "iodebeziumtsms": "5",
        "data": {"before": None, "after": {"id": 7}},
    }  # fmt: skip
    part = only(event)
    assert opened(record(event)).layers == ("cloudevents", "debezium")
    assert (part.value, header(part, "debezium_table")) == (b'{"id":7}', "tickets")


@pytest.mark.parametrize(
    ("failure", "payload"),
    [
        ("unknown_operation", change("x")),
        ("unknown_operation", change(None)),
        ("no_row", change("u", after=None)),
        ("no_row", change("d")),
    ],
)
def test_a_change_that_is_not_whole_fails(failure: str, payload: object) -> None:
    (part,) = opened(record(payload)).parts
    assert isinstance(part, Failed)
    assert part.reason == failure
