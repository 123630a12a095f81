"""`cloudevents`: CloudEvents 1.0 on Kafka, structured or binary.

A structured one is known by its `content-type`, or by its attributes where a bridge dropped the
header; a binary one by the header `ce_specversion`. Either way the payload is the data and the
attributes are headers `ce_<name>`, so that a connector sees no difference. `data_base64` is
decoded, data that is no JSON is taken as text. Kafka has no batches of CloudEvents: the standard
refuses them there, and so does this.
"""

import base64
import binascii
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from connectors import strict_json
from connectors.envelopes.envelope import Envelope, Opened
from connectors.envelopes.first_key import begins_with_key
from connectors.headers import header
from connectors.refusal import Refused
from service.event import Ignored, Record

NO_DATA: Final = Ignored("a CloudEvent without data")

_STRUCTURED: Final = "application/cloudevents"
_JSON: Final = "application/json"
_DATA: Final = frozenset({"data", "data_base64"})
_NEEDED: Final = ("id", "source", "type")
ATTRIBUTES: Final = (
    "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema",
    "data", "data_base64",
)  # fmt: skip
_begins: Final = begins_with_key(ATTRIBUTES)


def open_cloudevent(record: Record) -> list[Opened] | None:
    """The data; None if this is no CloudEvent. Raises `Refused`."""
    opened = _by_headers(record)
    if opened is not None or record.value is None or b'"specversion"' not in record.value:
        return opened
    if record.value.lstrip()[:1] == b"[":
        raise _no_batch()
    return _by_attributes(record) if _begins(record.value) else None


def open_named_cloudevent(record: Record) -> list[Opened] | None:
    """As `open_cloudevent`; the first attribute may be an extension."""
    opened = open_cloudevent(record)
    if opened is not None or record.value is None or record.value.lstrip()[:1] != b"{":
        return opened
    return _by_attributes(record)


def _by_headers(record: Record) -> list[Opened] | None:
    if not record.headers:
        return None
    content_type = header(record, "content-type").lower()
    if content_type.startswith(_STRUCTURED):
        return _structured(record, content_type)
    version = header(record, "ce_specversion") or header(record, "ce-specversion")
    return _binary(record, version) if version else None


def _by_attributes(record: Record) -> list[Opened] | None:
    """A structured event whose header a bridge dropped has its attributes."""
    event = strict_json.read_object(record.value)
    return _opened(record, event) if {"specversion", *_NEEDED} <= event.keys() else None


def _structured(record: Record, content_type: str) -> list[Opened]:
    media_type = content_type.partition(";")[0].strip()
    if media_type.startswith(f"{_STRUCTURED}-batch"):
        raise _no_batch()
    if media_type != f"{_STRUCTURED}+json":
        raise Refused("unknown_format", "a structured CloudEvent in another format than JSON")
    return _opened(record, strict_json.read_object(record.value))


def _opened(record: Record, event: dict[str, Any]) -> list[Opened]:
    _check_version(event.get("specversion"))
    for name in _NEEDED:
        if not isinstance(event.get(name), str) or not event[name]:
            raise Refused("missing_field", f"the CloudEvent has no `{name}`")
    content_type = event.get("datacontenttype") or _JSON
    data = _data(event, content_type)
    if data is None:
        return [NO_DATA]
    attributes = [(f"ce_{name}", _text(event[name])) for name in event if name not in _DATA]
    kept = [pair for pair in record.headers if pair[0].lower() != "content-type"]
    headers = (*attributes, ("content-type", _text(content_type)), *kept)
    return [replace(record, value=data, headers=_without_version(headers))]


def _data(event: dict[str, Any], content_type: object) -> bytes | None:
    data, encoded = event.get("data"), event.get("data_base64")
    if data is not None and encoded is not None:
        raise Refused("bad_data", "a CloudEvent with both `data` and `data_base64`")
    if encoded is not None:
        return _decoded(encoded)
    if data is None:
        return None
    if isinstance(data, str) and "json" not in str(content_type).lower():
        return data.encode()
    return msgspec.json.encode(data)


def _decoded(encoded: object) -> bytes:
    try:
        return base64.b64decode(str(encoded), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("bad_data", "`data_base64` is no base64") from None


def _text(attribute: object) -> bytes:
    return (
        attribute if isinstance(attribute, str) else msgspec.json.encode(attribute).decode()
    ).encode()


def _binary(record: Record, version: str) -> list[Opened]:
    _check_version(version)
    if record.value is None:
        return [NO_DATA]
    headers = tuple(
        (f"ce_{name[3:]}" if name.lower().startswith("ce-") else name, value)
        for name, value in record.headers
    )
    return [replace(record, headers=_without_version(headers))]


def _without_version(headers: tuple[tuple[str, bytes], ...]) -> tuple[tuple[str, bytes], ...]:
    """It says that there is an envelope, and the envelope is opened."""
    return tuple(pair for pair in headers if pair[0].lower() != "ce_specversion")


def _check_version(version: object) -> None:
    if version != "1.0":
        raise Refused("unknown_specversion", "a CloudEvent of another version than 1.0")


def _no_batch() -> Refused:
    return Refused("cloudevents_batch", "CloudEvents come one a record on Kafka, not in batches")


CLOUDEVENTS: Final = Envelope("cloudevents", found=open_cloudevent, named=open_named_cloudevent)
