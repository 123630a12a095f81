"""A topic that holds records of every system, whichever connector reads it."""

import gzip
import json
from collections.abc import Iterator

import pytest

from connectors.conformance.specimen import RECORD_TIME_US
from connectors.registry import OURS
from service.event import Position, Record
from tests.support.connector_pages import fixtures_of
from tests.support.ingesting import FRAMEWORK, differences, ingesting, span

ODD = (None, b"", b"\x00\x00\x00\x00\x2a\x01", b"\xff", b"[]", b"a=1&b=2", b'"{}"')


def values() -> Iterator[tuple[bytes | None, tuple[tuple[str, bytes], ...]]]:
    """A record of each event type of each system, plain, in an array, compressed; and odd ones."""
    for name in sorted(OURS):
        for specimen in fixtures_of(name).specimens:
            record = specimen.record(specimen.payload)
            assert record.value is not None
            yield record.value, record.headers
            yield b"[%b, {}]" % record.value, record.headers
            yield gzip.compress(record.value), record.headers
    for value in ODD:
        yield value, ()
    yield json.dumps({"schema": None, "payload": {"a": 1}}).encode(), ()


@pytest.mark.parametrize("connector", ["canonical", "hubspot", "shopify", "zendesk"])
async def test_every_item_has_exactly_one_outcome(connector: str, database_url: str) -> None:
    records = [
        Record(Position("one", 0, offset), RECORD_TIME_US + offset, None, headers, value)
        for offset, (value, headers) in enumerate(values())
    ]
    text = FRAMEWORK.replace(
        "{id: one, connector: canonical,", f"{{id: one, connector: {connector},"
    )
    async with ingesting(database_url, text) as here:
        await here.committed(span(records))
        outcomes = await here.outcomes()
        assert outcomes.pop("records") == len(records)
        items = outcomes.pop("items")
        assert items > len(records)
        assert sum(outcomes.values()) == items
        assert min(outcomes["events"], outcomes["dead_letters"]) > 0
        assert await here.next_offset() == len(records)
        assert await differences(database_url) == []
