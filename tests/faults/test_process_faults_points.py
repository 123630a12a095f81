"""Processes die at every named point of the path of an event, while another works beside them.

Two workers share customers and metrics. Whichever dies, a new one takes its place and suffers the
next fault; the oracle says what is stored and sent in the end.
"""

import asyncio
import re
import signal
from itertools import chain
from pathlib import Path
from typing import Final

import pytest

from tests.support.fleet import COMMAND, ROOT, environment, signalbox
from tests.support.oracle.shop import framework
from tests.support.running import connected
from tests.support.servers import MakeTopic
from tests.support.trial import ROUNDS, Trial, trial

pytestmark = [pytest.mark.kafka, pytest.mark.durable, pytest.mark.slow]

BATCH_POINTS: Final = (
    "after_ledger_lock:2",
    "after_fact_lock:3",
    "after_facts:2",
    "after_events:3",
    "after_buckets:2",
    "before_db_commit:3",
    "after_db_commit:2",
    "before_offset_hint",
    "after_offset_hint",
)
"""What every worker passes with every batch, and at which of its batches it dies."""

SEAT_POINTS: Final[tuple[tuple[str, str], ...]] = (
    ("before_check_commit", "after_check_commit"),
    ("before_publish", "after_publish"),
    ("after_mark", "after_mark"),
)
"""What one process of all passes: the one that makes the checks, the one that sends. Before
`after_mark` no signal is marked, so that there is one for each point.
"""

APPLY_POINTS: Final = ("before_apply_commit", "after_apply_commit")

RETRY_POINTS: Final = (
    "after_fact_lock",
    "after_buckets",
    "before_db_commit",
    "after_db_commit",
)
"""Those of a batch that a retry of dead letters passes, too."""


def test_every_named_point_is_swept() -> None:
    passed = re.compile(r"\bcrash_point\(\"(\w+)\"\)")
    found = {
        point
        for path in (ROOT / "service").rglob("*.py")
        for point in passed.findall(path.read_text(encoding="utf-8"))
    }
    swept = (*BATCH_POINTS, *chain.from_iterable(SEAT_POINTS), *APPLY_POINTS)
    assert found == {point.partition(":")[0] for point in swept}


async def test_processes_that_die_at_any_point_leave_what_the_oracle_says(
    broker: str, topics: MakeTopic, database_url: str, tmp_path: Path
) -> None:
    async with trial((broker, topics, database_url), tmp_path) as shop:
        await shop.send(share=0.5)
        await _whoever_has_the_seat_dies(shop)
        for _ in range(ROUNDS):
            await _both_die_in_turn(shop)
        await _apply_dies(shop)
        await _retry_dies(shop)
        assert shop.workers.kills == 5 + ROUNDS * len(BATCH_POINTS)
    assert shop.judged is not None
    assert sum(row.duplicates for row in shop.judged.log) > 0
    assert shop.repeats > 0


async def _whoever_has_the_seat_dies(shop: Trial) -> None:
    """Then the other takes the seat, and dies in its turn."""
    for points in SEAT_POINTS:
        for number in (0, 1):
            shop.workers.replace(number, CRASH_AT=points[number])
        first = await shop.workers.crashed(0, 1)
        if points[0] != points[1]:
            await shop.workers.crashed(1 - first)


async def _both_die_in_turn(shop: Trial) -> None:
    """Each at the next point that is left, under load."""
    left = list(BATCH_POINTS)
    armed = {0, 1}
    for number in sorted(armed):
        shop.workers.replace(number, CRASH_AT=left.pop(0))
    async with shop.load():
        while armed:
            number = await shop.workers.crashed(*armed)
            if left:
                shop.workers.replace(number, CRASH_AT=left.pop(0))
            else:
                armed.remove(number)
                shop.workers.replace(number)


async def _apply_dies(shop: Trial) -> None:
    """Before COMMIT nothing of the new revision is there, after COMMIT all of it."""
    directory = shop.run.folder / "applied"
    directory.mkdir()
    (directory / "shop.yaml").write_text(framework(shop.run.topics, 2), encoding="utf-8")
    for point, revisions in zip(APPLY_POINTS, (1, 2), strict=True):
        await _dies(shop, point, "apply", str(directory))
        assert await _count(shop, "revision") == revisions
    assert "nothing changed" in signalbox(shop.run.settings, "apply", str(directory))


async def _retry_dies(shop: Trial) -> None:
    """What is bad stays bad: a retry changes nothing but the journal, and that only by COMMIT."""
    letters = await _count(shop, "dead_letter")
    for point in RETRY_POINTS:
        assert await _count(shop, "letter_journal") == 0
        await _dies(shop, point, "dead-letters", "retry", "--reason", "invalid_json")
    assert await _count(shop, "letter_journal") > 0
    assert await _count(shop, "dead_letter") >= letters > 0


async def _dies(shop: Trial, point: str, *command: str) -> None:
    died = await asyncio.create_subprocess_exec(
        *(*COMMAND, *command), env=environment(shop.run.settings) | {"CRASH_AT": point}, cwd=ROOT
    )
    assert await died.wait() == -signal.SIGKILL, point


async def _count(shop: Trial, table: str) -> int:
    async with connected(shop.run) as connection:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))
