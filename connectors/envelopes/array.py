"""`array`: several payloads in one record, as HubSpot's webhooks and many gateways send them.

Each element is a record of its own, so that one of them fails alone.
"""

from typing import Final

import msgspec
from msgspec.structs import replace

from connectors import strict_json
from connectors.envelopes.envelope import Envelope, Opened
from connectors.refusal import Refused
from service.event import Ignored, Record

MAX_ELEMENTS: Final = 1_000
"""Each element that fails is a dead letter that keeps the whole record."""

EMPTY: Final = Ignored("an array without elements")

_decode: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode


def open_array(record: Record) -> list[Opened] | None:
    """The elements of a JSON array; None for anything else. Raises `Refused`."""
    value = record.value
    if value is None or value.lstrip()[:1] != b"[":
        return None
    elements = strict_json.decoded(value, _decode)
    if len(elements) > MAX_ELEMENTS:
        raise Refused("too_many_elements", f"an array of more than {MAX_ELEMENTS} elements")
    return [replace(record, value=bytes(element)) for element in elements] or [EMPTY]


ARRAY: Final = Envelope("array", found=open_array, named=open_array)
