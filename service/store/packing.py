"""Event rows in the binary format of COPY: the widest rows, of which a batch writes thousands.

The driver encodes a value at a time, by its type. Here what is the same in many rows (names, arrays
of small numbers) is packed once and kept, and what is left takes two calls a row. The format is
PostgreSQL's, documented with COPY: a header, rows, a trailer; a row is the number of its columns
and, for each, a length in bytes and the bytes. Numbers are in network order, times are microseconds
since 2000.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from functools import lru_cache
from itertools import islice
from struct import Struct, error
from typing import Final, TypeAlias

import asyncpg

from service.store.connecting import POSTGRES_EPOCH_US

EventValues: TypeAlias = tuple[
    int, int, int, str, str, bytes, int, tuple[int, ...], tuple[int, ...], str, int, int, int, bytes
]
"""id, record_time, occurred_at, source, kind, customer, revision, placements, contributions, topic,
partition, offset, item, document. Times are microseconds since 1970."""

ROWS_A_CHUNK: Final = 512
"""How many are packed while the server takes the ones before."""

_HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER: Final = b"\xff\xff"

_pack_length: Final = Struct(">i").pack
_pack_revision: Final = Struct(">ii").pack
_pack_times: Final = Struct(">hiqiqiq").pack
_pack_place: Final = Struct(">iiiqiii").pack
_pack_array_head: Final = Struct(">iiiiii").pack


async def packed_events(rows: Iterable[EventValues]) -> AsyncIterator[bytes]:
    """What COPY into `event` is to be sent.

    Raises asyncpg.DataError, as the driver does, for a number that its column cannot hold.
    """
    left = iter(rows)
    yield _HEADER
    while some := tuple(islice(left, ROWS_A_CHUNK)):
        try:
            yield _packed(some)
        except error as misfit:
            raise asyncpg.DataError(f"a number does not fit its column: {misfit}") from None
    yield _TRAILER


def _packed(rows: Iterable[EventValues]) -> bytes:
    packed: list[bytes] = []
    for (
        row_id,
        record_time_us,
        occurred_at_us,
        source,
        kind,
        customer,
        revision,
        placements,
        contributions,
        topic,
        partition,
        offset,
        item,
        document,
    ) in rows:
        record_time = record_time_us - POSTGRES_EPOCH_US
        occurred_at = occurred_at_us - POSTGRES_EPOCH_US
        packed += (
            _pack_times(14, 8, row_id, 8, record_time, 8, occurred_at),
            _text(source),
            _text(kind),
            _pack_length(len(customer)),
            customer,
            _settled(revision, placements, contributions),
            _text(topic),
            _pack_place(4, partition, 8, offset, 4, item, len(document)),
            document,
        )
    return b"".join(packed)


@lru_cache(4096)
def _text(text: str) -> bytes:
    encoded = text.encode()
    return _pack_length(len(encoded)) + encoded


@lru_cache(16_384)
def _settled(revision: int, placements: tuple[int, ...], contributions: tuple[int, ...]) -> bytes:
    int4_oid, int8_oid = 23, 20
    return (
        _pack_revision(4, revision)
        + _array(int4_oid, "i", placements)
        + _array(int8_oid, "q", contributions)
    )


def _array(element_oid: int, code: str, numbers: Sequence[int]) -> bytes:
    """One dimension, without NULLs, counted from 1."""
    if not numbers:
        return _pack_length(12) + Struct(">iii").pack(0, 0, element_oid)
    element = Struct(f">i{code}")
    length = element.size - 4
    elements = b"".join(element.pack(length, number) for number in numbers)
    return _pack_array_head(20 + len(elements), 1, 0, element_oid, len(numbers), 1) + elements
