"""`compressed`: a body that its producer compressed with gzip or zlib, as HTTP gateways leave it.

(What Kafka compresses by itself is opened by its client.) Opened are at most as many bytes as a
payload may have, so that a small record cannot fill the memory.
"""

import zlib
from typing import Final

from connectors.envelopes.envelope import Envelope, Opened
from connectors.headers import header
from connectors.refusal import Refused
from connectors.strict_json import MAX_BYTES
from service.event import Record

_GZIP: Final = b"\x1f\x8b"
_ANY_WINDOW: Final = zlib.MAX_WBITS | 32
"""zlib's way to say: gzip or zlib, as the first bytes say."""


def open_compressed(record: Record) -> list[Opened] | None:
    """The body without its compression; None if it has none. Raises `Refused`."""
    value = record.value
    if value is None or not (value[:2] == _GZIP or _encoding(record)):
        return None
    return [record._replace(value=_inflated(value), headers=_without_encoding(record))]


def _encoding(record: Record) -> str:
    encoding = header(record, "content-encoding").lower() if record.headers else ""
    if encoding in ("", "identity"):
        return ""
    if encoding in ("gzip", "x-gzip", "deflate"):
        return encoding
    raise Refused("unknown_compression", "header content-encoding names neither gzip nor deflate")


def _inflated(value: bytes) -> bytes:
    inflater = zlib.decompressobj(_ANY_WINDOW)
    try:
        body = inflater.decompress(value, MAX_BYTES + 1)
    except zlib.error:
        raise Refused("invalid_compression", "the compressed body cannot be opened") from None
    if len(body) > MAX_BYTES:
        raise Refused("too_large", f"more than {MAX_BYTES} bytes when it is opened")
    if not inflater.eof:
        raise Refused("invalid_compression", "the compressed body ends before its end")
    return body


def _without_encoding(record: Record) -> tuple[tuple[str, bytes], ...]:
    return tuple(pair for pair in record.headers if pair[0].lower() != "content-encoding")


COMPRESSED: Final = Envelope("compressed", found=open_compressed, named=open_compressed)
