"""Processes that stand still, stall, and are told to end, two on the same customers and metrics."""

import asyncio
import signal
from asyncio.subprocess import PIPE
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.support.fleet import COMMAND, ROOT, environment
from tests.support.running import connected
from tests.support.servers import MakeTopic
from tests.support.tcp_proxy import line_to
from tests.support.trial import ROUNDS, Trial, trial
from tests.support.waiting import wait_for

STALL_S = 2.7
"""20 s where a session lasts 45 s, and 6 s here."""

SHORT = {"idle_transaction_timeout_s": 1, "lock_timeout_s": 5, "statement_timeout_s": 10}
"""The locks of a process that stands still are let go so soon, also where it stands in a COPY."""

REBALANCES = "signalbox_rebalances_total"
MOST_MOVES = 12 * ROUNDS
"""A worker that comes, goes or sleeps moves partitions once or twice: no storm."""


@pytest.mark.kafka
@pytest.mark.durable
@pytest.mark.slow
async def test_a_process_that_stood_still_or_stalled_changes_nothing_that_is_another_s(
    broker: str, topics: MakeTopic, database_url: str, tmp_path: Path
) -> None:
    """Short of its session it keeps its partitions; beyond it another goes on, and it writes
    nothing when it wakes up, be it inside a transaction or between two.
    """
    servers = (broker, topics, database_url)
    async with trial(servers, tmp_path, **SHORT) as shop:
        for _ in range(ROUNDS):
            # Whoever woke up in the round before makes partitions move until then.
            await shop.joined(2)
            await _stalls(shop)
            await _sleeps(shop, "after_buckets:2", "signalbox_database_retries_total")
            await _sleeps(shop, "before_offset_hint", "signalbox_offset_hints_refused_total")


async def _stalls(shop: Trial) -> None:
    seen = len(shop.workers.said(0, "fault at"))
    shop.workers.kill(0, STALL_AT=f"before_offset_hint:4:{STALL_S}")
    async with shop.load():
        await wait_for(lambda: len(shop.workers.said(0, "fault at")) > seen)
        await shop.joined(2)
        before = await shop.workers.metric(1, REBALANCES)
        await shop.works(0)
    await shop.reads_all()
    assert await shop.workers.metric(1, REBALANCES) == before


async def _sleeps(shop: Trial, point: str, woken: str) -> None:
    """A worker stands still at a point; `woken` counts what it tries when it wakes up."""
    workers = shop.workers
    workers.kill(0, STOP_AT=point)
    async with shop.load():
        await workers.stopped(0)
    await shop.send(share=0.05)
    await shop.reads_all()
    written = await _batches(shop)
    workers.send_signal(0, signal.SIGCONT)

    async def has_tried() -> bool:
        return await workers.metric(0, woken) > 0

    await wait_for(has_tried)
    await shop.works(0)
    assert await _batches(shop) == written
    assert await workers.metric(1, REBALANCES) <= MOST_MOVES


async def _batches(shop: Trial) -> int:
    async with connected(shop.run) as connection:
        return int(await connection.fetchval("SELECT count(*) FROM batch"))


@pytest.mark.kafka
@pytest.mark.durable
@pytest.mark.slow
async def test_a_process_that_is_told_to_end_ends_well_whatever_its_database_does(
    broker: str, topics: MakeTopic, database_url: str, tmp_path: Path
) -> None:
    """Under load, told once or twice, with a database that refuses, with one that says nothing.
    Where there is something to say, one of the two cannot write it down.
    """
    url = make_url(database_url)
    async with line_to(str(url.host), url.port or 5432) as line:
        near = url.set(host="127.0.0.1", port=line.port).render_as_string(hide_password=False)
        servers = (broker, topics, database_url)
        async with trial(servers, tmp_path, database_url=near, drain_s=3) as shop, shop.load():
            for fault in (None, line.cut, line.silence):
                await _end(shop, fault)
                line.mend()
                for number in (0, 1):
                    shop.workers.replace(number)
        assert shop.workers.said(0, "batches wait")


async def _end(shop: Trial, fault: Callable[[], None] | None) -> None:
    """Both are told to end while the fault lasts, one of them twice."""
    await shop.at_work(0, 1)
    shop.workers.fill_log(1)
    said = shop.workers.said(1)
    if fault is not None:
        fault()
        await shop.send(share=0.05)
        for number in (0, 1):
            await shop.waits(number)
    await asyncio.gather(shop.workers.terminate(0), shop.workers.terminate(1, times=2))
    assert shop.workers.said(1) == said


async def test_a_process_that_is_told_to_end_while_it_starts_ends_at_once_and_well() -> None:
    """From its first line on; before that Python starts, and nobody can heed a signal."""
    settings = {
        "database_url": "postgresql://nobody@127.0.0.1:1/none",
        "kafka_bootstrap": "127.0.0.1:1",
        "subject_key": "a key for tests alone",
        "health_port": 0,
    }
    early = 0
    for later_s in (0.0, 0.2, 0.5, 1.0):
        process = await asyncio.create_subprocess_exec(
            *(*COMMAND, "run"), env=environment(settings), cwd=ROOT, stderr=PIPE
        )
        await wait_for(lambda pid=process.pid: _heeds_sigterm(pid))  # type: ignore[misc]
        early += not _has_loaded(process.pid, "uvloop")
        await asyncio.sleep(later_s)  # what differs is how far it has come
        process.send_signal(signal.SIGTERM)
        _, said = await process.communicate()
        assert (process.returncode, b"Traceback" in said) == (0, False), said
    assert early > 0, "signals were heeded only after everything was imported"


def _has_loaded(pid: int, library: str) -> bool:
    return library in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")


def _heeds_sigterm(pid: int) -> bool:
    """Whether the process has set what happens by SIGTERM."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    caught = next(line for line in lines if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> signal.SIGTERM - 1 & 1)
