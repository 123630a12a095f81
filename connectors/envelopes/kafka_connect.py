"""`kafka_connect`: `{"schema": ..., "payload": ...}`, as Connect's JSON converter writes it.

The payload becomes readable by its schema (`connect_schema`). A payload that is null, and a record
without a value under a key that is an object, is a tombstone: it deletes a key of the topic and
says nothing of a customer, so it is ignored.
"""

import re
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from connectors import strict_json
from connectors.envelopes.connect_schema import readable
from connectors.envelopes.envelope import Envelope, Opened
from service.event import Ignored, Record

TOMBSTONE: Final = Ignored("a tombstone: it makes the topic forget its key")

CONNECT_FIELDS: Final = frozenset({"schema", "payload"})

begins_wrapped: Final = re.compile(rb'\s*\{\s*"(?:schema"\s*:\s*[{n]|payload")').match
"""A schema is an object or null, where Salesforce has a text beside its payload."""


def open_connect(record: Record) -> list[Opened] | None:
    """The payload; None if there is no schema beside it. Raises `Refused`."""
    if record.value is None:
        return [TOMBSTONE] if is_tombstone(record) else None
    if begins_wrapped(record.value) is None:
        return None
    wrapped = strict_json.read_object(record.value)
    if not is_wrapped(wrapped):
        return None
    if wrapped["payload"] is None:
        return [TOMBSTONE]
    payload = readable(wrapped["payload"], wrapped["schema"])
    return [replace(record, value=msgspec.json.encode(payload))]


def open_named_connect(record: Record) -> list[Opened] | None:
    """As `open_connect`; of a source of Connect, every record without a value is a tombstone."""
    return [TOMBSTONE] if record.value is None else open_connect(record)


def is_tombstone(record: Record) -> bool:
    """Whether the record deletes a key that is an object, as those of Connect and Debezium are."""
    return record.value is None and record.key is not None and record.key[:1] == b"{"


def is_wrapped(value: dict[str, Any]) -> bool:
    """Whether this is a payload beside its schema, and no object of a system that looks alike."""
    if value.keys() != CONNECT_FIELDS:
        return False
    schema = value["schema"]
    return schema is None or (isinstance(schema, dict) and "type" in schema)


KAFKA_CONNECT: Final = Envelope("kafka_connect", found=open_connect, named=open_named_connect)
