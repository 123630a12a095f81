"""`compressed`: a body that its producer compressed with gzip, zlib or Zstandard, as gateways do.

(What Kafka compresses by itself is opened by its client.) Opened are at most as many bytes as a
payload may have, and no body may ask for a longer memory of itself, so that a small record cannot
fill ours. gzip and Zstandard are known by their first bytes, zlib by the header
`content-encoding: deflate`.
"""

import sys
import zlib
from typing import Final, Protocol

from msgspec.structs import replace

from connectors.envelopes.envelope import Envelope, Opened
from connectors.headers import header
from connectors.refusal import Refused
from connectors.strict_json import MAX_BYTES
from service.event import Record

if sys.version_info >= (3, 14):
    from compression.zstd import DecompressionParameter, ZstdDecompressor, ZstdError
else:
    from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_ENCODINGS: Final = ("gzip", "x-gzip", "deflate", "zstd")

_ANY_WINDOW: Final = zlib.MAX_WBITS | 32
"""zlib's way to say: gzip or zlib, as the first bytes say."""

_WINDOW_LOG: Final = 23
"""8 MiB, as much as RFC 8878 wants every reader of Zstandard to allow."""


class _Opener(Protocol):
    """What opens one body, as far as a number of bytes."""

    @property
    def eof(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def open_compressed(record: Record) -> list[Opened] | None:
    """The body without its compression; None if it has none. Raises `Refused`."""
    value = record.value
    if value is None or not (value[:2] == _GZIP or value[:4] == _ZSTD or _encoded(record)):
        return None
    return [replace(record, value=_opened(value), headers=_without_encoding(record))]


def _encoded(record: Record) -> bool:
    encoding = header(record, "content-encoding").lower() if record.headers else ""
    if encoding in ("", "identity"):
        return False
    if encoding in _ENCODINGS:
        return True
    raise Refused(
        "unknown_compression", "header content-encoding names none of gzip, deflate and zstd"
    )


def _opened(value: bytes) -> bytes:
    opener: _Opener = _zstd() if value[:4] == _ZSTD else zlib.decompressobj(_ANY_WINDOW)
    try:
        body = opener.decompress(value, MAX_BYTES + 1)
    except (zlib.error, ZstdError):
        raise Refused("invalid_compression", "the compressed body cannot be opened") from None
    if len(body) > MAX_BYTES:
        raise Refused("too_large", f"more than {MAX_BYTES} bytes when it is opened")
    if not opener.eof:
        raise Refused("invalid_compression", "the compressed body ends before its end")
    return body


def _zstd() -> _Opener:
    return ZstdDecompressor(options={int(DecompressionParameter.window_log_max): _WINDOW_LOG})


def _without_encoding(record: Record) -> tuple[tuple[str, bytes], ...]:
    return tuple(pair for pair in record.headers if pair[0].lower() != "content-encoding")


COMPRESSED: Final = Envelope("compressed", found=open_compressed, named=open_compressed)
