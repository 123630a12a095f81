"""Headers as no well-behaved producer sends them: one record suffers at most, and none blocks."""

import base64
import json

import pytest

from tests.support.ingesting import MIDNIGHT_MS, START_US, differences, ingesting
from tests.support.raw_producer import RawRecord, produce_raw
from tests.support.servers import MakeTopic
from tests.support.small_shop import framework_on, ordered
from tests.support.working import read_to, working

pytestmark = pytest.mark.kafka

MANY = 10_000
MEGABYTE = 900_000
GZIP = 1


async def test_headers_of_any_name_number_and_size_block_nothing(
    database_url: str, broker: str, topics: MakeTopic
) -> None:
    """Names that are no UTF-8, no name at all, ten thousand of them, nearly a megabyte in one."""
    topic = await topics()
    hostile: list[list[tuple[bytes, bytes | None]]] = [
        [(b"\xff\xfe", b"1")],
        [(b"", b"nameless"), (b"twice", b"1"), (b"twice", None)],
        [(b"n%d" % n, b"") for n in range(MANY)],
        [(b"\xff", b"1"), (b"also\xc3", b"2")],
        [(b"large", b"v" * MEGABYTE)],
        [(b"nul\x00", b"\x00")],
    ]
    async with ingesting(database_url, framework_on(topic), []) as here:
        for number, headers in enumerate(hostile):
            fine = RawRecord(ordered(f"o{number}", START_US + number), headers)
            broken = RawRecord(b"{", headers)
            await produce_raw(broker, topic, [fine], MIDNIGHT_MS, compression=GZIP * (number % 2))
            await produce_raw(broker, topic, [broken], MIDNIGHT_MS)
        async with working(here, broker):
            await read_to(here, 2 * len(hostile))
        assert sorted(await here.placed()) == [f"o{n}" for n in range(len(hostile))]
        kept = [json.loads(row["headers"]) for row in await here.dead_letters()]
        values = [[base64.b64decode(value) for _, value in headers] for headers in kept]
        assert values == [[value or b"" for _, value in headers] for headers in hostile]
        assert kept[0] == [["\\xff\\xfe", "MQ=="]]
        assert await differences(database_url) == []
