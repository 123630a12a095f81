"""The demo from outside: what a newcomer starts, sees and ends. Servers are those of the wheels."""

import asyncio
import json
import re
import signal
import tempfile
from asyncio.subprocess import Process
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import ended, started
from tests.support.waiting import PATIENCE_S, wait_for

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


STORY = [
    "Four quiet weeks are loaded",
    "NordPost begins to fail",
    "The demo kills its own worker with SIGKILL",
    "The worker is back after",
    "Opportunity #1 opens. I wait for my parcel: ",
    "Hansebote replaces NordPost",
    "Opportunity #1 recovered",
    "A customer placed the 100th order",
    "Audit exact",
]
"""How the lines begin that tell what happened, in their order."""


def happened(text: str) -> list[str]:
    """What the lines with a time tell, in the words of `STORY`."""
    told = [found[1] for line in text.splitlines() if (found := re.match(r"\d:\d\d  (.*)", line))]
    return [next((words for words in STORY if line.startswith(words)), line) for line in told]


async def demo(place: Path, *arguments: str) -> Process:
    return await started("demo", *arguments, variables={"TMPDIR": str(place)})


def left_behind(place: Path) -> list[str]:
    """Files in the folder, and processes that were started from there."""
    found = [str(path) for path in place.iterdir()]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes()
            variables = (process / "environ").read_bytes()
        except OSError:
            continue
        if str(place).encode() in words + variables:
            found.append(words.replace(b"\0", b" ").decode())
    return found


async def test_one_problem_comes_and_goes_a_customer_is_celebrated_and_numbers_are_exact(
    place: Path,
) -> None:
    said = await ended(await demo(place, "--seconds", "10", "--seed", "7", "--json"))
    assert said.status == 0, said.err
    assert happened(said.err) == STORY
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


async def test_a_file_gets_a_line_for_each_thing_that_happens_and_the_summary(place: Path) -> None:
    said = await ended(await demo(place, "--seconds", "10", "--seed", "3"))
    assert (said.status, said.err) == (0, "")
    assert happened(said.out) == STORY
    assert "\x1b" not in said.out
    (back,) = (line for line in said.out.splitlines() if "The worker is back" in line)
    published, read = re.findall(r"([\d,]+) (?:published|read)\b", back)
    assert published == read
    assert "Nothing lost, nothing double" in back
    assert said.out.splitlines()[-1].startswith("Audit: exact.")


@pytest.mark.parametrize(
    ("while_told", "number", "status"),
    [
        (b"Starting", signal.SIGINT, 130),
        (b"The demo kills its own worker", signal.SIGINT, 130),
        (b"Loading", signal.SIGKILL, -signal.SIGKILL),
    ],
)
async def test_nothing_is_left_behind_when_it_is_ended_in_the_middle(
    place: Path, while_told: bytes, number: signal.Signals, status: int
) -> None:
    process = await demo(place, "--seconds", "5", "--json")
    assert process.stderr is not None
    while while_told not in (line := await process.stderr.readline()):
        assert line, "the demo ended before it came to that"
    process.send_signal(number)
    how = await asyncio.wait_for(ended(process), PATIENCE_S)
    assert how.status == status, how.err
    assert "Traceback" not in how.err

    def nothing_left() -> bool:
        return not left_behind(place)

    await wait_for(nothing_left)
