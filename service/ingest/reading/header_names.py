r"""Header names of any bytes.

Kafka says that the name of a header is UTF-8, and no broker checks it. The client raises for a
name that is not, and does so again at every fetch: one record would hold its partition for ever.
A batch in which that happens is read once more here, with bytes that are no text written `\xff`.
"""

import struct
from collections.abc import Iterator
from typing import Any, Final

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

LENGTH: Final = struct.Struct(">i")
LENGTH_AT: Final = 8
LENGTH_ENDS_AT: Final = 12
"""Before the length lies the offset; what is counted begins behind it."""
MAGIC_AT: Final = 16
WITH_HEADERS: Final = 2
"""The first version of the format in which records have headers."""


def accept_any_header_name() -> None:
    """Make every consumer of this process read on over such names. Twice is once."""
    fetcher.MemoryRecords = AnyNameRecords


class AnyNameRecords:
    """The batches of a fetch, as the client's own `MemoryRecords` gives them."""

    def __init__(self, fetched: bytes) -> None:
        self._records = MemoryRecords(fetched)
        self._fetched = memoryview(fetched)
        self._start = 0

    def size_in_bytes(self) -> int:
        size: int = self._records.size_in_bytes()
        return size

    def has_next(self) -> bool:
        return bool(self._records.has_next())

    def next_batch(self) -> "AnyNameBatch":
        [length] = LENGTH.unpack_from(self._fetched, self._start + LENGTH_AT)
        end = self._start + LENGTH_ENDS_AT + length
        raw, self._start = self._fetched[self._start : end], end
        return AnyNameBatch(self._records.next_batch(), raw)


class AnyNameBatch:
    """One batch; all but its records is the client's own."""

    def __init__(self, batch: Any, raw: memoryview) -> None:
        self._batch = batch
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._batch
        except (UnicodeDecodeError, CorruptRecordException):
            if self._raw[MAGIC_AT] < WITH_HEADERS:
                raise
            # From the first record on: the client skips what it was given already.
            yield from _read_again(self._raw)


def _read_again(raw: memoryview) -> Iterator[Any]:
    """The records by the client's slower reader, which takes names out of what it is given."""
    batch = _DefaultRecordBatchPy(raw)
    iter(batch)  # decompresses
    batch._buffer = _Buffer(batch._buffer)  # noqa: SLF001 - there is no other way in
    return iter(batch)


class _Buffer(bytearray):
    """Bytes of which every slice can be read as text."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _Name(found) if isinstance(at, slice) else found


class _Name(bytes):
    """Bytes that can be read as text, whatever they are."""

    __slots__ = ()

    def decode(self, *_: str) -> str:
        return super().decode("utf-8", "backslashreplace")
