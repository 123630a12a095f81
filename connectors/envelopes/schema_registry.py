"""`schema_registry`: values written with a schema of a registry, in Avro, JSON Schema or Protobuf.

The frame is that of Confluent's serializers, which others share: a zero, the schema's number in
four bytes, for Protobuf which message of the file it is, then the value. Newer serializers leave
the value alone and name the schema in a header. Schemas come from outside (`schemas`): from the
registry, or the directory, that `SIGNALBOX_SCHEMA_REGISTRY_URL` names. What is in a frame whose
schema is not known is a dead letter that names the id, never bad JSON.
"""

from collections.abc import Callable
from functools import partial
from pkgutil import resolve_name
from typing import Final, TypeAlias

from msgspec.structs import replace

from connectors.envelopes.envelope import Envelope, Opened
from connectors.envelopes.schemas import ID_HEADERS, Schema, SchemaId, Schemas, body, schema_id
from connectors.on_demand import OnDemand
from connectors.refusal import Refused
from service.event import Record

Read: TypeAlias = Callable[[bytes], bytes]


def _as_it_is(_: Schema) -> Read:
    """What is beside the frame is JSON already."""
    return bytes


# Few topics have Avro or Protobuf, and what reads them is large.
_READERS: Final[OnDemand[Callable[[Schema], Read]]] = OnDemand(
    {
        "AVRO": partial(resolve_name, "connectors.envelopes.avro:avro_reader"),
        "PROTOBUF": partial(resolve_name, "connectors.envelopes.protobuf:protobuf_reader"),
        "JSON": lambda: _as_it_is,
    }
)


def schema_registry(schemas: Schemas) -> Envelope:
    """The envelope of records whose schemas are among these. `schemas` may grow."""
    readers: dict[SchemaId, Read] = {}

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
        return [replace(record, value=value, headers=_without_id(record))]

    return Envelope("schema_registry", found=open_frame, named=open_frame)


def _reader(id_: SchemaId, schema: Schema | None, readers: dict[SchemaId, Read]) -> Read:
    if schema is None:
        raise Refused("unknown_schema", f"the registry has no schema {id_}")
    if id_ not in readers:
        readers[id_] = _READERS[schema.type](schema)
    return readers[id_]


def _without_id(record: Record) -> tuple[tuple[str, bytes], ...]:
    return tuple(pair for pair in record.headers if pair[0].lower() not in ID_HEADERS)
