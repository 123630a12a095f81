"""`debezium`: changes of rows of a database, with or without their schema, or unwrapped.

| operation                 | becomes                                                      |
|---------------------------|--------------------------------------------------------------|
| `c` create, `u` update    | the row as it is after                                       |
| `d` delete                | the row as it was before, often only its key                 |
| `r` snapshot read         | ignored: the row was there before, nothing happened          |
| `t` truncate, `m` message | ignored: no row                                              |
| tombstone                 | ignored                                                      |

Beside the row there are headers: `debezium_op`, `debezium_db`, `debezium_table`, `debezium_ts_ms`
(when it was committed) and `debezium_before`, the row before as JSON, where the database tells it.
Columns that Debezium could not read because they did not change are left out.

Rows that were unwrapped by `ExtractNewRecordState` are known by what was added at their end:
`__op`, `__table`, `__deleted` and the like, which become headers. A source that names `debezium`
also reads those to which nothing was added, and events of the outbox as they are; what a
connector's own topics hold beside changes (heartbeats, transactions) it ignores.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from connectors import strict_json
from connectors.envelopes.connect_schema import readable
from connectors.envelopes.envelope import Envelope, Opened
from connectors.envelopes.first_key import begins_with_key
from connectors.envelopes.kafka_connect import TOMBSTONE, begins_wrapped, is_tombstone, is_wrapped
from connectors.headers import header
from connectors.refusal import Refused, plain
from service.event import Ignored, Record

SNAPSHOT: Final = Ignored("a row that a snapshot read: it was there before")
TRUNCATED: Final = Ignored("a table that was emptied")
MESSAGE: Final = Ignored("a message of the database's log, no row")
NO_CHANGE: Final = Ignored("a heartbeat or a transaction's bounds, no row")

TAIL_BYTES: Final = 160
"""In which part of a row's end to look for what was added to it."""

UNAVAILABLE: Final = "__debezium_unavailable_value"

_IGNORED: Final = {"r": SNAPSHOT, "t": TRUNCATED, "m": MESSAGE}
FIELDS: Final = frozenset(
    {"before", "after", "source", "op", "ts_ms", "ts_us", "ts_ns", "transaction", "message"}
)
_NO_ROWS: Final = (frozenset({"ts_ms"}), frozenset({"status", "id"}), frozenset({"ddl"}))
_ADDED: Final = "__"
_begins: Final = begins_with_key(FIELDS)


def open_debezium(record: Record) -> list[Opened] | None:
    """The changed row; None if this is no change. Raises `Refused`."""
    if record.value is None:
        return [TOMBSTONE] if is_tombstone(record) else None
    if was_unwrapped(record.value):
        row = strict_json.read_object(record.value)
        return _flat(record, row) if {"op", "deleted"} & _added(row).keys() else None
    if not (_begins(record.value) or begins_wrapped(record.value)):
        return None
    if b'"op"' not in record.value and not _of_cloudevent(record):
        return None
    change = _unwrapped(strict_json.read_object(record.value))
    return _changed(record, change) if _is_change(change, record) else None


def was_unwrapped(value: bytes) -> bool:
    """Whether an object ends as a row does to which an unwrapping added something."""
    end = value[-TAIL_BYTES:]
    return b'"__' in end and (b'"__deleted"' in end or b'"__op"' in end) and value[:1] == b"{"


def open_named_debezium(record: Record) -> list[Opened] | None:
    """As `open_debezium`, for a source of Debezium: rows may be unwrapped."""
    if record.value is None:
        return [TOMBSTONE]
    if record.value.lstrip()[:1] == b'"':
        return [replace(record, value=strict_json.decoded(record.value, _text).encode())]
    value = _unwrapped(strict_json.read_object(record.value))
    if _is_change(value, record):
        return _changed(record, value)
    if any(signs <= value.keys() for signs in _NO_ROWS) and not _added(value):
        return [NO_CHANGE]
    return _flat(record, value)


_text: Final = msgspec.json.Decoder(str).decode


def _unwrapped(value: dict[str, Any]) -> dict[str, Any]:
    if not is_wrapped(value):
        return value
    payload = readable(value["payload"], value["schema"])
    return payload if isinstance(payload, dict) else {}


def _is_change(value: Mapping[str, Any], record: Record) -> bool:
    if not value.keys() <= FIELDS:
        return False
    return "op" in value or ("after" in value and bool(_of_cloudevent(record)))


def _of_cloudevent(record: Record) -> str:
    """The operation, where Debezium wrote the change as a CloudEvent."""
    return header(record, "ce_iodebeziumop") if record.headers else ""


def _changed(record: Record, change: Mapping[str, Any]) -> list[Opened]:
    operation = _text_of(change.get("op")) or _of_cloudevent(record)
    if operation in _IGNORED:
        return [_IGNORED[operation]]
    if operation not in ("c", "u", "d"):
        raise Refused("unknown_operation", f"operation {plain(operation)} is not known")
    before, after = _row(change.get("before")), _row(change.get("after"))
    row = before if operation == "d" else after
    if row is None:
        raise Refused("no_row", "a change without its row: the table needs a replica identity")
    headers = _headers(operation, change, record)
    if before is not None and operation == "u":
        headers.append(("debezium_before", msgspec.json.encode(before)))
    return [replace(record, value=msgspec.json.encode(row), headers=(*headers, *record.headers))]


def _row(row: object) -> dict[str, Any] | None:
    if not isinstance(row, dict):
        return None
    return {name: value for name, value in row.items() if value != UNAVAILABLE}


def _headers(operation: str, change: Mapping[str, Any], record: Record) -> list[tuple[str, bytes]]:
    source = change.get("source")
    known = source if isinstance(source, dict) else {}
    told = {
        "op": operation,
        "db": known.get("db") or _told(record, "db"),
        "table": known.get("table") or _told(record, "table"),
        "ts_ms": known.get("ts_ms") or change.get("ts_ms") or _told(record, "tsms"),
    }
    return [(f"debezium_{name}", str(value).encode()) for name, value in told.items() if value]


def _told(record: Record, name: str) -> str:
    return header(record, f"ce_iodebezium{name}") if record.headers else ""


def _flat(record: Record, row: Mapping[str, Any]) -> list[Opened]:
    """A row that was unwrapped, with what was added to it as headers."""
    added = _added(row)
    deleted = _text_of(added.get("deleted")) == "true" or added.get("deleted") is True
    operation = "d" if deleted else _text_of(added.get("op"))
    if operation in _IGNORED:
        return [_IGNORED[operation]]
    told = {
        "op": operation,
        "db": added.get("db") or added.get("source_db"),
        "table": added.get("table") or added.get("source_table"),
        "ts_ms": added.get("source_ts_ms") or added.get("ts_ms"),
    }
    headers = [(f"debezium_{name}", str(text).encode()) for name, text in told.items() if text]
    kept = _row({name: value for name, value in row.items() if not name.startswith(_ADDED)})
    return [replace(record, value=msgspec.json.encode(kept), headers=(*headers, *record.headers))]


def _text_of(value: object) -> str:
    return value if isinstance(value, str) else ""


def _added(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name.removeprefix(_ADDED): value for name, value in row.items() if name.startswith(_ADDED)
    }


DEBEZIUM: Final = Envelope("debezium", found=open_debezium, named=open_named_debezium)
