"""Values in Avro to JSON, by the schema that they were written with.

Decimals become decimal text, times ISO 8601, bytes base64; of a union the value alone is kept.
"""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import fastavro
import msgspec

from connectors.envelopes.schemas import Schema
from connectors.refusal import Refused


def avro_reader(schema: Schema) -> Callable[[bytes], bytes]:
    """What reads values of this schema. Raises `Refused` for a schema that is none."""
    parsed = _parsed(schema)

    def read(value: bytes) -> bytes:
        stream = BytesIO(value)
        try:
            read = msgspec.json.encode(fastavro.schemaless_reader(stream, parsed, None))
        except Exception:  # noqa: BLE001 - what fastavro raises for bad bytes is of many classes
            raise _misfit() from None
        if stream.tell() != len(value):
            raise _misfit()
        return read

    return read


def _parsed(schema: Schema) -> Any:
    named: dict[str, Any] = {}
    try:
        for reference in schema.references:
            fastavro.parse_schema(json.loads(reference.text), named)
        return fastavro.parse_schema(json.loads(schema.text), named)
    except Exception:  # noqa: BLE001 - as above
        raise Refused("bad_schema", "the registry's schema is not valid Avro") from None


def _misfit() -> Refused:
    return Refused("invalid_frame", "the value was not written with the Avro schema that it names")
