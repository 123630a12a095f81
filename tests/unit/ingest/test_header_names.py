"""Header names of any bytes are read, though the client raises for them."""

from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.memory_records import MemoryRecords

from service.ingest.reading.header_names import accept_any_header_name
from tests.support.raw_producer import RawRecord, raw_batch

NAMES = [b"fine", b"\xff\xfe", b"fine, too", b"also\xc3"]
FETCHED = raw_batch([RawRecord(b"value", [(name, b"1")]) for name in NAMES], 0)


def read(records: Any) -> Iterator[Any]:
    """What the client hands out of a fetch that began at the first offset."""
    place = TopicPartition("orders", 0)
    handed_out: Iterator[Any] = fetcher.PartitionRecords(
        place, records, [], 0, None, None, check_crcs=True, isolation_level=fetcher.READ_COMMITTED
    )
    return handed_out


def test_the_client_reads_each_record_once_whatever_names_its_headers_have() -> None:
    accept_any_header_name()
    handed_out = list(read(fetcher.MemoryRecords(FETCHED)))
    assert [record.offset for record in handed_out] == [0, 1, 2, 3]
    names = [name for record in handed_out for name, _ in record.headers]
    assert names == ["fine", "\\xff\\xfe", "fine, too", "also\\xc3"]


def test_the_clients_own_reader_still_raises() -> None:
    """Where this fails, the client reads such names by itself: `header_names` can go."""
    with pytest.raises((UnicodeDecodeError, CorruptRecordException)):
        list(read(MemoryRecords(FETCHED)))
