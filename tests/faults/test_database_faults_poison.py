"""One bad record among 500 fails alone, its bytes are kept, and the other 499 count.

Each value passes for JSON somewhere, and stops what stores it somewhere else. What the database
itself refuses is in `tests/integration/test_protocol_failures.py`.
"""

import json
from random import Random
from typing import Any

from service.ingest.settling.results import Committed
from tests.support.ingesting import START_US, differences, ingesting, record, span
from tests.support.small_shop import ordered

RECORDS = 500
BAD = 250
LONG = Random(7).randbytes(8_000).hex()
"""Longer than any row of an index may be, and not to be compressed."""


def changed(**fields: Any) -> bytes:
    """An order with other fields."""
    return json.dumps(json.loads(ordered("bad", START_US)) | fields).encode()


def spelled(old: str, new: str) -> bytes:
    """An order with a piece of its JSON spelled in another way."""
    text = ordered("bad", START_US).decode()
    assert old in text
    return text.replace(old, new, 1).encode()


def money(amount: str) -> bytes:
    return spelled('"10.00"', amount)


POISON = {
    "a NUL in the id": changed(id="b\0d"),
    "a NUL in an attribute": changed(attributes={"country": "D\0E"}),
    "half of a surrogate pair": spelled("jo", "\\ud800"),
    "not a number": money("NaN"),
    "a number that no float holds": money("1e400000"),
    "a number of 5,000 digits": money("9" * 5_000),
    "an amount beyond 64 bits": money(str(2**63)),
    "an amount in words of many digits": money(f'"{"9" * 40}.00"'),
    "a version beyond 64 bits": changed(fact={"id": "bad", "version": 2**63}),
    "an attribute beyond 64 bits": changed(attributes={"weight": 2**70}),
    "a time before the first year": changed(occurred_at="0001-01-01T00:00:00+14:00"),
    "a time after the last year": changed(occurred_at="9999-12-31T23:59:59-12:00"),
    "200,000 arrays in each other": b"[" * 200_000 + b"]" * 200_000,
    "a key twice": spelled('"kind"', '"kind":"support.contact","kind"'),
    "an id longer than an index holds": changed(id=LONG),
    "a customer longer than an index holds": spelled('"jo"', f'"{LONG}"'),
}


async def test_one_bad_record_among_500_fails_alone(database_url: str) -> None:
    """Batch after batch, each with another poison in the middle."""
    async with ingesting(database_url) as here, here.committer() as committer:
        for batch, (name, poison) in enumerate(POISON.items()):
            first = batch * RECORDS
            values = [ordered(f"o{first + n}", START_US + n) for n in range(RECORDS)]
            values[BAD] = poison
            records = [record(first + n, value) for n, value in enumerate(values)]
            result = await committer.commit(here.prepare(span(records)), here.rulebook.rules)
            assert isinstance(result, Committed), name
            found = 'SELECT key, value FROM dead_letter WHERE "offset" = $1'
            assert [tuple(row) for row in await here.rows(found, first + BAD)] == [
                (b"k", poison)
            ], name
        outcomes = await here.outcomes()
        bad = len(POISON)
        assert (outcomes["events"], outcomes["dead_letters"]) == (bad * (RECORDS - 1), bad)
        assert await here.next_offset() == bad * RECORDS
    assert await differences(database_url) == []
