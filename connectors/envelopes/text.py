"""`text`: a payload written as a JSON string, as Debezium's outbox and double encoders do it."""

from typing import Final

import msgspec
from msgspec.structs import replace

from connectors import strict_json
from connectors.envelopes.envelope import Envelope, Opened
from service.event import Record

_decode: Final = msgspec.json.Decoder(str).decode


def open_text(record: Record) -> list[Opened] | None:
    """What the string says; None if the value is none. Raises `Refused`."""
    if record.value is None or record.value[:1] != b'"':
        return None
    return [replace(record, value=strict_json.decoded(record.value, _decode).encode())]


TEXT: Final = Envelope("text", found=open_text, named=open_text)
