"""Values in Protobuf to JSON, by the schema that they were written with.

Fields keep the names of the schema and numbers stay numbers. A field without presence that is not
written has its default, so a score of 0 is there. Enums are names, bytes base64, and the
well-known types what JSON has for them: a `Timestamp` is ISO 8601.
"""

import base64
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from google.protobuf.descriptor import Descriptor, FileDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from connectors.envelopes.proto_schema import described
from connectors.envelopes.schemas import Schema
from connectors.refusal import Refused

_MAX_INDEXES: Final = 32
_MAX_VARINT_BYTES: Final = 5


def protobuf_reader(schema: Schema) -> Callable[[bytes], bytes]:
    """What reads framed values of this schema. Raises `Refused` for a schema that is none."""
    try:
        file = described(schema)
    except Exception:  # noqa: BLE001 - parser and pool raise what they like for a bad schema
        raise Refused("bad_schema", "the registry's schema is not valid Protobuf") from None

    def read(value: bytes) -> bytes:
        indexes, start = _indexes(value)
        message = GetMessageClass(_type_at(file, indexes))()
        try:
            message.ParseFromString(value[start:])
            return msgspec.json.encode(_plain(message))
        except (DecodeError, ValueError, RecursionError):
            raise _misfit() from None

    return read


def _indexes(value: bytes) -> tuple[list[int], int]:
    """Which message of the file it is, from the outside in, and where the message begins.

    `[0]`, the first message, is written as a single 0.
    """
    count, at = _varint(value, 0)
    if count == 0:
        return [0], at
    if not 0 < count <= _MAX_INDEXES:
        raise _misfit()
    indexes = []
    for _ in range(count):
        index, at = _varint(value, at)
        indexes.append(index)
    return indexes, at


def _varint(value: bytes, at: int) -> tuple[int, int]:
    """A zig-zag number of variable length, and where it ends."""
    number = 0
    for place, byte in enumerate(value[at : at + _MAX_VARINT_BYTES]):
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), at + place + 1
    raise _misfit()


def _type_at(file: FileDescriptor, indexes: Sequence[int]) -> Descriptor:
    types: Sequence[Descriptor] = list(file.message_types_by_name.values())
    found: Descriptor | None = None
    for index in indexes:
        if not 0 <= index < len(types):
            raise _misfit()
        found = types[index]
        types = found.nested_types
    if found is None:
        raise _misfit()
    return found


def _plain(message: Message) -> Any:
    if message.DESCRIPTOR.file.package == "google.protobuf":
        return MessageToDict(message, preserving_proto_field_name=True)
    return {
        field.name: _value(field, getattr(message, field.name))
        for field in message.DESCRIPTOR.fields
        if not field.has_presence or message.HasField(field.name)
    }


def _value(field: Any, value: Any) -> Any:
    entry = field.message_type
    if entry is not None and entry.GetOptions().map_entry:
        inner = entry.fields_by_name["value"]
        return {str(key): _single(inner, part) for key, part in value.items()}
    if field.is_repeated:
        return [_single(field, part) for part in value]
    return _single(field, value)


def _single(field: Any, value: Any) -> Any:
    if field.message_type is not None:
        return _plain(value)
    if field.enum_type is not None:
        named = field.enum_type.values_by_number.get(value)
        return value if named is None else named.name
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _misfit() -> Refused:
    return Refused("invalid_frame", "the value was not written with the schema that it names")
