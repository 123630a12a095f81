"""A late event that changes where thousands belong: some are placed again at once, the rest later.

The rule places every second contact of a customer. So one late contact before all others moves
each of them, and where they belong is told by counting, without any of the service's code.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from service.ingest.resettling import postponed
from service.ingest.resettling.postponed import Postponed
from service.ingest.settling import settlement
from tests.support.ingesting import START_US, Ingesting, differences, ingesting, record, span
from tests.support.small_shop import CONTACT, FRAMEWORK, THIRD, said

HOUR_US = 3_600_000_000
AT_ONCE = 100
SECOND = FRAMEWORK.replace(
    'history.count("support.contact", days(30)) == 3', 'history.count("support.contact") % 2 == 0'
)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (settlement, postponed):
        monkeypatch.setattr(module, "AGAIN_AT_ONCE", AT_ONCE)


def contact(hour: int, **content: Any) -> bytes:
    return said(f"c{hour:04}", CONTACT, START_US + hour * HOUR_US, **content)


async def waiting(here: Ingesting) -> int:
    return int(await here.value("SELECT count(*) FROM postponed"))


async def at_second_contact(here: Ingesting) -> set[str]:
    return {name for name, at in (await here.placed()).items() if THIRD in at}


def every_second(hours: Sequence[int]) -> set[str]:
    return {f"c{hour:04}" for hour in sorted(hours)[1::2]}


async def test_what_was_put_off_is_placed_in_parts_and_audits_exact_all_the_while(
    database_url: str,
) -> None:
    hours = range(1, 251)
    async with ingesting(database_url, SECOND) as here:
        await here.committed(span([record(n, contact(n + 1)) for n in range(250)]))
        assert await at_second_contact(here) == every_second(hours)
        assert await waiting(here) == 0

        await here.committed(span([record(250, contact(0))]))
        assert await waiting(here) == 250 - AT_ONCE
        assert await differences(database_url) == []

        postponed = Postponed(here.rulebook)
        assert await postponed.place_some(here.connection) == AT_ONCE
        assert await differences(database_url) == []
        assert await postponed.place_some(here.connection) == 50
        assert await postponed.place_some(here.connection) == 0
        assert await at_second_contact(here) == every_second([0, *hours])
        assert (await here.totals("thirds", THIRD))[0] == 125
        assert await differences(database_url) == []


async def test_a_second_late_event_while_some_wait_changes_nothing_about_the_end(
    database_url: str,
) -> None:
    hours = range(2, 202)
    async with ingesting(database_url, SECOND) as here:
        await here.committed(span([record(n, contact(n + 2)) for n in range(200)]))
        await here.committed(span([record(200, contact(0))]))
        await here.committed(span([record(201, contact(1))]))
        postponed = Postponed(here.rulebook)
        while await postponed.place_some(here.connection):
            assert await differences(database_url) == []
        assert await at_second_contact(here) == every_second([0, 1, *hours])


async def test_an_event_that_is_retired_while_it_waits_is_forgotten(database_url: str) -> None:
    async with ingesting(database_url, SECOND) as here:
        first = [record(n, contact(n + 1, version=1)) for n in range(150)]
        await here.committed(span(first))
        await here.committed(span([record(150, contact(0, version=1))]))
        assert await waiting(here) == 50
        gone = [
            said(f"c{hour:04}", CONTACT, START_US + hour * HOUR_US, version=2, customer="mo")
            for hour in range(101, 151)
        ]
        await here.committed(span([record(151 + n, value) for n, value in enumerate(gone)]))
        assert await waiting(here) == 0
        assert await differences(database_url) == []
        expected = every_second(range(101)) | every_second(range(101, 151))
        assert await at_second_contact(here) == expected


async def test_placing_again_goes_by_the_revision_at_the_place_of_each_event(
    database_url: str,
) -> None:
    """Those read under the first revision stay under it, though another is in force by then."""
    async with ingesting(database_url, SECOND) as here:
        await here.committed(span([record(n, contact(n + 1)) for n in range(150)]))
        await here.committed(span([record(150, contact(0))]))
        await here.apply(SECOND.replace("% 2 == 0", "% 2 == 3"))
        other = Postponed(here.rulebook)
        while await other.place_some(here.connection):
            pass
        assert await at_second_contact(here) == every_second(range(151))
        assert await differences(database_url) == []
