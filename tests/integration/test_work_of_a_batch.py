"""What a batch costs, counted: statements to the database and rows written, never seconds.

A change that makes a batch ask once more, or write a row more, changes a number here.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from service.ingest.committing.transaction import commit_batch
from service.ingest.settling.results import Committed
from tests.support.ingesting import START_US, Ingesting, ingesting, record, span
from tests.support.small_shop import CONTACT, ordered, rated, said

ROUND_TRIPS = frozenset(
    {
        "copy_records_to_table",
        "copy_to_table",
        "execute",
        "executemany",
        "fetch",
        "fetchrow",
        "fetchval",
    }
)
TABLES = ("event", "fact", "history", "customer", "identifier", "bucket", "batch", "moment")
EVENTS = 60


class Counting:
    """A connection that counts how often it is asked, by what it was asked to do."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._connection, name)
        return self._counted(name, found) if name in ROUND_TRIPS else found

    def _counted(self, name: str, ask: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **more: Any) -> Any:
            self.asked[name] += 1
            return ask(*arguments, **more)

        return counted


async def cost_of(here: Ingesting, *values: bytes, first: int) -> tuple[int, dict[str, int]]:
    """How often the database was asked for a batch of these, and the rows that it added."""
    before = await rows(here)
    batch = here.batch(
        here.prepare(span([record(first + n, value) for n, value in enumerate(values)]))
    )
    counting: Any = Counting(here.connection)
    assert isinstance(await commit_batch(counting, batch, here.memory), Committed)
    added = Counter(await rows(here))
    added.subtract(before)
    return counting.asked.total(), {table: number for table, number in added.items() if number}


async def rows(here: Ingesting) -> dict[str, int]:
    return {table: await here.value(f"SELECT count(*) FROM {table}") for table in TABLES}


def ratings(first: int, number: int = EVENTS) -> list[bytes]:
    return [rated(f"r{first + n}", START_US, 5, customer=f"c{n}") for n in range(number)]


async def test_ordinary_events_cost_an_event_and_a_fact_each_and_eight_questions_a_batch(
    database_url: str,
) -> None:
    """Ledger, facts, ids, facts, events, buckets, log, ledger: and nothing that grows with them."""
    async with ingesting(database_url) as here:
        await cost_of(here, *ratings(0), first=0)
        asked, added = await cost_of(here, *ratings(EVENTS), first=EVENTS)
        assert added == {"event": EVENTS, "fact": EVENTS, "batch": 1}
        assert asked == 8
        few, _ = await cost_of(here, *ratings(1000, 3), first=2 * EVENTS)
        assert few == asked


async def test_a_new_customer_is_an_identifier_and_the_first_of_a_bucket_a_row(
    database_url: str,
) -> None:
    async with ingesting(database_url) as here:
        await cost_of(here, *ratings(0, 1), first=0)
        _, added = await cost_of(here, *ratings(1, 40), first=1)
        assert added == {"event": 40, "fact": 40, "identifier": 39, "batch": 1}


async def test_kinds_that_rules_count_cost_a_history_row_and_four_questions_more(
    database_url: str,
) -> None:
    async with ingesting(database_url) as here:
        contacts = [said(f"k{n}", CONTACT, START_US + n, customer=f"c{n}") for n in range(EVENTS)]
        orders = [ordered(f"o{n}", START_US + n, customer=f"c{n}") for n in range(EVENTS)]
        await cost_of(here, *contacts[:30], *orders[:30], first=0)
        asked, added = await cost_of(here, *contacts[30:], *orders[30:], first=EVENTS)
        assert added == {
            "event": EVENTS,
            "fact": EVENTS,
            "history": EVENTS,
            "customer": 30,
            "identifier": 30,
            "batch": 1,
        }
        assert asked == 14


async def test_duplicates_cost_a_row_of_the_log(database_url: str) -> None:
    async with ingesting(database_url) as here:
        await cost_of(here, *ratings(0), first=0)
        asked, added = await cost_of(here, *ratings(0), first=EVENTS)
        assert added == {"batch": 1}
        assert asked == 5
