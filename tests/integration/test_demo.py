"""The demo from outside: what a newcomer starts, sees and ends. Servers are those of the wheels."""

import asyncio
import json
import signal
import tempfile
from asyncio.subprocess import Process
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import ended, started
from tests.support.waiting import wait_for

pytestmark = pytest.mark.slow

KEYS = {
    "records",
    "items",
    "events",
    "duplicates",
    "superseded",
    "ignored",
    "dead_letters",
    "placed",
    "unplaced",
    "opportunities",
    "milestones",
    "audit",
}


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that any account may enter, for everything that the demo puts anywhere."""
    with tempfile.TemporaryDirectory(prefix="demo-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def demo(place: Path, *arguments: str) -> Process:
    return await started("demo", *arguments, variables={"TMPDIR": str(place)})


def left_behind(place: Path) -> list[str]:
    """Files in the folder, and processes that were started from there."""
    found = [str(path) for path in place.iterdir()]
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = command.read_bytes()
        except OSError:
            continue
        if str(place).encode() in words:
            found.append(words.replace(b"\0", b" ").decode())
    return found


async def test_one_problem_comes_and_goes_a_customer_is_celebrated_and_numbers_are_exact(
    place: Path,
) -> None:
    said = await ended(await demo(place, "--seconds", "15", "--seed", "7", "--json"))
    assert said.status == 0, said.err
    summary = json.loads(said.out)
    assert set(summary) == KEYS
    assert summary["opportunities"] == {"opened": 1, "recovered": 1}
    assert summary["milestones"] == 1
    assert summary["audit"] == "exact"
    outcomes = ("events", "duplicates", "superseded", "ignored", "dead_letters")
    assert summary["items"] == sum(summary[name] for name in outcomes)
    assert all(summary[name] > 0 for name in outcomes)
    assert summary["events"] == summary["placed"] + summary["unplaced"]
    assert left_behind(place) == []


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
async def test_nothing_is_left_behind_when_it_is_ended_in_the_middle(
    place: Path, number: signal.Signals, status: int
) -> None:
    process = await demo(place, "--seconds", "60", "--json")
    assert process.stderr is not None
    while b"Loading" not in (line := await process.stderr.readline()):
        assert line, "the demo ended before it began"
    process.send_signal(number)
    how = await asyncio.wait_for(ended(process), 60)
    assert how.status == status, how.err
    assert "Traceback" not in how.err

    def nothing_left() -> bool:
        return not left_behind(place)

    await wait_for(nothing_left)
