"""`schema_registry`: values written with a schema of a registry, in Avro, JSON Schema or Protobuf.

The frame is that of Confluent's serializers, which others share: a zero, the schema's number in
four bytes, for Protobuf which message of the file it is, then the value. Newer serializers leave
the value alone and name the schema in a header. Schemas come from outside (`schemas`): from the
registry, or the directory, that `SIGNALBOX_SCHEMA_REGISTRY_URL` names. What is in a frame whose
schema is not known is a dead letter that names the id, never bad JSON.
"""

from collections.abc import Callable, Mapping
from typing import Final

from connectors.envelopes.avro import avro_reader
from connectors.envelopes.envelope import Envelope, Opened
from connectors.envelopes.protobuf import protobuf_reader
from connectors.envelopes.schemas import (
    ID_HEADERS,
    Schema,
    SchemaId,
    Schemas,
    SchemaType,
    body,
    schema_id,
)
from connectors.refusal import Refused
from service.event import Record

_READERS: Final[Mapping[SchemaType, Callable[[Schema], Callable[[bytes], bytes]]]] = {
    "AVRO": avro_reader,
    "PROTOBUF": protobuf_reader,
    # What is beside the frame is JSON already.
    "JSON": lambda _: bytes,
}


def schema_registry(schemas: Schemas) -> Envelope:
    """The envelope of records whose schemas are among these. `schemas` may grow."""
    readers: dict[SchemaId, Callable[[bytes], bytes]] = {}

    def open_frame(record: Record) -> list[Opened] | None:
        id_ = schema_id(record)
        if id_ is None:
            return None
        value = body(record)
        if id_ in schemas:
            value = _reader(id_, schemas[id_], readers)(value)
        elif value[:1] not in (b"{", b"["):
            raise Refused(
                "unknown_schema",
                f"framed with schema {id_}, which no registry told: is "
                "SIGNALBOX_SCHEMA_REGISTRY_URL set?",
            )
        return [record._replace(value=value, headers=_without_id(record))]

    return Envelope("schema_registry", found=open_frame, named=open_frame)


def _reader(
    id_: SchemaId, schema: Schema | None, readers: dict[SchemaId, Callable[[bytes], bytes]]
) -> Callable[[bytes], bytes]:
    if schema is None:
        raise Refused("unknown_schema", f"the registry has no schema {id_}")
    if id_ not in readers:
        readers[id_] = _READERS[schema.type](schema)
    return readers[id_]


def _without_id(record: Record) -> tuple[tuple[str, bytes], ...]:
    return tuple(pair for pair in record.headers if pair[0].lower() not in ID_HEADERS)
