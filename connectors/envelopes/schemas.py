"""Schemas of a registry, as the pure part knows them.

What is in a frame can be read only with the schema that the frame names, and fetching one is no
work for a pure function. So the shell looks which schemas a batch needs (`schema_id`), fetches
those that it does not know yet, and hands over all that it knows as `Schemas`. A schema that was
registered never changes, so a mapping that only grows gives the same items for ever.
"""

import re
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

from service.event import Record

SchemaId: TypeAlias = int | str
"""A number, or the GUID that newer serializers write."""

SchemaType: TypeAlias = Literal["AVRO", "JSON", "PROTOBUF"]


class Reference(NamedTuple):
    """A schema that another one builds upon, by the name that it is imported by."""

    name: str
    text: str


class Schema(NamedTuple):
    """A schema with all that it builds upon, what is needed first coming first."""

    type: SchemaType
    text: str
    references: tuple[Reference, ...] = ()


Schemas: TypeAlias = Mapping[SchemaId, Schema | None]
"""By id; None for an id that the registry does not have."""

NO_SCHEMAS: Final[Schemas] = MappingProxyType({})

FRAME: Final = b"\x00"
"""The first byte of a value whose schema's number follows in four bytes."""

ID_HEADERS: Final = frozenset(
    {"__value_schema_id", "apicurio.value.globalid", "apicurio.value.contentid"}
)
"""Headers, in lower case, of serializers that leave the value alone."""

_FRAME_BYTES: Final = 5
_GUID: Final = b"\x01"
_DIGITS: Final = re.compile(rb"[0-9]{1,10}")


def schema_id(record: Record) -> SchemaId | None:
    """The schema that the record's value was written with, if it says."""
    for name, text in record.headers:
        if name.lower() in ID_HEADERS:
            return _in_header(text)
    value = record.value
    if value is None or value[:1] != FRAME or len(value) < _FRAME_BYTES:
        return None
    return int.from_bytes(value[1:_FRAME_BYTES], "big")


def body(record: Record) -> bytes:
    """The value without what names its schema."""
    value = record.value or b""
    in_header = any(name.lower() in ID_HEADERS for name, _ in record.headers)
    return value if in_header else value[_FRAME_BYTES:]


def _in_header(value: bytes) -> SchemaId | None:
    """A frame's beginning, a GUID, or the number in digits or eight bytes."""
    if value[:1] == _GUID and len(value) == 17:
        return str(uuid.UUID(bytes=value[1:]))
    if value[:1] == FRAME and len(value) == _FRAME_BYTES:
        return int.from_bytes(value[1:], "big")
    if _DIGITS.fullmatch(value):
        return int(value)
    return int.from_bytes(value, "big") if len(value) in (4, 8) else None
